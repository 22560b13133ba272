// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include <seakeeper/decision/consider.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/json.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::test;
using namespace seakeeper::testing;

namespace {

constexpr const char* triggers = R"(triggers:
  check:
    events: [patchset-created]
    workflow: workflows/test.yaml
  release:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
  docs:
    events: [patchset-created]
    paths: {any: ["docs/**"]}
    workflow: workflows/test.yaml
)";

struct World {
    decision::SiteConfiguration site{
        {tip("demo/app", {{"seakeeper.yaml", triggers}, {"workflows/test.yaml", plain_workflow}})},
        options(),
        "--site test"};
    decision::Setting setting{site, decision::circumstances_of_a_file(site.options())};

    std::string lines(const std::string& recording) {
        const auto stream = gerrit::RecordedStream::read(recording, "events").value();
        decision::Considering considering{setting, stream};
        std::string out;
        for (std::size_t i = 0; i < stream.size(); ++i) {
            const auto made = considering.line(i);
            REQUIRE_MESSAGE(made, made);
            for (const auto& each : *made) {
                append_lines(out, each, i + 1, decision::LineStyle::all);
            }
        }
        return out;
    }
};

std::string row(const Scene& scene) {
    return boost::json::serialize(boost::json::object{
               {"received", to_rfc3339(scene_time())}, {"line", event::serialize(scene.event)}})
           + "\n";
}

std::string reading(const Scene& scene, const gerrit::Facts& facts) {
    return boost::json::serialize(boost::json::object{
               {"event", gerrit::recorded_name(scene.event)}, {"facts", to_json(facts)}})
           + "\n";
}

std::vector<boost::json::object> objects(const std::string& lines) {
    std::vector<boost::json::object> all;
    std::size_t at = 0;
    while (at < lines.size()) {
        const auto end = lines.find('\n', at);
        all.push_back(boost::json::parse(lines.substr(at, end - at)).as_object());
        at = end + 1;
    }
    return all;
}

} // namespace

TEST_CASE("a recorded vote is decided as the service would") {
    World world;
    const auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    const auto text = world.lines(row(scene) + reading(scene, scene.facts));
    const auto lines = objects(text);
    REQUIRE(lines.size() == 3);
    CHECK(lines[0].at("trigger") == "check");
    CHECK(lines[0].at("outcome") == "not-matched");
    CHECK(lines[0].at("why").as_string().starts_with("events:"));
    CHECK(lines[1].at("trigger") == "release");
    CHECK(lines[1].at("class") == "trusted");
    CHECK(lines[1].at("executor") == "release");
    const auto record =
        decision::record_from_json(boost::json::serialize(lines[1].at("record"))).value();
    CHECK(decision::digest_of(record) == lines[1].at("digest").as_string());
    CHECK(record.decided_at == scene_time());
    CHECK(world.lines(row(scene) + reading(scene, scene.facts)) == text);
}

TEST_CASE("facts stand beside the line, in a row of their own, or are missing") {
    World world;
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    const auto inline_row = boost::json::serialize(boost::json::object{
        {"received", to_rfc3339(scene_time())},
        {"line", event::serialize(scene.event)},
        {"facts", to_json(scene.facts)}});
    const auto with_facts = world.lines(row(scene) + reading(scene, scene.facts));
    CHECK(world.lines(inline_row + "\n") == with_facts);
    const auto without = objects(world.lines(row(scene)));
    REQUIRE(without.size() == 3);
    CHECK(without[0].at("class") == "denied");
    CHECK(without[2].at("outcome") == "needs-facts");
}

TEST_CASE("what could not be read at first is judged by a later reading") {
    World world;
    const auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
    gerrit::Facts unread;
    unread.change.failure = unread.actor.failure = "503";
    const auto lines =
        objects(world.lines(row(scene) + reading(scene, unread) + reading(scene, scene.facts)));
    CHECK(lines[1].at("class") == "trusted");
}

TEST_CASE("the same fact twice is a duplicate, and what is no event is rejected") {
    World world;
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    const auto text = row(scene) + row(scene) + reading(scene, scene.facts)
                      + "{\"line\":\"nonsense\"}\n{\"type\":\"dropped-output\"}\n";
    const auto lines = objects(world.lines(text));
    REQUIRE(lines.size() == 6);
    CHECK(lines[3].at("outcome") == "duplicate");
    CHECK(lines[3].at("row") == 2);
    CHECK(lines[4].at("outcome") == "rejected");
    CHECK(lines[5].at("outcome") == "ignored");
}

TEST_CASE("a row that is none is named by file and line") {
    CHECK(gerrit::RecordedStream::read("{}\n", "x").error().message.starts_with("x:1:1: "));
    const auto stream =
        gerrit::RecordedStream::read("\n{\"line\":\"x\",\"received\":\"noon\"}", "x").value();
    CHECK(stream.line(0).error().message.starts_with("x:2:1: received"));
    CHECK(
        gerrit::time_in("2026-11-22T18:01:46.599Z") == gerrit::time_in("2026-11-22T18:01:46.599Z")
    );
    CHECK(to_rfc3339(*gerrit::time_in("2026-11-22T18:01:46.599Z")) == "2026-11-22T18:01:46.599Z");
    CHECK(to_rfc3339(*gerrit::time_in("2024-02-29T00:00:00Z")) == "2024-02-29T00:00:00.000Z");
    for (const auto* wrong :
         {"", "2026-02-30T00:00:00Z", "2026-11-22 18:01:46Z", "2026-11-22T18:01:46"}) {
        CHECK_FALSE(gerrit::time_in(wrong));
    }
}
