// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"

#include <seakeeper/workflow/definition.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <queue>
#include <sstream>

// Workflows that a real Argo 4.0.2 ran, and what it made of them (test/data/argo: its status, cut
// to what is compared). The plan is told that each pod ended as it did there, and has to come to
// the same nodes, phases, messages and outputs.
using namespace seakeeper;
using namespace seakeeper::local;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

std::string read(const fs::path& path) {
    std::ifstream file{path};
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string text_of(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

/// Messages that say the same: ids, times and what kubelets add differ from run to run.
std::string kind_of(std::string message) {
    for (const char* late : {"Pod was active", "Step exceeded"}) {
        if (message.starts_with(late)) {
            return "deadline";
        }
    }
    if (message.starts_with("Maximum recursion depth")) {
        return "recursion";
    }
    if (message.starts_with("wait: Error (exit code 64)")) {
        return "outputs";
    }
    for (const char* begin :
         {"failed to resolve references: Failed to evaluate 'when'",
          "failed to resolve references: Invalid 'when'",
          "withParam value could not be parsed"}) {
        if (message.starts_with(begin)) {
            return std::string{begin}.substr(0, 40);
        }
    }
    if (message.find("invalid character") != message.npos
        || message.find("unexpected end of JSON") != message.npos) {
        return "not JSON";
    }
    while (message.ends_with(' ') || message.ends_with(':')) {
        message.pop_back();
    }
    return message;
}

int exit_code_in(const std::string& message) {
    const auto at = message.find("(exit code ");
    return at == message.npos ? 0 : std::stoi(message.substr(at + 11));
}

Outputs outputs_of(const json::object& node) {
    Outputs outputs;
    const auto* listed = node.if_contains("outputs");
    if (listed == nullptr || !listed->is_object()) {
        return outputs;
    }
    const auto& map = listed->get_object();
    if (map.contains("result")) {
        outputs.result = text_of(map, "result");
    }
    if (map.contains("parameters")) {
        for (const auto& one : map.at("parameters").as_array()) {
            outputs.parameters.push_back(
                {text_of(one.as_object(), "name"),
                 text_of(one.as_object(), "value"),
                 text_of(one.as_object(), "globalName")}
            );
        }
    }
    return outputs;
}

/// How a pod ended there.
PodEnd end_of(const json::object& nodes, const json::object& node, const std::string& name) {
    PodEnd end;
    end.outputs = outputs_of(node);
    const auto message = text_of(node, "message");
    if (kind_of(message) == "deadline") {
        end.is_late = true;
        return end;
    }
    for (const auto& [other, value] : nodes) {
        const auto& one = value.as_object();
        if (text_of(one, "type") == "Container"
            && std::string_view{other}.starts_with(name + ".")) {
            const auto said = text_of(one, "message");
            const auto colon = said.find("): ");
            end.mains.push_back(
                {text_of(one, "displayName"),
                 exit_code_in(said),
                 colon == said.npos ? "" : said.substr(colon + 3)}
            );
        }
    }
    std::ranges::sort(end.mains, {}, [&](const ContainerEnd& one) {
        return !message.starts_with(one.name + ":"); // the one that Argo names comes first
    });
    if (!end.mains.empty()) {
        return end;
    }
    if (message.starts_with("wait:")) {
        end.wait_fault = message.substr(message.find("): ") + 3);
    }
    const auto* outputs = node.if_contains("outputs");
    const auto code = outputs != nullptr && outputs->is_object()
                          ? text_of(outputs->get_object(), "exitCode")
                          : "";
    const auto colon = message.find("): ");
    const bool has_words = message.starts_with("main:") && colon != message.npos;
    end.mains.push_back(
        {"main", code.empty() ? 0 : std::stoi(code), has_words ? message.substr(colon + 3) : ""}
    );
    return end;
}

struct Ending {
    WallTime when;
    std::size_t node;
    bool operator>(const Ending& other) const { return when > other.when; }
};

/// Plays the plan to its end; each pod takes as long as its `sleep` says.
void play(Plan& plan, const json::object& recorded) {
    const auto& nodes = recorded.at("nodes").as_object();
    WallTime now{std::chrono::milliseconds{1'764'000'000'000}};
    std::priority_queue<Ending, std::vector<Ending>, std::greater<>> running;
    for (int i = 0; i < 10'000 && !plan.is_over(); ++i) {
        std::vector<Launch> launches;
        for (auto more = plan.advance(now).launches; !more.empty();
             more = plan.advance(now).launches) {
            for (const auto& launch : more) {
                plan.started(launch.node, now);
            }
            std::ranges::move(more, std::back_inserter(launches));
        }
        for (const auto& launch : launches) {
            const auto text = json::serialize(launch.pod);
            const auto sleep = text.find("sleep ");
            const int seconds =
                sleep == text.npos ? 1 : std::max(1, std::atoi(text.c_str() + sleep + 6));
            auto until = now + std::chrono::seconds{seconds};
            running.push(
                {launch.until ? std::min<WallTime>(*launch.until, until) : until, launch.node}
            );
        }
        if (plan.is_over()) {
            return;
        }
        const auto alarm = plan.next_alarm();
        if (running.empty() && !alarm) {
            continue;
        }
        if (!running.empty() && (!alarm || running.top().when <= *alarm)) {
            const auto next = running.top();
            running.pop();
            now = next.when;
            const auto& name = plan.nodes()[next.node].name;
            const auto* node = nodes.if_contains(name);
            REQUIRE_MESSAGE(node != nullptr, name);
            plan.finished(next.node, end_of(nodes, node->as_object(), name), now);
        } else {
            now = *alarm + std::chrono::milliseconds{1};
        }
    }
}

std::string described(std::string_view type, std::string_view phase, const std::string& message) {
    return fmt::format("{} {} {}", type, phase, kind_of(message));
}

void compare(const Plan& plan, const json::object& recorded) {
    std::map<std::string, std::string> here;
    std::map<std::string, std::string> there;
    for (const auto& node : plan.nodes()) {
        here[node.name] = described(to_string(node.type), to_string(node.phase), node.message);
    }
    for (const auto& [name, value] : recorded.at("nodes").as_object()) {
        const auto& node = value.as_object();
        there[name] =
            described(text_of(node, "type"), text_of(node, "phase"), text_of(node, "message"));
    }
    for (const auto& [name, what] : there) {
        CHECK_MESSAGE(here[name] == what, name);
    }
    for (const auto& [name, what] : here) {
        CHECK_MESSAGE(there.contains(name), name << " " << what);
    }
    CHECK(to_string(plan.phase()) == text_of(recorded, "phase"));
    CHECK(kind_of(plan.message()) == kind_of(text_of(recorded, "message")));
    for (const auto& node : plan.nodes()) {
        const auto* other = recorded.at("nodes").as_object().if_contains(node.name);
        if (other == nullptr) {
            continue;
        }
        const auto wanted = outputs_of(other->as_object());
        CAPTURE(node.name);
        CHECK(node.outputs.parameters == wanted.parameters);
    }
}

} // namespace

TEST_CASE("the plan comes to what Argo came to") {
    std::size_t played = 0;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator{SEAKEEPER_ARGO_DATA}) {
        if (entry.path().string().ends_with(".input.yaml")) {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    for (const auto& file : files) {
        const auto name = file.filename().string().substr(0, file.filename().string().find('.'));
        CAPTURE(name);
        const auto recorded =
            json::parse(read(file.parent_path() / (name + ".status.json"))).as_object();
        const bool is_invalid = text_of(recorded, "message").starts_with("invalid spec");
        auto definition = workflow::Definition::parse(read(file), file.filename().string());
        auto program =
            definition ? read_program(definition->tree()) : Result<Program>{definition.error()};
        if (is_invalid && !program) {
            ++played;
            continue;
        }
        REQUIRE_MESSAGE(program, program.error().message);
        Plan plan{std::move(*program)};
        play(plan, recorded);
        if (is_invalid) {
            CHECK(is_bad(plan.phase()));
            continue;
        }
        compare(plan, recorded);
        ++played;
    }
    CHECK(played > 60);
}

TEST_CASE("what Argo's controller refuses or loses is refused before it starts") {
    const auto refusal = [](std::string_view main) {
        const auto text = fmt::format(
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: w}}\n"
            "spec:\n  entrypoint: main\n  templates:\n  - {}\n"
            "  - {{name: sh, container: {{image: i, command: [sh]}}}}\n",
            main
        );
        auto definition = workflow::Definition::parse(text, "w.yaml");
        REQUIRE_MESSAGE(definition, definition.error().message);
        auto program = read_program(definition->tree());
        return program ? std::string{} : program.error().message;
    };
    const auto step = [&](std::string_view call) {
        return refusal(fmt::format("{{name: main, steps: [[{{name: a, {}}}]]}}", call));
    };
    const std::string pod = "container: {image: i, command: [sh]}";
    for (const auto& lost :
         {std::string{"inline: {steps: [[{name: b, template: sh}]]}"},
          std::string{"inline: {dag: {tasks: [{name: b, template: sh}]}}"},
          "inline: {retryStrategy: {limit: 1}, " + pod + "}",
          "withItems: [1], inline: {" + pod + "}"}) {
        CAPTURE(lost);
        CHECK(step(lost).find("is lost by Argo's controller") != std::string::npos);
    }
    CHECK(step("inline: {" + pod + "}").empty());
    const auto container = [&](std::string_view tag) {
        return refusal(fmt::format(
            "{{name: main, container: {{image: i, command: [echo, \"{{{{{}}}}}\"]}}}}", tag
        ));
    };
    for (const char* unknown :
         {"workflow.parameters.none", "workflow.labels.none", "workflow.priority"}) {
        CHECK(
            container(unknown) == fmt::format("invalid spec: failed to resolve {{{{{}}}}}", unknown)
        );
    }
    CHECK(container("workflow.creationTimestamp.Y").empty());
    CHECK(container(" workflow.name ").empty());
}
