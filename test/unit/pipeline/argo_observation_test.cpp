// SPDX-License-Identifier: Apache-2.0
#include "pipeline/argo_observation.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::pipeline;

namespace {

boost::json::object
workflow_of(std::string_view labels, std::string_view status, std::string_view more = "") {
    const std::string text =
        R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"sk-a","namespace":"n","uid":"u",)"
        + std::string{more} + R"("labels":{)" + std::string{labels}
        + R"(},"annotations":{"seakeeper.dev/decision":"d1"}},"status":)" + std::string{status}
        + "}";
    return boost::json::parse(text).get_object();
}

const char* const completed = R"("workflows.argoproj.io/completed":"true")";
const char* const failed_status = R"json({
 "phase":"Failed","message":"child failed","startedAt":"2026-11-22T15:04:05Z","finishedAt":"2026-11-22T15:05:05Z",
 "nodes":{
  "sk-a":{"id":"sk-a","name":"sk-a","displayName":"sk-a","type":"Steps","phase":"Failed","templateName":"m","children":["sk-a-1"]},
  "sk-a-1":{"id":"sk-a-1","name":"sk-a[0].build","displayName":"build","type":"Pod","templateName":"b","phase":"Failed",
            "message":"main: Error (exit code 7)","outputs":{"exitCode":"7"}}}})json";

} // namespace

TEST_CASE("a finished run is read with its steps and times") {
    const auto seen = read_argo(workflow_of(completed, failed_status));
    REQUIRE_MESSAGE(seen, seen);
    CHECK(seen->phase == RunPhase::failed);
    CHECK(seen->run == RunRef{"sk-a", "u"});
    REQUIRE(seen->steps.size() == 1);
    CHECK(seen->steps[0].name == "build");
    CHECK(seen->steps[0].exit_code == 7);
    CHECK(*seen->finished - *seen->started == std::chrono::minutes{1});
    CHECK(seen->steps[0].node == "sk-a-1");
    CHECK(seen->steps[0].pod == "sk-a-b-321607415");
}

TEST_CASE("a final phase without the controller's label is not believed") {
    const auto seen = read_argo(workflow_of("", R"({"phase":"Succeeded"})"));
    CHECK(seen->phase == RunPhase::running);
}

TEST_CASE("success without a pod of the run is an error") {
    auto seen = *read_argo(workflow_of(completed, R"({"phase":"Succeeded"})"));
    CHECK(seen.phase == RunPhase::succeeded);
    auto believed = seen;
    distrust(believed, {boost::json::parse(R"({"status":{"phase":"Succeeded"}})").get_object()});
    CHECK(believed.phase == RunPhase::succeeded);
    distrust(seen, {boost::json::parse(R"({"status":{"phase":"Failed"}})").get_object()});
    CHECK(seen.phase == RunPhase::error);
}

TEST_CASE("a Workflow deleted while it runs is cancelled, whatever else it says") {
    const auto seen = read_argo(
        workflow_of("", R"({"phase":"Running"})", R"("deletionTimestamp":"2026-11-22T15:04:05Z",)")
    );
    CHECK(seen->phase == RunPhase::cancelled);
}

TEST_CASE("a Workflow that exists is adopted by its manifest, whatever else was added to it") {
    const auto object = [](std::string_view text) { return boost::json::parse(text).get_object(); };
    const auto asked = object(R"json({"metadata":{"annotations":{"seakeeper.dev/manifest":"m",
        "seakeeper.dev/decision":"of today"}},"spec":{"arguments":{"parameters":[]},"automount":false,
        "templates":[{"name":"a","args":["1"]}]}})json");
    struct Row {
        std::string_view about;
        std::string_view digest;
        std::string_view spec;
        bool is_ours;
    };
    for (const Row& row : {
             Row{"the same",
                 "m",
                 R"({"arguments":{"parameters":[]},"automount":false,"templates":[{"name":"a","args":["1"]}]})",
                 true},
             Row{"written back by Argo, which leaves out what is empty",
                 "m",
                 R"({"arguments":{},"automount":false,"templates":[{"name":"a","args":["1"]}]})",
                 true},
             Row{"stopped since",
                 "m",
                 R"({"arguments":{},"automount":false,"templates":[{"name":"a","args":["1"]}],"shutdown":"Stop"})",
                 true},
             Row{"without what was said to be false",
                 "m",
                 R"({"arguments":{},"templates":[{"name":"a","args":["1"]}]})",
                 false},
             Row{"with a parameter",
                 "m",
                 R"({"arguments":{"parameters":[{"name":"x"}]},"automount":false,"templates":[{"name":"a","args":["1"]}]})",
                 false},
             Row{"another digest",
                 "x",
                 R"({"arguments":{},"automount":false,"templates":[{"name":"a","args":["1"]}]})",
                 false},
             Row{"another argument",
                 "m",
                 R"({"arguments":{},"automount":false,"templates":[{"name":"a","args":["2"]}]})",
                 false},
             Row{"one argument more",
                 "m",
                 R"({"arguments":{},"automount":false,"templates":[{"name":"a","args":["1","2"]}]})",
                 false},
             Row{"nothing of it", "m", R"({})", false},
         }) {
        CAPTURE(row.about);
        auto stored =
            object(R"({"metadata":{"annotations":{"seakeeper.dev/decision":"of yore"}}})");
        stored["metadata"].at("annotations").as_object()["seakeeper.dev/manifest"] = row.digest;
        stored["spec"] = boost::json::parse(row.spec);
        CHECK(is_of_manifest(stored, asked) == row.is_ours);
    }
    CHECK_FALSE(is_of_manifest(object("{}"), asked));
    CHECK_FALSE(is_of_manifest(object("{}"), object("{}")));
}
