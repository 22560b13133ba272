// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cel.hpp"

#include <seakeeper/kubernetes/manifests.hpp>

#include <boost/json/value.hpp>
#include <fmt/format.h>

// What a Pod of a class has to be, whoever asks for it: Argo's controller makes pods with its own
// rights from what it believes, so the last word is said about the Pod itself. Pod of core/v1;
// what Argo 4.0 adds of its own: workflow/controller/workflowpod.go.
namespace seakeeper::kubernetes {
namespace json = boost::json;
namespace {

using Rules = std::vector<AdmissionRule>;

/// That `holds` of every container `c`. Containers and init containers are two types to CEL's
/// type checker, so it is said twice.
std::string of_all(std::string_view holds) {
    return fmt::format(
        "object.spec.containers.all(c, {0}) && "
        "object.spec.?initContainers.orValue([]).all(c, {0})",
        holds
    );
}

/// The same of the author's containers: all but Argo's own two. Kubernetes refuses a second of the
/// same name.
std::string of_authors(std::string_view holds) {
    return fmt::format(
        "object.spec.containers.all(c, c.name == 'wait' || ({0})) && "
        "object.spec.?initContainers.orValue([]).all(c, c.name == 'init' || ({0}))",
        holds
    );
}

void identity(const Place& place, Rules& rules) {
    rules.push_back(
        {fmt::format(
             "object.spec.?serviceAccountName.orValue('') == {}", cel(place.site.service_account)
         ),
         fmt::format("pods run as service account {}", place.site.service_account)}
    );
    rules.push_back(
        {"!object.spec.?automountServiceAccountToken.orValue(true)",
         "pods mount no token of their account"}
    );
    rules.push_back(
        {"object.metadata.?ownerReferences.orValue([]).exists(o, o.kind == 'Workflow' && "
         "o.apiVersion.startsWith('argoproj.io/') && o.?controller.orValue(false)) && "
         "object.metadata.?labels['workflows.argoproj.io/workflow'].orValue('') != '' && "
         "!('workflows.argoproj.io/component' in object.metadata.labels)",
         "pods are steps of a Workflow; Argo's agent and artifact collectors do not run here"}
    );
    // an author's container of that name would be taken for Argo's
    rules.push_back(
        {"object.spec.containers.all(c, c.name != 'wait' || "
         "object.spec.?initContainers.orValue([]).exists(i, i.name == 'init' && i.image == "
         "c.image))",
         "the container wait is Argo's own"}
    );
}

std::string tolerated(const json::array& tolerations) {
    std::string text;
    for (const auto& one : tolerations) {
        std::string alike;
        for (const auto& [key, value] : one.as_object()) {
            if (value.is_string()) {
                const std::string_view wanted{value.get_string()};
                alike += fmt::format(
                    "{}t.?{}.orValue('') == {}", alike.empty() ? "" : " && ", key, cel(wanted)
                );
            }
        }
        text += fmt::format(" || ({})", alike.empty() ? "false" : alike);
    }
    return text;
}

void placement(const Place& place, Rules& rules) {
    for (const auto& [key, value] : place.site.node_selector) {
        rules.push_back(
            {fmt::format("object.spec.?nodeSelector[{}].orValue('') == {}", cel(key), cel(value)),
             fmt::format("pods go to nodes with {}={}", key, value)}
        );
    }
    rules.push_back(
        {fmt::format(
             "object.spec.?tolerations.orValue([]).all(t, t.?key.orValue('') in "
             "['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable', "
             "'node.kubernetes.io/memory-pressure']{})",
             tolerated(place.site.tolerations)
         ),
         "pods tolerate the taints of their own pool only"}
    );
    rules.push_back(
        {"request.operation != 'CREATE' || !has(object.spec.nodeName)",
         "pods are placed by the scheduler"}
    );
    rules.push_back(
        {"object.spec.?schedulerName.orValue('default-scheduler') == 'default-scheduler' && "
         "!has(object.spec.runtimeClassName) && object.spec.?priority.orValue(0) <= 0 && "
         "(!has(object.spec.affinity) || (!has(object.spec.affinity.podAffinity) && "
         "!has(object.spec.affinity.podAntiAffinity)))",
         "pods choose no scheduler, runtime, priority or neighbours"}
    );
}

void isolation(Rules& rules) {
    rules.push_back(
        {"!object.spec.?hostNetwork.orValue(false) && !object.spec.?hostPID.orValue(false) && "
         "!object.spec.?hostIPC.orValue(false) && "
         "!object.spec.?shareProcessNamespace.orValue(false)",
         "pods share no namespace with the node or between containers"}
    );
    rules.push_back(
        {of_all("!c.?securityContext.?privileged.orValue(false) && "
                "!c.?securityContext.?allowPrivilegeEscalation.orValue(true) && "
                "c.?securityContext.?capabilities.?drop.orValue([]).exists(d, d == 'ALL') && "
                "size(c.?securityContext.?capabilities.?add.orValue([])) == 0 && "
                "c.?securityContext.?procMount.orValue('Default') == 'Default'"),
         "containers are unprivileged, without capabilities"}
    );
    rules.push_back(
        {of_all("c.?securityContext.?seccompProfile.?type.orValue("
                "object.spec.?securityContext.?seccompProfile.?type.orValue('')) == "
                "'RuntimeDefault'"),
         "containers have the runtime's seccomp profile"}
    );
    rules.push_back(
        {"size(object.spec.?ephemeralContainers.orValue([])) == 0 && "
         "size(object.spec.?resourceClaims.orValue([])) == 0 && "
             + of_all("!has(c.lifecycle) && size(c.?volumeDevices.orValue([])) == 0 && "
                      "c.?ports.orValue([]).all(p, p.?hostPort.orValue(0) == 0)"),
         "pods have no debugging containers, devices, host ports or container hooks"}
    );
    rules.push_back(
        {"size(object.spec.?hostAliases.orValue([])) == 0 && !has(object.spec.dnsConfig) && "
         "object.spec.?dnsPolicy.orValue('ClusterFirst') == 'ClusterFirst'",
         "pods use the cluster's names"}
    );
}

void users(const Place& place, Rules& rules) {
    if (!place.site.run_as_non_root) {
        return;
    }
    rules.push_back(
        {of_all("c.?securityContext.?runAsNonRoot.orValue("
                "object.spec.?securityContext.?runAsNonRoot.orValue(false)) && "
                "c.?securityContext.?runAsUser.orValue("
                "object.spec.?securityContext.?runAsUser.orValue(1)) != 0"),
         "containers do not run as root"}
    );
}

/// Names of secrets that Argo's own containers mount.
std::vector<std::string> secrets_of_argo(const Place& place) {
    std::vector<std::string> names{place.site.executor_service_account + ".service-account-token"};
    if (!place.rails.artifact_secret.empty()) {
        names.push_back(place.rails.artifact_secret);
    }
    return names;
}

void secrets(const Place& place, Rules& rules) {
    const bool is_trusted = place.site.trust_class == trust::Class::trusted;
    const auto granted = cel_list(is_trusted ? place.policy.secrets : std::vector<std::string>{});
    auto known = secrets_of_argo(place);
    if (is_trusted) {
        known.insert(known.end(), place.policy.secrets.begin(), place.policy.secrets.end());
    }
    rules.push_back(
        {fmt::format(
             "object.spec.?volumes.orValue([]).all(v, has(v.emptyDir) || has(v.downwardAPI) || "
             "has(v.configMap) || has(v.ephemeral) || (has(v.persistentVolumeClaim) && "
             "v.persistentVolumeClaim.claimName.startsWith(object.metadata.?labels["
             "'workflows.argoproj.io/workflow'].orValue('?') + '-')) || "
             "(has(v.secret) && v.secret.?secretName.orValue('') in {}))",
             cel_list(known)
         ),
         "volumes are scratch space, the run's own claims, ConfigMaps, and what Argo itself mounts"}
    );
    rules.push_back(
        {of_authors(fmt::format(
             "c.?volumeMounts.orValue([]).all(m, "
             "!object.spec.?volumes.orValue([]).exists(v, v.name == m.name && has(v.secret) && "
             "!(v.secret.?secretName.orValue('') in {})))",
             granted
         )),
         "the executor's token and the store's credentials are mounted by Argo's containers only"}
    );
    rules.push_back(
        {of_all(fmt::format(
             "c.?env.orValue([]).all(e, !has(e.valueFrom) || "
             "!has(e.valueFrom.secretKeyRef) || e.valueFrom.secretKeyRef.?name.orValue('') in "
             "{0}) && c.?envFrom.orValue([]).all(e, !has(e.secretRef) || "
             "e.secretRef.?name.orValue('') in {0})",
             granted
         )),
         "environments hold no secrets but the granted ones"}
    );
    rules.push_back(
        {fmt::format(
             "object.spec.?imagePullSecrets.orValue([]).all(s, s.?name.orValue('') in {})",
             cel_list(place.rails.image_pull_secrets)
         ),
         "images are pulled with the account's own credentials"}
    );
}

void images(const Place& place, Rules& rules) {
    std::string prefixes;
    for (const auto& prefix : place.policy.images) {
        prefixes += prefixes.empty() ? "" : " || ";
        prefixes += fmt::format("c.image.startsWith({})", cel(prefix));
    }
    if (!prefixes.empty()) {
        rules.push_back({of_authors(prefixes), "images are the listed ones"});
    }
    if (place.policy.trust_class == trust::Class::trusted && place.policy.require_image_digest) {
        rules.push_back(
            {of_authors("c.image.matches('@sha256:[0-9a-f]{64}$')"), "images are named by digest"}
        );
    }
}

} // namespace

std::vector<AdmissionRule> pod_rules(const Place& place) {
    Rules rules;
    identity(place, rules);
    placement(place, rules);
    isolation(rules);
    users(place, rules);
    secrets(place, rules);
    images(place, rules);
    rules.push_back(
        {fmt::format(
             "object.spec.?activeDeadlineSeconds.orValue(0) >= 1 && "
             "object.spec.activeDeadlineSeconds <= {}",
             place.site.deadline.count()
         ),
         fmt::format("pods end by themselves within {} s", place.site.deadline.count())}
    );
    return rules;
}

} // namespace seakeeper::kubernetes
