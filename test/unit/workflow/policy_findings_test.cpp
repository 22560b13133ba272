// SPDX-License-Identifier: Apache-2.0
// What a finding shows and where, how many there are, and how the run as a whole is counted.
#include "judged.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

const std::string leaf = "\n  - {name: l, container: {image: i, command: [c]}}\n";

std::string one_container(const std::string& more) {
    return head("parallelism: 1")
           + "  templates:\n  - {name: m, container: {image: i, command: [c], " + more + "}}\n";
}

/// Of the only finding.
std::string found(const std::string& yaml) {
    const auto findings = findings_of(yaml, policy_of(trust::Class::untrusted));
    REQUIRE(findings.size() == 1);
    return findings[0].found;
}

/// How many bytes of the author's text, all `x`, the first finding shows.
std::size_t shown(const std::string& yaml) {
    const auto findings = findings_of(yaml, policy_of(trust::Class::untrusted));
    REQUIRE_FALSE(findings.empty());
    const auto text = to_string(findings[0]);
    std::size_t most = 0;
    for (auto at = text.find('x'); at != text.npos;) {
        const auto end = std::min(text.find_first_not_of('x', at), text.size());
        most = std::max(most, end - at);
        at = text.find('x', end);
    }
    return most;
}

/// Nodes that a run is counted to have: what a cap of none is told.
std::string nodes(const std::string& spec) {
    auto policy = policy_of(trust::Class::untrusted);
    policy.caps.nodes = 0;
    for (const auto& finding : findings_of(head("parallelism: 1") + spec + leaf, policy)) {
        if (finding.path == "/spec/entrypoint") {
            return finding.found.substr(0, finding.found.find(' '));
        }
    }
    return "";
}

} // namespace

TEST_CASE("a finding shows the value by its kind, and its place") {
    CHECK(found(workflow_with("priority: 7")) == "priority: 7");
    CHECK(found(workflow_with("hostNetwork: true")) == "hostNetwork: true");
    CHECK(found(workflow_with("schedulerName: mine")) == "schedulerName: \"mine\"");
    CHECK(found(workflow_with("dnsConfig: {}")) == "dnsConfig: a mapping");
    CHECK(found(workflow_with("tolerations: []")) == "tolerations: a list");
    CHECK(
        judged(one_container("env: [{name: A}, {name: ARGO_B}, {name: C}, {name: ARGO_D}]"))
        == "env-name 7 templates/0/container/env/1/name\n"
           "env-name 7 templates/0/container/env/3/name"
    );
}

TEST_CASE("of an author's text a finding shows no more than a line holds") {
    const std::string x(300, 'x');
    struct Row {
        std::string yaml;
        std::size_t bytes;
    };
    for (const auto& row : {
             Row{workflow_with("schedulerName: " + x), 80},
             Row{workflow_with("volumes: [{name: '{{" + x + "}}', emptyDir: {}}]"), 78},
             Row{one_container("args: ['{{=" + x + "}}']"), 79},
             Row{one_container("args: ['{{" + x + " }}{{a b}}']"), 78},
             Row{one_container("args: ['{{b " + x + "}}']"), 76},
             Row{one_container("resources: {limits: {" + x + ": 1}}"), 60},
             Row{"metadata: {labels: {seakeeper.dev/" + x + ": a}}\n"
                     + workflow_with("parallelism: 1"),
                 66},
             Row{head("parallelism: 1") + "  templates:\n  - {name: " + x.substr(0, 99)
                     + ", steps: [[{name: a, template: " + x.substr(0, 99)
                     + "}]]}\n  - {name: m, container: "
                       "{image: i, command: [c]}}\n",
                 60},
             Row{one_container("env: [{name: " + x + "}, {name: " + x + "}]"), 80},
         }) {
        CAPTURE(row.yaml);
        CHECK(shown(row.yaml) == row.bytes);
    }
    const auto cpu = one_container("resources: {limits: {cpu: " + std::string(40, '9') + "Mi}}");
    CHECK(
        to_string(findings_of(cpu, {})[0]).find(std::string(40, '9') + "\"... of cpu")
        != std::string::npos
    );
    auto policy = policy_of(trust::Class::trusted);
    policy.forbidden = {"template." + x};
    CHECK(
        check_fields(policy).error().message
        == "forbidding \"template." + std::string(71, 'x') + "\"...: found no such field"
    );
    policy.forbidden.clear();
    policy.granted = {"template." + x};
    CHECK(
        check_fields(policy).error().message.find(
            "template." + std::string(71, 'x') + "\"... to trusted"
        )
        != std::string::npos
    );
}

TEST_CASE("tags may stand where the table says so, at any depth, keys too") {
    const auto step = [](const std::string& items) {
        return judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, steps: [[{name: a, template: l, "
              "withItems: ["
            + items + "]}]]}" + leaf
        );
    };
    const std::string at = "7 templates/0/steps/0/0/withItems/";
    CHECK(step("x, {os: linux, arch: '{{workflow.name}}'}, [1, 2]") == "");
    CHECK(step("x, {os: linux, arch: '{{=1}}'}") == "expression " + at + "1/arch");
    CHECK(
        step("{os: '{{=1}}', arch: '{{=2}}'}, '{{=3}}'")
        == "expression " + at + "0/os\nexpression " + at + "0/arch\nexpression " + at + "1"
    );
    CHECK(step("{'{{=1}}': x}") == "expression " + at + "0/{{=1}}");
    // what is ours is dropped with whatever stands in it
    CHECK(judged(workflow_with("serviceAccountName: '{{=1}}'")) == "");
    CHECK(judged(workflow_with("nodeSelector: {pool: '{{=1}}'}")) == "");
}

TEST_CASE("a name in a text that must be literal needs no second finding") {
    CHECK(
        judged(one_container(
            "workingDir: '{{inputs.parameters.q}}', args: ['{{inputs.parameters.q}}']"
        ))
        == "literal 7 templates/0/container/workingDir\n"
           "reference 7 templates/0/container/args/0"
    );
    // other rules speak beside `literal`, and `reference` beside other rules
    const auto step = [](const std::string& second) {
        return judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, steps: [[{name: a, template: l, when: "
              "1 == 2}], [{name: b, "
            + second + "}]]}" + leaf
        );
    };
    CHECK(
        step("inline: {container: {image: i, command: [c], workingDir: "
             "'{{steps.a.outputs.result}}'}}")
        == "literal 7 templates/0/steps/1/0/inline/container/workingDir\n"
           "hanging-result 7 templates/0/steps/1/0/inline/container/workingDir"
    );
    CHECK(
        step("template: l, when: \"'{{steps.c.status}}' ==\"")
        == "expression 7 templates/0/steps/1/0/when\n"
           "reference 7 templates/0/steps/1/0/when"
    );
}

TEST_CASE("findings: a hundred are told, of a thousand that are kept") {
    // variables of Argo's, one a line from 12 on; names are looked at after them
    const auto many = [](int count) {
        std::string yaml = head("arguments: {parameters: [{name: a, value: '{{workflow.nope}}'}]}");
        yaml += "  templates:\n  - name: m\n    container:\n      image: i\n      command: [c]\n   "
                "   env:\n";
        for (int i = 0; i < count; ++i) {
            yaml += "      - {name: ARGO_" + std::to_string(i) + "}\n";
        }
        return findings_of(yaml, policy_of(trust::Class::untrusted));
    };
    const auto all = many(999);
    CHECK(all.size() == 100);
    CHECK(all[0].rule == "reference");
    CHECK(all[99].place.line == 110);
    CHECK(many(1000)[0].rule == "env-name");
    CHECK(many(99).size() == 100);
    CHECK(many(98).size() == 99);
}

TEST_CASE("a refusal is one sentence a line") {
    const auto findings = findings_of(
        workflow_with("priority: 7\n  hostNetwork: true"), policy_of(trust::Class::untrusted)
    );
    REQUIRE(findings.size() == 2);
    CHECK(refusal_of(findings).message == to_string(findings[0]) + "\n" + to_string(findings[1]));
}

TEST_CASE("nodes of a run: literal loops and calls multiply, and what runs at an exit counts") {
    const std::string m = "  templates:\n  - {name: m, steps: [[{name: a, template: l";
    const auto step = [&](const std::string& more) { return nodes(m + more + "}]]}"); };
    CHECK(step("") == "2");
    CHECK(step("}, {name: b, template: l") == "3");
    CHECK(step(", withItems: [1, 2, 3]") == "4");
    CHECK(step(", withItems: []") == "1");
    CHECK(step(", withParam: '{{workflow.name}}'") == "2"); // bounded by parallelism and deadline
    CHECK(step(", withSequence: {count: 5}") == "6");
    CHECK(step(", withSequence: {count: '5'}") == "6");
    CHECK(step(", withSequence: {count: 0}") == "1");
    CHECK(step(", withSequence: {count: -5}") == "1");
    CHECK(step(", withSequence: {count: 300}") == "257"); // refused by itself
    CHECK(step(", withSequence: {end: 5}") == "7");
    CHECK(step(", withSequence: {start: 3, end: '5'}") == "4");
    CHECK(step(", withSequence: {start: 5, end: 3}") == "4");
    CHECK(step(", withSequence: {end: 300}") == "257");
    CHECK(step(", withSequence: {start: '{{workflow.name}}', end: 5}") == "7"); // refused by itself
    CHECK(step(", onExit: l") == "3");
    CHECK(step(", onExit: l, withItems: [1, 2]") == "5");
    CHECK(
        step(", hooks: {exit: {template: l}, run: {template: l, expression: \"'a' == 'b'\"}}")
        == "4"
    );
    CHECK(nodes("  onExit: l\n" + m + "}]]}") == "3");
    CHECK(nodes("  hooks: {exit: {template: m}}\n" + m + "}]]}") == "4");
    CHECK(
        nodes("  templates:\n  - {name: m, dag: {tasks: [{name: a, inline: {container: {image: i, "
              "command: [c]}}}, {name: b, template: l}]}}")
        == "3"
    );
    // at the cap and above it
    auto policy = policy_of(trust::Class::untrusted);
    policy.caps.nodes = 4;
    const auto yaml = [&](const std::string& items) {
        return head("parallelism: 1") + m + ", withItems: [" + items + "]}]]}" + leaf;
    };
    CHECK(judged(yaml("1, 2, 3"), policy) == "");
    CHECK(judged(yaml("1, 2, 3, 4"), policy) == "limit 4 entrypoint");
}

TEST_CASE("nodes beyond all numbers are said to be that") {
    std::string templates = "  templates:\n";
    for (int i = 0; i < 9; ++i) {
        const auto own = i == 0 ? std::string{"m"} : "t" + std::to_string(i);
        const auto next = i == 8 ? std::string{"l"} : "t" + std::to_string(i + 1);
        templates.append("  - {name: ")
            .append(own)
            .append(", steps: [[{name: a, withSequence: {count: 256}, ");
        templates.append("template: ")
            .append(next)
            .append("}, {name: b, template: ")
            .append(next)
            .append("}]]}\n");
    }
    CHECK(nodes(templates) == "calls"); // "and loops without number"
}

TEST_CASE("templates that call themselves are named once, called or not") {
    const auto findings = findings_of(
        head("parallelism: 1")
            + "  templates:\n  - {name: m, container: {image: i, command: [c]}}\n"
              "  - {name: r, steps: [[{name: a, template: r}, {name: b, template: r}]]}\n",
        policy_of(trust::Class::untrusted)
    );
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].path == "/spec/templates/1");
    CHECK(findings[0].found == "the template \"r\", which calls itself");
    CHECK(
        judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, steps: [[{name: a, template: l}, {name: b, template: "
              "l}], "
              "[{name: c, template: l}]]}"
            + leaf
        )
        == ""
    );
}
