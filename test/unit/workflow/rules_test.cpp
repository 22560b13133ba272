// SPDX-License-Identifier: Apache-2.0
#include "definitions.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <workflow/fields.hpp>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;
namespace fields = seakeeper::workflow::fields;

namespace {

const std::string page_name = SEAKEEPER_DOCS "/policy.md";

std::string read_page() {
    std::ifstream file{page_name};
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string rule_table() {
    std::string table = "| rule | what it refuses | what to write instead |\n|---|---|---|\n";
    for (const auto& rule : policy_rules()) {
        table.append("| `").append(rule.id).append("` | ");
        table.append(rule.refuses).append(" | ").append(rule.accepted).append(" |\n");
    }
    return table;
}

std::string words_of(fields::Letter letter, const fields::Field& field) {
    switch (letter) {
    case fields::Letter::allow:
        return field.check == fields::Check::none ? "yes" : "checked";
    case fields::Letter::forbid:
        return "no";
    case fields::Letter::set:
        return "ours";
    case fields::Letter::cap:
    case fields::Letter::listed:
        return "checked";
    case fields::Letter::grant:
        return "if granted";
    }
    return "";
}

/// One line an object; fields of one verdict together.
std::string field_table() {
    std::string table;
    for (auto i = static_cast<int>(fields::Object::workflow);
         i < static_cast<int>(fields::Object::last);
         ++i) {
        const auto object = static_cast<fields::Object>(i);
        std::map<std::string, std::string> by_verdict;
        for (const auto& field : fields::of(object)) {
            auto verdict = words_of(field.untrusted, field);
            if (field.trusted != field.untrusted) {
                verdict += ", trusted: " + words_of(field.trusted, field);
            }
            if (field.untrusted == fields::Letter::forbid) {
                verdict += " [" + std::string{fields::reason_of(field.why).rule.str()} + "]";
            }
            auto& names = by_verdict[verdict];
            names.append(names.empty() ? "`" : ", `").append(field.name).append("`");
        }
        table.append("- **").append(fields::id_of(object)).append("**: ");
        std::string lines;
        for (const auto& [verdict, names] : by_verdict) {
            lines.append(lines.empty() ? "" : "; ").append(verdict).append(": ").append(names);
        }
        table.append(lines.empty() ? "no fields" : lines).append("\n");
    }
    return table;
}

/// Puts a made part between its marks.
std::string with_part(std::string page, const std::string& name, const std::string& part) {
    const auto begin_mark = "<!-- " + name + " -->\n";
    const auto end_mark = "<!-- end of " + name + " -->";
    const auto begin = page.find(begin_mark);
    const auto end = page.find(end_mark);
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    const auto from = begin + begin_mark.size();
    return page.replace(from, end - from, part);
}

std::string rules_in(const std::string& yaml, const Policy& policy) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    if (!definition) {
        const auto& message = definition.error().message;
        return message.substr(message.rfind('[') + 1, message.size() - message.rfind('[') - 2);
    }
    std::string rules;
    for (const auto& finding : police(*definition, policy)) {
        rules += (rules.empty() ? "" : " ") + finding.rule;
    }
    return rules;
}

std::string leaf(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a]}\n  " + more);
}

std::string container(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a], " + more + "}");
}

std::string steps(const std::string& more) {
    return workflow_of(
        "- name: m\n  steps: [[{name: a, template: l" + more
        + "}], [{name: b, template: l, arguments: {parameters: [{name: p, value: "
          "'{{steps.a.outputs.result}}'}]}}]]\n- name: l\n  inputs: {parameters: [{name: p, "
          "default: "
          "x}]}\n  container: {image: i, command: [a]}"
    );
}

} // namespace

TEST_CASE("docs/policy.md has the rules and the fields as the code has them") {
    // SEAKEEPER_WRITE_DOCS=1 writes them
    auto page = read_page();
    REQUIRE_FALSE(page.empty());
    const auto made = with_part(with_part(page, "rules", rule_table()), "fields", field_table());
    if (std::getenv("SEAKEEPER_WRITE_DOCS") != nullptr) {
        std::ofstream{page_name} << made;
        page = made;
    }
    CHECK(page == made);
}

TEST_CASE("every rule has a definition that it alone refuses") {
    Policy any;
    Policy trusted;
    trusted.trust_class = trust::Class::trusted;
    trusted.images = {"i", "registry.example/"};
    Policy narrow;
    narrow.forbidden = {"template.sidecars"};
    Policy listed;
    listed.images = {"registry.example/"};
    std::string many = "- name: m\n  steps: [[{name: a, template: l, withItems: [";
    for (int i = 0; i < 257; ++i) {
        many += "1, ";
    }
    const std::map<std::string, std::pair<std::string, Policy>> rows{
        {"yaml", {"a: [", any}},
        {"type", {workflow_of("- name: m\n  container: {image: i, command: [true]}"), any}},
        {"unknown-field", {leaf("nosuch: 1"), any}},
        {"structure", {workflow_of("- name: m"), any}},
        {"limit",
         {workflow_of(many + "1]}]]\n- name: l\n  container: {image: i, command: [a]}"), any}},
        {"status", {workflow_with("parallelism: 1") + "status: {}\n", any}},
        {"identity", {leaf("metadata: {}"), any}},
        {"pod-spec-patch", {leaf("podSpecPatch: x"), any}},
        {"service-account", {leaf("serviceAccountName: x"), any}},
        {"node-placement", {leaf("nodeSelector: {a: b}"), any}},
        {"host-access", {workflow_with("hostNetwork: true"), any}},
        {"network", {workflow_with("dnsConfig: {}"), any}},
        {"secret-access", {container("envFrom: [{secretRef: {name: x}}]"), any}},
        {"config-access", {container("envFrom: [{configMapRef: {name: x}}]"), any}},
        {"unseen-code", {workflow_with("workflowTemplateRef: {name: x}"), any}},
        {"shared-state", {workflow_with("synchronization: {}"), any}},
        {"controller-load", {workflow_with("metrics: {}"), any}},
        {"external-action", {workflow_of("- {name: m, http: {url: x}}"), any}},
        {"security-context", {container("securityContext: {privileged: true}"), any}},
        {"artifact-location", {workflow_with("artifactGC: {}"), any}},
        {"priority", {workflow_with("priority: 1"), any}},
        {"hang", {leaf("daemon: true"), any}},
        {"devices", {workflow_with("resourceClaims: []"), any}},
        {"newer-argo", {leaf("pendingTimeout: 1m"), any}},
        {"parameter-source",
         {workflow_with("arguments: {parameters: [{name: p, valueFrom: {}}]}"), any}},
        {"container-hook", {container("lifecycle: {}"), any}},
        {"site", {leaf("sidecars: []"), narrow}},
        {"literal", {workflow_with("volumes: [{name: '{{x}}', emptyDir: {}}]"), any}},
        {"expression", {leaf("retryStrategy: {limit: 1, expression: '1+'}"), any}},
        {"tag", {container("args: ['{{a b}}']"), any}},
        {"deadline", {workflow_with("activeDeadlineSeconds: 86400"), any}},
        {"parallelism", {workflow_with("parallelism: 100"), any}},
        {"retry-limit", {leaf("retryStrategy: {}"), any}},
        {"suspend", {workflow_of("- {name: m, suspend: {}}"), any}},
        {"loop",
         {workflow_of(
              "- name: m\n  steps: [[{name: a, template: l, withSequence: {count: 300}}]]\n- "
              "name: l\n  container: {image: i, command: [a]}"
          ),
          any}},
        {"image", {container("args: []"), listed}},
        {"image-digest", {container("args: []"), trusted}},
        {"container-name", {leaf("sidecars: [{name: wait, image: i, command: [a]}]"), any}},
        {"env-name", {container("env: [{name: ARGO_X, value: x}]"), any}},
        {"mount-path", {container("volumeMounts: [{name: v, mountPath: /argo}]"), any}},
        {"path",
         {leaf("outputs: {parameters: [{name: o, valueFrom: {path: "
               "/../../../var/run/secrets/kubernetes.io/serviceaccount/token}}]}"),
          any}},
        {"artifact-host",
         {leaf("inputs: {artifacts: [{name: a, path: /a, http: {url: 'http://h/'}}]}"), any}},
        {"resources", {container("resources: {limits: {cpu: 99}}"), any}},
        {"storage", {workflow_with("volumes: [{name: v, emptyDir: {sizeLimit: 9Ti}}]"), any}},
        {"inline",
         {workflow_of("- name: m\n  steps: [[{name: a, withItems: [1, 2], inline: {container: "
                      "{image: i, command: [a]}}}]]"),
          any}},
        {"recursion", {workflow_of("- name: m\n  steps: [[{name: a, template: m}]]"), any}},
        {"parameter", {container("args: ['{{workflow.parameters.x}}']"), any}},
        {"reference", {container("args: ['{{inputs.parameters.x}}']"), any}},
        {"hanging-result", {steps(", when: 'false'"), any}},
        {"interpolation",
         {head("arguments: {parameters: [{name: given}]}")
              + "  templates:\n  - name: m\n    container: {image: i, command: [a], args: "
                "['{{workflow.parameters.given}}']}\n",
          any}},
    };
    for (const auto& rule : policy_rules()) {
        const std::string id{rule.id};
        CAPTURE(id);
        REQUIRE(rows.contains(id));
        CHECK(rules_in(rows.at(id).first, rows.at(id).second) == id);
    }
    CHECK(rows.size() == policy_rules().size());
}

TEST_CASE("a site forbids fields by name to both classes and grants some to trusted") {
    Policy policy;
    policy.forbidden = {"template.sidecars", "container.tty"};
    CHECK(check_fields(policy));
    policy.forbidden = {"template.nosuch"};
    CHECK(check_fields(policy).error().message.find("no such field") != std::string::npos);
    policy.forbidden.clear();
    policy.granted = {"template.daemon"};
    CHECK_FALSE(check_fields(policy)); // untrusted
    policy.trust_class = trust::Class::trusted;
    CHECK(check_fields(policy));
    policy.images = {"i"};
    policy.require_image_digest = false;
    CHECK(rules_in(leaf("daemon: true"), policy) == "");
    CHECK(rules_in(leaf("priorityClassName: x"), policy) == "priority");
    for (const char* id : {"template.podSpecPatch", "container.image", "spec.hostNetwork", ""}) {
        policy.granted = {id};
        CHECK_FALSE(check_fields(policy));
    }
}

TEST_CASE("what a Workflow and its pods say under one name is decided alike") {
    for (const auto& field : fields::of(fields::Object::pod_spec)) {
        const auto* same = fields::find(fields::Object::workflow_spec, field.name);
        if (same == nullptr) {
            continue;
        }
        CAPTURE(field.name);
        CHECK(same->untrusted == field.untrusted);
        CHECK(same->trusted == field.trusted);
    }
}

TEST_CASE("every field that the tables name an object for leads to one, and has one row") {
    for (auto i = static_cast<int>(fields::Object::workflow);
         i < static_cast<int>(fields::Object::last);
         ++i) {
        const auto object = static_cast<fields::Object>(i);
        std::set<std::string_view> names;
        for (const auto& field : fields::of(object)) {
            CAPTURE(fields::id_of(object, field));
            CHECK(names.insert(field.name).second);
            const bool is_object = field.type.leaf == fields::Leaf::object;
            CHECK(is_object == (field.type.object != fields::Object::none));
            const bool is_loose = field.type.leaf == fields::Leaf::anything;
            CHECK_FALSE((is_loose && field.trusted != fields::Letter::forbid));
        }
        CHECK((object == fields::Object::empty) == names.empty());
    }
}
