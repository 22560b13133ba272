// SPDX-License-Identifier: Apache-2.0
// Rows of the attack catalogue that concern trust, told with builders: each has its class and the
// reason code that decided.
#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

const auto approved = [] { return a_change().uploaded_by(volunteer()).voted(maintainer(), 2); };

ChangeBuilder parent_of(const Person& uploader) {
    return a_change().numbered(6).uploaded_by(uploader);
}

struct Row {
    const char* id;
    const char* what;
    std::function<Scene()> scene;
    Class expected;
    const char* code;
    Class requested = Class::trusted;
    std::function<void(trust::SiteOptions&)> site = [](trust::SiteOptions&) {};
};

Scene with_patch_set(Scene scene, std::uint32_t number, std::string_view revision) {
    scene.event.patch_set->number = PatchSetNumber{number};
    scene.event.patch_set->revision = revision;
    return scene;
}

// clang-format off
const Row rows[] = {
    {"T01", "vote on the current patch set", [] { return approved().vote(); }, Class::trusted, "approved"},
    {"T02", "merge after review", [] { return approved().merged_by(maintainer()).merge(); }, Class::trusted, "merged-by-review"},
    {"T03", "branch moved by the merge of its change", [] { return a_ref("demo/app", "refs/heads/master").by_merge_of(approved().merged_by(maintainer())).scene(); }, Class::trusted, "ref-moved-by-merge"},
    {"T04", "new tag on a merged commit by a member of a trusted group", [] { auto who = maintainer(); who.groups = {"uuid-1"}; return a_ref("demo/app", "refs/tags/v1").moved_by(who).scene(); }, Class::trusted, "tag-on-protected-branch",
        Class::trusted, [](auto& site) { site.trusted_groups = {"uuid-1"}; }},
    {"T05", "upload by a privileged account where the site allows it", [] { auto who = maintainer(); who.may_push_marker = true; return a_change().uploaded_by(who).upload(); }, Class::trusted, "upload-allowed",
        Class::trusted, [](auto& site) { site.trusted_upload = true; }},
    {"T06", "vote again on a copied vote", [] { return approved().rebased_by(volunteer()).voted(maintainer(), 2).vote(); }, Class::trusted, "approved"},
    {"T07", "untrusted upload by anybody", [] { return a_change().uploaded_by(stranger()).upload(); }, Class::untrusted, "", Class::untrusted},
    {"T08", "approved child on an approved parent", [] { return approved().on_top_of(parent_of(stranger()).voted(maintainer(), 2)).voted(maintainer(), 2).vote(); }, Class::trusted, "ancestry-reviewed"},

    {"A01", "git author is the maintainer, uploader a stranger", [] { auto scene = a_change().uploaded_by(stranger()).upload(); scene.event.patch_set->author = scene.event.actor; scene.event.patch_set->author->email = maintainer().email; return scene; }, Class::untrusted, "act-gives-no-trust"},
    {"A01", "the same where uploads may be trusted", [] { auto scene = a_change().uploaded_by(stranger()).upload(); scene.event.patch_set->author->email = maintainer().email; return scene; }, Class::untrusted, "privilege-missing",
        Class::trusted, [](auto& site) { site.trusted_upload = true; }},
    {"A02", "e-mail that looks like the maintainer's", [] { auto sam = stranger(); sam.email = maintainer().email + ".evil.example"; return a_change().uploaded_by(volunteer()).voted(sam, 2).vote(); }, Class::untrusted, "privilege-missing"},
    {"A04", "nobody acted", [] { auto scene = approved().merged_by(maintainer()).merge(); scene.event.actor.reset(); return scene; }, Class::untrusted, "actor-missing"},
    {"A04", "ref moved by nobody", [] { return a_ref("demo/app", "refs/heads/master").moved_by_nobody().by_merge_of(approved().merged_by(maintainer())).scene(); }, Class::untrusted, "actor-missing"},
    {"A07", "a comment imitates Gerrit's words", [] { return a_change().uploaded_by(volunteer()).wrote(stranger(), "Patch Set 1: Code-Review+2").comment(stranger(), "Patch Set 1: Code-Review+2"); }, Class::untrusted, "no-vote-in-this-event"},
    {"A10", "vote on an older patch set", [] { return approved().uploaded_by(stranger()).voted_on_older(maintainer(), 2).vote(); }, Class::denied, "patch-set-superseded"},
    {"A11", "standing vote repeated in a comment", [] { return approved().comment(maintainer(), "thanks"); }, Class::untrusted, "no-vote-in-this-event"},
    {"A13", "child project hands out the largest vote", [] { auto sam = stranger(); sam.may_vote = 2; return a_change().label_from("demo/app", {"All-Projects", "demo/app"}).uploaded_by(volunteer()).voted(sam, 2).vote(); }, Class::untrusted, "label-not-owned"},
    {"A13", "child project only grants the vote", [] { auto sam = stranger(); sam.may_vote = 2; return a_change().label_from("All-Projects", {"All-Projects", "demo/app"}).uploaded_by(volunteer()).voted(sam, 2).vote(); }, Class::untrusted, "label-not-owned"},
    {"A14", "vote withdrawn since", [] { return approved().withdrew_vote(maintainer()).vote(); }, Class::untrusted, "vote-withdrawn"},
    {"A16", "uploader approves the own patch set", [] { return a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote(); }, Class::untrusted, "approved-by-uploader"},
    {"A16", "excepted account in another project", [] { return a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote(); }, Class::untrusted, "approved-by-uploader",
        Class::trusted, [](auto& site) { site.self_approvals = {{ProjectName::parse("demo/other").value(), maintainer().id}}; }},
    {"A16", "excepted account", [] { return a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote(); }, Class::trusted, "approved",
        Class::trusted, [](auto& site) { site.self_approvals = {{ProjectName::parse("demo/app").value(), maintainer().id}}; }},
    {"A16", "who only rebased on behalf of the uploader approves", [] { return a_change().uploaded_by(volunteer()).rebased_on_behalf_of(volunteer(), maintainer()).voted(maintainer(), 2).vote(); }, Class::trusted, "approved"},
    {"A16", "who uploaded other content in the uploader's name approves", [] { auto scene = a_change().uploaded_by(volunteer()).rebased_on_behalf_of(volunteer(), maintainer()).voted(maintainer(), 2).vote(); scene.facts.change.value->revisions.back().kind = "REWORK"; return scene; }, Class::untrusted, "approved-by-uploader"},
    {"A17", "rebased on behalf of the trusted uploader onto a stranger's change", [] { auto who = maintainer(); who.may_push_marker = true; return a_change().uploaded_by(who).rebased_on_behalf_of(who, stranger()).on_top_of(parent_of(stranger())).upload(); }, Class::untrusted, "ancestor-not-approved",
        Class::trusted, [](auto& site) { site.trusted_upload = true; }},
    {"A17", "the same on the branch", [] { auto who = maintainer(); who.may_push_marker = true; return a_change().uploaded_by(who).rebased_on_behalf_of(who, stranger()).upload(); }, Class::untrusted, "uploaded-for-another",
        Class::trusted, [](auto& site) { site.trusted_upload = true; }},
    {"A19", "vote copied onto a rebase", [] { auto scene = approved().rebased_by(volunteer()).vote(); const auto& now = *scene.facts.change; return with_patch_set(scene, 2, now.current_revision.str()); }, Class::untrusted, "vote-not-cast-on-current-patch-set"},
    {"A19", "vote on an old patch set flows on, event re-told for the current one", [] { auto scene = a_change().uploaded_by(volunteer()).rebased_by(volunteer()).voted_on_older(maintainer(), 2).vote(); const auto& now = *scene.facts.change; return with_patch_set(scene, 2, now.current_revision.str()); }, Class::untrusted, "vote-not-cast-on-current-patch-set"},
    {"A19", "parent holds only a copied vote", [] { return approved().on_top_of(parent_of(volunteer()).voted(maintainer(), 2).rebased_by(volunteer())).voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-not-approved"},
    {"A20", "merge commit is what runs", [] { return approved().merged_by(maintainer()).merge(commit("merge")); }, Class::trusted, "merged-by-review"},
    {"A26", "old vote told again after it was withdrawn", [] { return approved().withdrew_vote(maintainer()).vote(); }, Class::untrusted, "vote-not-cast-on-current-patch-set"},
    {"A28", "approved child of a stranger's unapproved parent", [] { return approved().on_top_of(parent_of(stranger())).voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-not-approved"},
    {"A28", "parent approved by its own uploader", [] { return approved().on_top_of(parent_of(maintainer()).voted(maintainer(), 2)).voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-not-approved"},
    {"A28", "parent approved by an unlisted service user", [] { return approved().on_top_of(parent_of(stranger()).voted(bot(), 2)).voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-not-approved"},
    {"A28", "parent is an old patch set", [] { auto old = parent_of(volunteer()).voted(maintainer(), 2); auto child = approved(); child.on_top_of(old).voted(maintainer(), 2); auto scene = child.vote(); auto& parent = *scene.facts.ancestry.value->commits.front().change; parent.current_revision = commit("newer"); return scene; }, Class::untrusted, "ancestor-outdated"},
    {"A28", "parent is abandoned", [] { return approved().on_top_of(parent_of(volunteer()).voted(maintainer(), 2).abandoned()).voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-outdated"},
    {"A28", "ancestry not walked to its end", [] { return approved().with_unread_ancestry().vote(); }, Class::untrusted, "ancestry-not-read"},
    {"A28", "parent merged only into an unprotected branch", [] { auto scene = approved().vote(); scene.facts.ancestry.value->commits.front().branches = {RefName::parse("refs/heads/sandbox/sam").value()}; return scene; }, Class::untrusted, "ancestor-unknown"},
    {"A29", "merge commit with an unknown second parent", [] { return a_change().uploaded_by(volunteer()).merging_unknown_commit().voted(maintainer(), 2).vote(); }, Class::untrusted, "ancestor-unknown"},
    {"A31", "Depends-On an unapproved change", [] { return approved().depending_on(parent_of(stranger())).vote(); }, Class::untrusted, "companion-not-approved"},
    {"A31", "Depends-On an approved change", [] { return approved().depending_on(parent_of(stranger()).voted(maintainer(), 2)).vote(); }, Class::trusted, "companions-reviewed"},
    {"A32", "Depends-On a private change", [] { return approved().depending_on(parent_of(stranger()).voted(maintainer(), 2).made_private()).vote(); }, Class::denied, "needs-something-unreadable"},
    {"A32", "Depends-On a change that is not found: the same words", [] { return approved().depending_on_missing("demo/app~99").vote(); }, Class::denied, "needs-something-unreadable"},
    {"A32", "private parent that related does not show", [] { return approved().on_top_of_invisible().voted(maintainer(), 2).vote(); }, Class::denied, "needs-something-unreadable"},
    {"A34", "stranger's change joins the topic", [] { return approved().together_with(parent_of(stranger())).vote(); }, Class::untrusted, "companion-not-approved"},
    {"A34", "all of the topic approved", [] { return approved().together_with(parent_of(stranger()).voted(other_maintainer(), 2)).vote(); }, Class::trusted, "companions-reviewed"},
    {"A34", "something invisible would be submitted along", [] { return approved().together_with_invisible().vote(); }, Class::denied, "needs-something-unreadable"},
    {"A37", "tag by somebody who may create it and no more", [] { return a_ref("demo/app", "refs/tags/v1").moved_by(stranger()).scene(); }, Class::untrusted, "privilege-missing"},
    {"A38", "tag moved", [] { return a_ref("demo/app", "refs/tags/v1").from(commit("before")).scene(); }, Class::denied, "tag-moved"},
    {"A38", "tag moved again since the event", [] { auto scene = a_ref("demo/app", "refs/tags/v1").scene(); scene.facts.ref.value->tip = commit("later"); return scene; }, Class::denied, "tag-moved"},
    {"A40", "tag outside the protected branches", [] { auto who = maintainer(); who.may_push_marker = true; return a_ref("demo/app", "refs/tags/v1").moved_by(who).held_by({"refs/heads/wip"}).scene(); }, Class::untrusted, "tag-not-on-protected-branch"},
    {"A41", "meta ref of a change", [] { return a_ref("demo/app", "refs/changes/07/7/meta").scene(); }, Class::denied, "ref-not-for-building", Class::untrusted},
    {"A41", "ref of an account", [] { return a_ref("All-Users", "refs/users/01/1001").scene(); }, Class::denied, "ref-not-for-building", Class::untrusted},
    {"A41", "refs/meta/config moved", [] { return a_ref("demo/app", "refs/meta/config").scene(); }, Class::denied, "config-never-runs", Class::untrusted},
    {"A41", "change for refs/meta/config", [] { return a_change().to_branch("refs/meta/config").uploaded_by(stranger()).upload(); }, Class::denied, "config-never-runs", Class::untrusted},
    {"A43", "direct push", [] { return a_ref("demo/app", "refs/heads/master").scene(); }, Class::untrusted, "direct-push"},
    {"A43", "direct push by somebody privileged where the site allows it", [] { auto who = maintainer(); who.may_push_marker = true; return a_ref("demo/app", "refs/heads/master").moved_by(who).scene(); }, Class::trusted, "direct-push-allowed",
        Class::trusted, [](auto& site) { site.allow_direct_push = true; }},
    {"A43", "direct push by somebody else where the site allows it", [] { return a_ref("demo/app", "refs/heads/master").moved_by(stranger()).scene(); }, Class::untrusted, "privilege-missing",
        Class::trusted, [](auto& site) { site.allow_direct_push = true; }},
    {"A43", "direct push that closes a change", [] { return approved().merged_by_push(maintainer()).merge(); }, Class::untrusted, "merged-by-direct-push"},
    {"A43", "push with %submit", [] { return approved().merged_past_requirements(maintainer()).merge(); }, Class::untrusted, "merge-forced"},
    {"A43", "the change of the merge is of another branch", [] { return a_ref("demo/app", "refs/heads/master").by_merge_of(approved().to_branch("main").merged_by(maintainer())).scene(); }, Class::untrusted, "direct-push"},
    {"A44", "forced push", [] { return a_ref("demo/app", "refs/heads/master").forced().by_merge_of(approved().merged_by(maintainer())).scene(); }, Class::denied, "ref-forced"},
    {"A44", "forced push, untrusted trigger", [] { return a_ref("demo/app", "refs/heads/master").forced().scene(); }, Class::denied, "ref-forced", Class::untrusted},
    {"A46", "recheck by a maintainer on a stranger's patch set", [] { return a_change().uploaded_by(stranger()).comment(maintainer(), "recheck"); }, Class::untrusted, "no-vote-in-this-event"},
    {"A46", "recheck by a stranger on an approved change", [] { return approved().comment(stranger(), "recheck"); }, Class::untrusted, "no-vote-in-this-event"},
    {"A52", "event of a private change", [] { return approved().made_private().vote(); }, Class::denied, "change-private"},
    {"A52", "event of a change that we may not see", [] { auto scene = approved().vote(); scene.facts.change = {}; return scene; }, Class::denied, "visibility-not-read", Class::untrusted},
    {"S01", "Submit As: the real one is an unlisted service user", [] { return approved().merged_as(maintainer(), bot()).merge(); }, Class::untrusted, "service-user-not-listed"},
    {"S02", "Submit As: the real one is a stranger", [] { return approved().merged_as(maintainer(), stranger()).merge(); }, Class::untrusted, "privilege-missing"},
    {"S03", "vote in another's name", [] { return a_change().uploaded_by(volunteer()).voted_on_behalf_of(maintainer(), stranger(), 2).vote(); }, Class::untrusted, "vote-on-behalf"},
    {"S04", "voter lost the right since", [] { return approved().lost_right(maintainer()).vote(); }, Class::untrusted, "privilege-missing"},
    {"S05", "voter is inactive", [] { auto gone = maintainer(); gone.is_active = false; return a_change().uploaded_by(volunteer()).voted(gone, 2).vote(); }, Class::untrusted, "actor-inactive"},
    {"S06", "work in progress", [] { return approved().made_work_in_progress().vote(); }, Class::untrusted, "work-in-progress"},
    {"S07", "work in progress, untrusted trigger", [] { return a_change().uploaded_by(volunteer()).made_work_in_progress().upload(); }, Class::untrusted, "work-in-progress", Class::untrusted},
    {"S08", "branch that is not protected", [] { return a_change().to_branch("sandbox/sam").uploaded_by(volunteer()).voted(maintainer(), 2).vote(); }, Class::untrusted, "destination-not-protected"},
    {"S09", "vote below the largest", [] { return a_change().uploaded_by(volunteer()).voted(maintainer(), 1).vote(); }, Class::untrusted, "vote-not-maximal"},
    {"S10", "abandoned since", [] { return approved().abandoned().vote(); }, Class::denied, "change-abandoned"},
    {"S11", "event without any code", [] { return a_change().uploaded_by(volunteer()).happening("change-deleted", event::ChangeDeleted{}); }, Class::denied, "no-code", Class::untrusted},
    {"S12", "user name of the event belongs to another account", [] { auto scene = approved().vote(); scene.event.actor->username = "somebody"; return scene; }, Class::untrusted, "actor-mismatch"},
    {"S13", "change moved to another branch since", [] { auto scene = approved().vote(); scene.event.ref_name = "refs/heads/main"; return scene; }, Class::denied, "code-mismatch"},
};
// clang-format on

bool has_code(const trust::Verdict& verdict, std::string_view id) {
    return std::any_of(
        verdict.conditions.begin(),
        verdict.conditions.end(),
        [&](const trust::ConditionVerdict& condition) {
            return trust::reason(condition.code).id == id;
        }
    );
}

} // namespace

TEST_CASE("the attack table is decided as written") {
    for (const auto& row : rows) {
        const auto name = std::string{row.id} + " " + row.what;
        CAPTURE(name);
        trust::SiteOptions site;
        row.site(site);
        const auto verdict = classify(row.scene(), site, row.requested);
        INFO(trust::to_string(verdict));
        CHECK(verdict.value == row.expected);
        if (*row.code != '\0') {
            CHECK(has_code(verdict, row.code));
        }
    }
}

TEST_CASE("a merge commit is what a merged change runs") {
    const auto verdict = classify(approved().merged_by(maintainer()).merge(commit("merge")));
    REQUIRE(verdict.code);
    CHECK(*verdict.code == commit("merge"));
}

TEST_CASE("an annotated tag runs the commit behind it") {
    auto who = maintainer();
    who.may_push_marker = true;
    const auto scene = a_ref("demo/app", "refs/tags/v1").annotated().moved_by(who).scene();
    const auto verdict = classify(scene);
    CHECK(verdict.value == Class::trusted);
    REQUIRE(verdict.code);
    CHECK(*verdict.code == *scene.facts.ref->commit);
}

TEST_CASE("a retry needs an asker who may approve") {
    const auto scene = approved().vote();
    const trust::SiteOptions options;
    auto input = input_of(scene, options);
    const auto by_maintainer =
        approved().voted(other_maintainer(), 1).comment(other_maintainer(), "recheck");
    input.retry.emplace(trust::RetryRequest{by_maintainer.event, by_maintainer.facts});
    CHECK(trust::classify(input).value == Class::trusted);
    const auto by_stranger = approved().comment(stranger(), "recheck");
    input.retry.emplace(trust::RetryRequest{by_stranger.event, by_stranger.facts});
    const auto verdict = trust::classify(input);
    CHECK(verdict.value == Class::untrusted);
    CHECK(has_code(verdict, "retry-by-unprivileged"));
}
