// SPDX-License-Identifier: Apache-2.0
// What real Gerrit servers answered about votes and merges, and what that earns.
#include "gerrit/rest_json.hpp"
#include "trust/act.hpp"

#include <seakeeper/testing/builders.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

constexpr AccountId maint{1000002};

gerrit::ChangeReading recorded(const std::string& version, const std::string& name) {
    std::ifstream file{SEAKEEPER_TEST_DATA "/gerrit/rest/" + version + "/" + name + ".json"};
    std::stringstream text;
    text << file.rdbuf();
    REQUIRE_FALSE(text.str().empty());
    auto body = boost::json::parse(text.str()).as_object().at("body");
    return gerrit::change_from(body).value();
}

gerrit::Fact<gerrit::AccountFacts> account_in(const gerrit::ChangeReading& reading, AccountId id) {
    gerrit::Fact<gerrit::AccountFacts> fact;
    for (const auto& account : reading.accounts) {
        if (account.id == id) {
            fact.value = account;
        }
    }
    return fact;
}

/// The facts around a recorded change as if all of them were in order, so that the change decides.
Scene around(const gerrit::ChangeReading& reading, AccountId actor) {
    auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    const auto& change = reading.change;
    auto& facts = scene.facts;
    facts.change.value = change;
    facts.actor = account_in(reading, actor);
    facts.accounts.clear();
    for (const auto& account : reading.accounts) {
        gerrit::Fact<gerrit::AccountFacts> fact;
        fact.value = account;
        facts.accounts.push_back(fact);
    }
    facts.groups.clear();
    facts.access.clear();
    gerrit::Fact<gerrit::AccessFacts> marker;
    marker.value = gerrit::AccessFacts{
        actor, trust::marker_of({}, change.destination).value(), "push", false, change.project};
    facts.access.push_back(marker);
    facts.label_origins.front().value->project = change.project;
    facts.ancestry.value->commits.clear();
    for (const auto& parent : change.current()->parents) {
        facts.ancestry.value->commits.push_back(
            {parent, {}, {change.destination}, std::nullopt, true}
        );
    }
    facts.merged_into.value = std::vector{change.destination};
    auto& event = scene.event;
    event.project = change.project.str();
    event.ref_name = change.destination.str();
    event.change->project = change.project.str();
    event.change->number = change.number;
    event.patch_set->number = change.current()->number;
    event.patch_set->revision = change.current_revision.str();
    event.actor->username = facts.actor ? facts.actor->username : "nobody";
    return scene;
}

Scene vote_on(const gerrit::ChangeReading& reading) {
    return around(reading, maint);
}

Scene merge_of(const gerrit::ChangeReading& reading) {
    auto scene = around(reading, reading.change.submitter.value());
    scene.event.type = "change-merged";
    scene.event.body = event::ChangeMerged{reading.change.current_revision.str()};
    return scene;
}

/// The verdict shortly after everything in the recording happened.
trust::Verdict judged(const Scene& scene, trust::SiteOptions options = {}) {
    options.rights_lifetime = std::chrono::hours{24 * 365 * 100}; // a recording grows old
    auto input = input_of(scene, options);
    input.now =
        WallTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 22} + std::chrono::hours{20}};
    return trust::classify(input);
}

bool has_code(const trust::Verdict& verdict, std::string_view id) {
    return std::any_of(
        verdict.conditions.begin(),
        verdict.conditions.end(),
        [&](const auto& condition) { return trust::reason(condition.code).id == id; }
    );
}

} // namespace

TEST_CASE("recorded changes earn what the rules say") {
    struct Row {
        const char* name;
        Scene (*scene)(const gerrit::ChangeReading&);
        Class expected;
        const char* code;
    };
    const Row rows[] = {
        {"change-approved", vote_on, Class::trusted, "approved"},
        {"change-uploaded-by-other", vote_on, Class::untrusted, "standing-not-read"},
        {"change-approved-then-rebased",
         vote_on,
         Class::untrusted,
         "vote-not-cast-on-current-patch-set"},
        {"change-approved-rebased-onto-unreviewed-parent",
         vote_on,
         Class::untrusted,
         "vote-not-cast-on-current-patch-set"},
        {"change-approved-voter-left-group", vote_on, Class::untrusted, "privilege-missing"},
        {"change-approved-voter-inactive", vote_on, Class::untrusted, "actor-inactive"},
        {"change-rebased-on-behalf",
         vote_on,
         Class::untrusted,
         "vote-not-cast-on-current-patch-set"},
        {"change-merged", merge_of, Class::trusted, "merged-by-review"},
        {"change-submitted-on-behalf-of", merge_of, Class::untrusted, "service-user-not-listed"},
    };
    for (const std::string version : {"3.10.2", "3.13.5"}) {
        for (const auto& row : rows) {
            CAPTURE(version);
            CAPTURE(row.name);
            const auto verdict = judged(row.scene(recorded(version, row.name)));
            INFO(trust::to_string(verdict));
            CHECK(verdict.value == row.expected);
            CHECK(has_code(verdict, row.code));
        }
    }
}

TEST_CASE("a recorded Submit As is judged by the account that really submitted") {
    const auto reading = recorded("3.10.2", "change-submitted-on-behalf-of");
    trust::SiteOptions options;
    const AccountId real{1000001};
    options.service_users = {real};
    auto scene = merge_of(reading);
    CHECK(has_code(judged(scene, options), "privilege-not-read"));
    const auto marker = trust::marker_of(options, reading.change.destination).value();
    gerrit::Fact<gerrit::AccessFacts> may;
    may.value = gerrit::AccessFacts{real, marker, "push", true};
    scene.facts.access.push_back(may);
    CHECK(judged(scene, options).value == Class::trusted);
}
