// SPDX-License-Identifier: Apache-2.0
#include "gerrit/actor.hpp"
#include "gerrit/depends_on.hpp"
#include "gerrit/rest_json.hpp"
#include "gerrit_recording.hpp"

#include <seakeeper/gerrit/facts.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace seakeeper::test;

namespace {

Fact<ChangeFacts> recorded_change(const std::string& version, const std::string& name) {
    Fact<ChangeFacts> fact;
    fact.value = change_from(gerrit_recording(version, name).body).value().change;
    return fact;
}

event::Event event_on(const ChangeFacts& change, event::Body body, std::string_view date) {
    event::Event event;
    event.project = change.project.str();
    event.body = std::move(body);
    event.change.emplace();
    event.change->number = change.number;
    event.patch_set.emplace();
    event.patch_set->number = change.current()->number;
    event.patch_set->revision = change.current_revision.str();
    event.created_on = seconds_of(date);
    return event;
}

const AccountId bot{1000001};
const AccountId maint{1000002};
const AccountId contrib{1000005};

} // namespace

TEST_CASE("facts survive being stored") {
    Facts facts;
    for (const auto& version : gerrit_versions) {
        facts.change = recorded_change(version, "change-submitted-on-behalf-of");
        facts.change.source = "GET /x";
        facts.change.read_at = WallTime{std::chrono::milliseconds{1'795'357'319'123}};
        facts.actor.failure = "nobody";
        facts.accounts.push_back(
            {AccountFacts{maint, "maint", "Mira", "m@x", true, false}, "s", "", {}}
        );
        facts.files.value = std::vector<std::string>{};
        facts.parents.value = {ProjectName::parse("All-Projects").value()};
        facts.access.push_back(
            {AccessFacts{maint, RefName::parse("refs/heads/x").value(), "push", true}, "s", "", {}}
        );
        AncestryFacts ancestry;
        ancestry.is_complete = true;
        ancestry.commits.resize(2);
        ancestry.commits[0].commit = CommitId::parse(std::string(40, 'a')).value();
        ancestry.commits[0].change = *facts.change;
        ancestry.commits[1].is_visible = false;
        facts.ancestry.value = ancestry;
        facts.submitted_together.value = TogetherFacts{{*facts.change}, 3};
        facts.dependencies.value = {
            DependencyFacts{"submodule", "lib", std::nullopt, std::nullopt},
            DependencyFacts{"depends-on", "7", *facts.change, ancestry}};
        LabelOriginFacts origin{
            "Code-Review", ProjectName::parse("p").value(), {}, ProjectName::parse("q").value()};
        facts.label_origins.push_back({origin, "s", "", {}});
        facts.ref.value =
            RefFacts{RefName::parse("refs/tags/v").value(), std::nullopt, std::nullopt};
        const auto json = to_json(facts);
        const auto again = facts_from_json(json);
        REQUIRE(again);
        CHECK(*again == facts);
        CHECK(to_json(*again) == json);
    }
}

TEST_CASE("an empty list that was read is not a list that nobody asked for") {
    Facts facts;
    facts.files.value.emplace();
    CHECK(to_json(facts).contains("files"));
    CHECK_FALSE(to_json(Facts{}).contains("files"));
    CHECK(facts_from_json(to_json(facts)).value() == facts);
}

TEST_CASE("stored facts of another form are refused") {
    for (const auto* text :
         {R"({"chang":{}})",
          R"({"change":7})",
          R"({"change":{"value":{"project":"../x"}}})",
          R"({"change":{"value":{"number":-1}}})",
          R"({"change":{"value":{"is_private":"no"}}})",
          R"({"files":{"value":[1]}})",
          R"({"actor":{"value":{"id":1,"admin":true}}})"}) {
        CAPTURE(text);
        const auto facts = facts_from_json(boost::json::parse(text).as_object());
        REQUIRE_FALSE(facts);
        CHECK(facts.error().is(Errc::malformed));
    }
}

TEST_CASE("behind an upload stands the account that made it") {
    for (const auto& version : gerrit_versions) {
        const auto change = recorded_change(version, "change-rebased-on-behalf");
        const auto event = event_on(*change, event::PatchsetCreated{}, "2026-11-22 14:22:27");
        CHECK(real_actor_of(event, change, contrib).id == maint);
        CHECK_FALSE(real_actor_of(event, change, maint).id); // the event names another uploader

        auto unknown = event;
        unknown.patch_set->revision = std::string(40, 'e');
        CHECK_FALSE(real_actor_of(unknown, change, contrib).id);
        CHECK_FALSE(real_actor_of(event, Fact<ChangeFacts>{}, contrib).id);
    }
}

TEST_CASE("behind a merge stands the account that submitted, whoever it was done for") {
    for (const auto& version : gerrit_versions) {
        const auto change = recorded_change(version, "change-submitted-on-behalf-of");
        auto event = event_on(*change, event::ChangeMerged{}, change->messages.back().date);
        CHECK(real_actor_of(event, change, contrib).id == bot);
        CHECK_FALSE(real_actor_of(event, change, maint).id);

        const auto plain = recorded_change(version, "change-merged");
        event = event_on(*plain, event::ChangeMerged{}, plain->messages.back().date);
        CHECK(real_actor_of(event, plain, maint).id == maint);

        auto silent = plain;
        silent.value->messages.clear();
        CHECK_FALSE(real_actor_of(event, silent, maint).id);
    }
}

TEST_CASE("behind a comment stands the author of the message of that moment") {
    const auto base = recorded_change("3.13.5", "change-approved");
    auto change = base;
    auto event = event_on(*change, event::CommentAdded{}, "2026-11-22 14:22:22");
    CHECK(real_actor_of(event, change, maint).id == maint);
    CHECK_FALSE(real_actor_of(event, change, AccountId{4}).id); // no message of theirs

    for (auto& message : change.value->messages) {
        if (message.author == maint) {
            message.real_author = bot;
        }
    }
    CHECK(real_actor_of(event, change, maint).id == bot);
    // Another moment: all messages of the account count, and one on behalf is enough.
    event.created_on = *event.created_on + 3600;
    CHECK(real_actor_of(event, change, maint).id == bot);
    event.created_on.reset();
    CHECK(real_actor_of(event, change, maint).id == bot);
}

TEST_CASE("Gerrit's times") {
    CHECK(seconds_of("1970-01-01 00:00:01.000000000") == 1);
    CHECK(seconds_of("2026-11-22 14:21:59") == 1'795'357'319);
    for (const auto* bad :
         {"",
          "2026-11-22",
          "2026-13-22 14:21:59",
          "2026-02-30 00:00:00",
          "2026-11-22T14:21:59",
          "2026-11-22 24:00:00",
          "x026-11-22 14:21:59"}) {
        CAPTURE(bad);
        CHECK_FALSE(seconds_of(bad));
    }
}

TEST_CASE("voters are those with the highest vote") {
    const auto change = recorded_change("3.10.2", "change-approved");
    std::vector<AccountId> voters;
    add_voters(*change, {"Code-Review", "Verified", "Nope"}, voters);
    CHECK(voters == std::vector<AccountId>{maint});
    add_voters(*change, {"Code-Review"}, voters);
    CHECK(voters.size() == 1);
}

TEST_CASE("Depends-On footers and the changes they name") {
    const auto footers =
        depends_on_footers("Subject\n\nDepends-On: I0123456789012345678901234567890123456789\r\n"
                           "depends-on:  42 \nDepends-On: 42\nNot Depends-On: 7\nDepends-On:");
    REQUIRE(footers.size() == 3);
    CHECK(footers[1] == "42");
    CHECK(footers[2].empty());
    struct Row {
        const char* footer;
        const char* query;
    };
    for (const auto& row : {
             Row{"42", "change:42"},
             Row{"I0123456789012345678901234567890123456789",
                 "change:I0123456789012345678901234567890123456789"},
             Row{"demo/app~7", "change:7"},
             Row{"https://g/r/c/demo/app/+/7", "change:7"},
             Row{"https://g/r/c/demo/app/+/7/2", "change:7"},
             Row{"https://g/r/#/c/7/", "change:7"},
             Row{"https://g/r/7", "change:7"},
             Row{"https://g/rx/7", ""},
             Row{"https://elsewhere/r/7", ""},
             Row{"7 OR is:open", ""},
             Row{"I012", ""},
             Row{"", ""},
             Row{"demo/app~x", ""},
         }) {
        CAPTURE(row.footer);
        CHECK(query_for_dependency(row.footer, "https://g/r/") == row.query);
    }
    CHECK(query_for_dependency("https://g/r/7", "").empty());
}

TEST_CASE("where a label and the right to it come from; hidden rules are no rules") {
    for (const auto& version : gerrit_versions) {
        const auto labels = gerrit_recording(version, "project-labels-app").body;
        CHECK(label_definition_from(labels, "Code-Review").value().str() == "All-Projects");
        CHECK(label_definition_from(labels, "Nope").error().is(Errc::not_found));
        const auto rules = gerrit_recording(version, "access-all-projects-bot").body;
        const auto hidden = gerrit_recording(version, "access-app-bot-without-read").body;
        const auto all = ProjectName::parse("All-Projects").value();
        const auto app = ProjectName::parse("demo/app").value();
        boost::json::object batch;
        batch["All-Projects"] = rules;
        CHECK(
            label_grants_from(batch, {all}, "Code-Review").value() == std::vector<ProjectName>{all}
        );
        CHECK(label_grants_from(batch, {all}, "Nope").value().empty());
        CHECK(label_grants_from(batch, {app, all}, "Code-Review").error().is(Errc::malformed));
        batch["demo/app"] = hidden;
        const auto blind = label_grants_from(batch, {app, all}, "Code-Review");
        REQUIRE_FALSE(blind);
        CHECK(blind.error().is(Errc::permission_denied));
    }
}

TEST_CASE("a moved submodule is seen by its mode") {
    const auto paths = submodules_from(boost::json::parse(
        R"({"a.c":{"new_mode":33188},"lib":{"old_mode":57344,"new_mode":57344},"gone":{"old_mode":57344},
            ".gitmodules":{"new_mode":33188}})"
    ));
    REQUIRE(paths);
    CHECK(*paths == std::vector<std::string>{".gitmodules", "gone", "lib"});
}
