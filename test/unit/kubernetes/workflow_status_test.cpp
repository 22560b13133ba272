// SPDX-License-Identifier: Apache-2.0
#include "recorded.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace seakeeper;
using namespace seakeeper::kubernetes;

namespace {

json::object recorded_run(const std::string& name) {
    return test::recorded("workflows/" + name + ".final.json");
}

std::string summary(const std::string& name) {
    const json::object object = recorded_run(name);
    const auto status = read_workflow_status(object);
    const auto nodes = read_nodes(object);
    REQUIRE_MESSAGE(nodes, nodes);
    std::string text;
    for (const FailedStep& step : failed_steps(*status, *nodes)) {
        text += text.empty() ? "" : "; ";
        text += step.name + " " + step.container + " "
                + (step.exit_code ? std::to_string(*step.exit_code) : "-") + " " + step.pod_name;
    }
    return text;
}

} // namespace

TEST_SUITE_BEGIN("workflow status");

TEST_CASE("a finished run is read") {
    const auto status = read_workflow_status(recorded_run("step-fail"));
    REQUIRE_MESSAGE(status, status);
    CHECK(status->name == "step-fail");
    CHECK(status->phase == Phase::failed);
    CHECK(status->is_terminal());
    CHECK(status->message == "child 'step-fail-2451983033' failed");
    CHECK_FALSE(status->uid.empty());
    CHECK_FALSE(status->started_at.empty());
    CHECK_FALSE(status->finished_at.empty());
    CHECK(status->labels.at("workflows.argoproj.io/phase") == "Failed");
}

TEST_CASE("over is only what the controller labelled so") {
    struct Row {
        std::string_view name;
        std::string_view json;
        bool is_terminal;
    };
    constexpr std::array rows{
        Row{"both",
            R"({"metadata":{"name":"a","labels":{"workflows.argoproj.io/completed":"true"}},"status":{"phase":"Error"}})",
            true},
        Row{"forged phase", R"({"metadata":{"name":"a"},"status":{"phase":"Succeeded"}})", false},
        Row{"label alone",
            R"({"metadata":{"name":"a","labels":{"workflows.argoproj.io/completed":"true"}},"status":{}})",
            false},
        Row{"unknown phase",
            R"({"metadata":{"name":"a","labels":{"workflows.argoproj.io/completed":"true"}},"status":{"phase":"Zonk"}})",
            false},
        Row{"running",
            R"({"metadata":{"name":"a","labels":{"workflows.argoproj.io/completed":"false"}},"status":{"phase":"Running"}})",
            false},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto status = read_workflow_status(json::parse(row.json).as_object());
        REQUIRE(status);
        CHECK(status->is_terminal() == row.is_terminal);
    }
    CHECK(read_workflow_status(recorded_run("loss-del-nofin"))->phase == Phase::running);
}

TEST_CASE("what is no Workflow is refused, and wrong types read as absent") {
    for (const char* text :
         {"{}",
          R"({"metadata":1})",
          R"({"kind":"Pod","metadata":{"name":"a"}})",
          R"({"metadata":{"name":7}})"}) {
        CAPTURE(text);
        CHECK(read_workflow_status(json::parse(text).as_object()).error().is(Errc::malformed));
    }
    const auto odd = read_workflow_status(
        json::parse(
            R"({"metadata":{"name":"a","labels":[],"finalizers":{"a":1},"deletionTimestamp":"x"},
                "status":{"phase":[],"message":{},"startedAt":1}})"
        )
            .as_object()
    );
    REQUIRE(odd);
    CHECK(odd->phase == Phase::none);
    CHECK(odd->is_being_deleted);
}

TEST_CASE("FNV-1a and names of nodes and pods follow Argo's formula") {
    CHECK(fnv1a_32("") == 2166136261U);
    CHECK(fnv1a_32("a") == 3826002220U);
    CHECK(fnv1a_32("foobar") == 3214735720U);
    struct Row {
        std::string_view name;
        std::string_view template_name;
        std::string_view id;
        std::string_view pod;
    };
    constexpr std::string_view run = "hello-world-x7k2p";
    constexpr std::array rows{
        Row{"hello-world-x7k2p", "any", "hello-world-x7k2p", "hello-world-x7k2p"},
        Row{"hello-world-x7k2p[0].build",
            "compile",
            "hello-world-x7k2p-2020961365",
            "hello-world-x7k2p-compile-2020961365"},
        Row{"hello-world-x7k2p[1].test(0:bookworm)",
            "run-tests",
            "hello-world-x7k2p-1923221179",
            "hello-world-x7k2p-run-tests-1923221179"},
        Row{"hello-world-x7k2p.unit(0)",
            "unit",
            "hello-world-x7k2p-1480087328",
            "hello-world-x7k2p-unit-1480087328"},
        Row{"hello-world-x7k2p.onExit",
            "report",
            "hello-world-x7k2p-427427366",
            "hello-world-x7k2p-report-427427366"},
        Row{"hello-world-x7k2p.onExit",
            "",
            "hello-world-x7k2p-427427366",
            "hello-world-x7k2p-427427366"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Node node;
        node.id = row.id;
        node.name = row.name;
        node.template_name = row.template_name;
        CHECK(node_id(run, row.name) == row.id);
        CHECK(pod_name(run, node) == row.pod);
        CHECK(pod_name(run, node, PodNameFormat::v1) == row.id);
    }
    Node longest;
    longest.name = "x";
    longest.template_name = std::string(300, 't');
    CHECK(pod_name("w", longest).size() <= 253);
    CHECK(pod_name("w", longest).substr(0, 243) == "w-" + std::string(240, 't') + "-");
}

TEST_CASE("ids and names of recorded nodes agree with the formula") {
    for (const char* name : {"hooks", "containerset", "retry-exhaust", "inline", "dag-failfast"}) {
        CAPTURE(name);
        const auto nodes = read_nodes(recorded_run(name));
        REQUIRE(nodes);
        CHECK_FALSE(nodes->empty());
        for (const auto& [id, node] : *nodes) {
            CHECK(node_id(name, node.name) == id);
        }
    }
}

TEST_CASE("compressed nodes are unpacked: gzip of 2302 nodes") {
    const json::object object = recorded_run("big-nodes");
    const auto nodes = read_nodes(object);
    REQUIRE_MESSAGE(nodes, nodes);
    CHECK(nodes->size() == 2302);
    CHECK(in_order("big-nodes", *nodes).front()->name == "big-nodes");
    CHECK(in_order("big-nodes", *nodes).size() == 2302);
    CHECK(read_nodes(object, NodeLimits{1000, 20'000}).error().is(Errc::limit_exceeded));
    CHECK(read_nodes(object, NodeLimits{64u << 20, 2301}).error().is(Errc::limit_exceeded));
}

TEST_CASE("compressed nodes are unpacked: zstd and brotli") {
    // {"w":{"id":"w","name":"w","type":"Pod","phase":"Failed","message":"main: Error (exit code
    // 3)"}}
    for (const char* packed :
         {"KLUv/"
          "QRYnQIAQkUSGYCpLQZG1CrroebJxhDouRxkKwL0mGQxKiBJckBgmshgxioUYAopNbA7i+"
          "ZbD7iWmsupiUXCty5EpMuJCmlhqMFz+fjOHbmPkQIAIAzOChPnIDxg",
          "G14AoJwFdvtIVhYEmzbc+VeL7LWFdYMzLY4k0eQxqnVEWMoGmVNuAWtYYK2DXA/"
          "E95RNCmYIyv9KSaLm9oN+4PibTIqvTdMQBDLs0FjoO4fFijY="}) {
        CAPTURE(packed);
        const json::object object{
            {"metadata", json::object{{"name", "w"}}},
            {"status", json::object{{"compressedNodes", packed}}}};
        const auto nodes = read_nodes(object);
        REQUIRE_MESSAGE(nodes, nodes);
        const auto failed = failed_steps(*read_workflow_status(object), *nodes);
        REQUIRE(failed.size() == 1);
        CHECK(failed.front().exit_code == 3);
        CHECK(failed.front().pod_name == "w");
    }
}

TEST_CASE("nodes that cannot be read are an error that says why") {
    struct Row {
        std::string_view status;
        Errc code;
    };
    constexpr std::array rows{
        Row{R"({"offloadNodeStatusVersion":"fnv:1"})", Errc::unsupported},
        Row{R"({"compressedNodes":"%%"})", Errc::malformed},
        Row{R"({"compressedNodes":"H4sIAAAA"})", Errc::malformed},
    };
    for (const Row& row : rows) {
        CAPTURE(row.status);
        const json::object object{{"status", json::parse(row.status)}};
        CHECK(read_nodes(object).error().is(row.code));
    }
    CHECK(read_nodes(json::object{}).value().empty());
}

TEST_CASE("the steps that broke a run are found, and only they") {
    struct Row {
        std::string name;
        std::string_view failed;
    };
    const std::array rows{
        Row{"step-fail", "step-fail[0].a main 7 step-fail-sh-2451983033"},
        Row{"dag-failfast", "dag-failfast.a main 1 dag-failfast-sh-1325925761"},
        Row{"retry-exhaust", "retry-exhaust[0].a(1) main 4 retry-exhaust-r-1614205029"},
        Row{"retry-limit", ""},
        Row{"step-continue-failed", ""},
        Row{"result-fail-continue", ""},
        Row{"onexit-handler-fails",
            "onexit-handler-fails.onExit main 9 onexit-handler-fails-x-1154501784"},
        Row{"agg-result-plain", "agg-result-plain main - "},
        Row{"deadline-wf", "deadline-wf[0].a main 143 deadline-wf-sh-3721553952"},
        Row{"sa-missing", "sa-missing[0].a main - sa-missing-im-617777883"},
        Row{"hooks", "hooks[0].a main 1 hooks-sh-36805710"},
        Row{"containerset",
            "containerset[0].a.bad bad 1 containerset-cs-2328073119; "
            "containerset[0].a.after after 64 containerset-cs-2328073119"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK(summary(row.name) == row.failed);
    }
}

TEST_CASE("nodes made up to go in circles, or a thousand deep, do no harm") {
    Nodes nodes;
    for (int i = 0; i < 20'000; ++i) {
        Node node;
        node.id = std::to_string(i);
        node.name = node.id;
        node.type = i % 2 == 0 ? "Retry" : "StepGroup";
        node.phase = Phase::failed;
        node.boundary_id = std::to_string((i + 1) % 20'000);
        node.children = {std::to_string((i + 1) % 20'000), "nobody"};
        nodes.emplace(node.id, node);
    }
    CHECK(in_order("0", nodes).size() == 20'000);
    CHECK(failed_steps(WorkflowStatus{}, nodes).size() <= nodes.size());
}

TEST_SUITE_END();
