// SPDX-License-Identifier: Apache-2.0
// docs/policy.md, "Text from outside": every way of it into a program is refused where it arrives,
// and what only looks alike is accepted. `given` is a parameter that the file gives no value.
#include "judged.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

struct Row {
    std::string why;
    const char* spec; ///< from line 6 on
    const char* untrusted;
    const char* trusted; ///< null: the same
};

const std::string declared =
    "arguments: {parameters: [{name: given}, {name: made, value: 'a "
    "{{workflow.parameters.given}}'}, "
    "{name: presumed, default: '{{workflow.parameters.made}}'}, {name: fixed, value: x}, {name: "
    "usual, default: x}, {name: revision}]}";

/// Templates that the rows call: `s` runs its input, `o` gives foreign text and a file, `l` gives
/// a file.
const std::string called =
    "\n  - {name: s, inputs: {parameters: [{name: p, default: x}]}, script: {image: i, command: "
    "[sh], source: '{{inputs.parameters.p}}'}}"
    "\n  - {name: o, container: {image: i, command: [a]}, outputs: {parameters: [{name: o, "
    "valueFrom: {path: /o, default: '{{workflow.parameters.given}}'}}, {name: q, valueFrom: {path: "
    "/q}}]}}"
    "\n  - {name: l, container: {image: i, command: [a]}, outputs: {parameters: [{name: o, "
    "valueFrom: {path: /o}}]}}\n";

void check(const Row& row) {
    CAPTURE(row.why);
    const auto yaml = head(declared) + row.spec + called;
    CHECK(judged(yaml) == row.untrusted);
    CHECK(judged_trusted(yaml) == (row.trusted == nullptr ? row.untrusted : row.trusted));
}

} // namespace

TEST_CASE("parameters of the workflow: which are text from outside") {
    const auto source = [](const std::string& text) {
        return judged(
            head(declared)
            + "  templates:\n  - name: m\n    script: {image: i, command: [sh], source: '" + text
            + "'}\n"
        );
    };
    const std::string refused = "interpolation 8 templates/0/script/source";
    CHECK(source("{{workflow.parameters.given}}") == refused);
    CHECK(source("{{workflow.parameters.made}}") == refused);
    CHECK(source("{{workflow.parameters.presumed}}") == refused);
    CHECK(source("{{workflow.parameters}}") == refused);
    CHECK(source("{{workflow.parameters.json}}") == "parameter 7 templates/0");
    CHECK(source("{{workflow.failures}}") == refused);
    CHECK(source("{{workflow.parameters.fixed}} {{workflow.parameters.usual}}") == "");
    CHECK(source("{{workflow.parameters.revision}} {{workflow.name}}") == "");
    // said once, at the first template that names it
    CHECK(
        source("{{workflow.parameters.nobody}} {{workflow.parameters.nobody}}")
        == "parameter 7 templates/0"
    );
}

TEST_CASE("every place that Argo runs or hands to git") {
    const Row rows[] = {
        {"container",
         "  templates:\n  - {name: m, container: {image: i, command: "
         "['{{workflow.parameters.given}}'"
         "], args: [a, '{{workflow.parameters.given}}']}}",
         "interpolation 7 templates/0/container/command/0\n"
         "interpolation 7 templates/0/container/args/1",
         nullptr},
        {"init container and sidecar",
         "  templates:\n  - name: m\n    container: {image: i, command: [a]}\n"
         "    initContainers: [{name: b, image: i, command: ['{{workflow.parameters.given}}']}]\n"
         "    sidecars: [{name: c, image: i, command: [a], args: "
         "['{{workflow.parameters.given}}']}]",
         "interpolation 9 templates/0/initContainers/0/command/0\n"
         "interpolation 10 templates/0/sidecars/0/args/0",
         nullptr},
        {"set of containers",
         "  templates:\n  - name: m\n    containerSet: {containers: [{name: main, image: i, "
         "command: "
         "[a], args: ['{{workflow.parameters.given}}']}]}",
         "interpolation 8 templates/0/containerSet/containers/0/args/0",
         nullptr},
        {"condition",
         "  templates:\n  - {name: m, dag: {tasks: [{name: a, template: l, when: "
         "\"'{{workflow.parameters.given}}' == ''\"}]}}",
         "interpolation 7 templates/0/dag/tasks/0/when",
         nullptr},
        {"condition about an item",
         "  templates:\n  - {name: m, dag: {tasks: [{name: a, template: l, withParam: "
         "'{{workflow.parameters.given}}', when: \"'{{item}}' == ''\"}]}}",
         "interpolation 7 templates/0/dag/tasks/0/when",
         nullptr},
        {"git, of an input",
         "  templates:\n  - name: m\n    inputs: {artifacts: [{name: a, path: /a, git: {repo: "
         "'https://h/r', fetch: [x, '{{workflow.parameters.given}}']}}]}\n    container: {image: "
         "i, "
         "command: [a]}",
         "interpolation 8 templates/0/inputs/artifacts/0/git/fetch/1",
         nullptr},
        {"git, of an argument",
         "  templates:\n  - name: m\n    steps: [[{name: a, template: g, arguments: {artifacts: "
         "[{name: a, git: {repo: 'https://h/r', branch: '{{workflow.parameters.given}}'}}]}}]]\n"
         "  - {name: g, inputs: {artifacts: [{name: a, path: /a}]}, container: {image: i, command: "
         "[a]}}",
         "interpolation 8 templates/0/steps/0/0/arguments/artifacts/0/git/branch",
         nullptr},
        {"git, of a hook",
         "  hooks: {exit: {template: g, arguments: {artifacts: [{name: a, git: {repo: "
         "'https://h/r', "
         "revision: '{{workflow.parameters.given}}'}}]}}}\n"
         "  templates:\n  - name: m\n    steps: [[{name: a, template: l, hooks: {exit: {template: "
         "g, "
         "arguments: {artifacts: [{name: a, git: {repo: 'https://h/r', revision: "
         "'{{workflow.parameters.given}}'}}]}}}}]]\n"
         "  - {name: g, inputs: {artifacts: [{name: a, path: /a}]}, container: {image: i, command: "
         "[a]}}",
         "interpolation 6 hooks/exit/arguments/artifacts/0/git/revision\n"
         "interpolation 9 templates/0/steps/0/0/hooks/exit/arguments/artifacts/0/git/revision",
         nullptr},
        {"what is no program: variables, contents of files, other arguments",
         "  templates:\n  - name: m\n    inputs: {artifacts: [{name: a, path: /a, raw: {data: "
         "'{{workflow.parameters.given}}'}}]}\n    container: {image: i, command: [a], env: "
         "[{name: "
         "X, value: '{{workflow.parameters.given}}'}]}",
         "",
         nullptr},
    };
    for (const auto& row : rows) {
        check(row);
    }
    CHECK(
        judged(
            head("arguments: {parameters: [{name: given}], artifacts: [{name: a, git: {repo: "
                 "'https://h/r', revision: '{{workflow.parameters.given}}'}}]}")
            + "  templates:\n  - {name: m, inputs: {artifacts: [{name: a, path: /a}]}, container: "
              "{image: i, command: [a]}}\n"
        )
        == "interpolation 5 arguments/artifacts/0/git/revision"
    );
}

TEST_CASE("arguments, items and hooks carry it on") {
    const Row rows[] = {
        {"an argument",
         "  templates:\n  - {name: m, steps: [[{name: a, template: s, arguments: {parameters: "
         "[{name: p, value: '{{workflow.parameters.given}}'}]}}]]}",
         "interpolation 8 templates/1/script/source",
         nullptr},
        {"the input of another template has the same name",
         "  templates:\n  - {name: m, steps: [[{name: a, template: e, arguments: {parameters: "
         "[{name: p, value: '{{workflow.parameters.given}}'}]}}, {name: b, template: s}]]}\n"
         "  - {name: e, inputs: {parameters: [{name: p}]}, container: {image: i, command: [a]}}",
         "",
         nullptr},
        {"an item",
         "  templates:\n  - {name: m, steps: [[{name: a, template: s, withItems: [x, "
         "'{{workflow.parameters.given}}'], arguments: {parameters: [{name: p, value: "
         "'{{item}}'}]}}]]}",
         "interpolation 8 templates/1/script/source",
         nullptr},
        {"a member of an item",
         "  templates:\n  - {name: m, steps: [[{name: a, template: s, withItems: [{k: "
         "'{{workflow.parameters.given}}'}], arguments: {parameters: [{name: p, value: "
         "'{{item.k}}'}]}}]]}",
         "interpolation 8 templates/1/script/source",
         nullptr},
        {"another argument of a loop",
         "  templates:\n  - {name: m, steps: [[{name: a, template: s, withItems: "
         "['{{workflow.parameters.given}}'], arguments: {parameters: [{name: p, value: "
         "'{{workflow.parameters.fixed}}'}]}}]]}",
         "",
         nullptr},
        {"the item in a hook of the step",
         "  templates:\n  - {name: m, steps: [[{name: a, template: l, withItems: "
         "['{{workflow.parameters.given}}'], hooks: {exit: {template: s, arguments: {parameters: "
         "[{name: p, value: '{{item}}'}]}}}}]]}",
         "interpolation 8 templates/1/script/source",
         nullptr},
        {"a hook of the workflow",
         "  hooks: {exit: {template: s, arguments: {parameters: [{name: p, value: "
         "'{{workflow.parameters.given}}'}]}}}\n  templates:\n  - {name: m, container: {image: i, "
         "command: [a]}}",
         "interpolation 9 templates/1/script/source",
         nullptr},
        {"a default of the input itself",
         "  templates:\n  - {name: m, inputs: {parameters: [{name: p, default: "
         "'{{workflow.parameters.given}}'}]}, script: {image: i, command: [a], source: "
         "'{{inputs.parameters.p}}'}}",
         "interpolation 7 templates/0/script/source",
         nullptr},
        {"down three templates, the last named first",
         "  templates:\n  - {name: k, inputs: {parameters: [{name: r}]}, steps: [[{name: a, "
         "template: "
         "s, arguments: {parameters: [{name: p, value: '{{inputs.parameters.r}}'}]}}]]}\n"
         "  - {name: m, steps: [[{name: a, template: k, arguments: {parameters: [{name: r, value: "
         "'{{workflow.parameters.given}}'}]}}]]}",
         "interpolation 9 templates/2/script/source",
         nullptr},
    };
    for (const auto& row : rows) {
        check(row);
    }
}

TEST_CASE("Argo gives the workflow's own arguments to the entrypoint and to exit handlers") {
    const std::string runs =
        "{name: given, default: x}]}, script: {image: i, command: [sh], source: "
        "'{{inputs.parameters.given}}'}}";
    const auto at_exit = [&](const std::string& spec, const std::string& step) {
        return judged(
            head(declared) + spec + "  templates:\n  - {name: m, steps: [[{name: a, template: l"
            + step + "}]]}\n  - {name: e, inputs: {parameters: [" + runs + called
        );
    };
    CHECK(
        judged(head(declared) + "  templates:\n  - {name: m, inputs: {parameters: [" + runs + "\n")
        == "interpolation 7 templates/0/script/source"
    );
    CHECK(at_exit("", "") == ""); // nobody calls it
    CHECK(at_exit("  onExit: e\n", "") == "interpolation 9 templates/1/script/source");
    CHECK(at_exit("", ", onExit: e") == "interpolation 8 templates/1/script/source");
    CHECK(
        at_exit("", ", hooks: {exit: {template: e}}") == "interpolation 8 templates/1/script/source"
    );
    CHECK(
        at_exit("", ", hooks: {exit: {template: e, arguments: {parameters: []}}}")
        == "interpolation 8 templates/1/script/source"
    );
    CHECK(
        judged(
            head(declared)
            + "  templates:\n  - {name: m, steps: [[{name: a, template: k}]]}\n  - {name: k, "
              "steps: "
              "[[{name: a, inline: {inputs: {parameters: ["
            + runs + "}]]}\n"
        )
        == ""
    );
    // with arguments of its own it gets no others, and other hooks get none
    const std::string own = "{template: e, arguments: {parameters: [{name: given, value: z}]}}";
    CHECK(at_exit("", ", hooks: {exit: " + own + "}") == "");
    CHECK(at_exit("", ", hooks: {run: {template: e, expression: \"'a' == 'b'\"}}") == "");
}

TEST_CASE("outputs carry it on, each by its name") {
    const auto passed = [](const std::string& step, const std::string& value) {
        return "  templates:\n  - {name: m, steps: [[{name: a, template: " + step
               + "}], [{name: b, template: s, arguments: {parameters: [{name: p, value: '" + value
               + "'}]}}]]}";
    };
    const std::string refused = "interpolation 8 templates/1/script/source";
    const auto judge = [&](const std::string& step, const std::string& value) {
        return judged(head(declared) + passed(step, value) + called);
    };
    CHECK(judge("o", "{{steps.a.outputs.parameters.o}}") == refused);
    CHECK(judge("o", "{{steps.a.outputs.parameters}}") == refused);
    CHECK(judge("o", "{{steps.a.outputs.parameters.q}}") == "");
    CHECK(judge("o", "{{steps.a.outputs.result}}") == "");
    CHECK(judge("l, onExit: o", "{{steps.a.outputs.parameters.o}}") == "");
    const auto trusted = [&](const std::string& value) {
        return judged_trusted(head(declared) + passed("l", value) + called);
    };
    CHECK(trusted("{{steps.a.outputs.result}}") == refused);
    CHECK(trusted("{{steps.a.outputs.parameters.o}}") == refused);
    CHECK(trusted("{{steps.a.status}} {{steps.a.exitCode}}") == "");
    const Row rows[] = {
        {"a task's",
         "  templates:\n  - {name: m, dag: {tasks: [{name: a, template: o}, {name: b, depends: a, "
         "template: s, arguments: {parameters: [{name: p, value: "
         "'{{tasks.a.outputs.parameters.o}}'}]}}]}}",
         "interpolation 8 templates/1/script/source",
         nullptr},
        {"of another step",
         "  templates:\n  - {name: m, steps: [[{name: a, template: o}, {name: c, template: l}], "
         "[{name: b, template: s, arguments: {parameters: [{name: p, value: "
         "'{{steps.c.outputs.parameters.o}}'}]}}]]}",
         "",
         "interpolation 8 templates/1/script/source"},
        {"of the step before an inline template",
         "  templates:\n  - {name: m, steps: [[{name: a, template: o}], [{name: b, inline: "
         "{script: "
         "{image: i, command: [a], source: '{{steps.a.outputs.parameters.o}}'}}}]]}",
         "interpolation 7 templates/0/steps/1/0/inline/script/source",
         nullptr},
        {"that an expression computes",
         "  templates:\n  - {name: m, steps: [[{name: a, template: x}], [{name: b, template: s, "
         "arguments: {parameters: [{name: p, value: '{{steps.a.outputs.parameters.e}}'}]}}]]}\n"
         "  - {name: x, steps: [[{name: a, template: l}]], outputs: {parameters: [{name: e, "
         "valueFrom: {expression: steps.a.outputs.parameters.o}}]}}",
         "interpolation 9 templates/2/script/source",
         nullptr},
        {"that a person gives to a suspended run",
         "  templates:\n  - {name: m, steps: [[{name: a, template: x}], [{name: b, template: s, "
         "arguments: {parameters: [{name: p, value: '{{steps.a.outputs.parameters.e}}'}]}}]]}\n"
         "  - {name: x, suspend: {duration: '1'}, outputs: {parameters: [{name: e, valueFrom: "
         "{supplied: {}, default: z}}]}}",
         "interpolation 9 templates/2/script/source",
         nullptr},
        {"with a value of the file",
         "  templates:\n  - {name: m, steps: [[{name: a, template: x}], [{name: b, template: s, "
         "arguments: {parameters: [{name: p, value: '{{steps.a.outputs.parameters.e}}'}]}}]]}\n"
         "  - {name: x, steps: [[{name: a, template: l}]], outputs: {parameters: [{name: e, value: "
         "z}]}}",
         "",
         "interpolation 9 templates/2/script/source"},
        {"global",
         "  templates:\n  - {name: m, steps: [[{name: a, template: x}], [{name: b, template: s, "
         "arguments: {parameters: [{name: p, value: '{{workflow.outputs.parameters.g}}'}]}}]]}\n"
         "  - {name: x, container: {image: i, command: [a]}, outputs: {parameters: [{name: e, "
         "globalName: g, valueFrom: {path: /e, default: '{{workflow.parameters.given}}'}}]}}",
         "interpolation 9 templates/2/script/source",
         nullptr},
        {"a global one has the name of a step's",
         "  templates:\n  - {name: m, steps: [[{name: a, template: x}, {name: c, template: l}], "
         "[{name: b, template: s, arguments: {parameters: [{name: p, value: "
         "'{{steps.c.outputs.parameters.o}}'}]}}]]}\n"
         "  - {name: x, container: {image: i, command: [a]}, outputs: {parameters: [{name: e, "
         "globalName: o, valueFrom: {path: /e, default: '{{workflow.parameters.given}}'}}]}}",
         "",
         "interpolation 9 templates/2/script/source"},
        {"another global one",
         "  templates:\n  - {name: m, steps: [[{name: a, template: o}, {name: c, template: x}], "
         "[{name: b, template: s, arguments: {parameters: [{name: p, value: "
         "'{{workflow.outputs.parameters.g}}'}]}}]]}\n"
         "  - {name: x, container: {image: i, command: [a]}, outputs: {parameters: [{name: e, "
         "globalName: g, valueFrom: {path: /e}}]}}",
         "",
         "interpolation 9 templates/2/script/source"},
    };
    for (const auto& row : rows) {
        check(row);
    }
}

TEST_CASE("names that Argo makes of text from outside") {
    const Row rows[] = {
        {"a node of a loop is named by its item",
         "  templates:\n  - {name: m, steps: [[{name: a, template: h, withItems: "
         "['{{workflow.parameters.given}}']}]]}\n"
         "  - {name: h, steps: [[{name: a, template: k}]]}\n"
         "  - {name: k, container: {image: i, command: [a], args: ['{{node.name}}']}}",
         "interpolation 9 templates/2/container/args/0",
         nullptr},
        {"so are its exit handlers",
         "  templates:\n  - {name: m, steps: [[{name: a, template: l, onExit: k, withItems: "
         "['{{workflow.parameters.given}}']}]]}\n"
         "  - {name: k, container: {image: i, command: [a], args: ['{{node.name}}']}}",
         "interpolation 8 templates/1/container/args/0",
         nullptr},
        {"a loop over the file's own items, and one elsewhere",
         "  templates:\n  - {name: m, steps: [[{name: a, template: k, withItems: [x, z]}, {name: "
         "b, "
         "template: l, withItems: ['{{workflow.parameters.given}}']}]]}\n"
         "  - {name: k, container: {image: i, command: [a], args: ['{{node.name}} {{pod.name}}']}}",
         "",
         nullptr},
        {"the message of the attempt before is the container's",
         "  templates:\n  - {name: m, retryStrategy: {limit: 1}, container: {image: i, command: "
         "[a], "
         "args: ['{{lastRetry.message}}', '{{lastRetry.exitCode}}']}}",
         "",
         "interpolation 7 templates/0/container/args/0"},
    };
    for (const auto& row : rows) {
        check(row);
    }
}

TEST_CASE("templateDefaults and inline templates") {
    const auto with_defaults = [](const std::string& value) {
        return head(declared) + "  templateDefaults: {inputs: {parameters: [{name: d, default: '"
               + value
               + "'}]}}\n  templates:\n  - {name: m, script: {image: i, command: [a], source: "
                 "'{{inputs.parameters.d}}'}}\n";
    };
    CHECK(
        judged(with_defaults("{{workflow.parameters.given}}"))
        == "interpolation 8 templates/0/script/source"
    );
    CHECK(judged(with_defaults("x")) == "");
    const auto inline_item = [](const std::string& items) {
        return head(declared) + "  templates:\n  - {name: m, steps: [[{name: a, withItems: ["
               + items + "], inline: {script: {image: i, command: [a], source: '{{item}}'}}}]]}\n";
    };
    CHECK(
        judged(inline_item("'{{workflow.parameters.given}}'"))
        == "inline 7 templates/0/steps/0/0/inline\n"
           "interpolation 7 templates/0/steps/0/0/inline/script/source"
    );
    CHECK(judged(inline_item("x")) == "inline 7 templates/0/steps/0/0/inline");
}

TEST_CASE(
    "an inline template with arguments, a revision of the event, and the words of both reasons"
) {
    CHECK(
        judged(
            head(declared)
            + "  templates:\n  - {name: m, steps: [[{name: a, arguments: {parameters: [{name: p, "
              "value: "
              "'{{workflow.parameters.given}}'}]}, inline: {inputs: {parameters: [{name: p}]}, "
              "script: "
              "{image: i, command: [a], source: '{{inputs.parameters.p}}'}}}]]}\n"
        )
        == "interpolation 7 templates/0/steps/0/0/inline/script/source"
    );
    CHECK(
        judged(
            head(declared)
            + "  templates:\n  - {name: m, inputs: {artifacts: [{name: a, path: /a, git: {repo: "
              "'https://h/r', revision: '{{workflow.parameters.revision}}'}}]}, container: {image: "
              "i, "
              "command: [a]}}\n"
        )
        == ""
    );
    const auto reason = [](const std::string& arg) {
        const auto yaml =
            head(declared)
            + "  templates:\n  - {name: m, retryStrategy: {limit: 1}, container: {image: i, "
              "command: [a], args: ['"
            + arg + "']}}\n";
        return findings_of(yaml, policy_of(trust::Class::trusted)).at(0).reason;
    };
    CHECK(reason("{{workflow.parameters.given}}").starts_with("text that somebody outside chose"));
    CHECK(reason("{{lastRetry.message}}").starts_with("what a step printed"));
}

TEST_CASE("names that are not there are said, and followed no further") {
    const auto at_spec = [](const std::string& value) {
        return judged(
            head("arguments: {parameters: [{name: a, value: '" + value + "'}, {name: given}]}")
            + "  templates:\n  - {name: m, container: {image: i, command: [a]}}\n"
        );
    };
    CHECK(at_spec("{{steps.a.outputs.result}}") == "reference 5 arguments/parameters/0/value");
    CHECK(at_spec("{{steps.a}}") == "reference 5 arguments/parameters/0/value");
    CHECK(at_spec("{{inputs.parameters.p}}") == "reference 5 arguments/parameters/0/value");
}
