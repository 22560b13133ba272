// SPDX-License-Identifier: Apache-2.0
#include "manifest_form.hpp"

#include "fields.hpp"
#include "harden.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::workflow {
namespace {

namespace json = boost::json;

Error broken(std::string message) {
    return {Errc::invalid_argument, "binding to a site: " + std::move(message)};
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

json::object labels_of(const Site& site) {
    json::object labels;
    labels[label_workload] = placeholder(Blank::workload);
    labels[label_trust] = trust::to_string(site.trust_class);
    if (!site.instance_id.empty()) {
        labels[label_instance] = site.instance_id;
    }
    if (!site.controller_instance_id.empty()) {
        labels[label_controller] = site.controller_instance_id;
    }
    return labels;
}

json::object metadata_of(const Site& site) {
    return {
        {"name", placeholder(Blank::workload)},
        {"namespace", site.namespace_},
        {"labels", labels_of(site)},
        {"annotations", json::object{{annotation_definition, placeholder(Blank::definition)}}},
        {"finalizers", json::array{finalizer}},
    };
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

void harden(json::object& spec, const Site& site) {
    harden_volumes(spec, site);
    if (auto* defaults = spec.if_contains("templateDefaults")) {
        harden_template(defaults->as_object(), site);
    }
    for (auto& one : spec.at("templates").as_array()) {
        harden_template(one.as_object(), site);
    }
}

/// Takes the declared parameters out, and leaves a blank for them.
std::vector<DeclaredParameter> take_parameters(json::object& spec) {
    auto& arguments = spec["arguments"];
    if (!arguments.is_object()) {
        arguments.emplace_object();
    }
    auto& parameters = arguments.get_object()["parameters"];
    std::vector<DeclaredParameter> declared;
    if (const auto* list = parameters.if_array()) {
        for (const auto& one : *list) {
            declared.emplace_back(one.as_object());
        }
    }
    parameters = json::array{placeholder(Blank::parameters)};
    return declared;
}

} // namespace

Result<ManifestForm> ManifestForm::make(const Definition& definition, const Site& site) {
    if (auto sound = check_site(site); !sound) {
        return std::move(sound).error();
    }
    if (!is_free_of_placeholders(definition.spec())) {
        return Error{Errc::malformed, "binding " + definition.file() + ": it is not UTF-8"};
    }
    auto spec = definition.spec();
    auto text = std::make_shared<Text>();
    text->file = definition.file();
    text->parameters = take_parameters(spec);
    force_site(spec, site);
    harden(spec, site);
    text->manifest = cut({
        {"apiVersion", "argoproj.io/v1alpha1"},
        {"kind", "Workflow"},
        {"metadata", metadata_of(site)},
        {"spec", std::move(spec)},
    });
    return ManifestForm{std::move(text)};
}

Result<BoundWorkflow> bind(const Definition& definition, const Binding& binding) {
    auto form = ManifestForm::make(definition, binding.site);
    if (!form) {
        return std::move(form).error();
    }
    return form->fill(binding);
}

} // namespace seakeeper::workflow
