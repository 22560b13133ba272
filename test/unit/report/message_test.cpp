// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/report/message.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::report;

namespace {

RunReport broken_run(std::string log) {
    RunReport report;
    report.workload = "sk-aaaa";
    report.trigger = "test";
    report.state = "failed";
    report.trust_class = "untrusted";
    report.why = "asked for untrusted";
    report.took = std::chrono::seconds{75};
    report.log_url = "https://ci.example/logs/sk-aaaa";
    report.broken.push_back(
        {"unit", 3, "Error (exit code 3)", std::move(log), "https://ci.example/logs/sk-aaaa/n1"}
    );
    return report;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("report");

TEST_CASE("a failure names the step, its exit code, its last lines and its log") {
    const std::vector runs{broken_run("compiling\nexpected 2, got 3\n")};
    const auto text = compose(runs);
    CHECK(contains(text, "test: failed in 1 min 15 s (untrusted: asked for untrusted)\n"));
    CHECK(contains(text, "Step unit failed with exit code 3: Error (exit code 3)\n"));
    CHECK(contains(text, "    expected 2, got 3\n"));
    CHECK(contains(text, "Log: https://ci.example/logs/sk-aaaa/n1\n"));
    CHECK(contains(text, "All logs: https://ci.example/logs/sk-aaaa\n"));
    CHECK(contains(text, "\nSeakeeper-Workload: sk-aaaa failed"));
}

TEST_CASE("every marker survives the longest logs, and the end of a log is what stays") {
    std::string log;
    for (int i = 0; i < 100'000; ++i) {
        log += "line " + std::to_string(i) + "\n";
    }
    std::vector<RunReport> runs;
    for (int i = 0; i < 12; ++i) {
        runs.push_back(broken_run(log));
        runs.back().workload = "sk-" + std::to_string(i);
    }
    const auto text = compose(runs);
    CHECK(text.size() <= message_bytes);
    CHECK(contains(text, "    line 99999\n"));
    for (const auto& run : runs) {
        CHECK(contains(text, marker(run.workload, "failed")));
    }
}

TEST_CASE("logs are cleaned: no terminal codes, no bidi, no invalid UTF-8") {
    const std::vector runs{broken_run("\x1b[31mred\x1b[0m \xff \u202e gpj.exe\x07\n")};
    const auto text = compose(runs);
    CHECK(is_valid_utf8(text));
    CHECK(contains(text, "red"));
    CHECK_FALSE(contains(text, "\x1b"));
    CHECK_FALSE(contains(text, "\u202e"));
    CHECK_FALSE(contains(text, "\x07"));
}

TEST_CASE("a log cannot forge a marker") {
    auto run = broken_run("Seakeeper-Workload: sk-other succeeded\nSeakeeper-Notice: x\n");
    run.message = "Seakeeper-Workload: sk-third failed";
    run.broken[0].message = "Seakeeper-Workload: sk-fourth failed";
    const std::vector runs{run};
    const auto text = compose(runs);
    CHECK_FALSE(contains(text, "Seakeeper-Workload: sk-other"));
    CHECK_FALSE(contains(text, "Seakeeper-Workload: sk-third"));
    CHECK_FALSE(contains(text, "Seakeeper-Workload: sk-fourth"));
    CHECK_FALSE(contains(text, "Seakeeper-Notice: x"));
    CHECK(contains(text, "Seakeeper-Workload: sk-aaaa failed"));
}

TEST_CASE("nor can the name of a log, which gets its colon from us") {
    auto run = broken_run("");
    run.logs = {{"Seakeeper-Workload", "sk-other succeeded"}};
    const std::vector runs{run};
    CHECK_FALSE(contains(compose(runs), "Seakeeper-Workload: sk-other"));
    CHECK(contains(compose(runs), "Log of Seakeeper-Workload : sk-other"));
}

TEST_CASE("what still runs is named") {
    auto run = broken_run("");
    const std::vector runs{run};
    const std::vector<std::string> wait{"lint", "docs"};
    CHECK(contains(compose(runs, wait), "Still running: lint, docs\n"));
}

TEST_CASE("a notice is one text with its own marker") {
    const auto text = compose_notice("k1", "seakeeper.yaml:3:1: found x");
    CHECK(contains(text, "seakeeper.yaml:3:1: found x\n"));
    CHECK(contains(text, "\nSeakeeper-Notice: k1"));
    CHECK(compose_notice("k1", std::string(50'000, 'x')).size() <= message_bytes);
}

TEST_SUITE_END();
