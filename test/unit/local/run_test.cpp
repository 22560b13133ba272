// SPDX-License-Identifier: Apache-2.0
#include "local/run.hpp"

#include <boost/json/parse.hpp>
#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::local;

namespace {

Result<Program> program(std::string_view spec) {
    const std::string text = R"({"metadata":{"name":"wf"},"spec":)" + std::string{spec} + "}";
    return read_program(boost::json::parse(text).get_object());
}

const char* const two_steps =
    R"({"entrypoint":"main","arguments":{"parameters":[{"name":"who","value":"ann"}]},
  "templates":[
   {"name":"main","steps":[[{"name":"a","template":"say","arguments":{"parameters":[{"name":"x","value":"{{workflow.parameters.who}}"}]}}],
                           [{"name":"b","template":"say","arguments":{"parameters":[{"name":"x","value":"<{{steps.a.outputs.result}}>"}]}}]]},
   {"name":"say","inputs":{"parameters":[{"name":"x"}]},"activeDeadlineSeconds":7,
    "container":{"image":"i","command":["echo"],"args":["{{inputs.parameters.x}}"]}}]})";

const char* const diamond = R"({"entrypoint":"main","templates":[
   {"name":"main","dag":{"tasks":[{"name":"a","template":"t"},{"name":"b","template":"t","dependencies":["a"]},
     {"name":"c","template":"t","depends":"a.Succeeded"},{"name":"d","template":"t","depends":"b && c"}]}},
   {"name":"t","script":{"image":"i","command":["sh"],"source":"true"}}]})";

} // namespace

TEST_CASE("steps run one group after the other and hand results on") {
    Run run{program(two_steps).value()};
    auto first = run.start();
    REQUIRE(first.size() == 1);
    CHECK(first[0].container.args == std::vector<std::string>{"ann"});
    CHECK(first[0].deadline == std::chrono::seconds{7});
    CHECK(first[0].id == node_id("wf", "wf[0].a"));
    CHECK_FALSE(run.is_over());
    auto second = run.finished(first[0].node, {0, "{{hello}}", ""});
    REQUIRE(second.size() == 1);
    CHECK(second[0].container.args == std::vector<std::string>{"<{{hello}}>"});
    CHECK(run.finished(second[0].node, {0, "", ""}).empty());
    CHECK(run.phase() == RunPhase::succeeded);
    CHECK(run.steps().size() == 2);
}

TEST_CASE("a failed step ends the run and names itself") {
    Run run{program(two_steps).value()};
    auto first = run.start();
    CHECK(run.finished(first[0].node, {3, "", ""}).empty());
    CHECK(run.phase() == RunPhase::failed);
    CHECK(run.message() == "step a: main: Error (exit code 3)");
    CHECK(run.steps()[0].exit_code == 3);
}

TEST_CASE("a task runs when all it depends on has succeeded") {
    Run run{program(diamond).value()};
    auto a = run.start();
    REQUIRE(a.size() == 1);
    auto bc = run.finished(a[0].node, {0, "", ""});
    REQUIRE(bc.size() == 2);
    CHECK(run.finished(bc[1].node, {0, "", ""}).empty());
    SUBCASE("and not before") {
        auto d = run.finished(bc[0].node, {0, "", ""});
        REQUIRE(d.size() == 1);
        CHECK(run.finished(d[0].node, {0, "", ""}).empty());
        CHECK(run.phase() == RunPhase::succeeded);
    }
    SUBCASE("and never after a failure") {
        CHECK(run.finished(bc[0].node, {1, "", ""}).empty());
        CHECK(run.phase() == RunPhase::failed);
        CHECK(run.steps().size() == 3);
    }
}

TEST_CASE("a stopped run starts nothing more and is cancelled") {
    Run run{program(two_steps).value()};
    auto first = run.start();
    run.stop("superseded");
    CHECK(run.finished(first[0].node, {0, "", ""}).empty());
    CHECK(run.phase() == RunPhase::cancelled);
}

TEST_CASE("variables in a command are the kubelet's business, and so here") {
    const Variables known{{"A", "1"}, {"B", "$(A)"}, {"A", "2"}};
    const std::pair<const char*, const char*> rows[] = {
        {"$(A)", "2"},
        {"$(B)", "$(A)"},
        {"$(C)", "$(C)"},
        {"$$(A)", "$(A)"},
        {"$$$(A)", "$2"},
        {"$A $", "$A $"},
        {"$(A", "$(A"},
        {"$()", "$()"},
        {"a$", "a$"},
        {"", ""},
        {"$(id) x", "$(id) x"},
    };
    for (const auto& [text, wanted] : rows) {
        CAPTURE(text);
        CHECK(expanded(text, known) == wanted);
    }
    const char* const spec =
        R"json({"entrypoint":"m","templates":[{"name":"m","container":{"command":["echo","$(X) $(Y)"],
      "env":[{"name":"X","value":"x"},{"name":"Y","value":"<$(X)>"}]}}]})json";
    Run run{program(spec).value()};
    const auto only = run.start();
    REQUIRE(only.size() == 1);
    CHECK(only[0].container.command[1] == "x <x>");
}

TEST_CASE("a single container is a whole run") {
    Run run{
        program(R"({"entrypoint":"m","templates":[{"name":"m","container":{"command":["true"]}}]})")
            .value()};
    auto only = run.start();
    REQUIRE(only.size() == 1);
    CHECK(only[0].id == "wf");
    CHECK(run.finished(only[0].node, {0, "", ""}).empty());
    CHECK(run.phase() == RunPhase::succeeded);
}

TEST_CASE("a tag that names nothing makes an error, not an empty text") {
    Run run{
        program(
            R"({"entrypoint":"m","templates":[{"name":"m","container":{"command":["echo","{{inputs.parameters.no}}"]}}]})"
        )
            .value()};
    CHECK(run.start().empty());
    CHECK(run.phase() == RunPhase::error);
    CHECK(run.message() == "nothing is known by the name \"inputs.parameters.no\"");
}

TEST_CASE("what this machine cannot run is refused before anything starts") {
    struct Row {
        const char* spec;
        const char* message;
        Errc code;
    };
    const Row rows[] = {
        {R"({"entrypoint":"m","hooks":{},"templates":[]})", "spec.hooks", Errc::unsupported},
        {R"({"entrypoint":"m","templates":[{"name":"m","retryStrategy":{},"container":{"command":["a"]}}]})",
         "spec.templates[0].retryStrategy",
         Errc::unsupported},
        {R"({"entrypoint":"m","templates":[{"name":"m","container":{"command":["a"],"volumeMounts":[]}}]})",
         "spec.templates[0].container.volumeMounts",
         Errc::unsupported},
        {R"({"entrypoint":"x","templates":[{"name":"m","container":{"command":["a"]}}]})",
         "spec.entrypoint",
         Errc::malformed},
        {R"({"entrypoint":"m","templates":[{"name":"m","container":{"image":"a"}}]})",
         "spec.templates[0].container.command",
         Errc::malformed},
        {R"({"entrypoint":"m","templates":[{"name":"m","steps":[[{"name":"a","template":"zz"}]]}]})",
         "there is no template \"zz\"",
         Errc::malformed},
        {R"({"entrypoint":"m","templates":[{"name":"m","dag":{"tasks":[{"name":"a","template":"m","dependencies":["a"]}]}}]})",
         "waits for",
         Errc::malformed},
        {R"({"entrypoint":"m","templates":[{"name":"m","dag":{"tasks":[{"name":"a","template":"m","depends":"a || b"}]}}]})",
         "depends",
         Errc::unsupported},
    };
    for (const Row& row : rows) {
        CAPTURE(row.spec);
        const auto read = program(row.spec);
        REQUIRE_FALSE(read);
        CHECK(read.error().is(row.code));
        CHECK(read.error().message.find(row.message) != std::string::npos);
    }
}

TEST_CASE("node ids are Argo's") {
    CHECK(
        node_id("hello-world-x7k2p", "hello-world-x7k2p[0].build") == "hello-world-x7k2p-2020961365"
    );
    CHECK(node_id("hello-world-x7k2p", "hello-world-x7k2p") == "hello-world-x7k2p");
}
