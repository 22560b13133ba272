// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/admission.hpp"

#include <fmt/format.h>

namespace seakeeper::kubernetes {
namespace json = boost::json;
namespace {

struct Guarded {
    std::string_view plural;
    std::string_view group;
    std::string_view version;
    json::array resources;
};

json::array validations(const std::vector<AdmissionRule>& rules) {
    json::array list;
    for (const auto& rule : rules) {
        list.push_back(json::object{{"expression", rule.expression}, {"message", rule.message}});
    }
    return list;
}

/// A policy and its binding, whose scope is the namespace by the label that the API server sets.
void add(
    const Place& place,
    const Guarded& guarded,
    const std::vector<AdmissionRule>& rules,
    std::vector<json::object>& objects
) {
    const auto name = fmt::format("{}.{}.seakeeper.dev", place.site.namespace_, guarded.plural);
    const json::object match{
        {"apiGroups", json::array{guarded.group}},
        {"apiVersions", json::array{guarded.version}},
        {"operations", json::array{"CREATE", "UPDATE"}},
        {"resources", guarded.resources}};
    objects.push_back(
        {{"apiVersion", "admissionregistration.k8s.io/v1"},
         {"kind", "ValidatingAdmissionPolicy"},
         {"metadata", json::object{{"name", name}}},
         {"spec",
          json::object{
              {"failurePolicy", "Fail"},
              {"matchConstraints", json::object{{"resourceRules", json::array{match}}}},
              {"validations", validations(rules)}}}}
    );
    const json::object own{{"kubernetes.io/metadata.name", place.site.namespace_}};
    objects.push_back(
        {{"apiVersion", "admissionregistration.k8s.io/v1"},
         {"kind", "ValidatingAdmissionPolicyBinding"},
         {"metadata", json::object{{"name", name}}},
         {"spec",
          json::object{
              {"policyName", name},
              {"validationActions", json::array{"Deny"}},
              {"matchResources",
               json::object{{"namespaceSelector", json::object{{"matchLabels", own}}}}}}}}
    );
}

} // namespace

std::vector<json::object> admission_policies(const Place& place) {
    std::vector<json::object> objects;
    const Guarded pods{"pods", "", "v1", json::array{"pods", "pods/ephemeralcontainers"}};
    const Guarded workflows{"workflows", "argoproj.io", "v1alpha1", json::array{"workflows"}};
    add(place, pods, pod_rules(place), objects);
    add(place, workflows, workflow_rules(place), objects);
    return objects;
}

} // namespace seakeeper::kubernetes
