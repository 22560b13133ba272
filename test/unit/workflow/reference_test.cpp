// SPDX-License-Identifier: Apache-2.0
#include "definitions.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

std::string judge(const std::string& yaml, trust::Class trust_class = trust::Class::untrusted) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    CAPTURE(yaml);
    REQUIRE_MESSAGE(definition, definition.error().message);
    Policy policy;
    policy.trust_class = trust_class;
    policy.images = {"i"};
    policy.require_image_digest = false;
    policy.artifact_hosts = {"h"};
    std::string rules;
    for (const auto& finding : police(*definition, policy)) {
        rules += (rules.empty() ? "" : " ") + finding.rule;
    }
    return rules;
}

/// A leaf that takes p and gives o.
const std::string leaf =
    "\n- name: l\n  inputs: {parameters: [{name: p, default: x}]}\n  container: {image: i, "
    "command: [a]}\n  outputs: {parameters: [{name: o, valueFrom: {path: /o}}], artifacts: [{name: "
    "f, path: /f}]}";

/// Two groups of steps, the second with an argument.
std::string steps(const std::string& first, const std::string& value) {
    return judge(workflow_of(
        "- name: m\n  inputs: {parameters: [{name: p, default: x}]}\n  steps:\n  - [{name: a, "
        "template: l"
        + first + "}]\n  - [{name: b, template: l, arguments: {parameters: [{name: p, value: '"
        + value + "'}]}}]" + leaf
    ));
}

std::string tasks(const std::string& list) {
    return judge(workflow_of("- name: m\n  dag:\n    tasks:\n" + list + leaf));
}

std::string task(const std::string& name, const std::string& more) {
    return "    - {name: " + name + ", template: l" + more + "}\n";
}

std::string given(const std::string& tag) {
    return ", arguments: {parameters: [{name: p, value: '" + tag + "'}]}";
}

std::string container(const std::string& text) {
    return judge(workflow_of(
        "- name: m\n  inputs: {parameters: [{name: p, default: x}]}\n  container: {image: i, "
        "command: [a], args: [\""
        + text + "\"]}\n  outputs: {parameters: [{name: o, valueFrom: {path: /o}}]}"
    ));
}

} // namespace

TEST_CASE("names in tags must be there where they are used") {
    for (const char* good :
         {"{{inputs.parameters.p}}",
          "{{ inputs.parameters.p }}",
          "{{workflow.name}}",
          "{{workflow.creationTimestamp.Y}}",
          "{{pod.name}}",
          "{{node.name}}",
          "{{retries}}",
          "{{outputs.parameters.o.path}}",
          "{{.Name}} {{other.thing}}"}) {
        CAPTURE(good);
        CHECK(container(good) == "");
    }
    for (const char* bad :
         {"{{inputs.parameters.q}}",
          "{{inputs.artifacts.p}}",
          "{{inputs.nope.p}}",
          "{{workflow.nope}}",
          "{{workflow.labels.a}}",
          "{{workflow.outputs.parameters.g}}",
          "{{steps.a.outputs.result}}",
          "{{tasks.a.status}}",
          "{{item}}",
          "{{pod.ip}}",
          "{{outputs.parameters.q.path}}",
          "{{outputs.parameters.o}}",
          "{{outputs.result}}"}) {
        CAPTURE(bad);
        CHECK(container(bad) == "reference");
    }
    CHECK(
        judge(workflow_with("arguments: {parameters: [{name: a, value: '{{inputs.parameters.x}}'}]}"
        ))
        == "reference"
    );
    CHECK(
        judge(workflow_with("arguments: {parameters: [{name: a, value: '{{workflow.name}}'}]}"))
        == ""
    );
}

TEST_CASE("outputs of steps: those that come before and surely ran") {
    CHECK(steps("", "{{steps.a.outputs.result}}") == "");
    CHECK(steps("", "{{steps.a.outputs.parameters.o}}") == "");
    CHECK(steps("", "{{steps.a.outputs.parameters}}") == "");
    CHECK(steps("", "{{steps.a.exitCode}}") == "");
    CHECK(steps("", "{{steps.a.status}} {{steps.a.id}} {{steps.a.startedAt}}") == "");
    CHECK(steps(", when: 'true'", "{{steps.a.status}}") == "");
    CHECK(steps("", "{{steps.b.status}}") == "reference");
    CHECK(steps("", "{{steps.zz.status}}") == "reference");
    CHECK(steps("", "{{tasks.a.status}}") == "reference");
    CHECK(steps("", "{{steps.a.ip}}") == "reference");
    CHECK(steps("", "{{steps.a.nope}}") == "reference");
    CHECK(steps("", "{{steps.a.outputs.parameters.q}}") == "reference");
    CHECK(steps("", "{{steps.a.outputs.artifacts.q}}") == "reference");
    for (const char* unsure :
         {", when: 'false'",
          ", withParam: '[]'",
          ", withItems: []",
          ", withSequence: {count: 0}",
          ", continueOn: {failed: true}",
          ", continueOn: {error: true}"}) {
        CAPTURE(unsure);
        CHECK(steps(unsure, "{{steps.a.outputs.result}}") == "hanging-result");
        CHECK(steps(unsure, "{{steps.a.outputs.parameters.o}}") == "hanging-result");
    }
    CHECK(steps(", withItems: [1]", "{{steps.a.outputs.result}}") == "");
    CHECK(steps(", withItems: [1]", "{{steps.a.status}}") == "reference");
    CHECK(steps(", when: 'false'", "{{steps.a.exitCode}}") == "hanging-result");
}

TEST_CASE("outputs of tasks: those that the condition of the task needs") {
    const auto result = given("{{tasks.a.outputs.result}}");
    CHECK(tasks(task("a", "") + task("b", ", depends: a" + result)) == "");
    CHECK(tasks(task("a", "") + task("b", ", dependencies: [a]" + result)) == "");
    CHECK(
        tasks(
            task("a", "") + task("c", ", depends: a") + task("b", ", depends: c.Succeeded" + result)
        )
        == ""
    );
    CHECK(tasks(task("a", "") + task("b", result)) == "reference");
    CHECK(
        tasks(task("a", "") + task("b", ", depends: a.Failed || a" + result)) == "hanging-result"
    );
    CHECK(tasks(task("a", "") + task("b", ", depends: a.Omitted" + result)) == "hanging-result");
    CHECK(
        tasks(task("a", ", when: 'false'") + task("b", ", depends: a" + result)) == "hanging-result"
    );
    CHECK(
        tasks(
            task("z", "") + task("a", ", depends: z.Succeeded")
            + task("b", ", depends: a.Omitted || a.Succeeded" + result)
        )
        == "hanging-result"
    );
    CHECK(
        tasks(task("a", "") + task("c", ", depends: a.Failed") + task("b", ", depends: c" + result))
        == "hanging-result"
    );
}

TEST_CASE("an inline template sees the names of the step that holds it") {
    const auto inline_args = [](const std::string& tag) {
        return judge(workflow_of(
            "- name: m\n  inputs: {parameters: [{name: p, default: x}]}\n  steps:\n  - [{name: a, "
            "template: l}]\n  - [{name: b, inline: {container: {image: i, command: [a], args: ['"
            + tag + "']}}}]" + leaf
        ));
    };
    CHECK(inline_args("{{steps.a.outputs.result}}") == "");
    CHECK(inline_args("{{inputs.parameters.p}}") == "");
    CHECK(inline_args("{{inputs.parameters.q}}") == "reference");
    CHECK(inline_args("{{steps.b.status}}") == "reference");
    // Argo would look for the inner step among the outer ones, for ever
    CHECK(
        judge(workflow_of(
            "- name: m\n  steps:\n  - - name: a\n      inline: {steps: [[{name: x, template: l}], "
            "[{name: z, template: l, arguments: {parameters: [{name: p, value: "
            "'{{steps.x.status}}'}]}}]]}"
            + leaf
        ))
        == "inline reference"
    );
}

TEST_CASE("outputs of a template may ask for a step that did not run, with a default") {
    const auto outputs = [](const std::string& source) {
        return judge(workflow_of(
            "- name: m\n  steps: [[{name: a, template: l, when: 'false'}]]\n  outputs: "
            "{parameters: [{name: r, valueFrom: {"
            + source + "}}]}" + leaf
        ));
    };
    CHECK(outputs("parameter: '{{steps.a.outputs.result}}'") == "hanging-result");
    CHECK(outputs("default: x, parameter: '{{steps.a.outputs.result}}'") == "");
    CHECK(outputs("expression: \"steps.a.outputs.result ?? 'x'\"") == "");
    CHECK(outputs("expression: steps.b.outputs.result") == "reference");
    CHECK(outputs("expression: nobody.knows") == "reference");
    CHECK(outputs("expression: workflow.parameters.none") == "parameter");
    CHECK(outputs("expression: '1+'") == "expression");
    CHECK(outputs("expression: '{{x}}'") == "literal");
}

TEST_CASE("hooks may ask for the step's own state, not for outputs that may never be") {
    const auto hook = [](const std::string& value) {
        return judge(workflow_of(
            "- name: m\n  steps: [[{name: a, template: l, hooks: {exit: {template: l, arguments: "
            "{parameters: [{name: p, value: '"
            + value + "'}]}}}}]]" + leaf
        ));
    };
    CHECK(hook("{{steps.a.status}}") == "");
    CHECK(hook("{{steps.a.outputs.result}}") == "hanging-result");
    CHECK(
        judge(workflow_of(
            "- name: m\n  steps: [[{name: a, template: l, hooks: {run: {template: l, expression: "
            "\"steps['a'].status == 'Running'\"}}}]]"
            + leaf
        ))
        == ""
    );
}

TEST_CASE("text from outside does not reach a program by any way") {
    const auto foreign = [](const std::string& templates) {
        return judge(
            head("arguments: {parameters: [{name: given}, {name: made, value: 'x "
                 "{{workflow.parameters.given}}'}]}")
            + "  templates:\n" + templates
        );
    };
    const auto script = [](const std::string& name, const std::string& source) {
        return "  - {name: " + name
               + ", inputs: {parameters: [{name: p, default: x}]}, script: "
                 "{image: i, command: [sh], source: '"
               + source + "'}}\n";
    };
    // made of a foreign one
    CHECK(foreign(script("m", "{{workflow.parameters.made}}")) == "interpolation");
    // through the output of a step
    CHECK(
        foreign(
            "  - {name: m, steps: [[{name: a, template: o}], [{name: b, template: s, arguments: "
            "{parameters: [{name: p, value: '{{steps.a.outputs.parameters.o}}'}]}}]]}\n"
            "  - {name: o, suspend: {duration: '1'}, outputs: {parameters: [{name: o, valueFrom: "
            "{supplied: {}, default: '{{workflow.parameters.given}}'}}]}}\n"
            + script("s", "{{inputs.parameters.p}}")
        )
        == "interpolation"
    );
    // the input of the template that holds an inline one wins over its own
    CHECK(
        foreign(
            "  - {name: m, steps: [[{name: a, template: h, arguments: {parameters: [{name: p, "
            "value: '{{workflow.parameters.given}}'}]}}]]}\n"
            "  - {name: h, inputs: {parameters: [{name: p}]}, steps: [[{name: a, inline: {inputs: "
            "{parameters: [{name: p, value: safe}]}, script: {image: i, command: [sh], source: "
            "'{{inputs.parameters.p}}'}}}]]}\n"
        )
        == "interpolation"
    );
    // the item of a loop, in an inline template
    CHECK(
        foreign("  - {name: m, steps: [[{name: a, withItems: ['{{workflow.parameters.given}}'], "
                "inline: {script: {image: i, command: [sh], source: '{{item}}'}}}]]}\n")
        == "inline interpolation"
    );
    // conditions, and what git is asked for
    CHECK(
        foreign(
            "  - {name: m, steps: [[{name: a, template: s, when: '{{workflow.parameters.given}} == "
            "x'}]]}\n"
            + script("s", "true")
        )
        == "interpolation"
    );
    CHECK(
        foreign(
            "  - {name: m, inputs: {artifacts: [{name: a, path: /a, git: {repo: 'https://h/r', "
            "revision: '{{workflow.parameters.given}}'}}]}, container: {image: i, command: [a]}}\n"
        )
        == "interpolation"
    );
}

TEST_CASE("templateDefaults is part of every template") {
    CHECK(
        judge(
            head("arguments: {parameters: [{name: given}]}")
            + "  templateDefaults: {sidecars: [{name: s, image: i, command: [sh, -c, "
              "'{{inputs.parameters.p}}']}]}\n"
              "  templates:\n"
              "  - {name: m, steps: [[{name: a, template: l, arguments: {parameters: [{name: p, "
              "value: '{{workflow.parameters.given}}'}]}}]]}\n"
              "  - {name: l, inputs: {parameters: [{name: p}]}, container: {image: i, command: "
              "[a]}}\n"
        )
        == "interpolation"
    );
    const auto steps_in_defaults = Definition::parse(
        workflow_with("templateDefaults: {steps: [[{name: a, template: m}]]}"), "w.yaml"
    );
    REQUIRE_FALSE(steps_in_defaults);
    CHECK(steps_in_defaults.error().message.find("steps in templateDefaults") != std::string::npos);
}

TEST_CASE("what a step printed is text from outside where the run is trusted") {
    const auto yaml = workflow_of(
        "- name: m\n  steps:\n  - [{name: a, template: l}]\n  - [{name: b, template: s, when: "
        "'{{steps.a.outputs.result}} == x', arguments: {parameters: [{name: p, value: "
        "'{{steps.a.outputs.result}}'}]}}]"
        + leaf
        + "\n- {name: s, inputs: {parameters: [{name: p}]}, script: {image: i, command: [sh], "
          "source: 'echo {{inputs.parameters.p}}'}}"
    );
    CHECK(judge(yaml) == "");
    CHECK(judge(yaml, trust::Class::trusted) == "interpolation");
}

TEST_CASE("what a real controller never ended is refused") {
    // recorded on Argo 4.0.2 and 4.1.2: runs without a phase, and runs past every deadline
    struct Row {
        const char* file;
        const char* rule;
    };
    for (const auto& row : {
             Row{"omit-dag", "hanging-result"},
             Row{"skip-dag", "hanging-result"},
             Row{"skip-steps", "hanging-result"},
             Row{"skip-expr", "expression"},
             Row{"dag-omit-output", "hanging-result"},
             Row{"hang-unresolved-deadline", "hanging-result"},
             Row{"items-empty", "hanging-result"},
             Row{"fc-expr", "expression"},
             Row{"inj-build", "expression"},
             Row{"inj-dbl", "expression"},
             Row{"inj-exprsyntax", "expression"},
             Row{"wedge-expr", "expression"},
         }) {
        CAPTURE(row.file);
        const auto definition =
            Definition::parse(test_file("never/" + std::string{row.file} + ".yaml"), "w.yaml");
        REQUIRE_MESSAGE(definition, definition.error().message);
        bool is_found = false;
        for (const auto& finding : police(*definition, {})) {
            is_found = is_found || finding.rule == row.rule;
        }
        CHECK(is_found);
    }
}
