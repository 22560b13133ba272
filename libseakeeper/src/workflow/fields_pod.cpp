// SPDX-License-Identifier: Apache-2.0
#include "fields_tables.hpp"

#include <array>
#include <utility>

// Containers, volumes and claims: kubernetes api core/v1, as far as Argo lets them in.
namespace seakeeper::workflow::fields {
namespace {

constexpr std::array container{
    listed("name", text, Check::container_name),
    listed("image", text, Check::image),
    tagged("command", list_of(text)),
    tagged("args", list_of(text)),
    allow("workingDir", text),
    allow("ports", list_of(an(Object::port))),
    allow("env", list_of(an(Object::env))),
    allow("envFrom", list_of(an(Object::env_from))),
    allow("resources", an(Object::resources)),
    allow("volumeMounts", list_of(an(Object::volume_mount))),
    allow("livenessProbe", an(Object::probe)),
    allow("readinessProbe", an(Object::probe)),
    allow("startupProbe", an(Object::probe)),
    allow("terminationMessagePath", text),
    listed("terminationMessagePolicy", text, Check::message_policy),
    ours("imagePullPolicy", text),
    allow("securityContext", an(Object::security_context)),
    allow("stdin", boolean),
    allow("stdinOnce", boolean),
    allow("tty", boolean),
    forbid("lifecycle", Why::container_hook),
    forbid("resizePolicy", Why::container_hook),
    forbid("restartPolicy", Why::container_hook),
    forbid("restartPolicyRules", Why::container_hook),
    forbid("volumeDevices", Why::devices),
};

/// A container's fields and one more.
template <std::size_t N>
constexpr std::array<Field, N + 1> with(const std::array<Field, N>& fields, const Field& more) {
    std::array<Field, N + 1> all{};
    for (std::size_t i = 0; i < N; ++i) {
        all[i] = fields[i];
    }
    all[N] = more;
    return all;
}

constexpr auto named_container = with(container, allow("mirrorVolumeMounts", boolean));
constexpr auto set_container = with(container, allow("dependencies", list_of(text)));
constexpr auto script = with(container, tagged("source", text));

constexpr std::array container_set{
    allow("containers", list_of(an(Object::set_container))),
    allow("volumeMounts", list_of(an(Object::volume_mount))),
    allow("retryStrategy", an(Object::container_set_retry)),
};
constexpr std::array container_set_retry{
    capped("retries", int_or_text, Check::retries),
    capped("duration", text, Check::duration),
};

constexpr std::array env{
    listed("name", text, Check::env_name),
    tagged("value", text),
    allow("valueFrom", an(Object::env_source)),
};
constexpr std::array env_source{
    allow("fieldRef", an(Object::field_reference)),
    allow("resourceFieldRef", an(Object::resource_reference)),
    allow("configMapKeyRef", an(Object::config_map_key)),
    trusted_only("secretKeyRef", an(Object::secret_key), Why::secret_access),
    forbid("fileKeyRef", Why::config_access),
};
constexpr std::array env_from{
    allow("prefix", text),
    allow("configMapRef", an(Object::named_reference)),
    trusted_only("secretRef", an(Object::secret_reference), Why::secret_access),
};
constexpr std::array named_reference{
    listed("name", text, Check::config_map),
    allow("optional", boolean),
};
constexpr std::array secret_reference{
    listed("name", text, Check::secret),
    allow("optional", boolean),
};
constexpr std::array pull_secret{listed("name", text, Check::secret)};
constexpr std::array config_map_key{
    listed("name", text, Check::config_map),
    allow("key", text),
    allow("optional", boolean),
};
constexpr std::array secret_key{
    listed("name", text, Check::secret),
    allow("key", text),
    allow("optional", boolean),
};
constexpr std::array field_reference{allow("apiVersion", text), allow("fieldPath", text)};
constexpr std::array resource_reference{
    allow("containerName", text),
    allow("resource", text),
    allow("divisor", quantity),
};
constexpr std::array resources{
    capped("limits", map_of(quantity), Check::cpu_and_memory),
    capped("requests", map_of(quantity), Check::cpu_and_memory),
    forbid("claims", Why::devices),
};
constexpr std::array port{
    allow("name", text),
    allow("containerPort", int32),
    listed("protocol", text, Check::protocol),
    forbid("hostPort", Why::host_access),
    forbid("hostIP", Why::host_access),
};
constexpr std::array probe{
    allow("exec", an(Object::exec_action)),
    allow("httpGet", an(Object::http_get_action)),
    allow("tcpSocket", an(Object::tcp_action)),
    allow("grpc", an(Object::grpc_action)),
    allow("initialDelaySeconds", int32),
    allow("periodSeconds", int32),
    allow("timeoutSeconds", int32),
    allow("successThreshold", int32),
    allow("failureThreshold", int32),
    allow("terminationGracePeriodSeconds", int64),
};
constexpr std::array exec_action{allow("command", list_of(text))};
constexpr std::array http_get_action{
    allow("path", text),
    allow("port", int_or_text),
    listed("scheme", text, Check::scheme),
    allow("httpHeaders", list_of(an(Object::http_header))),
    forbid("host", Why::host_access),
};
constexpr std::array http_header{allow("name", text), allow("value", text)};
constexpr std::array tcp_action{allow("port", int_or_text), forbid("host", Why::host_access)};
constexpr std::array grpc_action{allow("port", int32), allow("service", text)};
constexpr std::array volume_mount{
    allow("name", text),
    listed("mountPath", text, Check::mount_path),
    listed("subPath", text, Check::sub_path),
    allow("readOnly", boolean),
    forbid("subPathExpr", Why::host_access),
    forbid("mountPropagation", Why::host_access),
    forbid("recursiveReadOnly", Why::host_access),
};

constexpr std::array security_context{
    ours("allowPrivilegeEscalation", boolean, Check::false_only),
    ours("capabilities", an(Object::capabilities)),
    ours("runAsNonRoot", boolean, Check::true_only),
    capped("runAsUser", int64, Check::non_zero_user),
    capped("runAsGroup", int64, Check::non_zero_user),
    allow("readOnlyRootFilesystem", boolean),
    ours("seccompProfile", an(Object::seccomp)),
    ours("privileged", boolean, Check::false_only),
    forbid("procMount", Why::security_context),
    forbid("seLinuxOptions", Why::security_context),
    forbid("windowsOptions", Why::security_context),
    forbid("appArmorProfile", Why::security_context),
};
constexpr std::array pod_security_context{
    ours("runAsNonRoot", boolean, Check::true_only),
    capped("runAsUser", int64, Check::non_zero_user),
    capped("runAsGroup", int64, Check::non_zero_user),
    capped("fsGroup", int64, Check::non_zero_user),
    ours("seccompProfile", an(Object::seccomp)),
    forbid("fsGroupChangePolicy", Why::security_context),
    forbid("supplementalGroups", Why::security_context),
    forbid("supplementalGroupsPolicy", Why::security_context),
    forbid("seLinuxOptions", Why::security_context),
    forbid("seLinuxChangePolicy", Why::security_context),
    forbid("sysctls", Why::security_context),
    forbid("windowsOptions", Why::security_context),
    forbid("appArmorProfile", Why::security_context),
};
constexpr std::array capabilities{
    listed("drop", list_of(text), Check::drop_all),
    forbid("add", Why::security_context),
};
constexpr std::array seccomp{
    listed("type", text, Check::runtime_default),
    forbid("localhostProfile", Why::security_context),
};

constexpr std::array volume{
    allow("name", text),
    allow("emptyDir", an(Object::empty_dir)),
    allow("downwardAPI", an(Object::downward_volume)),
    allow("configMap", an(Object::config_map_volume)),
    trusted_only("secret", an(Object::secret_volume), Why::secret_access),
    forbid("persistentVolumeClaim", Why::host_access),
    allow("ephemeral", an(Object::ephemeral_volume)),
    forbid("image", Why::newer_argo),
    forbid("projected", Why::secret_access),
    forbid("hostPath", Why::host_access),
    forbid("csi", Why::host_access),
    forbid("nfs", Why::host_access),
    forbid("iscsi", Why::host_access),
    forbid("fc", Why::host_access),
    forbid("gitRepo", Why::host_access),
    forbid("flexVolume", Why::host_access),
    forbid("flocker", Why::host_access),
    forbid("glusterfs", Why::host_access),
    forbid("cephfs", Why::host_access),
    forbid("rbd", Why::host_access),
    forbid("cinder", Why::host_access),
    forbid("quobyte", Why::host_access),
    forbid("scaleIO", Why::host_access),
    forbid("storageos", Why::host_access),
    forbid("portworxVolume", Why::host_access),
    forbid("photonPersistentDisk", Why::host_access),
    forbid("vsphereVolume", Why::host_access),
    forbid("azureDisk", Why::host_access),
    forbid("azureFile", Why::host_access),
    forbid("awsElasticBlockStore", Why::host_access),
    forbid("gcePersistentDisk", Why::host_access),
};
constexpr std::array empty_dir{
    capped("sizeLimit", quantity, Check::storage),
    listed("medium", text, Check::medium),
};
constexpr std::array config_map_volume{
    listed("name", text, Check::config_map),
    allow("items", list_of(an(Object::key_to_path))),
    allow("defaultMode", int32),
    allow("optional", boolean),
};
constexpr std::array secret_volume{
    listed("secretName", text, Check::secret),
    allow("items", list_of(an(Object::key_to_path))),
    allow("defaultMode", int32),
    allow("optional", boolean),
};
constexpr std::array key_to_path{allow("key", text), allow("path", text), allow("mode", int32)};
constexpr std::array downward_volume{
    allow("items", list_of(an(Object::downward_file))),
    allow("defaultMode", int32),
};
constexpr std::array downward_file{
    allow("path", text),
    allow("fieldRef", an(Object::field_reference)),
    allow("resourceFieldRef", an(Object::resource_reference)),
    allow("mode", int32),
};
constexpr std::array ephemeral_volume{allow("volumeClaimTemplate", an(Object::ephemeral_claim))};
constexpr std::array ephemeral_claim{
    forbid("metadata", Why::identity),
    allow("spec", an(Object::claim_spec)),
};
constexpr std::array volume_claim_template{
    allow("apiVersion", text),
    allow("kind", text),
    allow("metadata", an(Object::claim_metadata)),
    allow("spec", an(Object::claim_spec)),
    forbid("status", Why::status),
};
constexpr std::array claim_metadata{
    allow("name", text),
    forbid("labels", Why::identity),
    forbid("annotations", Why::identity),
    forbid("namespace", Why::identity),
    forbid("generateName", Why::identity),
    forbid("ownerReferences", Why::identity),
    forbid("finalizers", Why::identity),
    forbid("creationTimestamp", Why::identity),
    forbid("deletionGracePeriodSeconds", Why::identity),
    forbid("deletionTimestamp", Why::identity),
    forbid("generation", Why::identity),
    forbid("managedFields", Why::identity),
    forbid("resourceVersion", Why::identity),
    forbid("selfLink", Why::identity),
    forbid("uid", Why::identity),
};
constexpr std::array claim_spec{
    listed("accessModes", list_of(text), Check::access_modes),
    allow("resources", an(Object::claim_resources)),
    listed("storageClassName", text, Check::storage_class),
    allow("volumeMode", text),
    forbid("volumeName", Why::host_access),
    forbid("dataSource", Why::host_access),
    forbid("dataSourceRef", Why::host_access),
    forbid("selector", Why::host_access),
    forbid("volumeAttributesClassName", Why::host_access),
};
constexpr std::array claim_resources{
    capped("requests", map_of(quantity), Check::storage),
    capped("limits", map_of(quantity), Check::storage),
};

/// Kubernetes' PodSpec, all fields of it: what a Workflow says of them under the same name, and
/// those that only a patch of pods would reach.
constexpr std::array pod_spec{
    allow("volumes", list_of(an(Object::volume))),
    allow("initContainers", list_of(an(Object::named_container))),
    allow("containers", list_of(an(Object::set_container))),
    forbid("ephemeralContainers", Why::pod_only),
    forbid("restartPolicy", Why::pod_only),
    forbid("terminationGracePeriodSeconds", Why::pod_only),
    capped("activeDeadlineSeconds", int64, Check::deadline),
    grantable("dnsPolicy", text, Why::network),
    ours("nodeSelector", map_of(text)),
    ours("serviceAccountName", text),
    forbid("serviceAccount", Why::service_account),
    ours("automountServiceAccountToken", boolean, Check::false_only),
    forbid("nodeName", Why::node_placement),
    forbid("hostNetwork", Why::host_access),
    forbid("hostPID", Why::host_access),
    forbid("hostIPC", Why::host_access),
    forbid("hostUsers", Why::host_access),
    forbid("shareProcessNamespace", Why::pod_only),
    ours("securityContext", an(Object::pod_security_context)),
    trusted_listed(
        "imagePullSecrets", list_of(an(Object::pull_secret)), Why::secret_access, Check::none
    ),
    forbid("hostname", Why::network),
    forbid("hostnameOverride", Why::network),
    forbid("subdomain", Why::network),
    forbid("setHostnameAsFQDN", Why::network),
    forbid("affinity", Why::node_placement),
    forbid("schedulerName", Why::node_placement),
    forbid("schedulingGates", Why::node_placement),
    forbid("tolerations", Why::node_placement),
    forbid("topologySpreadConstraints", Why::node_placement),
    forbid("runtimeClassName", Why::node_placement),
    forbid("os", Why::node_placement),
    grantable("hostAliases", list_of(an(Object::host_alias)), Why::network),
    grantable("priorityClassName", text, Why::priority),
    grantable("priority", int32, Why::priority),
    forbid("preemptionPolicy", Why::priority),
    forbid("dnsConfig", Why::network),
    forbid("readinessGates", Why::pod_only),
    forbid("enableServiceLinks", Why::pod_only),
    forbid("overhead", Why::pod_only),
    forbid("resourceClaims", Why::devices),
    forbid("resources", Why::newer_argo),
};

using Entry = std::pair<Object, std::span<const Field>>;

constexpr std::array registry{
    Entry{Object::container, container},
    Entry{Object::named_container, named_container},
    Entry{Object::set_container, set_container},
    Entry{Object::script, script},
    Entry{Object::container_set, container_set},
    Entry{Object::container_set_retry, container_set_retry},
    Entry{Object::env, env},
    Entry{Object::env_source, env_source},
    Entry{Object::env_from, env_from},
    Entry{Object::named_reference, named_reference},
    Entry{Object::secret_reference, secret_reference},
    Entry{Object::pull_secret, pull_secret},
    Entry{Object::config_map_key, config_map_key},
    Entry{Object::secret_key, secret_key},
    Entry{Object::field_reference, field_reference},
    Entry{Object::resource_reference, resource_reference},
    Entry{Object::resources, resources},
    Entry{Object::port, port},
    Entry{Object::probe, probe},
    Entry{Object::exec_action, exec_action},
    Entry{Object::http_get_action, http_get_action},
    Entry{Object::http_header, http_header},
    Entry{Object::tcp_action, tcp_action},
    Entry{Object::grpc_action, grpc_action},
    Entry{Object::volume_mount, volume_mount},
    Entry{Object::security_context, security_context},
    Entry{Object::pod_security_context, pod_security_context},
    Entry{Object::capabilities, capabilities},
    Entry{Object::seccomp, seccomp},
    Entry{Object::volume, volume},
    Entry{Object::empty_dir, empty_dir},
    Entry{Object::config_map_volume, config_map_volume},
    Entry{Object::secret_volume, secret_volume},
    Entry{Object::key_to_path, key_to_path},
    Entry{Object::downward_volume, downward_volume},
    Entry{Object::downward_file, downward_file},
    Entry{Object::ephemeral_volume, ephemeral_volume},
    Entry{Object::ephemeral_claim, ephemeral_claim},
    Entry{Object::volume_claim_template, volume_claim_template},
    Entry{Object::claim_metadata, claim_metadata},
    Entry{Object::claim_spec, claim_spec},
    Entry{Object::claim_resources, claim_resources},
    Entry{Object::pod_spec, pod_spec},
};

} // namespace

std::span<const std::pair<Object, std::span<const Field>>> tables_of_pod() {
    return registry;
}

} // namespace seakeeper::workflow::fields
