// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/testing/builders.hpp>
#include <seakeeper/trust/requirements.hpp>

#include <doctest/doctest.h>

#include <functional>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;
using trust::ClassifierInput;

namespace {

const Scene& approved() {
    static const auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    return scene;
}

const trust::ConditionVerdict& find(const trust::Verdict& verdict, trust::Condition condition) {
    for (const auto& one : verdict.conditions) {
        if (one.condition == condition) {
            return one;
        }
    }
    FAIL("the condition was not asked");
    throw 0;
}

struct Row {
    const char* what;
    std::function<void(ClassifierInput&)> spoil;
    trust::Condition condition;
    const char* code;
    Class for_trusted;
    Class for_untrusted;
};

} // namespace

TEST_CASE("what surrounds the event has its own conditions") {
    using enum trust::Condition;
    const Row rows[] = {
        {"nothing", [](auto&) {}, channel, "channel-verified", Class::trusted, Class::untrusted},
        {"peer not verified",
         [](auto& input) { input.channel.is_peer_verified = false; },
         channel,
         "channel-unverified",
         Class::denied,
         Class::denied},
        {"definition not read",
         [](auto& input) { input.definition.commit.reset(); },
         definition,
         "definition-not-read",
         Class::denied,
         Class::denied},
        {"definition is not the tip",
         [](auto& input) { input.definition.commit = commit("older"); },
         definition,
         "definition-moved",
         Class::untrusted,
         Class::untrusted},
        {"definition of a project whose tip nobody read",
         [](auto& input) { input.definition.project = ProjectName::parse("demo/x").value(); },
         definition,
         "definition-tip-not-read",
         Class::untrusted,
         Class::untrusted},
        {"definition rewound",
         [](auto& input) { input.definition.last_seen = commit("newer"); },
         definition,
         "definition-rewound",
         Class::untrusted,
         Class::untrusted},
        {"definition moved on",
         [](auto& input) {
             input.definition.last_seen = commit("older");
             input.definition.is_descendant_of_last_seen = true;
         },
         definition,
         "definition-at-tip",
         Class::trusted,
         Class::untrusted},
        {"policy not judged",
         [](auto& input) { input.policy.is_accepted.reset(); },
         policy,
         "policy-not-judged",
         Class::untrusted,
         Class::denied},
        {"policy refuses",
         [](auto& input) { input.policy.is_accepted = false; },
         policy,
         "policy-refused",
         Class::untrusted,
         Class::denied},
        {"no place for trusted runs",
         [](auto& input) { input.plant.is_ready = false; },
         plant,
         "plant-not-ready",
         Class::untrusted,
         Class::untrusted},
        {"act too old",
         [](auto& input) { input.now += std::chrono::hours{25}; },
         freshness,
         "act-too-old",
         Class::untrusted,
         Class::untrusted},
        {"act just young enough",
         [](auto& input) { input.now += std::chrono::hours{24} - std::chrono::minutes{1}; },
         freshness,
         "fresh",
         Class::trusted,
         Class::untrusted},
        {"act in the future",
         [](auto& input) { input.now -= std::chrono::minutes{7}; },
         freshness,
         "act-in-future",
         Class::untrusted,
         Class::untrusted},
        {"clocks a little apart",
         [](auto& input) { input.now -= std::chrono::minutes{6}; },
         freshness,
         "fresh",
         Class::trusted,
         Class::untrusted},
    };
    trust::SiteOptions options;
    options.rights_lifetime = std::chrono::hours{48}; // the rows are about the act's age
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto input = input_of(approved(), options);
        row.spoil(input);
        const auto verdict = trust::classify(input);
        CHECK(verdict.value == row.for_trusted);
        CHECK(trust::reason(find(verdict, row.condition).code).id == row.code);
        input.requested = Class::untrusted;
        CHECK(trust::classify(input).value == row.for_untrusted);
    }
}

TEST_CASE("an event of another Gerrit instance does not run") {
    trust::SiteOptions options;
    options.gerrit_instance = "node-1";
    auto scene = approved();
    CHECK(classify(scene, options).value == Class::trusted);
    scene.event.instance_id = "node-1";
    CHECK(classify(scene, options).value == Class::trusted);
    scene.event.instance_id = "node-2";
    CHECK(classify(scene, options).value == Class::denied);
}

TEST_CASE("a listed service user may act") {
    const auto scene = a_change().uploaded_by(volunteer()).voted(bot(), 2).vote();
    trust::SiteOptions options;
    CHECK(classify(scene, options).value == Class::untrusted);
    options.service_users = {bot().id};
    CHECK(classify(scene, options).value == Class::trusted);
}

TEST_CASE("a listed service user that submits for a maintainer needs a right of its own") {
    auto robot = bot();
    trust::SiteOptions options;
    options.service_users = {robot.id};
    const auto story = [&] {
        return a_change()
            .uploaded_by(volunteer())
            .voted(maintainer(), 2)
            .merged_as(maintainer(), robot)
            .merge();
    };
    CHECK(classify(story(), options).value == Class::untrusted);
    robot.may_push_marker = true;
    CHECK(classify(story(), options).value == Class::trusted);
}

TEST_CASE("what limits a verdict is what stands in its words") {
    const auto verdict =
        classify(a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote());
    CHECK(trust::limiting(verdict).size() == 1);
    CHECK_FALSE(trust::is_for_want_of_facts(verdict));
    CHECK(trust::to_string(verdict) == "untrusted: C4 approved-by-uploader (account 1001)");
    auto scene = approved();
    scene.facts.ancestry = {};
    CHECK(trust::is_for_want_of_facts(classify(scene)));
    CHECK(trust::to_string(classify(approved())) == "trusted");
}

TEST_CASE("what a trigger runs as follows from what it asked for and what was earned") {
    using trust::Otherwise;
    CHECK(runs_as(Class::trusted, Otherwise::nothing, Class::trusted) == Class::trusted);
    CHECK(runs_as(Class::trusted, Otherwise::nothing, Class::untrusted) == Class::denied);
    CHECK(runs_as(Class::trusted, Otherwise::untrusted, Class::untrusted) == Class::untrusted);
    CHECK(runs_as(Class::trusted, Otherwise::untrusted, Class::denied) == Class::denied);
    CHECK(runs_as(Class::untrusted, Otherwise::nothing, Class::untrusted) == Class::untrusted);
    CHECK(runs_as(Class::untrusted, Otherwise::nothing, Class::trusted) == Class::untrusted);
    CHECK(runs_as(Class::untrusted, Otherwise::untrusted, Class::denied) == Class::denied);
}

TEST_CASE("an untrusted trigger asks Gerrit for the change alone") {
    const trust::SiteOptions options;
    auto request = trust::requirements(approved().event, Class::untrusted, options);
    CHECK(request.change);
    CHECK_FALSE(request.actor);
    CHECK_FALSE(request.ancestry);
    CHECK_FALSE(request.configs);
    CHECK(request.access.empty());
}

TEST_CASE("a trusted trigger asks for what its act is judged by") {
    trust::SiteOptions options;
    const auto vote = trust::requirements(approved().event, Class::trusted, options);
    CHECK(vote.actor);
    CHECK(vote.ancestry);
    CHECK(vote.submitted_together);
    CHECK(vote.dependencies);
    CHECK(vote.label_origins);
    CHECK(vote.configs);
    CHECK_FALSE(vote.actor_groups);
    CHECK_FALSE(vote.merged_into);
    CHECK(vote.voted_labels == std::vector<std::string>{"Code-Review"});
    CHECK(vote.access.size() == 2);
    const auto branch = RefName::parse("refs/heads/master").value();
    CHECK(vote.is_protected(branch));

    options.trusted_groups = {"uuid"};
    const auto tag = trust::requirements(
        a_ref("demo/app", "refs/tags/v1").scene().event, Class::trusted, options
    );
    CHECK(tag.actor_groups);
    CHECK(tag.ref);
    CHECK(tag.merged_into);
    CHECK_FALSE(tag.change);
    CHECK(tag.access.size() == 2);

    const auto push = trust::requirements(
        a_ref("demo/app", "refs/heads/master").scene().event, Class::untrusted, options
    );
    CHECK(push.previous_merged_into);
    CHECK_FALSE(push.change);
    const auto upload = trust::requirements(
        a_change().uploaded_by(volunteer()).upload().event, Class::trusted, options
    );
    CHECK_FALSE(upload.actor);
}

TEST_CASE("a branch that Submit As moved was moved by the real submitter") {
    auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
    auto in_person = change;
    in_person.merged_by(maintainer());
    const auto moved = [](const ChangeBuilder& by) {
        return a_ref("demo/app", "refs/heads/master")
            .moved_by(maintainer())
            .by_merge_of(by)
            .scene();
    };
    CHECK(classify(moved(in_person)).value == Class::trusted);
    change.merged_as(maintainer(), stranger());
    CHECK(classify(moved(change)).value == Class::untrusted);
}

TEST_CASE("a verdict says why each condition holds, too") {
    const auto codes = [](const Scene& scene) {
        std::string said;
        for (const auto& each : classify(scene).conditions) {
            said += (said.empty() ? "" : " ") + std::string{trust::reason(each.code).id};
        }
        return said;
    };
    const std::string rest = " code-bound ancestry-reviewed companions-reviewed definition-at-tip "
                             "visible policy-accepted plant-ready fresh";
    CHECK(
        codes(approved()) == "channel-verified actor-known may-give-largest-vote approved" + rest
    );
    auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
    change.merged_by(maintainer());
    CHECK(
        codes(change.merge()) == "channel-verified actor-known may-submit merged-by-review" + rest
    );
    const auto branch = a_ref("demo/app", "refs/heads/master").moved_by(maintainer());
    CHECK(
        codes(RefBuilder{branch}.by_merge_of(change).scene())
        == "channel-verified actor-known may-submit ref-moved-by-merge" + rest
    );
}
