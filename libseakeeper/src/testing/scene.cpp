// SPDX-License-Identifier: Apache-2.0
#include "scene.hpp"

#include <seakeeper/testing/builders.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::testing {

std::string scene_date() {
    return "2026-05-04 11:59:00.000000000";
}

std::int64_t scene_seconds() {
    const auto minute_ago = scene_time() - std::chrono::minutes{1};
    return std::chrono::duration_cast<std::chrono::seconds>(minute_ago.time_since_epoch()).count();
}

gerrit::AccountFacts account_of(const Person& person) {
    gerrit::AccountFacts facts;
    facts.id = person.id;
    facts.username = person.username;
    facts.name = person.name;
    facts.email = person.email;
    facts.is_active = person.is_active;
    facts.is_service_user = person.is_service_user;
    return facts;
}

event::Account event_account_of(const Person& person) {
    event::Account account;
    account.username = person.username;
    account.name = person.name;
    account.email = person.email;
    return account;
}

void add_person(gerrit::Facts& facts, const Person& person, const Destination& destination) {
    const auto id = value_of(person.id);
    facts.accounts.push_back(read(account_of(person), fmt::format("GET /accounts/{}", id)));
    facts.groups.push_back(read(
        gerrit::GroupFacts{person.id, person.groups}, fmt::format("GET /accounts/{}/groups/", id)
    ));
    if (const auto marker = trust::marker_of({}, destination.branch)) {
        facts.access.push_back(read(
            gerrit::AccessFacts{
                person.id, *marker, "push", person.may_push_marker, destination.project},
            fmt::format("GET check.access?account={}", id)
        ));
    }
}

void add_config(gerrit::Facts& facts, const ProjectName& project) {
    facts.configs.push_back(read(
        gerrit::ConfigFacts{project, commit("config of " + project.str())},
        "GET /projects/" + project.str() + "/branches/refs%2Fmeta%2Fconfig"
    ));
}

gerrit::Facts ChangeBuilder::facts(const Person& actor) const {
    gerrit::Facts facts;
    facts.change = read(change_, fmt::format("GET /changes/{}", value_of(change_.number)));
    facts.actor = read(account_of(actor), "GET /accounts/?q=username:" + actor.username);
    facts.real_actor = facts.actor;
    facts.actor_groups = read(actor.groups, "GET groups");
    for (const auto& person : people_) {
        add_person(facts, person, {change_.project, change_.destination});
    }
    facts.ancestry =
        read(gerrit::AncestryFacts{below_, is_ancestry_complete_}, "GET /projects/P/commits");
    facts.submitted_together = read(together_, "GET submitted_together");
    facts.dependencies = read(dependencies_, "footers");
    for (const auto& origin : origins_) {
        facts.label_origins.push_back(read(origin, "GET /projects/P/labels"));
    }
    if (change_.status == "MERGED") {
        facts.merged_into = read(std::vector<RefName>{change_.destination}, "GET commits/SHA/in");
    }
    add_config(facts, change_.project);
    return facts;
}

event::Event ChangeBuilder::event(std::string_view type, const Person* actor) const {
    event::Event event;
    event.type = type;
    event.created_on = scene_seconds();
    event.project = change_.project.str();
    event.ref_name = change_.destination.str();
    if (actor != nullptr) {
        event.actor = event_account_of(*actor);
    }
    event::Change change;
    change.project = change_.project.str();
    const std::string_view ref = change_.destination.str();
    change.branch = ref.starts_with("refs/heads/") ? ref.substr(11) : ref;
    change.id = change_.change_id;
    change.number = change_.number;
    change.subject = change_.subject;
    change.status_text = change_.status;
    change.status = change_.status == "MERGED"      ? event::ChangeStatus::merged
                    : change_.status == "ABANDONED" ? event::ChangeStatus::abandoned
                                                    : event::ChangeStatus::new_;
    if (!change_.topic.empty()) {
        change.topic = change_.topic;
    }
    event.change = std::move(change);
    const auto& revision = change_.revisions.back();
    event::PatchSet patch_set;
    patch_set.number = revision.number;
    patch_set.revision = revision.commit.str();
    patch_set.ref = revision.ref.str();
    patch_set.kind = revision.kind;
    for (const auto& parent : revision.parents) {
        patch_set.parents.push_back(parent.str());
    }
    if (uploader_) {
        patch_set.uploader = event_account_of(*uploader_);
    }
    event.patch_set = std::move(patch_set);
    return event;
}

Scene ChangeBuilder::upload() const {
    Scene scene{event("patchset-created", &*uploader_), facts(*uploader_)};
    scene.event.body = event::PatchsetCreated{};
    return scene;
}

Scene ChangeBuilder::vote() const {
    const auto& vote = last_vote_.value();
    Scene scene{event("comment-added", &vote.voter), facts(vote.voter)};
    event::Approval approval;
    approval.type = "Code-Review";
    approval.value = vote.value;
    approval.old_value = vote.old_value;
    scene.event.body = event::CommentAdded{
        std::vector{approval},
        fmt::format("Patch Set {}: Code-Review+2", value_of(vote.patch_set))};
    const auto& revision = change_.revisions.at(value_of(vote.patch_set) - 1);
    scene.event.patch_set->number = revision.number;
    scene.event.patch_set->revision = revision.commit.str();
    return scene;
}

Scene ChangeBuilder::comment(const Person& author, std::string text) const {
    Scene scene{event("comment-added", &author), facts(author)};
    event::CommentAdded body;
    body.comment =
        fmt::format("Patch Set {}:\n\n{}", value_of(change_.revisions.back().number), text);
    for (const auto& vote : change_.labels.at("Code-Review").votes) {
        if (vote.voter == author.id && vote.value != 0) {
            event::Approval approval;
            approval.type = "Code-Review";
            approval.value = vote.value;
            body.approvals = std::vector{approval};
        }
    }
    scene.event.body = std::move(body);
    return scene;
}

Scene ChangeBuilder::merge(std::optional<CommitId> new_rev) const {
    Scene scene{event("change-merged", &submitter_.value()), facts(*submitter_)};
    scene.event.body = event::ChangeMerged{new_rev.value_or(change_.current_revision).str()};
    return scene;
}

Scene ChangeBuilder::happening(std::string_view type, event::Body body) const {
    Scene scene{event(type, nullptr), facts(*uploader_)};
    scene.facts.actor = {};
    scene.event.body = std::move(body);
    return scene;
}

} // namespace seakeeper::testing
