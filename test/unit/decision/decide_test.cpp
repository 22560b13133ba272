// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/sensor/configuration.hpp>
#include <seakeeper/testing/builders.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <string>

using namespace seakeeper;
using namespace seakeeper::testing;
using decision::DecideInput;
using trust::Class;

namespace {

constexpr const char* configuration = R"(triggers:
  check:
    events: [patchset-created]
    workflow: workflows/test.yaml
    trust: untrusted
  release:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
  release-or-check:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
    otherwise: untrusted
  post:
    events: [change-merged]
    branch: [master]
    workflow: workflows/test.yaml
    trust: trusted
)";

constexpr const char* workflow_text = R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: test
spec:
  entrypoint: main
  templates:
    - name: main
      container:
        image: registry.example/ci/build@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        command: [make, check]
)";

/// A site with one project, everything in order.
struct World {
    decision::Options options;
    sensor::Sensor sensor;
    std::vector<std::shared_ptr<const decision::PreparedDefinition>> definitions;
    std::vector<decision::ConfigHistory> histories;

    explicit World(const char* workflow = workflow_text) {
        options.server = "example";
        options.project_url = "https://gerrit.example/r/";
        options.untrusted_policy.trust_class = Class::untrusted;
        options.trusted_policy.trust_class = Class::trusted;
        options.trusted_policy.images = {"registry.example/ci/"};
        options.untrusted = executor("ci", Class::untrusted);
        options.trusted = executor("release", Class::trusted);
        const auto project = ProjectName::parse("demo/app").value();
        const auto tip = commit("config of demo/app");
        auto parsed = sensor::parse_configuration(configuration, "demo/app:seakeeper.yaml");
        REQUIRE_MESSAGE(parsed, parsed);
        const auto layer = sensor::make_layer(project, tip, std::move(parsed).value());
        sensor = sensor::compile(std::span{&layer, 1}).value();
        const sensor::Definition at{project, tip, "workflows/test.yaml"};
        definitions.push_back(
            decision::prepare(at, "b10b", Result<std::string>{std::string{workflow}}, options)
        );
    }

    static decision::Executor executor(const char* name, Class trust_class) {
        decision::Executor made;
        made.name = name;
        made.site.trust_class = trust_class;
        made.site.namespace_ = std::string{"ns-"} + name;
        made.site.service_account = "runner";
        made.site.executor_service_account = "executor";
        made.site.node_selector = {{"pool", name}};
        made.site.instance_id = "test";
        return made;
    }

    DecideInput input(const Scene& scene) const {
        DecideInput input{
            scene.event,
            scene.facts,
            options,
            "msg|demo/app|7|x",
            {{"event", "", sha256_hex("event")}},
            definitions,
            histories};
        input.channel.is_peer_verified = true;
        input.plant.is_ready = true;
        input.now = scene_time();
        return input;
    }
    const sensor::Trigger& trigger(std::string_view name) const {
        for (const auto& one : sensor.triggers) {
            if (one->name.str() == name) {
                return *one;
            }
        }
        FAIL("no such trigger");
        throw 0;
    }
    decision::Decision decide(const Scene& scene, std::string_view name) const {
        return decision::decide(input(scene), trigger(name));
    }
};

Scene good_vote() {
    return a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
}
Scene bad_vote() {
    return a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote();
}

} // namespace

TEST_CASE("an untrusted trigger runs on the executor for untrusted") {
    const World world;
    const auto made = world.decide(a_change().uploaded_by(stranger()).upload(), "check");
    INFO(decision::to_json(made.record));
    CHECK(made.record.runs_as == Class::untrusted);
    CHECK(made.executor == "ci");
    REQUIRE(made.workflow);
    CHECK(made.workflow->workload == made.record.workload);
    CHECK(workflow::is_workload_id(made.record.workload));
    CHECK(made.json == decision::to_json(made.record));
    CHECK(made.digest == decision::digest_of(made.record));
    CHECK(made.workflow->json.find(made.digest) != std::string::npos);
    CHECK(made.workflow->json.find("ns-ci") != std::string::npos);
    CHECK(made.record.faults.empty());
    CHECK(made.record.subject.change == 7);
    CHECK(made.record.subject.ref == "refs/changes/07/7/1");
    CHECK(made.record.definition.blob == "b10b");
}

TEST_CASE("a trusted trigger runs on the executor for trusted, and only if trust was earned") {
    const World world;
    const auto good = world.decide(good_vote(), "release");
    INFO(decision::to_json(good.record));
    CHECK(good.record.runs_as == Class::trusted);
    CHECK(good.executor == "release");
    REQUIRE(good.workflow);
    CHECK(good.workflow->json.find("ns-release") != std::string::npos);

    const auto bad = world.decide(bad_vote(), "release");
    CHECK(bad.record.runs_as == Class::denied);
    CHECK_FALSE(bad.workflow);
    CHECK(bad.executor.empty());
    CHECK(bad.record.workload.empty());
    CHECK(bad.record.verdict.value == Class::untrusted);
    CHECK(bad.record.subject.change == 7);
}

TEST_CASE("what was not earned runs untrusted where the trigger says so") {
    const World world;
    const auto made = world.decide(bad_vote(), "release-or-check");
    CHECK(made.record.runs_as == Class::untrusted);
    CHECK(made.executor == "ci");
    REQUIRE(made.record.fallback);
    CHECK(made.record.fallback->value == Class::untrusted);
    CHECK(world.decide(good_vote(), "release-or-check").record.runs_as == Class::trusted);
}

TEST_CASE("class, attempt and event are part of a workload's name") {
    const World world;
    const auto trusted = world.decide(good_vote(), "release").record.workload;
    CHECK(trusted == world.decide(good_vote(), "release").record.workload);
    CHECK(trusted != world.decide(good_vote(), "release-or-check").record.workload);
    const auto scene = good_vote();
    auto again = world.input(scene);
    again.attempt = 2;
    CHECK(trusted != decision::decide(again, world.trigger("release")).record.workload);
    auto other = world.input(scene);
    other.event_key = "msg|demo/app|7|y";
    CHECK(trusted != decision::decide(other, world.trigger("release")).record.workload);
}

TEST_CASE("a site without an executor of the class runs nothing of it") {
    World world;
    world.options.trusted.reset();
    const auto made = world.decide(good_vote(), "release");
    CHECK(made.record.runs_as == Class::denied);
    world.options.untrusted.reset();
    const auto other = world.decide(a_change().uploaded_by(stranger()).upload(), "check");
    CHECK(other.record.runs_as == Class::denied);
    CHECK(other.record.faults.size() == 1);
}

TEST_CASE("a definition that cannot be used runs nothing, and the record says why") {
    const auto scene = a_change().uploaded_by(stranger()).upload();
    const World broken{"kind: [\n"};
    const auto made = broken.decide(scene, "check");
    CHECK(made.record.runs_as == Class::denied);
    REQUIRE(made.record.faults.size() == 1);
    CHECK(made.record.faults[0].find("workflows/test.yaml:") != std::string::npos);

    World unread;
    unread.definitions.clear();
    CHECK(unread.decide(scene, "check").record.runs_as == Class::denied);
    unread.definitions.push_back(decision::prepare(
        unread.trigger("check").definition,
        "",
        Result<std::string>{Error{Errc::not_found, "no such file"}},
        unread.options
    ));
    const auto missing = unread.decide(scene, "check");
    CHECK(missing.record.faults == std::vector<std::string>{"no such file"});

    std::string privileged{workflow_text};
    privileged += "        securityContext: {privileged: true}\n";
    const World policed{privileged.c_str()};
    const auto refused = policed.decide(scene, "check");
    CHECK(refused.record.runs_as == Class::denied);
    CHECK_FALSE(refused.record.faults.empty());
    CHECK_FALSE(refused.workflow);
}

TEST_CASE("every matching trigger is decided, in order, and no other") {
    const World world;
    const auto scene = good_vote();
    const auto decisions = decision::decide_all(world.input(scene), world.sensor);
    REQUIRE(decisions.size() == 2);
    CHECK(decisions[0].record.trigger == "release");
    CHECK(decisions[1].record.trigger == "release-or-check");
    const auto matches = decision::match(world.input(scene), world.sensor);
    CHECK(matches.size() == 4);
    CHECK(matches[0].match.outcome == sensor::Outcome::not_matched);
}

TEST_CASE("facts are asked for as far as some trigger may need them") {
    const World world;
    std::vector<const sensor::Trigger*> triggers;
    for (const auto& trigger : world.sensor.triggers) {
        triggers.push_back(trigger.get());
    }
    const auto upload = decision::facts_needed(
        a_change().uploaded_by(stranger()).upload().event, triggers, world.options
    );
    REQUIRE(upload);
    CHECK(upload->change);
    CHECK_FALSE(upload->ancestry);
    const auto vote = decision::facts_needed(good_vote().event, triggers, world.options);
    REQUIRE(vote);
    CHECK(vote->ancestry);
    const auto none = decision::facts_needed(
        a_ref("demo/app", "refs/heads/master").scene().event, triggers, world.options
    );
    CHECK_FALSE(none);
}

TEST_CASE("a record is read back to an equal value, with equal bytes") {
    const World world;
    for (const auto& scene : {good_vote(), bad_vote()}) {
        for (const auto* name : {"release", "release-or-check"}) {
            const auto made = world.decide(scene, name);
            const auto text = decision::to_json(made.record);
            const auto read = decision::record_from_json(text);
            REQUIRE_MESSAGE(read, read);
            CHECK(*read == made.record);
            CHECK(decision::to_json(*read) == text);
            CHECK(decision::digest_of(*read) == made.digest);
        }
    }
}

TEST_CASE("what is no record is refused") {
    for (const auto* text : {"", "[]", "{}", "{\"format\":1}", "{\"format\":\"1\"}"}) {
        CAPTURE(text);
        const auto read = decision::record_from_json(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().is(Errc::malformed));
    }
    const auto newer = decision::record_from_json("{\"format\":2}");
    REQUIRE_FALSE(newer);
    CHECK(newer.error().is(Errc::unsupported));
}

TEST_CASE("a record without any one of its members is refused") {
    const World world;
    const auto text = decision::to_json(world.decide(bad_vote(), "release-or-check").record);
    const auto whole = boost::json::parse(text).as_object();
    for (const auto& member : whole) {
        if (member.key() == "fallback") {
            continue;
        }
        CAPTURE(std::string{member.key()});
        auto part = whole;
        part.erase(member.key());
        CHECK_FALSE(decision::record_from_json(boost::json::serialize(part)));
        part[member.key()] = boost::json::value{true};
        CHECK_FALSE(decision::record_from_json(boost::json::serialize(part)));
    }
}

TEST_CASE("recomputing a record from its own inputs gives the same bytes") {
    const World world;
    const auto scene = good_vote();
    const auto made = world.decide(scene, "release");
    auto later = world.input(scene);
    later.now += std::chrono::hours{1000};
    CHECK(decision::recompute(made.record, later, world.trigger("release")));

    const auto other = a_change().uploaded_by(stranger()).voted(maintainer(), 1).vote();
    const auto differs =
        decision::recompute(made.record, world.input(other), world.trigger("release"));
    REQUIRE_FALSE(differs);
    CHECK(differs.error().is(Errc::conflict));
    CHECK(differs.error().message.find("member runsAs was") != std::string::npos);
}

TEST_CASE("a gate may only lower the class") {
    const World world;
    const auto scene = good_vote();
    const auto& trigger = world.trigger("release");
    const auto record = world.decide(scene, "release").record;
    using decision::Gate;
    const auto same =
        decision::judge_gate(Gate::before_create, record, world.input(scene), trigger);
    CHECK(same.verdict.value == Class::trusted);
    CHECK(same.decision == decision::digest_of(record));

    const auto withdrawn = a_change()
                               .uploaded_by(volunteer())
                               .voted(maintainer(), 2)
                               .withdrew_vote(maintainer())
                               .vote();
    const auto lower =
        decision::judge_gate(Gate::before_trust, record, world.input(withdrawn), trigger);
    CHECK(lower.verdict.value == Class::untrusted);
    CHECK(decision::class_after(record, {same, lower}) == Class::untrusted);
    CHECK(decision::class_after(record, {lower, same}) == Class::untrusted);
    CHECK(decision::class_after(record, {}) == Class::trusted);

    const auto newer = a_change()
                           .uploaded_by(volunteer())
                           .voted(maintainer(), 2)
                           .uploaded_by(volunteer())
                           .voted(maintainer(), 2)
                           .vote();
    const auto gone =
        decision::judge_gate(Gate::before_create, record, world.input(newer), trigger);
    CHECK(gone.verdict.value == Class::denied);

    const auto untrusted = world.decide(bad_vote(), "release-or-check").record;
    const auto raised = decision::judge_gate(
        Gate::before_trust, untrusted, world.input(scene), world.trigger("release-or-check")
    );
    CHECK(decision::class_after(untrusted, {raised}) == Class::untrusted);

    for (const auto& gate : {same, lower, gone}) {
        const auto text = decision::to_json(gate);
        const auto read = decision::gate_from_json(text);
        REQUIRE_MESSAGE(read, read);
        CHECK(*read == gate);
        CHECK(decision::to_json(*read) == text);
    }
    CHECK_FALSE(decision::gate_from_json("{\"format\":1,\"gate\":\"G3\"}"));
}

TEST_CASE("options are written in one way, and every change shows") {
    const World world;
    const auto text = decision::to_json(world.options);
    CHECK(text == decision::to_json(world.options));
    auto other = world.options;
    other.trust.allow_direct_push = true;
    CHECK(text != decision::to_json(other));
    other = world.options;
    other.trusted_policy.secrets.push_back("key");
    CHECK(text != decision::to_json(other));
    other = world.options;
    other.untrusted->site.node_selector["pool"] = "other";
    CHECK(text != decision::to_json(other));
}

TEST_CASE("differences of facts: pointers to what is not as it was; when it was read is no fact") {
    const auto before = gerrit::to_json(a_change().uploaded_by(volunteer()).upload().facts);
    auto same = before;
    same.at("change").as_object()["read_at"] = 12345;
    CHECK(decision::differences(before, same).empty());
    auto other = before;
    auto& change = other.at("change").as_object().at("value").as_object();
    change["is_private"] = true;
    change["a/b"] = 1;
    change.at("revisions").as_array().emplace_back(boost::json::object{});
    const auto found = decision::differences(before, other);
    const auto has = [&](std::string_view path) {
        return std::find(found.begin(), found.end(), path) != found.end();
    };
    CHECK(found.size() == 3);
    CHECK(has("/change/value/is_private"));
    CHECK(has("/change/value/a~1b"));
    CHECK(has("/change/value/revisions/1"));
    CHECK(decision::differences(before, other, 1).back() == "and more");
}

TEST_CASE("a rewound configuration of any project of the chain holds trusted runs down") {
    World world;
    const auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    CHECK(world.decide(scene, "release").record.runs_as == Class::trusted);
    decision::ConfigHistory parent;
    parent.project = ProjectName::parse("All-Projects").value();
    parent.last_seen = commit("last seen");
    world.histories.push_back(parent);
    const auto decided = world.decide(scene, "release");
    CHECK(decided.record.runs_as == Class::denied);
    CHECK(
        trust::to_string(decided.record.verdict).find("definition-rewound (All-Projects was at")
        != std::string::npos
    );
}

TEST_CASE("a refusal names the patch set that it is about, a superseded one too") {
    World world;
    auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
    const auto old = change.vote();
    const auto revision = change.change().current_revision;
    change.uploaded_by(volunteer());
    Scene scene{old.event, change.upload().facts};
    const auto decided = world.decide(scene, "release");
    CHECK(decided.record.runs_as == Class::denied);
    CHECK(decided.record.subject.revision == revision.str());
    CHECK(decided.record.subject.patch_set == 1);
    CHECK(
        trust::to_string(decided.record.verdict).find("patch-set-superseded") != std::string::npos
    );
}
