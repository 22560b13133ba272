// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"
#include "harden.hpp"
#include "walk.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/core.h>

#include <algorithm>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

/// Longer values stand once in the arguments; containers name the parameter.
constexpr std::size_t literal_variable_limit = 512;

Error broken(std::string message) {
    return {Errc::invalid_argument, "binding a workload: " + std::move(message)};
}

bool is_dns_label(std::string_view text) {
    const auto is_fit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-'
           && std::ranges::all_of(text, is_fit);
}

/// Kubernetes: at most 63 of [A-Za-z0-9-_.], alphanumeric at both ends.
bool is_label_value(std::string_view text) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    if (text.empty()) {
        return true;
    }
    return text.size() <= 63 && is_letter(text.front()) && is_letter(text.back())
           && std::ranges::all_of(text, [&](char c) {
                  return is_letter(c) || c == '-' || c == '_' || c == '.';
              });
}

Status check_site(const Site& site) {
    if (site.trust_class == trust::Class::denied) {
        return broken("a denied workload does not run");
    }
    for (const auto& name :
         {site.namespace_, site.service_account, site.executor_service_account}) {
        if (!is_dns_label(name)) {
            return broken(fmt::format(
                "{} is no name of a namespace or service account; accepted are 1 to 63 lower-case "
                "letters, digits and '-'",
                quoted(name, 80)
            ));
        }
    }
    for (const auto& value : {site.instance_id, site.controller_instance_id}) {
        if (!is_label_value(value)) {
            return broken(fmt::format("the instance id {} is no label value", quoted(value, 80)));
        }
    }
    if (site.deadline.count() < 1 || site.parallelism < 1 || site.run_as_user < 1) {
        return broken("deadline, parallelism and run_as_user must be at least 1");
    }
    return {};
}

Status check_binding(const Binding& binding) {
    if (!is_workload_id(binding.workload)) {
        return broken(fmt::format("{} is no workload id", quoted(binding.workload, 80)));
    }
    for (const auto& [key, value] : binding.labels) {
        if (!key.starts_with("seakeeper.dev/") || !is_label_value(value)) {
            return broken(
                fmt::format("the label {}={} is not of ours", quoted(key, 80), quoted(value, 80))
            );
        }
    }
    return check_site(binding.site);
}

json::object labels_of(const Binding& binding) {
    json::object labels;
    for (const auto& [key, value] : binding.labels) {
        labels[key] = value;
    }
    labels[label_workload] = binding.workload;
    labels[label_trust] = trust::to_string(binding.site.trust_class);
    if (!binding.site.instance_id.empty()) {
        labels[label_instance] = binding.site.instance_id;
    }
    if (!binding.site.controller_instance_id.empty()) {
        labels[label_controller] = binding.site.controller_instance_id;
    }
    return labels;
}

json::object metadata_of(const Binding& binding) {
    return {
        {"name", binding.workload},
        {"namespace", binding.site.namespace_},
        {"labels", labels_of(binding)},
        {"annotations",
         json::object{
             {annotation_decision, binding.decision}, {annotation_definition, binding.definition}}},
        {"finalizers", json::array{finalizer}},
    };
}

/// In `env`, Kubernetes reads `$(NAME)` as a variable and `$$` as a dollar.
std::string for_kubernetes(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped.append(c == '$' ? 2 : 1, c);
    }
    return escaped;
}

json::array environment_of(const EventValues& values) {
    json::array environment;
    for (const auto& value : values) {
        const bool is_long = value.value.size() > literal_variable_limit;
        environment.push_back(json::object{
            {"name", value.variable},
            {"value",
             is_long ? "{{workflow.parameters." + value.parameter + "}}"
                     : for_kubernetes(value.value)},
        });
    }
    return environment;
}

const EventValue* find(const EventValues& values, std::string_view parameter) {
    const auto found = std::ranges::find(values, parameter, &EventValue::parameter);
    return found == values.end() ? nullptr : &*found;
}

/// What a person gave is text that Argo would evaluate.
bool is_inert(std::string_view text) {
    return is_valid_utf8(text) && text.find("{{") == text.npos
           && std::ranges::none_of(text, [](char c) {
                  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
              });
}

Error unbound(std::string_view name, std::string_view why) {
    return {Errc::malformed, fmt::format("giving parameter {} a value: {}", quoted(name, 80), why)};
}

Status check_enum(const json::object& parameter, std::string_view value) {
    const auto* accepted = array_at(parameter, "enum");
    if (accepted == nullptr) {
        return {};
    }
    const bool is_listed = std::ranges::any_of(*accepted, [&](const json::value& one) {
        return one.is_string() && std::string_view{one.as_string()} == value;
    });
    if (is_listed) {
        return {};
    }
    return unbound(
        text_at(parameter, "name"), fmt::format("{} is not in its enum", quoted(value, 80))
    );
}

Status bind_parameter(json::object& parameter, const Binding& binding) {
    const std::string name{text_at(parameter, "name")};
    if (const auto given = binding.parameters.find(name); given != binding.parameters.end()) {
        if (!is_inert(given->second)) {
            return unbound(name, "it holds '{{', a control character or no UTF-8");
        }
        parameter["value"] = given->second;
    } else if (parameter.contains("value")) {
        return {};
    } else if (const auto* value = find(binding.values, name)) {
        parameter["value"] = value->value;
    } else if (find(binding.values, name + "-base64") != nullptr) {
        return unbound(
            name,
            "the event's has characters beyond [A-Za-z0-9._/@+:-]; accepted is " + name + "-base64"
        );
    } else if (const auto* fallback = parameter.if_contains("default")) {
        parameter["value"] = *fallback;
    } else if (is_event_parameter(name)) {
        parameter["value"] = ""; // this event has no such thing
    } else {
        return unbound(name, "neither the file nor the event has one");
    }
    return check_enum(parameter, text_at(parameter, "value"));
}

Status bind_arguments(json::object& spec, const Binding& binding) {
    json::array parameters;
    if (const auto* arguments = object_at(spec, "arguments")) {
        if (const auto* declared = array_at(*arguments, "parameters")) {
            parameters = *declared;
        }
    }
    std::size_t given = 0;
    for (auto& parameter : parameters) {
        if (auto bound = bind_parameter(parameter.as_object(), binding); !bound) {
            return bound;
        }
        given += binding.parameters.count(std::string{text_at(parameter.as_object(), "name")});
    }
    if (given != binding.parameters.size()) {
        return Error{
            Errc::malformed, "giving parameters values: the file does not declare one of them"};
    }
    for (const auto& value : binding.values) {
        const bool is_declared = std::ranges::any_of(parameters, [&](const json::value& one) {
            return text_at(one.as_object(), "name") == value.parameter;
        });
        if (value.value.size() > literal_variable_limit && !is_declared) {
            parameters.push_back(json::object{{"name", value.parameter}, {"value", value.value}});
        }
    }
    if (!parameters.empty()) {
        auto& arguments = spec["arguments"];
        (arguments.is_object() ? arguments.get_object() : arguments.emplace_object()
        )["parameters"] = std::move(parameters);
    }
    return {};
}

std::int64_t capped(const json::object& spec, std::string_view key, std::int64_t most) {
    const auto* asked = spec.if_contains(key);
    const auto* number = asked == nullptr ? nullptr : asked->if_int64();
    return number == nullptr ? most : std::clamp<std::int64_t>(*number, 1, most);
}

/// Fields of the specification that the site decides; argo-workflows WorkflowSpec.
void force_site(json::object& spec, const Site& site) {
    for (const auto& field : fields::of(fields::Object::workflow_spec)) {
        if (field.letter(site.trust_class) == fields::Letter::set) {
            spec.erase(field.name);
        }
    }
    spec["serviceAccountName"] = site.service_account;
    spec["automountServiceAccountToken"] = false;
    spec["executor"] = json::object{{"serviceAccountName", site.executor_service_account}};
    json::object selector;
    for (const auto& [key, value] : site.node_selector) {
        selector[key] = value;
    }
    if (!selector.empty()) {
        spec["nodeSelector"] = std::move(selector);
    }
    if (!site.tolerations.empty()) {
        spec["tolerations"] = site.tolerations;
    }
    spec["securityContext"] = pod_security_context(site);
    spec["activeDeadlineSeconds"] = capped(spec, "activeDeadlineSeconds", site.deadline.count());
    spec["parallelism"] = capped(spec, "parallelism", site.parallelism);
    spec["ttlStrategy"] = json::object{{"secondsAfterCompletion", site.keep.count()}};
    spec["podGC"] =
        json::object{{"strategy", "OnWorkflowCompletion"}, {"deleteDelayDuration", "600s"}};
    spec["volumeClaimGC"] = json::object{{"strategy", "OnWorkflowCompletion"}};
    if (!site.artifact_repository.empty()) {
        spec["archiveLogs"] = true;
        spec["artifactRepositoryRef"] =
            json::object{{"configMap", "artifact-repositories"}, {"key", site.artifact_repository}};
        spec["artifactGC"] = json::object{{"strategy", "Never"}};
    }
}

void harden(json::object& spec, const Binding& binding) {
    const auto environment = environment_of(binding.values);
    harden_volumes(spec, binding.site);
    if (auto* defaults = spec.if_contains("templateDefaults")) {
        harden_template(defaults->as_object(), binding.site, environment);
    }
    for (auto& one : spec.at("templates").as_array()) {
        harden_template(one.as_object(), binding.site, environment);
    }
}

} // namespace

Result<BoundWorkflow> bind(const Definition& definition, const Binding& binding) {
    if (auto sound = check_binding(binding); !sound) {
        return std::move(sound).error();
    }
    auto spec = definition.spec();
    if (auto bound = bind_arguments(spec, binding); !bound) {
        return std::move(bound).error().within(definition.file());
    }
    force_site(spec, binding.site);
    harden(spec, binding);
    BoundWorkflow workflow;
    workflow.workload = binding.workload;
    workflow.manifest = {
        {"apiVersion", "argoproj.io/v1alpha1"},
        {"kind", "Workflow"},
        {"metadata", metadata_of(binding)},
        {"spec", std::move(spec)},
    };
    workflow.digest = sha256_hex(json::serialize(workflow.manifest));
    auto& metadata = workflow.manifest.at("metadata").as_object();
    metadata.at("annotations").as_object()[annotation_manifest] = workflow.digest;
    workflow.json = json::serialize(workflow.manifest);
    if (workflow.json.size() > manifest_limit) {
        return Error{
            Errc::limit_exceeded,
            fmt::format(
                "binding {}: a manifest of {} bytes, accepted are at most {}",
                definition.file(),
                workflow.json.size(),
                manifest_limit
            )};
    }
    return workflow;
}

} // namespace seakeeper::workflow
