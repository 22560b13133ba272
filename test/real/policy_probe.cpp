// SPDX-License-Identifier: Apache-2.0
// The policy for programs that are not C++: `tables` prints what is decided of every field and the
// rules; `judge` answers each JSON line {"definition", "class", ...} with one of findings and, if
// there are none and a "site" is given, the Workflow that would be sent.
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/naming.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdio>
#include <iostream>
#include <string>
#include <workflow/fields.hpp>

namespace {

namespace json = boost::json;
namespace workflow = seakeeper::workflow;
namespace fields = workflow::fields;

constexpr std::array leaves{
    "text",
    "boolean",
    "int32",
    "int64",
    "int_or_text",
    "quantity",
    "any_text",
    "item",
    "anything",
    "object"};
constexpr std::array shapes{"one", "list", "map", "list_of_lists"};
constexpr std::array letters{"allow", "forbid", "set", "cap", "listed", "grant"};

template <class Array, class Enum>
json::string_view name_of(const Array& names, Enum value) {
    return names.at(static_cast<std::size_t>(value));
}

json::object json_of(const fields::Field& field) {
    return {
        {"leaf", name_of(leaves, field.type.leaf)},
        {"object", fields::id_of(field.type.object)},
        {"shape", name_of(shapes, field.type.shape)},
        {"untrusted", name_of(letters, field.untrusted)},
        {"trusted", name_of(letters, field.trusted)},
        {"rule", fields::reason_of(field.why).rule.str()},
        {"checked", field.check != fields::Check::none},
        {"tags", field.tags},
    };
}

json::object tables() {
    json::object objects;
    for (auto i = static_cast<int>(fields::Object::workflow);
         i < static_cast<int>(fields::Object::last);
         ++i) {
        const auto object = static_cast<fields::Object>(i);
        json::object members;
        for (const auto& field : fields::of(object)) {
            members[field.name] = json_of(field);
        }
        objects[fields::id_of(object)] = std::move(members);
    }
    json::array rules;
    for (const auto& rule : workflow::policy_rules()) {
        rules.emplace_back(rule.id);
    }
    return {{"objects", std::move(objects)}, {"rules", std::move(rules)}};
}

std::string text_of(const json::object& from, std::string_view key, const char* otherwise) {
    const auto* value = from.if_contains(key);
    return value == nullptr ? otherwise : std::string{value->as_string()};
}

std::vector<std::string> texts_of(const json::object& from, std::string_view key) {
    std::vector<std::string> texts;
    if (const auto* list = from.if_contains(key)) {
        for (const auto& text : list->as_array()) {
            texts.emplace_back(text.as_string());
        }
    }
    return texts;
}

workflow::Policy policy_of(const json::object& asked) {
    workflow::Policy policy;
    if (text_of(asked, "class", "untrusted") == "trusted") {
        policy.trust_class = seakeeper::trust::Class::trusted;
    }
    policy.require_image_digest = false;
    policy.images = texts_of(asked, "images");
    policy.config_maps = texts_of(asked, "config_maps");
    policy.secrets = texts_of(asked, "secrets");
    policy.storage_classes = texts_of(asked, "storage_classes");
    policy.artifact_hosts = texts_of(asked, "artifact_hosts");
    policy.forbidden = texts_of(asked, "forbidden");
    policy.granted = texts_of(asked, "granted");
    return policy;
}

workflow::Binding binding_of(const json::object& asked, const workflow::Policy& policy) {
    const auto& place = asked.at("site").as_object();
    workflow::Binding binding;
    binding.workload = text_of(place, "workload", "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa");
    binding.decision = "probe";
    binding.definition = "probe@0:w.yaml";
    auto& site = binding.site;
    site.trust_class = policy.trust_class;
    site.namespace_ = text_of(place, "namespace", "ci-untrusted");
    site.service_account = text_of(place, "service_account", "runner");
    site.executor_service_account = text_of(place, "executor_service_account", "executor");
    site.controller_instance_id = text_of(place, "controller_instance_id", "");
    site.image_pull = workflow::ImagePull::if_not_present;
    if (const auto* pool = place.if_contains("node_pool")) {
        site.node_selector.emplace("pool", pool->as_string());
    }
    if (const auto* given = place.if_contains("parameters")) {
        for (const auto& [name, value] : given->as_object()) {
            binding.parameters.emplace(name, value.as_string());
        }
    }
    if (const auto* seconds = place.if_contains("deadline")) {
        site.deadline = std::chrono::seconds{seconds->as_int64()};
    }
    return binding;
}

json::array json_of(const std::vector<workflow::Finding>& findings) {
    json::array list;
    for (const auto& finding : findings) {
        list.push_back(json::object{
            {"rule", finding.rule},
            {"line", finding.place.line},
            {"column", finding.place.column},
            {"path", finding.path},
            {"text", to_string(finding)}});
    }
    return list;
}

json::object judge(const json::object& asked) {
    const auto file = text_of(asked, "file", "w.yaml");
    const auto definition = workflow::Definition::parse(text_of(asked, "definition", ""), file);
    if (!definition) {
        return {{"fault", definition.error().message}, {"findings", json::array{}}};
    }
    const auto policy = policy_of(asked);
    const auto findings = workflow::police(*definition, policy);
    json::object answer{{"findings", json_of(findings)}};
    // "unpoliced": what would be sent if the policy were not there, to test those who judge that
    const bool is_sent = findings.empty() || asked.contains("unpoliced");
    if (is_sent && asked.contains("site")) {
        auto bound = workflow::bind(*definition, binding_of(asked, policy));
        if (bound) {
            answer["workflow"] = json::parse(bound->json);
        } else {
            answer["unbound"] = bound.error().message;
        }
    }
    return answer;
}

} // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::string{argv[1]} == "tables") {
        std::puts(json::serialize(tables()).c_str());
        return 0;
    }
    for (std::string line; std::getline(std::cin, line);) {
        const auto answer = json::serialize(judge(json::parse(line).as_object()));
        std::fwrite(answer.data(), 1, answer.size(), stdout);
        std::fputc('\n', stdout);
        std::fflush(stdout);
    }
    return 0;
}
