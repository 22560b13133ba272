// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.hpp"

#include <seakeeper/gerrit/recorded.hpp>
#include <seakeeper/pipeline/explain.hpp>
#include <seakeeper/pipeline/stored_recording.hpp>

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::test;
using seakeeper::testing::a_change;
using seakeeper::testing::volunteer;

namespace {

constexpr const char* four_triggers = R"(triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    workflow: test.yaml
    report: {label: Verified, success: +1, failure: -1}
  backport:
    events: [patchset-created]
    branch: ["REL*"]
    workflow: test.yaml
  docs:
    events: [patchset-created]
    paths: {any: ["docs/**"]}
    workflow: test.yaml
  publish:
    events: [patchset-created]
    workflow: test.yaml
    trust: trusted
)";

asio::io_context& context() {
    static asio::io_context only;
    return only;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

testing::Scene with_files(testing::Scene scene) {
    scene.facts.files.value = std::vector<std::string>{"src/main.c"};
    return scene;
}

/// A life with one upload, explained.
struct Lived {
    Site site;
    std::unique_ptr<store::History> history;

    explicit Lived(
        const testing::Scene& scene, pipeline::RunPhase end = pipeline::RunPhase::succeeded
    ) {
        site.definitions.files["seakeeper.yaml"] = four_triggers;
        site.executor.end = end;
        site.happens(scene);
        REQUIRE(site.live(context()));
        history = store::open_history(site.folder.file("store.db")).value();
    }
};

} // namespace

TEST_SUITE_BEGIN("pipeline");

TEST_CASE("an upload is explained from event to report") {
    Lived lived{
        with_files(a_change().uploaded_by(volunteer()).upload()), pipeline::RunPhase::failed};
    const auto made = pipeline::explain(*lived.history, "demo/app~7");
    REQUIRE_MESSAGE(made, made);
    REQUIRE(made->events.size() == 1);
    const auto& event = made->events[0];
    CHECK(event.entry.sequence == 1);
    CHECK(event.key.starts_with("ps|demo/app|7|1|"));
    REQUIRE(event.triggers.size() == 4);
    CHECK(event.triggers[0].outcome == sensor::Outcome::matched);
    CHECK(event.triggers[1].outcome == sensor::Outcome::not_matched);
    CHECK(event.triggers[1].why.starts_with("branch:"));
    CHECK(event.triggers[1].place.line == 8);
    CHECK(event.triggers[2].why.starts_with("paths"));
    REQUIRE(event.decisions.size() == 2);
    for (const auto& decision : event.decisions) {
        CHECK_MESSAGE(decision.recomputed.empty(), decision.recomputed);
    }
    const auto& test = event.decisions[0];
    CHECK(test.record.runs_as == trust::Class::untrusted);
    REQUIRE(test.workload);
    CHECK(test.workload->state == store::WorkloadState::failed);
    CHECK(test.broken == std::vector<std::string>{"unit (exit code 3)"});
    CHECK_FALSE(test.forced.empty());
    const auto& publish = event.decisions[1];
    CHECK(publish.record.runs_as == trust::Class::denied);
    CHECK(publish.conditions.size() == 12);
    CHECK_FALSE(publish.workload);
    REQUIRE(made->reports.size() == 2); // what was denied, and the vote

    const auto text = to_text(*made);
    for (const auto* part :
         {"backport         did not match: branch: \"master\" is none of REL*  "
          "(demo/app:seakeeper.yaml:8:",
          "DECISION about test",
          "runs as untrusted",
          "forced on: metadata.namespace = \"ci-untrusted\"",
          "forced on: spec.serviceAccountName = \"runner\"",
          "DOES NOT RUN: asked for trusted",
          "recomputed from its stored inputs: the same record, byte for byte",
          "Verified-1, posted"}) {
        CAPTURE(part);
        CHECK(contains(text, part));
    }
    const auto object = boost::json::parse(to_json(*made)).as_object();
    CHECK(object.at("events").as_array()[0].at("decisions").as_array().size() == 2);
}

TEST_CASE("everything that has a name can be asked for") {
    Lived lived{with_files(a_change().uploaded_by(volunteer()).upload())};
    const auto all = pipeline::explain(*lived.history, "7").value();
    const auto& record = all.events.at(0).decisions.at(0).record;
    for (const auto& id :
         {std::string{"7,1"},
          std::string{"7/1"},
          std::string{"demo/app~7,1"},
          std::string{"@1"},
          record.event_key,
          record.workload,
          all.events[0].decisions[0].digest,
          all.events[0].decisions[0].digest.substr(0, 12)}) {
        CAPTURE(id);
        const auto made = pipeline::explain(*lived.history, id);
        REQUIRE_MESSAGE(made, made);
        CHECK(made->events.size() == 1);
        CHECK(made->events[0].decisions[0].record.trigger == "test");
    }
    const auto one = pipeline::explain(*lived.history, record.workload).value();
    CHECK(one.events[0].decisions.size() == 1);
    for (const auto* id :
         {"8", "demo/app~7,2", "demo/other~7", "@9", "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        CAPTURE(id);
        CHECK(pipeline::explain(*lived.history, id).error().is(Errc::not_found));
    }
    CHECK(pipeline::explain(*lived.history, "what is this").error().is(Errc::invalid_argument));
}

TEST_CASE("why nothing ran is told as well") {
    auto scene = a_change().uploaded_by(volunteer()).comment(volunteer(), "looks fine");
    Lived lived{scene};
    const auto made = pipeline::explain(*lived.history, "7");
    REQUIRE_MESSAGE(made, made);
    REQUIRE(made->events.size() == 1);
    CHECK(made->events[0].decisions.empty());
    REQUIRE(made->events[0].triggers.size() == 4);
    CHECK(contains(made->events[0].triggers[0].why, "looks fine"));
    CHECK(made->events[0].configuration.size() == 1);
}

TEST_CASE("a store can be played again: lines with the facts that were read about them") {
    Lived lived{with_files(a_change().uploaded_by(volunteer()).upload())};
    std::string text;
    const auto add = [&text](std::string_view row) { text += row; };
    REQUIRE(pipeline::write_recording(*lived.history, 0, gerrit::Privacy::leave_out, add));
    const auto stream = gerrit::RecordedStream::read(text, "state").value();
    REQUIRE(stream.size() == 1);
    const auto event = event::parse(stream.line(0)->bytes).value();
    REQUIRE(stream.readings(gerrit::recorded_name(event)) == 1);
    CHECK(stream.reading(gerrit::recorded_name(event), 0)->change);

    Lived hidden{with_files(a_change().made_private().uploaded_by(volunteer()).upload())};
    text.clear();
    REQUIRE(pipeline::write_recording(*hidden.history, 0, gerrit::Privacy::leave_out, add));
    CHECK(text.empty());
    REQUIRE(pipeline::write_recording(*hidden.history, 0, gerrit::Privacy::keep, add));
    CHECK_FALSE(text.empty());
}

TEST_SUITE_END();
