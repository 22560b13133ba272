// SPDX-License-Identifier: Apache-2.0
// Sound scenes with one thing changed: which condition notices, and by which code.
#include "trust/act.hpp"
#include "trust/vote.hpp"

#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;
using trust::Condition;
using trust::ReasonCode;
using trust::SiteOptions;

namespace {

const auto master = RefName::parse("refs/heads/master").value();
const auto main_branch = RefName::parse("refs/heads/main").value();

trust::ConditionVerdict
judged(const Scene& scene, Condition condition, const SiteOptions& options = {}) {
    const auto verdict = classify(scene, options);
    const auto found =
        std::find_if(verdict.conditions.begin(), verdict.conditions.end(), [&](const auto& one) {
            return one.condition == condition;
        });
    REQUIRE(found != verdict.conditions.end());
    // What is in order holds nobody back; what is not never reaches trusted.
    CHECK((found->value == Class::trusted) == trust::reason(found->code).is_good);
    return *found;
}

ReasonCode code(const Scene& scene, Condition condition, const SiteOptions& options = {}) {
    return judged(scene, condition, options).code;
}

Scene vote() {
    return a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
}

Scene merge() {
    return a_change()
        .uploaded_by(volunteer())
        .voted(maintainer(), 2)
        .merged_by(maintainer())
        .merge();
}

Scene on_parent() {
    const auto parent = a_change().numbered(6).uploaded_by(volunteer()).voted(maintainer(), 2);
    return a_change().uploaded_by(volunteer()).on_top_of(parent).voted(maintainer(), 2).vote();
}

Scene tag() {
    auto who = maintainer();
    who.may_push_marker = true;
    return a_ref("demo/app", "refs/tags/v1").moved_by(who).scene();
}

gerrit::ChangeFacts& change_of(Scene& scene) {
    return *scene.facts.change.value;
}

event::RefUpdate& update_of(Scene& scene) {
    return std::get<event::RefUpdated>(scene.event.body).update;
}

} // namespace

TEST_CASE("below the patch set every commit is known, visible and approved, in whatever shape") {
    CHECK(classify(on_parent()).value == Class::trusted);
    auto scene = on_parent();
    auto& commits = scene.facts.ancestry.value->commits;
    const auto parent = std::find_if(commits.begin(), commits.end(), [](const auto& one) {
        return one.change.has_value();
    });
    REQUIRE(parent != commits.end());
    const auto sound = *parent;
    // A walk in circles ends.
    parent->parents.push_back(parent->commit);
    change_of(scene).revisions.back().parents.push_back(parent->commit);
    CHECK(code(scene, Condition::ancestry) == ReasonCode::ancestry_ok);
    *parent = sound;
    parent->is_visible = false;
    auto verdict = judged(scene, Condition::ancestry);
    CHECK(verdict.code == ReasonCode::ancestor_unknown);
    CHECK(verdict.detail == "commit " + sound.commit.str());
    parent->branches = {master};
    CHECK(code(scene, Condition::ancestry) == ReasonCode::ancestor_unknown);
    parent->is_visible = true;
    CHECK(code(scene, Condition::ancestry) == ReasonCode::ancestry_ok);
    *parent = sound;
    parent->parents = {commit("unheard of")};
    verdict = judged(scene, Condition::ancestry);
    CHECK(verdict.code == ReasonCode::ancestry_unread);
    CHECK(verdict.detail == "commit " + commit("unheard of").str());
}

TEST_CASE("a merge is in the branch that it names, a tag in any protected branch") {
    auto scene = merge();
    scene.facts.merged_into.value = {main_branch, master};
    CHECK(code(scene, Condition::ancestry) == ReasonCode::ancestry_ok);
    scene.facts.merged_into.value = {main_branch};
    CHECK(code(scene, Condition::ancestry) == ReasonCode::not_in_protected_ref);
    scene.facts.merged_into.value.reset();
    CHECK(code(scene, Condition::ancestry) == ReasonCode::ancestry_unread);
    auto tagged = tag();
    tagged.facts.merged_into.value = {RefName::parse("refs/heads/x").value(), main_branch};
    CHECK(code(tagged, Condition::ancestry) == ReasonCode::ancestry_ok);
    CHECK(code(tagged, Condition::act) == ReasonCode::act_tag);
    tagged.facts.merged_into.value = {RefName::parse("refs/tags/v0").value()};
    SiteOptions all;
    all.protected_refs = {"refs/**"};
    CHECK(code(tagged, Condition::act, all) == ReasonCode::tag_not_on_protected_branch);
    CHECK(code(tagged, Condition::ancestry, all) == ReasonCode::not_in_protected_ref);
}

TEST_CASE("what comes along is read, counted and approved") {
    auto scene = vote();
    SiteOptions options;
    options.allow_submodules = true;
    auto& dependencies = *scene.facts.dependencies.value;
    for (int i = 0; i < 32; ++i) {
        dependencies.push_back({"submodule", "lib", {}, {}});
    }
    CHECK(code(scene, Condition::closure, options) == ReasonCode::closure_ok);
    dependencies.push_back({"submodule", "lib", {}, {}});
    CHECK(code(scene, Condition::closure, options) == ReasonCode::closure_too_large);
    dependencies.clear();
    scene.facts.submitted_together.value->invisible = 1;
    CHECK(code(scene, Condition::closure) == ReasonCode::companion_not_approved);
    scene =
        a_change()
            .uploaded_by(volunteer())
            .depending_on(a_change().numbered(9).uploaded_by(volunteer()).voted(maintainer(), 2))
            .voted(maintainer(), 2)
            .vote();
    CHECK(code(scene, Condition::closure) == ReasonCode::closure_ok);
    scene.facts.dependencies.value->front().ancestry.reset();
    CHECK(code(scene, Condition::closure) == ReasonCode::closure_unread);
    scene.facts.dependencies = {{}, "", "dependencies failed", {}};
    CHECK(judged(scene, Condition::closure).detail == "dependencies failed");
    scene.facts.submitted_together = {{}, "", "together failed", {}};
    CHECK(judged(scene, Condition::closure).detail == "together failed");
}

TEST_CASE("a tag runs the commit that Gerrit says is behind this very tag") {
    CHECK(code(tag(), Condition::code) == ReasonCode::code_bound);
    const auto with = [](auto change) {
        auto scene = tag();
        change(*scene.facts.ref.value);
        return code(scene, Condition::code);
    };
    CHECK(with([](auto& ref) { ref.tip.reset(); }) == ReasonCode::ref_deleted);
    CHECK(with([](auto& ref) { ref.commit.reset(); }) == ReasonCode::tag_moved);
    CHECK(with([](auto& ref) { ref.ref = master; }) == ReasonCode::tag_moved);
    CHECK(with([](auto& ref) { ref.tip = commit("other"); }) == ReasonCode::tag_moved);
}

TEST_CASE("the code is of the change, patch set and branch that the event names") {
    const auto with = [](auto change, Condition condition = Condition::code) {
        auto scene = vote();
        change(scene);
        return code(scene, condition);
    };
    CHECK(with([](Scene&) {}) == ReasonCode::code_bound);
    CHECK(
        with([](Scene& it) { change_of(it).number = ChangeNumber{8}; }) == ReasonCode::code_mismatch
    );
    CHECK(
        with([](Scene& it) { change_of(it).project = ProjectName::parse("demo/b").value(); })
        == ReasonCode::code_mismatch
    );
    CHECK(with([](Scene& it) { it.event.project = "demo/b"; }) == ReasonCode::code_mismatch);
    CHECK(with([](Scene& it) { it.event.project = ""; }) == ReasonCode::code_bound);
    CHECK(
        with([](Scene& it) { it.event.ref_name = "refs/heads/main"; }) == ReasonCode::code_mismatch
    );
    CHECK(with([](Scene& it) { it.event.ref_name = ""; }) == ReasonCode::code_bound);
    CHECK(
        with([](Scene& it) { it.event.patch_set->number = PatchSetNumber{9}; })
        == ReasonCode::code_mismatch
    );
    CHECK(
        with([](Scene& it) { it.event.patch_set->revision = commit("x").str(); })
        == ReasonCode::code_mismatch
    );
    CHECK(with([](Scene& it) { it.event.patch_set.reset(); }) == ReasonCode::event_has_no_code);
    CHECK(with([](Scene& it) { it.event.change.reset(); }) == ReasonCode::event_has_no_code);
    CHECK(with([](Scene& it) { change_of(it).revisions.clear(); }) == ReasonCode::code_unread);
    auto merged = merge();
    std::get<event::ChangeMerged>(merged.event.body).new_rev.reset();
    CHECK(*classify(merged).code == change_of(merged).current_revision);
    std::get<event::ChangeMerged>(merged.event.body).new_rev = "no commit";
    CHECK(code(merged, Condition::code) == ReasonCode::code_mismatch);
    merged.event.patch_set.reset();
    CHECK(code(merged, Condition::code) == ReasonCode::event_has_no_code);
    auto uploaded = a_change().uploaded_by(volunteer()).upload();
    uploaded.event.patch_set.reset();
    CHECK(code(uploaded, Condition::code) == ReasonCode::event_has_no_code);
    auto topic =
        a_change().uploaded_by(volunteer()).happening("topic-changed", event::TopicChanged{});
    topic.event.patch_set.reset();
    CHECK(code(topic, Condition::code) == ReasonCode::code_bound);
    const auto abandoned = a_change().uploaded_by(volunteer()).abandoned();
    CHECK(
        code(abandoned.happening("change-abandoned", event::ChangeAbandoned{}), Condition::code)
        == ReasonCode::code_bound
    );
    CHECK(
        code(abandoned.happening("topic-changed", event::TopicChanged{}), Condition::code)
        == ReasonCode::change_abandoned
    );
}

TEST_CASE("only a protected branch that was there before can have been rewound") {
    const auto moved = [](const char* ref) {
        return a_ref("demo/app", ref).moved_by(maintainer()).scene();
    };
    auto scene = moved("refs/heads/master");
    scene.facts.previous_merged_into.value = {main_branch, master};
    CHECK(code(scene, Condition::code) == ReasonCode::code_bound);
    scene.facts.previous_merged_into.value = {main_branch};
    CHECK(code(scene, Condition::code) == ReasonCode::ref_forced);
    scene.facts.previous_merged_into.value.reset();
    CHECK(code(scene, Condition::code) == ReasonCode::ref_history_unread);
    update_of(scene).old_rev = std::string(40, '0');
    CHECK(code(scene, Condition::code) == ReasonCode::code_bound);
    update_of(scene).new_rev = "no commit";
    CHECK(code(scene, Condition::code) == ReasonCode::code_mismatch);
    auto unprotected = moved("refs/heads/topic");
    unprotected.facts.previous_merged_into.value.reset();
    CHECK(code(unprotected, Condition::code) == ReasonCode::code_bound);
    SiteOptions all;
    all.protected_refs = {"refs/**"};
    auto tagged = tag();
    tagged.facts.previous_merged_into.value.reset();
    CHECK(code(tagged, Condition::code, all) == ReasonCode::code_bound);
}

TEST_CASE("an act without record, without revision or on an open branch gives nothing") {
    auto scene = merge();
    scene.facts.change.value.reset();
    CHECK(code(scene, Condition::act) == ReasonCode::act_unread);
    scene = vote();
    change_of(scene).revisions.clear();
    CHECK(code(scene, Condition::act) == ReasonCode::act_unread);
    scene = vote();
    for (auto& approval : *std::get<event::CommentAdded>(scene.event.body).approvals) {
        approval.type = "Verified";
    }
    CHECK(code(scene, Condition::act) == ReasonCode::no_vote_transition);
    scene = vote();
    change_of(scene).labels.at("Code-Review").max = 0;
    std::get<event::CommentAdded>(scene.event.body).approvals->front().value = 0;
    CHECK(code(scene, Condition::act) == ReasonCode::vote_not_maximal);
    auto one = vote();
    change_of(one).labels.at("Code-Review").max = 1;
    std::get<event::CommentAdded>(one.event.body).approvals->front().value = 1;
    CHECK(code(one, Condition::act) == ReasonCode::vote_not_cast_on_patch_set);
    auto moved = a_ref("demo/app", "refs/heads/master")
                     .moved_by(maintainer())
                     .by_merge_of(a_change().uploaded_by(volunteer()).merged_by_push(maintainer()));
    CHECK(code(moved.scene(), Condition::act) == ReasonCode::merge_by_direct_push);
    auto timeless = tag();
    timeless.event.created_on = -1;
    CHECK(code(timeless, Condition::freshness) == ReasonCode::act_time_unknown);
}

TEST_CASE("an upload counts where the site says so: in person, of one's own content") {
    SiteOptions options;
    options.trusted_upload = true;
    const auto with = [&](auto change) {
        auto scene = a_change().uploaded_by(maintainer()).upload();
        change(scene);
        return code(scene, Condition::act, options);
    };
    CHECK(with([](Scene&) {}) == ReasonCode::act_upload);
    CHECK(with([](Scene& it) { it.facts.change.value.reset(); }) == ReasonCode::act_unread);
    CHECK(with([](Scene& it) { change_of(it).revisions.clear(); }) == ReasonCode::act_unread);
    CHECK(
        with([](Scene& it) { change_of(it).destination = RefName::parse("refs/heads/x").value(); })
        == ReasonCode::destination_not_protected
    );
    CHECK(
        with([](Scene& it) { it.event.patch_set->uploader->username = "vera"; })
        == ReasonCode::upload_by_other
    );
    CHECK(
        with([](Scene& it) { it.event.patch_set->uploader.reset(); }) == ReasonCode::upload_by_other
    );
    CHECK(with([](Scene& it) { it.event.patch_set.reset(); }) == ReasonCode::upload_by_other);
    CHECK(
        with([](Scene& it) { change_of(it).revisions[0].real_uploader = volunteer().id; })
        == ReasonCode::upload_by_other
    );
    CHECK(
        with([](Scene& it) { change_of(it).revisions[0].kind = "TRIVIAL_REBASE"; })
        == ReasonCode::content_by_other
    );
    // A later patch set of somebody else says nothing about the one that is current.
    CHECK(
        with([](Scene& it) {
            auto later = change_of(it).revisions[0];
            later.number = PatchSetNumber{2};
            later.commit = commit("later");
            later.uploader = volunteer().id;
            change_of(it).revisions.push_back(later);
        })
        == ReasonCode::act_upload
    );
}

TEST_CASE("a merge proves the right of whoever Gerrit says submitted it") {
    auto scene = merge();
    CHECK(code(scene, Condition::privilege) == ReasonCode::privilege_by_merge);
    const auto behind = a_change()
                            .uploaded_by(volunteer())
                            .voted(maintainer(), 2)
                            .merged_as(maintainer(), stranger());
    CHECK(code(behind.merge(), Condition::privilege) != ReasonCode::privilege_by_merge);
    // The vote's own right is asked on the open change; the merge of it proves it as well.
    auto voted = vote();
    change_of(voted) = change_of(scene);
    CHECK(code(voted, Condition::privilege) == ReasonCode::privilege_by_merge);
    voted.facts.change.value.reset();
    CHECK_FALSE(trust::reason(code(voted, Condition::privilege)).is_good);
}

TEST_CASE("another attempt is asked for in person, here, by somebody known") {
    const auto scene = vote();
    const SiteOptions options;
    const auto with = [&](auto change) {
        auto asked = a_change()
                         .uploaded_by(volunteer())
                         .voted(other_maintainer(), 1)
                         .comment(other_maintainer(), "recheck");
        change(asked);
        auto input = input_of(scene, options);
        input.retry.emplace(trust::RetryRequest{asked.event, asked.facts});
        return trust::classify(input).value;
    };
    CHECK(with([](Scene&) {}) == Class::trusted);
    CHECK(with([](Scene& it) { it.facts.actor.value->is_active = false; }) == Class::untrusted);
    CHECK(
        with([](Scene& it) { it.facts.actor.value->is_service_user = true; }) == Class::untrusted
    );
    CHECK(with([](Scene& it) { it.facts.real_actor.value.reset(); }) == Class::untrusted);
    CHECK(
        with([](Scene& it) { it.facts.real_actor.value->id = stranger().id; }) == Class::untrusted
    );
    CHECK(with([](Scene& it) { it.event.project = "demo/b"; }) == Class::untrusted);
    CHECK(with([](Scene& it) { change_of(it).destination = main_branch; }) == Class::untrusted);
    CHECK(with([](Scene& it) { it.facts.change.value.reset(); }) == Class::untrusted);
    CHECK(with([](Scene& it) { it.facts.actor.value.reset(); }) == Class::untrusted);
}
