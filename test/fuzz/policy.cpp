// SPDX-License-Identifier: Apache-2.0
// A definition that the policy of a class accepts has none of the powers that a short list names,
// wherever they may hide, and what is made of it runs where the site says. The list is written here
// a second time, on purpose.
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace seakeeper;
namespace json = boost::json;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

constexpr std::array<std::string_view, 27> powers{
    "podSpecPatch",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "hostPath",
    "hostPort",
    "affinity",
    "tolerations",
    "schedulerName",
    "priorityClassName",
    "podPriorityClassName",
    "runtimeClassName",
    "templateRef",
    "workflowTemplateRef",
    "clusterScope",
    "ownerReferences",
    "finalizers",
    "status",
    "procMount",
    "sysctls",
    "hostAliases",
    "dnsConfig",
    "resourceClaims",
    "ephemeralContainers",
    "artifactRepositoryRef",
    "plugin",
    "synchronization"};
constexpr std::array<std::string_view, 4> powers_of_trusted{
    "secretKeyRef", "secretRef", "imagePullSecrets", "secretName"};

template <std::size_t N>
bool has(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Keys that authors choose themselves are data.
bool is_free(std::string_view key) {
    return key == "labels" || key == "annotations" || key == "nodeSelector" || key == "matchLabels"
           || key == "templateDefaults.data" || key == "items";
}

void check(const json::value& value, trust::Class of) {
    if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            check(item, of);
        }
        return;
    }
    const auto* object = value.if_object();
    if (object == nullptr) {
        return;
    }
    for (const auto& [key, inner] : *object) {
        require(!has(powers, key));
        require(of == trust::Class::trusted || !has(powers_of_trusted, key));
        if (key == "privileged" || key == "allowPrivilegeEscalation") {
            require(inner == json::value(false));
        }
        if (!is_free(key)) {
            check(inner, of);
        }
    }
}

workflow::Policy policy_of(trust::Class of) {
    workflow::Policy policy;
    policy.trust_class = of;
    policy.images = {"registry.example/ci/", "i"};
    policy.require_image_digest = false;
    policy.secrets = {"deploy-key"};
    policy.config_maps = {"settings"};
    policy.artifact_hosts = {"files.example"};
    return policy;
}

workflow::Binding binding_of(trust::Class of) {
    workflow::Binding one;
    one.workload = "sk-aaaaaaaaaaaaaaaaaaaaaaaaaa";
    one.site.trust_class = of;
    one.site.namespace_ = "ci";
    one.site.service_account = "runner";
    one.site.executor_service_account = "executor";
    one.site.node_selector = {{"pool", "ci"}};
    return one;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    const auto definition = workflow::Definition::parse(bytes, "fuzz.yaml");
    if (!definition) {
        return 0;
    }
    for (const auto of : {trust::Class::untrusted, trust::Class::trusted}) {
        const auto findings = workflow::police(*definition, policy_of(of));
        require(findings == workflow::police(*definition, policy_of(of)));
        if (!findings.empty()) {
            continue;
        }
        check(definition->tree(), of);
        const auto bound = workflow::bind(*definition, binding_of(of));
        if (!bound) {
            continue;
        }
        const auto manifest = json::parse(bound->json);
        require(manifest.at("metadata").at("namespace") == "ci");
        require(manifest.at("spec").at("serviceAccountName") == "runner");
        require(manifest.at("spec").at("nodeSelector").as_object().size() == 1);
        require(!manifest.as_object().contains("status"));
        require(bound->json.find("{{=") == std::string::npos);
    }
    return 0;
}
