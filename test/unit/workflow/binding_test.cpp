// SPDX-License-Identifier: Apache-2.0
#include "definitions.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <set>
#include <string>
#include <workflow/fields.hpp>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;
namespace json = boost::json;

namespace {

const std::string sha = "0123456789abcdef0123456789abcdef01234567";

Subject subject() {
    Subject one;
    one.project = ProjectName::parse("demo/app").value();
    one.change = ChangeNumber{42};
    one.patch_set = PatchSetNumber{3};
    one.revision = CommitId::parse(sha).value();
    one.ref = RefName::parse("refs/changes/42/42/3").value();
    one.branch = RefName::parse("refs/heads/master").value();
    one.url = "https://gerrit.example/r/demo/app";
    return one;
}

event::Event event_with(const std::string& text) {
    event::Event one;
    one.type = "patchset-created";
    one.body = event::PatchsetCreated{};
    one.change = event::Change{};
    one.change->subject = text;
    return one;
}

Binding binding() {
    Binding one;
    one.workload = "sk-" + std::string(26, 'a');
    one.site.namespace_ = "ci-untrusted";
    one.site.service_account = "runner";
    one.site.executor_service_account = "executor";
    one.site.node_selector = {{"pool", "untrusted"}};
    one.site.instance_id = "wm1";
    one.site.controller_instance_id = "ci";
    one.decision = "d1";
    one.definition = "demo/app@c:workflows/test.yaml";
    one.values = event_values(event_with("A change"), subject());
    return one;
}

struct Bound : BoundWorkflow {
    json::object manifest; ///< what `json` says
};

Bound bound(const std::string& yaml, const Binding& how) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    REQUIRE_MESSAGE(definition, definition.error().message);
    auto workflow = bind(*definition, how);
    REQUIRE_MESSAGE(workflow, workflow.error().message);
    auto manifest = json::parse(workflow->json).as_object();
    return {*std::move(workflow), std::move(manifest)};
}

Error unbound(const std::string& yaml, const Binding& how) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    REQUIRE_MESSAGE(definition, definition.error().message);
    const auto workflow = bind(*definition, how);
    REQUIRE_FALSE(workflow);
    return workflow.error();
}

std::string variable(const json::value& container, std::string_view name) {
    for (const auto& one : container.at("env").as_array()) {
        if (one.at("name").as_string() == name) {
            return std::string{one.at("value").as_string()};
        }
    }
    return "(none)";
}

using fields::Leaf;
using fields::Shape;

/// Every key of a manifest is in the table of its object, with the value's type.
void check_known(const json::value& value, fields::Type type) {
    if (type.shape != Shape::one) {
        const auto inner = type.shape == Shape::list_of_lists
                               ? fields::Type{type.leaf, type.object, Shape::list}
                               : fields::Type{type.leaf, type.object};
        if (type.shape == Shape::map) {
            for (const auto& [key, member] : value.as_object()) {
                check_known(member, inner);
            }
        } else {
            for (const auto& item : value.as_array()) {
                check_known(item, inner);
            }
        }
        return;
    }
    switch (type.leaf) {
    case Leaf::object:
        for (const auto& [key, member] : value.as_object()) {
            const auto* field = fields::find(type.object, key);
            CAPTURE(std::string{key});
            REQUIRE(field != nullptr);
            check_known(member, field->type);
        }
        return;
    case Leaf::boolean:
        CHECK(value.is_bool());
        return;
    case Leaf::int32:
    case Leaf::int64:
        CHECK(value.is_int64());
        return;
    case Leaf::int_or_text:
        CHECK((value.is_int64() || value.is_string()));
        return;
    case Leaf::text:
    case Leaf::any_text:
    case Leaf::quantity:
        CHECK(value.is_string());
        return;
    case Leaf::item:
    case Leaf::anything:
        return;
    }
}

} // namespace

TEST_CASE("a bound workflow is the recorded one, to the byte") {
    const auto workflow = bound(test_file("test.yaml"), binding());
    const auto golden = json::parse(test_file("test.bound.json"));
    CHECK(workflow.json == json::serialize(golden));
    CHECK(workflow.workload == binding().workload);
}

TEST_CASE("one form serves many workloads, each as if it were bound alone") {
    const auto definition = Definition::parse(test_file("test.yaml"), "w.yaml").value();
    const auto form = ManifestForm::make(definition, binding().site).value();
    for (const char* text : {"A change", "quoted \"\\ text", ""}) {
        auto how = binding();
        how.workload = "sk-" + std::string(26, *text == 'A' ? 'b' : 'c');
        how.values = event_values(event_with(text), subject());
        const auto filled = form.fill(how);
        REQUIRE(filled);
        CHECK(filled->json == bind(definition, how)->json);
        CHECK(json::parse(filled->json).at("metadata").at("name").as_string() == how.workload);
    }
}

TEST_CASE("deciding the same again at another time gives the same manifest's digest") {
    auto again = binding();
    again.decision = "d2";
    CHECK(
        bound(test_file("test.yaml"), binding()).digest
        == bound(test_file("test.yaml"), again).digest
    );
    again.definition = "demo/app@d:workflows/test.yaml";
    CHECK(
        bound(test_file("test.yaml"), binding()).digest
        != bound(test_file("test.yaml"), again).digest
    );
}

TEST_CASE("a workload without event values is bound as well") {
    auto how = binding();
    how.values.clear();
    const auto workflow = bound(
        head("arguments: {artifacts: []}")
            + "  templates:\n  - name: m\n    container: {image: i, command: [a], env: [{name: A, "
              "value: b}]}\n  - name: other\n    container: {image: i, command: [a]}\n",
        how
    );
    const auto& templates = workflow.manifest.at("spec").at("templates").as_array();
    CHECK(templates.at(0).at("container").at("env").as_array().size() == 1);
    CHECK(templates.at(1).at("container").at("env").as_array().empty());
}

TEST_CASE("a manifest has only keys and types of the tables") {
    check_known(
        bound(test_file("test.yaml"), binding()).manifest, {Leaf::object, fields::Object::workflow}
    );
}

TEST_CASE("what the site decides wins over the file") {
    const auto workflow = bound(
        "metadata: {name: x, namespace: ci-trusted, labels: {a: b}}\n"
            + workflow_with("serviceAccountName: root")
            + "  nodeSelector: {pool: trusted}\n  automountServiceAccountToken: false\n"
              "  podGC: {strategy: OnPodCompletion}\n  activeDeadlineSeconds: 99999\n  "
              "parallelism: 2\n"
              "  archiveLogs: true\n",
        binding()
    );
    const auto& manifest = workflow.manifest;
    CHECK(manifest.at("metadata").at("name").as_string() == binding().workload);
    CHECK(manifest.at("metadata").at("namespace") == "ci-untrusted");
    CHECK(manifest.at("metadata").at("labels").as_object().if_contains("a") == nullptr);
    CHECK(manifest.at("metadata").at("labels").at(label_trust) == "untrusted");
    CHECK(manifest.at("metadata").at("labels").at(label_controller) == "ci");
    CHECK(manifest.at("metadata").at("finalizers").at(0).as_string() == finalizer);
    const auto& spec = manifest.at("spec").as_object();
    CHECK(spec.at("serviceAccountName") == "runner");
    CHECK(spec.at("nodeSelector").at("pool") == "untrusted");
    CHECK(spec.at("podGC").at("strategy") == "OnWorkflowCompletion");
    CHECK(spec.at("activeDeadlineSeconds") == 3600);
    CHECK(spec.at("parallelism") == 2);
    CHECK_FALSE(spec.contains("archiveLogs"));
    CHECK_FALSE(spec.contains("artifactRepositoryRef"));
    auto how = binding();
    how.site.artifact_repository = "untrusted";
    const auto kept = bound(workflow_with("parallelism: 1"), how);
    CHECK(kept.manifest.at("spec").at("archiveLogs") == true);
    CHECK(kept.manifest.at("spec").at("artifactRepositoryRef").at("key") == "untrusted");
}

TEST_CASE("every container of every template is restricted, hidden ones too") {
    const auto container = std::string{"{image: i, command: [a]}"};
    const auto named = std::string{"{name: x, image: i, command: [a]}"};
    const auto workflow = bound(
        head("templateDefaults: {container: " + container + "}") + "  templates:\n"
            + "  - name: m\n    steps: [[{name: a, inline: {script: {image: i, command: [a], "
              "source: s}}}]]\n"
            + "  - name: s\n    containerSet: {containers: [" + named + "]}\n"
            + "  - name: c\n    container: " + container + "\n    sidecars: [" + named
            + "]\n    initContainers: [" + named + "]\n",
        binding()
    );
    const auto& spec = workflow.manifest.at("spec");
    const auto& templates = spec.at("templates").as_array();
    for (const auto& one : {
             spec.at("templateDefaults").at("container"),
             templates.at(0).at("steps").at(0).at(0).at("inline").at("script"),
             templates.at(1).at("containerSet").at("containers").at(0),
             templates.at(2).at("container"),
             templates.at(2).at("sidecars").at(0),
             templates.at(2).at("initContainers").at(0),
         }) {
        CHECK(one.at("securityContext").at("allowPrivilegeEscalation") == false);
        CHECK(one.at("securityContext").at("capabilities").at("drop").at(0) == "ALL");
        CHECK(one.at("imagePullPolicy") == "Always");
        CHECK(one.at("resources").at("limits").at("memory") == "2Gi");
        CHECK(variable(one, "SEAKEEPER_REVISION") == sha);
    }
    for (const auto& one :
         {templates.at(0).at("steps").at(0).at(0).at("inline"), templates.at(1), templates.at(2)}) {
        CHECK(one.at("activeDeadlineSeconds") == 3600);
    }
    CHECK_FALSE(templates.at(0).as_object().contains("activeDeadlineSeconds"));
}

TEST_CASE("text of an event arrives byte for byte, whatever it holds") {
    const std::string odd =
        "fix {{=1+1}} \x07 \xf0\x9f\xa6\xad $(id) `id` \"'\\ {{workflow.name}}\n";
    auto how = binding();
    how.values = event_values(event_with(odd), subject());
    const auto workflow = bound(
        head("arguments: {parameters: [{name: subject-base64}, {name: revision}]}")
            + "  templates:\n  - name: m\n    container: {image: i, command: [a]}\n",
        how
    );
    const auto& spec = workflow.manifest.at("spec");
    const auto& container = spec.at("templates").at(0).at("container");
    const auto value = variable(container, "SEAKEEPER_SUBJECT_BASE64");
    CHECK(from_base64(value).value() == odd);
    CHECK(spec.at("arguments").at("parameters").at(0).at("value").as_string() == value);
    CHECK(spec.at("arguments").at("parameters").at(1).at("value").as_string() == sha);
    CHECK(workflow.json.find("{{") == std::string::npos);
    CHECK(workflow.json.find("$(") == std::string::npos);
    CHECK(workflow.json.find("1+1") == std::string::npos);
}

TEST_CASE("long text stands once, and containers name the parameter") {
    auto how = binding();
    how.values = event_values(event_with(std::string(20'000, 'x')), subject());
    const auto workflow = bound(workflow_with("parallelism: 1"), how);
    const auto& spec = workflow.manifest.at("spec");
    CHECK(
        variable(spec.at("templates").at(0).at("container"), "SEAKEEPER_SUBJECT_BASE64")
        == "{{workflow.parameters.subject-base64}}"
    );
    const auto& parameter = spec.at("arguments").at("parameters").at(0);
    CHECK(parameter.at("name") == "subject-base64");
    CHECK(
        from_base64(parameter.at("value").as_string()).value() == std::string(event_text_limit, 'x')
    );
    CHECK(
        variable(spec.at("templates").at(0).at("container"), "SEAKEEPER_SUBJECT_TRUNCATED")
        == "true"
    );
}

TEST_CASE("a text at its limit is whole, one byte more is cut at a character and said to be") {
    const auto value_of = [](const EventValues& values, std::string_view parameter) {
        const auto found = std::ranges::find(values, parameter, &EventValue::parameter);
        return found == values.end() ? std::nullopt : std::optional{found->value};
    };
    const std::string most(event_text_limit - 3, 'x');
    auto values = event_values(event_with(most + "\xe2\x82\xac"), subject());
    CHECK(from_base64(value_of(values, "subject-base64").value()).value() == most + "\xe2\x82\xac");
    CHECK_FALSE(value_of(values, "subject-truncated"));
    values = event_values(event_with("y" + most + "\xe2\x82\xac"), subject());
    CHECK(from_base64(value_of(values, "subject-base64").value()).value() == "y" + most);
    CHECK(value_of(values, "subject-truncated") == "true");
}

TEST_CASE("an event with every text far beyond its limit fits Linux and Argo") {
    const std::string huge(1 << 20, '\xff');
    auto event = event_with(huge);
    event::Account account;
    account.name = huge;
    event.actor = account;
    event.change->owner = account;
    event.change->topic = huge;
    event.change->commit_message = huge;
    event::CommentAdded added;
    added.comment = huge;
    event.body = added;
    auto how = binding();
    how.values = event_values(event, subject());
    std::size_t all = 0;
    for (const auto& value : how.values) {
        CAPTURE(value.variable);
        // MAX_ARG_STRLEN, execve(2): one NAME=VALUE with its end
        CHECK(value.variable.size() + value.value.size() + 2 <= 128 * 1024);
        all += value.variable.size() + value.value.size() + 2;
    }
    CHECK(all > 6 * event_text_limit);
    CHECK(all < 256 * 1024); // of the 2 MiB that argv and environment have together at least
    const auto workflow = bound(workflow_with("parallelism: 1"), how);
    CHECK(workflow.json.size() < all + 16 * 1024); // each text stands in it once
}

TEST_CASE("names are plain only where nothing in them means anything") {
    auto one = subject();
    one.branch = RefName::parse("refs/heads/x;curl$IFS|sh").value();
    auto how = binding();
    how.values = event_values(event_with("s"), one);
    const auto yaml = head("arguments: {parameters: [{name: branch}]}")
                      + "  templates:\n  - name: m\n    container: {image: i, command: [a]}\n";
    const auto error = unbound(yaml, how);
    CHECK(error.is(Errc::malformed));
    CHECK(error.message.find("accepted is branch-base64") != std::string::npos);
    const auto workflow = bound(workflow_with("parallelism: 1"), how);
    const auto& container = workflow.manifest.at("spec").at("templates").at(0).at("container");
    CHECK(variable(container, "SEAKEEPER_BRANCH") == "(none)");
    CHECK(from_base64(variable(container, "SEAKEEPER_BRANCH_BASE64")).value() == "x;curl$IFS|sh");
    CHECK(variable(container, "SEAKEEPER_URL") == "https://gerrit.example/r/demo/app");
    for (const char* odd : {"", "-x", "a b", "a$b", "a{b", "a\nb", "a`b", "\xc3\xa9"}) {
        CHECK_FALSE(is_plain_value(odd));
    }
}

TEST_CASE("parameters: from a person, the event, a default, or refused") {
    const auto yaml = [](const std::string& parameter) {
        return head("arguments: {parameters: [" + parameter + "]}")
               + "  templates:\n  - name: m\n    container: {image: i, command: [a]}\n";
    };
    const auto value = [&](const std::string& parameter, const Binding& how) {
        const auto workflow = bound(yaml(parameter), how);
        return std::string{workflow.manifest.at("spec")
                               .at("arguments")
                               .at("parameters")
                               .at(0)
                               .at("value")
                               .as_string()};
    };
    auto how = binding();
    CHECK(value("{name: change}", how) == "42");
    CHECK(value("{name: change, value: 7}", how) == "7");
    CHECK(value("{name: topic-base64}", how) == "");
    CHECK(value("{name: x, default: d}", how) == "d");
    CHECK(
        unbound(yaml("{name: x}"), how).message.find("neither the file nor the event has one")
        != std::string::npos
    );
    CHECK(
        unbound(yaml("{name: change, enum: ['1', '2']}"), how).message.find("not in its enum")
        != std::string::npos
    );
    how.parameters = {{"x", "given"}};
    CHECK(value("{name: x, value: z}", how) == "given");
    CHECK(unbound(yaml("{name: z, value: z}"), how).is(Errc::malformed));
    how.parameters = {{"x", "{{=1}}"}};
    CHECK(unbound(yaml("{name: x}"), how).message.find("it holds '{{'") != std::string::npos);
}

TEST_CASE("a broken binding is refused") {
    const auto yaml = workflow_with("parallelism: 1");
    const auto broken = [&](auto change) {
        auto how = binding();
        change(how);
        return unbound(yaml, how).is(Errc::invalid_argument);
    };
    CHECK(broken([](Binding& one) { one.workload = "test"; }));
    CHECK(broken([](Binding& one) { one.site.namespace_ = "../x"; }));
    CHECK(broken([](Binding& one) { one.site.service_account.clear(); }));
    CHECK(broken([](Binding& one) { one.site.controller_instance_id = "a b"; }));
    CHECK(broken([](Binding& one) { one.site.trust_class = trust::Class::denied; }));
    CHECK(broken([](Binding& one) { one.site.deadline = std::chrono::seconds{0}; }));
}

TEST_CASE("a manifest near etcd's limit is refused") {
    const auto yaml = [](std::size_t size) {
        return workflow_of(
            "- name: m\n  script: {image: i, command: [a], source: '" + std::string(size, 'x')
            + "'}"
        );
    };
    const auto rest = bound(yaml(1000), binding()).json.size() - 1000;
    CHECK(bound(yaml(manifest_limit - rest), binding()).json.size() == manifest_limit);
    CHECK(unbound(yaml(manifest_limit - rest + 1), binding()).is(Errc::limit_exceeded));
}

TEST_CASE("a workload's id depends on every field, and is a DNS label") {
    const WorkloadKey key{"g", "p", 1, "r", "c", "w", trust::Class::untrusted, "t", 1};
    const auto id = workload_id(key);
    CHECK(id == workload_id(key));
    CHECK(is_workload_id(id));
    CHECK(id.size() == 29);
    std::set<std::string> ids{id};
    auto vary = [&](auto change) {
        auto other = key;
        change(other);
        CHECK(ids.insert(workload_id(other)).second);
    };
    vary([](WorkloadKey& k) { k.server = "h"; });
    vary([](WorkloadKey& k) { k.project = "q"; });
    vary([](WorkloadKey& k) { k.change = 2; });
    vary([](WorkloadKey& k) { k.revision = "s"; });
    vary([](WorkloadKey& k) { k.definition_commit = "d"; });
    vary([](WorkloadKey& k) { k.workflow = "x"; });
    vary([](WorkloadKey& k) { k.trust_class = trust::Class::trusted; });
    vary([](WorkloadKey& k) { k.trigger = "u"; });
    vary([](WorkloadKey& k) { k.attempt = 2; });
    vary([](WorkloadKey& k) {
        k.definition_commit = "cw";
        k.workflow = "";
    });
    for (const char* odd :
         {"", "sk-", "sk-AAAAAAAAAAAAAAAAAAAAAAAAAA", "sx-aaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
        CHECK_FALSE(is_workload_id(odd));
    }
}
