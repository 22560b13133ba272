// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/check.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace seakeeper;
using decision::CheckOptions;
using decision::ConfigTree;
using decision::Finding;

namespace {

CheckOptions options() {
    CheckOptions result;
    result.untrusted.trust_class = trust::Class::untrusted;
    result.trusted.trust_class = trust::Class::trusted;
    return result;
}

std::string workflow_of(const std::string& container) {
    return "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata:\n  name: w\nspec:\n"
           "  entrypoint: main\n  templates:\n    - name: main\n      container:\n"
           + container;
}

const std::string by_tag =
    "        image: docker.io/library/busybox:1.36\n        command: [make]\n";
const std::string privileged = by_tag + "        securityContext: {privileged: true}\n";

std::string rules(const std::vector<Finding>& findings) {
    std::string result;
    for (const Finding& finding : findings) {
        result += finding.rule + "@" + finding.path + ":" + std::to_string(finding.line) + " ";
    }
    return result;
}

} // namespace

TEST_CASE("a mistake in seakeeper.yaml has its place, and what is accepted alone") {
    const ConfigTree files{
        {"seakeeper.yaml",
         "triggers:\n  test:\n    events: [patchset-created]\n    trust: very\n"
         "    workflow: w.yaml\n"},
        {"w.yaml", workflow_of(by_tag)}};
    const auto found = check(files, options());
    REQUIRE(found.size() == 1);
    CHECK(found[0].path == "seakeeper.yaml");
    CHECK(found[0].line == 4);
    CHECK(found[0].column == 12);
    CHECK(found[0].rule == "configuration");
    CHECK(found[0].accepted == "untrusted, trusted");
    CHECK(found[0].text.starts_with("found the text"));
    CHECK(to_string(found[0]).starts_with("seakeeper.yaml:4:12: found the text"));
    CHECK(to_string(found[0]).ends_with("[configuration]"));
}

TEST_CASE("a file that is no YAML and an object that is no Workflow have their places") {
    const ConfigTree files{
        {"seakeeper.yaml", "triggers:\n  a: {b: &x 1}\n"},
        {"w.yaml", workflow_of("        command: [true]\n")}};
    const auto found = check(files, options());
    REQUIRE(found.size() == 2);
    CHECK(found[0].path == "seakeeper.yaml");
    CHECK(found[0].line == 2);
    CHECK(found[1].rule == "type");
    CHECK(found[1].line == 10);
    CHECK(found[1].text.find("w.yaml:") == std::string::npos);
}

TEST_CASE("a definition is judged for every class that is asked for") {
    const std::string both = "triggers:\n"
                             "  a: {events: [patchset-created], workflow: w.yaml}\n"
                             "  b: {events: [change-merged], workflow: w.yaml, trust: trusted}\n";
    const ConfigTree files{{"seakeeper.yaml", both}, {"w.yaml", workflow_of(by_tag)}};
    auto found = check(files, options());
    CHECK_MESSAGE(
        std::ranges::count(found, "image", &Finding::rule) == 1, rules(found)
    ); // a tag is enough for untrusted only
    found = check({{"seakeeper.yaml", both}, {"w.yaml", workflow_of(privileged)}}, options());
    CHECK_MESSAGE(std::ranges::count(found, 12, &Finding::line) == 1, rules(found)); // said once
    CHECK(std::ranges::is_sorted(found));
}

TEST_CASE("a trigger that names no file, and a Workflow that no trigger names") {
    const ConfigTree files{
        {"p/seakeeper.yaml", "triggers:\n  a: {events: [change-merged], workflow: gone.yaml}\n"},
        {"p/left.yaml", workflow_of(privileged)}};
    const auto found = check(files, options());
    REQUIRE(found.size() >= 2);
    CHECK(found[0].path == "p/left.yaml");
    CHECK(found.back().rule == "no-workflow");
    CHECK(found.back().path == "p/seakeeper.yaml");
    CHECK(found.back().line == 2);
}
