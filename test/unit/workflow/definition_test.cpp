// SPDX-License-Identifier: Apache-2.0
#include "definitions.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;
namespace json = boost::json;

namespace {

std::string error_of(std::string_view yaml, const DefinitionLimits& limits = {}) {
    const auto definition = Definition::parse(yaml, "w.yaml", limits);
    CAPTURE(yaml);
    REQUIRE_FALSE(definition);
    return definition.error().message;
}

bool holds(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

} // namespace

TEST_CASE("a usual definition is read with the types of Argo and the places of the file") {
    const auto definition = Definition::parse(test_file("test.yaml"), "test.yaml");
    REQUIRE(definition);
    CHECK(definition->tree().at("kind") == "Workflow");
    const auto& spec = definition->spec();
    CHECK(spec.at("activeDeadlineSeconds") == 900);
    CHECK(spec.at("templates").as_array().size() == 4);
    const auto& steps = spec.at("templates").at(0).at("steps").as_array();
    CHECK(steps.at(1).at(1).at("withItems").at(2) == 3);
    CHECK(definition->place_of("/spec/activeDeadlineSeconds") == Place{11, 26});
    CHECK(definition->place_of("/spec/templates/0/steps/0/0/name") == Place{25, 20});
    CHECK(definition->place_of("/spec/activeDeadlineSeconds/no/such") == Place{11, 26});
    CHECK(definition->place_of("") == Place{});
}

TEST_CASE("what kills Argo's controller is refused with its place") {
    const auto crashes = json::parse(test_file("controller-crash.json"));
    for (const auto& entry : crashes.as_array()) {
        const auto& crash = entry.as_object();
        if (!crash.at("body").is_object()) {
            continue;
        }
        CAPTURE(json::serialize(crash.at("name")));
        const auto definition = Definition::parse(json::serialize(crash.at("body")), "crash.yaml");
        if (!definition) {
            CHECK(definition.error().message.starts_with("crash.yaml:1:"));
            CHECK(holds(definition.error().message, "accepted"));
            continue;
        }
        CHECK(crash.at("name") == "status-phase-number"); // of the right shape: policy's to refuse
        const auto findings = police(*definition, {});
        REQUIRE_FALSE(findings.empty());
        CHECK(findings[0].rule == "status");
    }
}

TEST_CASE("the same mistakes in YAML name line and column, what was found and what is accepted") {
    struct Row {
        const char* templates;
        const char* expected;
    };
    for (const auto& row : {
             Row{"- name: m\n  container: {image: i, command: [true]}",
                 "w.yaml:7:37: found the boolean true, accepted is text: quote it"},
             Row{"- name: m\n  steps:\n  - {name: a, template: m}",
                 "w.yaml:8:7: found a mapping, accepted is a list"},
             Row{"- name: m\n  steps:\n  - - {name: y, template: m}",
                 "w.yaml:8:16: found \"y\", which YAML 1.1 reads as a boolean, accepted is text: "
                 "quote it"},
             Row{"- name: m\n  steps:\n  - - {name: a, template: m, nosuch: 1}",
                 "w.yaml:8:32: found the key \"nosuch\", which a step has not; accepted are "
                 "name, "},
             Row{"- name: m\n  inputs: {parameters: [{name: n}]}\n  suspend: {}",
                 "which YAML 1.1 reads as a boolean"},
             Row{"- name: m\n  steps:\n  - - name: a\n      inline:\n        container: {image: i, "
                 "command: [1]}",
                 "w.yaml:10:43: found the number \"1\", accepted is text: quote it"},
             Row{"- name: m\n  parallelism: x\n  suspend: {}",
                 "found the text \"x\", accepted is a whole number"},
             Row{"- name: m\n  suspend:", "found nothing (null), accepted is a mapping"},
             Row{"- name: m\n  container: {image: i, command: [a], tty: yes}",
                 "accepted is true or false"},
             Row{"- name: m\n  container: {image: i, command: [a], resources: {limits: {cpu: "
                 "lots}}}",
                 "accepted is a Kubernetes quantity"},
             Row{"- name: m\n  container: {image: i, command: [a], ports: [{containerPort: "
                 "99999999999}]}",
                 "accepted is a whole number from"},
             Row{"- name: m\n  inputs: {parameters: [{name: p, value: [1]}]}\n  suspend: {}",
                 "accepted is text, a number, true or false"},
             Row{"- name: m\n  inputs: {parameters: [{value: 1}]}\n  suspend: {}",
                 "found an input parameter without a name"},
         }) {
        const auto message = error_of(workflow_of(row.templates));
        CAPTURE(message);
        CHECK(holds(message, row.expected));
        CHECK(message.starts_with("w.yaml:"));
    }
    CHECK(holds(error_of("a: 1"), "w.yaml:1:1: found the key \"a\", which a Workflow has not"));
    CHECK(holds(error_of("[]"), "accepted is a Workflow"));
    CHECK(holds(error_of(""), "accepted is a Workflow"));
    CHECK(holds(error_of(head("templates: x")), "found the text \"x\", accepted is a list"));
}

TEST_CASE("values take the JSON type of Argo's structures") {
    const auto definition = Definition::parse(
        workflow_of("- name: m\n"
                    "  inputs:\n"
                    "    parameters: [{name: p, value: 1.50}, {name: q, default: true}]\n"
                    "  retryStrategy: {limit: '3'}\n"
                    "  activeDeadlineSeconds: 10\n"
                    "  container:\n"
                    "    image: i\n"
                    "    command: ['true', 2024-01-01]\n"
                    "    ports: [{containerPort: 80}]\n"
                    "    resources: {limits: {cpu: 2, memory: 1.5Gi}}"),
        "w.yaml"
    );
    REQUIRE(definition);
    const auto& one = definition->spec().at("templates").at(0);
    CHECK(one.at("inputs").at("parameters").at(0).at("value") == "1.50");
    CHECK(one.at("inputs").at("parameters").at(1).at("default") == "true");
    CHECK(one.at("retryStrategy").at("limit") == "3");
    CHECK(one.at("activeDeadlineSeconds") == 10);
    CHECK(one.at("container").at("command").at(0) == "true");
    CHECK(one.at("container").at("ports").at(0).at("containerPort") == 80);
    CHECK(one.at("container").at("resources").at("limits").at("cpu") == "2");
}

TEST_CASE("what Argo calls an invalid specification is refused before it sees it") {
    struct Row {
        const char* templates;
        const char* expected;
    };
    const auto ok = std::string{"- name: m\n  suspend: {}\n"};
    for (const auto& row : {
             Row{"- name: m\n", "a template that does nothing"},
             Row{"- name: m\n  suspend: {}\n  dag: {tasks: []}",
                 "accepted is one kind for a template"},
             Row{"- name: m.x\n  suspend: {}", "the template name \"m.x\""},
             Row{"- suspend: {}", "the template name \"\""},
             Row{"- name: other\n  suspend: {}",
                 "w.yaml:4:15: found \"m\", accepted is the name of a template"},
             Row{"- name: m\n  suspend: {}\n- name: m\n  suspend: {}",
                 "w.yaml:8:11: found a second template \"m\""},
             Row{"- name: m\n  container: {image: i}", "a container without command"},
             Row{"- name: m\n  container: {command: [a]}", "a container without image"},
             Row{"- name: m\n  script: {image: i, command: [a]}", "a script without source"},
             Row{"- name: m\n  steps: [[{name: a, template: zz}]]",
                 "found \"zz\", accepted is the name of a template"},
             Row{"- name: m\n  steps: [[{name: a}]]", "several templates or none"},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, dependencies: [b]}]}",
                 "the dependency \"b\""},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, depends: b.Failed || c}]}",
                 "the dependency \"b\""},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, dependencies: [b]}, {name: b, "
                 "template: m, dependencies: [a]}]}",
                 "wait for each other in a circle"},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, dependencies: [b]}, {name: b, "
                 "template: m}, {name: c, template: m, depends: b}]}",
                 "depends and dependencies in one DAG"},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, continueOn: {failed: true}}, "
                 "{name: b, template: m, depends: a}]}",
                 "continueOn beside depends"},
             Row{"- name: m\n  dag: {tasks: [{name: a, template: m, dependencies: [b]}, {name: b, "
                 "template: m, depends: c}, {name: c, template: m}]}",
                 "depends and dependencies in one DAG"},
             Row{"- name: m\n  dag: {tasks: [{name: 1x, template: m, depends: b}, {name: b, "
                 "template: m}]}",
                 "starts with a letter"},
             Row{"- name: m\n  containerSet: {containers: []}", "without containers"},
             Row{"- name: m\n  container: {image: i, command: [a]}\n  initContainers: [{name: a, "
                 "image: i, command: [a], livenessProbe: {}}]",
                 "found livenessProbe on an init container"},
             Row{"- name: m\n  suspend: {}\n  outputs: {artifacts: [{name: ../x, path: /x}]}",
                 "the name \"../x\", accepted are letters"},
             Row{"- name: m\n  steps: [[{name: a, template: m, arguments: {artifacts: [{name: "
                 "a.b}]}}]]",
                 "the name \"a.b\", accepted are letters"},
             Row{"- name: m\n  suspend: {duration: 1m}\n  outputs: {parameters: [{name: o, value: "
                 "x}]}",
                 "an output parameter of a suspend template without valueFrom"},
             Row{"- name: m\n  dag: {target: b, tasks: [{name: a, template: m}]}",
                 "the target \"b\", accepted is a task"},
             Row{"- name: m\n  steps: [[{name: a, template: m, hooks: {go: {template: m}}}]]",
                 "a hook without expression"},
             Row{"- name: m\n  steps: [[{name: a, template: m, withSequence: {start: 1}}]]",
                 "accepted is one with count or end"},
             Row{"- name: m\n  suspend: {}\n  activeDeadlineSeconds: 5",
                 "without containers, accepted is timeout"},
             Row{"- name: m\n  steps: [[{name: a, template: m, onExit: gone}]]", "found \"gone\""},
         }) {
        const auto message = error_of(workflow_of(row.templates));
        CAPTURE(message);
        CHECK(holds(message, row.expected));
    }
    CHECK(holds(
        error_of("apiVersion: v1\nkind: Workflow\nspec: {}"), "accepted is argoproj.io/v1alpha1"
    ));
    CHECK(holds(
        error_of("apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow"), "accepted is Workflow"
    ));
    CHECK(Definition::parse(workflow_of(ok), "w.yaml"));
    const auto defaults = [](const std::string& part) {
        return workflow_with("templateDefaults: {" + part + "}");
    };
    CHECK(Definition::parse(defaults("container: {image: i}"), "w.yaml"));
    CHECK(holds(error_of(defaults("sidecars: [{name: s, image: i}]")), "without command"));
}

TEST_CASE("limits hold at n and refuse n + 1") {
    const auto templates = [](int count) {
        std::string text;
        for (int i = 0; i < count; ++i) {
            text += "- {name: " + (i == 0 ? std::string{"m"} : "t" + std::to_string(i))
                    + ", suspend: {}}\n";
        }
        return workflow_of(text);
    };
    CHECK(Definition::parse(templates(200), "w.yaml"));
    CHECK(holds(
        error_of(templates(201)), "w.yaml:206:5: found 201 templates, accepted are at most 200"
    ));
    const auto tasks = [](int count) {
        std::string text = "- name: m\n  dag:\n    tasks:\n";
        for (int i = 0; i < count; ++i) {
            text += "    - {name: t" + std::to_string(i) + ", inline: {suspend: {}}}\n";
        }
        return workflow_of(text);
    };
    CHECK(Definition::parse(tasks(200), "w.yaml"));
    CHECK(holds(error_of(tasks(201)), "201 tasks in one DAG, accepted are at most 200"));
    DefinitionLimits limits;
    limits.tasks = 5;
    CHECK(Definition::parse(tasks(5), "w.yaml", limits));
    CHECK(holds(error_of(tasks(6), limits), "more than 5 tasks"));
    limits.bytes = templates(1).size();
    CHECK(Definition::parse(templates(1), "w.yaml", limits));
    CHECK(Definition::parse(templates(1) + "\n", "w.yaml", limits).error().is(Errc::limit_exceeded)
    );
}
