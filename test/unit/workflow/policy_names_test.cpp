// SPDX-License-Identifier: Apache-2.0
// docs/policy.md, "Names and expressions": a name must be there where it is used, and the finding
// says which are.
#include "judged.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

const std::string at_arg = "reference 7 templates/0/container/args/0";

/// One container with an argument; inputs p and the artifact a, outputs o and the artifact f.
std::string container(const std::string& arg, const std::string& more = "") {
    return head(more.empty() ? "parallelism: 1" : more)
           + "  templates:\n  - {name: m, container: {image: i, command: [c], args: ['" + arg
           + "']}, inputs: {parameters: [{name: p, default: x}], artifacts: [{name: a, path: /a, "
             "raw: {data: x}}]}, outputs: {parameters: [{name: o, globalName: g, valueFrom: {path: "
             "/o}}, {name: u, valueFrom: {path: /u}}], artifacts: [{name: f, globalName: h, path: "
             "/f}]}}\n";
}

const std::string leaf =
    "\n  - {name: l, inputs: {parameters: [{name: p, default: x}], artifacts: [{name: a, path: /a, "
    "optional: true}]}, container: {image: i, command: [c]}, outputs: {parameters: [{name: o, "
    "valueFrom: {path: /o}}], artifacts: [{name: f, path: /f}]}}"
    "\n  - {name: t, steps: [[{name: z, template: l}]]}\n";

/// A second step with an argument, after a first one.
std::string steps(const std::string& first, const std::string& value) {
    return head("parallelism: 1") + "  templates:\n  - {name: m, steps: [[{name: a, " + first
           + "}], [{name: b, template: l, arguments: {parameters: [{name: p, value: '" + value
           + "'}]}}]]}" + leaf;
}

/// A template of tasks with an output.
std::string tasks(const std::string& list, const std::string& source) {
    return head("parallelism: 1") + "  templates:\n  - name: m\n    dag: {tasks: [" + list
           + "]}\n    outputs: {parameters: [{name: r, valueFrom: {" + source + "}}]}" + leaf;
}

/// Reason and what is accepted of the only finding.
std::string words(const std::string& yaml) {
    const auto findings = findings_of(yaml, policy_of(trust::Class::untrusted));
    REQUIRE(findings.size() == 1);
    return findings[0].found + ": " + findings[0].reason + "; " + findings[0].accepted;
}

} // namespace

TEST_CASE("inputs and outputs of the template itself, by kind and name") {
    for (const char* good :
         {"{{inputs.parameters.p}}",
          "{{inputs.parameters}}",
          "{{inputs.artifacts.a.path}}",
          "{{outputs.parameters.o.path}}",
          "{{outputs.artifacts.f.path}}",
          "{{workflow.outputs.parameters.g}}",
          "{{workflow.outputs.artifacts.h}}",
          "{{workflow.uid}} {{workflow.duration}}"}) {
        CAPTURE(good);
        const auto told = judged(container(good));
        CHECK((told.empty() || told.starts_with("interpolation ")));
    }
    for (const char* bad :
         {"{{inputs}}",
          "{{inputs.parameters.a}}",
          "{{inputs.artifacts.p.path}}",
          "{{inputs.artifacts.b.path}}",
          "{{outputs.parameters.f.path}}",
          "{{outputs.artifacts.o.path}}",
          "{{outputs.nope.o.path}}",
          "{{outputs.parameters.o.value}}",
          "{{workflow.outputs.parameters}}",
          "{{workflow.outputs.parameters.h}}",
          "{{workflow.outputs.artifacts.g}}",
          "{{workflow.outputs.parameters.u}}",
          "{{workflow.nope.parameters.g}}",
          "{{node.nope}}",
          "{{steps.a}}",
          "{{item}}"}) {
        CAPTURE(bad);
        CHECK(judged(container(bad)) == at_arg);
    }
    // one that is no name at all is said as such, and only so
    CHECK(judged(container("{{inputs.parameters.q r}}")) == "tag 7 templates/0/container/args/0");
}

TEST_CASE("names of the specification and of templateDefaults") {
    const auto told = judged(
        head("arguments: {parameters: [{name: a, value: '{{pod.name}}'}, {name: b, value: "
             "'{{outputs.parameters.o.path}}'}, {name: c, value: '{{workflow.name}}'}]}")
        + "  hooks: {exit: {template: l, arguments: {parameters: [{name: p, value: "
          "'{{steps.a.status}}'}]}}}\n"
          "  templates:\n  - {name: m, container: {image: i, command: [c]}}"
        + leaf
    );
    CHECK(
        told
        == "reference 5 arguments/parameters/0/value\n"
           "reference 5 arguments/parameters/1/value\n"
           "reference 6 hooks/exit/arguments/parameters/0/value"
    );
    const auto defaults = [](const std::string& arg) {
        return judged(
            head(
                "templateDefaults: {container: {image: i, command: [c], args: [x, '" + arg + "']}}"
            )
            + "  templates:\n  - {name: m, container: {image: i, command: [c]}}\n"
        );
    };
    CHECK(defaults("{{inputs.parameters.any}} {{outputs.parameters.any.path}}") == "");
    CHECK(defaults("{{inputs.nope.any}}") == "reference 5 templateDefaults/container/args/1");
    CHECK(defaults("{{item}}") == "reference 5 templateDefaults/container/args/1");
}

TEST_CASE("expressions: each name is looked up like a tag's") {
    const auto retry = [](const std::string& expression) {
        return judged(
            head("arguments: {parameters: [{name: p, value: x}]}")
            + "  templates:\n  - {name: m, retryStrategy: {limit: 1, expression: \"" + expression
            + "\"}, container: {image: i, command: [c]}}\n"
        );
    };
    const std::string at = " 7 templates/0/retryStrategy/expression";
    CHECK(retry("lastRetry.exitCode != '2' && retries != '1'") == "");
    CHECK(retry("workflow.parameters.p == 'x'") == "");
    CHECK(retry("workflow.parameters != 'x'") == "");
    CHECK(retry("workflow.parameters.q == 'x'") == "parameter" + at);
    CHECK(retry("nobody == 'x'") == "reference" + at);
    CHECK(retry("inputs.parameters.q == 'x'") == "reference" + at);
    const auto from = [](const std::string& field, const std::string& name) {
        return judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, steps: [[{name: a, template: l}], [{name: b, template: "
              "l, "
              "arguments: {artifacts: [{name: a, "
            + field + ": '" + name + "'}]}}]]}" + leaf
        );
    };
    const std::string artifact = " 7 templates/0/steps/1/0/arguments/artifacts/0/";
    CHECK(from("from", "{{steps.a.outputs.artifacts.f}}") == "");
    CHECK(from("from", "{{steps.a.outputs.artifacts.o}}") == "reference" + artifact + "from");
    CHECK(from("fromExpression", "steps.a.outputs.artifacts.f") == "");
    CHECK(
        from("fromExpression", "steps.nobody.outputs.artifacts.f")
        == "reference" + artifact + "fromExpression"
    );
}

TEST_CASE("items: in a step that loops, its hooks and its inline template") {
    const auto step = [](const std::string& more) {
        return judged(
            head("parallelism: 1") + "  templates:\n  - {name: m, steps: [[{name: a, " + more
            + "}]]}" + leaf
        );
    };
    const std::string argument = "arguments: {parameters: [{name: p, value: '{{item}}'}]}";
    CHECK(step("template: l, withItems: [x], " + argument) == "");
    CHECK(step("template: l, withSequence: {count: 2}, " + argument) == "");
    CHECK(
        step("template: l, " + argument)
        == "reference 7 templates/0/steps/0/0/arguments/parameters/0/value"
    );
    CHECK(
        step("inline: {container: {image: i, command: [c], args: ['{{item}}']}}, withItems: [x]")
        == "inline 7 templates/0/steps/0/0/inline"
    );
    CHECK(
        step("inline: {container: {image: i, command: [c], args: [z, '{{item}}']}}")
        == "reference 7 templates/0/steps/0/0/inline/container/args/1"
    );
}

TEST_CASE("a hook sees its own step and those before it") {
    const auto hook = [](const std::string& tag) {
        return judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, steps: [[{name: a, template: l}], [{name: b, template: "
              "l, "
              "hooks: {exit: {template: l, arguments: {parameters: [{name: p, value: '"
            + tag + "'}]}}}}], [{name: c, template: l}]]}" + leaf
        );
    };
    CHECK(hook("{{steps.a.status}} {{steps.b.status}}") == "");
    CHECK(
        hook("{{steps.c.status}}")
        == "reference 7 templates/0/steps/1/0/hooks/exit/arguments/parameters/0/value"
    );
}

TEST_CASE("steps that are not in this file have no outputs that are known") {
    const std::string remote = "templateRef: {name: x, template: z}";
    const std::string unseen = "unseen-code 7 templates/0/steps/0/0/templateRef";
    const std::string argument = "reference 7 templates/0/steps/1/0/arguments/parameters/0/value";
    CHECK(judged(steps(remote, "{{steps.a.status}}")) == unseen);
    for (const char* name : {"result", "parameters.o", "parameters"}) {
        CHECK(
            judged(steps(remote, "{{steps.a.outputs." + std::string{name} + "}}"))
            == unseen + "\n" + argument
        );
    }
    CHECK(judged(steps(remote, "{{steps.a.exitCode}}")) == unseen + "\n" + argument);
}

TEST_CASE("outputs of a step, by its kind of template") {
    const std::string argument = "reference 7 templates/0/steps/1/0/arguments/parameters/0/value";
    CHECK(judged(steps("template: l", "{{steps.a.outputs.result}} {{steps.a.exitCode}}")) == "");
    CHECK(judged(steps("template: t", "{{steps.a.status}}")) == "");
    CHECK(judged(steps("template: l", "{{steps.a.hostNodeName}}")) == "");
    CHECK(judged(steps("template: l, withItems: [x]", "{{steps.a.exitCode}}")) == argument);
    // a default helps where Argo asks for it: in outputs
    CHECK(
        judged(steps("template: l, when: 1 == 2", "{{steps.a.outputs.result}}', default: 'x"))
        == "hanging-result 7 templates/0/steps/1/0/arguments/parameters/0/value"
    );
    for (const char* name :
         {"outputs.result", "exitCode", "hostNodeName", "outputs.parameters", "outputs", "nope"}) {
        CAPTURE(name);
        CHECK(judged(steps("template: t", "{{steps.a." + std::string{name} + "}}")) == argument);
    }
    for (const char* name : {"nope.result", "outputs.nope.o", "outputs.artifacts", "outputs"}) {
        CAPTURE(name);
        CHECK(judged(steps("template: l", "{{steps.a." + std::string{name} + "}}")) == argument);
    }
    CHECK(
        judged(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, dag: {tasks: [{name: a, template: l}, {name: b, "
              "depends: a, "
              "inline: {container: {image: i, command: [c], args: "
              "['{{tasks.a.outputs.result}}']}}}]}}"
            + leaf
        )
        == ""
    );
}

TEST_CASE("outputs of tasks that surely ran, for the outputs of their template") {
    const std::string a = "{name: a, template: l}";
    const std::string result = "parameter: '{{tasks.b.outputs.result}}'";
    const std::string hangs =
        "hanging-result 9 templates/0/outputs/parameters/0/valueFrom/parameter";
    CHECK(judged(tasks(a + ", {name: b, template: l, depends: a}", result)) == "");
    CHECK(judged(tasks(a + ", {name: b, template: l, dependencies: [a]}", result)) == "");
    CHECK(judged(tasks(a + ", {name: b, template: l}", result)) == "");
    // Argo runs a task whose dependency was skipped
    CHECK(
        judged(tasks(
            "{name: a, template: l, when: 1 == 2}, {name: b, template: l, dependencies: [a]}",
            result
        ))
        == ""
    );
    CHECK(judged(tasks(a + ", {name: b, template: l, depends: a.Failed}", result)) == hangs);
    CHECK(judged(tasks(a + ", {name: b, template: l, when: 1 == 2}", result)) == hangs);
    CHECK(
        judged(tasks(a + ", {name: b, template: l, when: 1 == 2}", result + ", default: x")) == ""
    );
}

TEST_CASE("every list item and member is looked at, at its own place") {
    const auto told = judged(
        head("parallelism: 1")
        + "  templates:\n  - name: m\n    container:\n      image: i\n      command: [c]\n      "
          "args:\n"
          "      - '{{inputs.parameters.k}}'\n      - ok\n      - '{{inputs.parameters.l}}'\n"
          "      env:\n      - {name: A, value: '{{inputs.parameters.k}}'}\n"
          "      - {name: B, value: '{{inputs.parameters.l}}'}\n"
    );
    CHECK(
        told
        == "reference 12 templates/0/container/args/0\n"
           "reference 14 templates/0/container/args/2\n"
           "reference 16 templates/0/container/env/0/value\n"
           "reference 17 templates/0/container/env/1/value"
    );
}

TEST_CASE("a finding about a name says which names there are") {
    CHECK(
        words(container("{{inputs.parameters.q}}"))
        == "{{inputs.parameters.q}}: the template declares no such input; one of p"
    );
    CHECK(
        words(
            head("parallelism: 1")
            + "  templates:\n  - {name: m, container: {image: i, command: "
              "['{{inputs.artifacts.q.path}}']}}\n"
        )
        == "{{inputs.artifacts.q.path}}: the template declares no such input; q under "
           "inputs.artifacts of the template"
    );
    CHECK(
        words(container("{{inputs.files.q}}"))
        == "{{inputs.files.q}}: there is no such name; inputs.parameters.NAME, "
           "inputs.artifacts.NAME"
    );
    CHECK(
        words(container("{{workflow.labels.q}}"))
            .find("labels and annotations of the file are dropped")
        != std::string::npos
    );
    CHECK(
        words(container("{{workflow.annotations.q}}"))
            .find("labels and annotations of the file are dropped")
        != std::string::npos
    );
    CHECK(
        words(container("{{workflow.nope}}"))
        == "{{workflow.nope}}: there is no such name; workflow.name, .uid, .status, "
           ".parameters.NAME, .outputs.parameters.GLOBALNAME ..."
    );
    CHECK(
        words(container("{{steps.a.status}}"))
        == "{{steps.a.status}}: a template of this kind has no steps; inputs.parameters.NAME"
    );
    CHECK(
        words(steps("template: l", "{{tasks.a.status}}"))
        == "{{tasks.a.status}}: it is a step of another template; steps.NAME"
    );
    CHECK(
        words(steps("template: l", "{{steps.b.status}}"))
        == "{{steps.b.status}}: no such step comes before it; one of a"
    );
    CHECK(
        words(
            steps("template: l, arguments: {parameters: [{name: p, value: '{{steps.b.id}}'}]}", "x")
        )
        == "{{steps.b.id}}: no such step comes before it; none: there is none"
    );
    CHECK(
        words(steps("template: l", "{{steps.a.nope}}"))
        == "{{steps.a.nope}}: the step has no such output; one of status, outputs.result, "
           "outputs.parameters.o"
    );
    CHECK(
        words(steps("template: t", "{{steps.a.nope}}"))
        == "{{steps.a.nope}}: the step has no such output; one of status"
    );
    CHECK(
        words(steps("template: l, withItems: [x]", "{{steps.a.status}}"))
        == "{{steps.a.status}}: a loop has no such output; one of status, outputs.result, "
           "outputs.parameters.o"
    );
    CHECK(words(steps("template: l, when: 1 == 2", "{{steps.a.outputs.result}}"))
              .ends_with("; an output of a step that always runs before this one"));
    CHECK(
        words(
            tasks("{name: b, template: l, when: 1 == 2}", "parameter: '{{tasks.b.outputs.result}}'")
        )
            .ends_with("; a default beside it, or an expression that asks for its status")
    );
}
