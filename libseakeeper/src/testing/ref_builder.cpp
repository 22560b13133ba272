// SPDX-License-Identifier: Apache-2.0
#include "scene.hpp"

#include <seakeeper/testing/builders.hpp>

namespace seakeeper::testing {

RefBuilder::RefBuilder(std::string_view project, std::string_view ref)
    : project_{project}, ref_{ref}, old_rev_{zero_commit}, new_rev_{commit("tip").str()},
      who_{maintainer()}, held_by_{"refs/heads/master"} {
    if (ref.starts_with("refs/heads/")) {
        old_rev_ = commit("base").str();
        held_by_ = {ref_};
    }
}

RefBuilder a_ref(std::string_view project, std::string_view ref) {
    return {project, ref};
}

RefBuilder& RefBuilder::moved_by(const Person& who) {
    who_ = who;
    return *this;
}

RefBuilder& RefBuilder::moved_by_nobody() {
    who_.reset();
    return *this;
}

RefBuilder& RefBuilder::from(const CommitId& commit) {
    old_rev_ = commit.str();
    return *this;
}

RefBuilder& RefBuilder::to(const CommitId& commit) {
    new_rev_ = commit.str();
    return *this;
}

RefBuilder& RefBuilder::deleted() {
    new_rev_ = zero_commit;
    return *this;
}

RefBuilder& RefBuilder::forced() {
    is_forced_ = true;
    return *this;
}

RefBuilder& RefBuilder::held_by(std::vector<std::string> branches) {
    held_by_ = std::move(branches);
    return *this;
}

RefBuilder& RefBuilder::by_merge_of(const ChangeBuilder& change) {
    change_ = change.change();
    new_rev_ = change_->current_revision.str();
    return *this;
}

RefBuilder& RefBuilder::annotated() {
    is_annotated_ = true;
    return *this;
}

Scene RefBuilder::scene() const {
    Scene scene;
    scene.event.type = "ref-updated";
    scene.event.created_on = scene_seconds();
    scene.event.project = project_;
    scene.event.ref_name = ref_;
    scene.event.body = event::RefUpdated{{project_, ref_, old_rev_, new_rev_, {}}};
    auto& facts = scene.facts;
    const auto master = RefName::parse("refs/heads/master").value();
    const auto ref = RefName::parse(ref_).value();
    if (who_) {
        scene.event.actor = event_account_of(*who_);
        facts.actor = read(account_of(*who_), "GET /accounts/?q=username:" + who_->username);
        facts.actor_groups = read(who_->groups, "GET groups");
        facts.real_actor = facts.actor;
        const auto project = ProjectName::parse(project_).value();
        add_person(facts, *who_, {project, ref_.starts_with("refs/heads/") ? ref : master});
    }
    std::vector<RefName> held;
    for (const auto& name : held_by_) {
        held.push_back(RefName::parse(name).value());
    }
    facts.merged_into = read(held, "GET commits/SHA/in");
    facts.previous_merged_into =
        read(is_forced_ ? std::vector<RefName>{} : std::vector{ref}, "GET commits/OLD/in");
    gerrit::RefFacts now{ref, std::nullopt, std::nullopt};
    if (new_rev_ != zero_commit) {
        now.tip = CommitId::parse(new_rev_).value();
        now.commit = is_annotated_ ? commit("commit behind " + new_rev_) : *now.tip;
    }
    facts.ref = read(now, "GET tags/NAME");
    if (change_) {
        facts.change = read(*change_, "GET /changes/?q=commit:SHA");
    }
    add_config(facts, ProjectName::parse(project_).value());
    return scene;
}

} // namespace seakeeper::testing
