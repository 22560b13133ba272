// SPDX-License-Identifier: Apache-2.0
#include "fields_tables.hpp"

#include <array>
#include <utility>

// Workflow, WorkflowSpec, Template and what is Argo's own below them.
namespace seakeeper::workflow::fields {
namespace {

constexpr std::array workflow{
    allow("apiVersion", text),
    allow("kind", text),
    allow("metadata", an(Object::metadata)),
    allow("spec", an(Object::workflow_spec)),
    forbid("status", Why::status),
};

constexpr std::array metadata{
    ours("name", text),
    ours("generateName", text),
    ours("namespace", text),
    ours("labels", map_of(text), Check::author_labels),
    ours("annotations", map_of(text), Check::author_labels),
    forbid("ownerReferences", Why::identity),
    forbid("finalizers", Why::identity),
    forbid("uid", Why::identity),
    forbid("resourceVersion", Why::identity),
    forbid("managedFields", Why::identity),
    forbid("generation", Why::identity),
    forbid("selfLink", Why::identity),
    forbid("creationTimestamp", Why::identity),
    forbid("deletionTimestamp", Why::identity),
    forbid("deletionGracePeriodSeconds", Why::identity),
};

constexpr std::array workflow_spec{
    allow("templates", list_of(an(Object::template_))),
    allow("entrypoint", text),
    allow("arguments", an(Object::arguments)),
    ours("serviceAccountName", text),
    ours("automountServiceAccountToken", boolean, Check::false_only),
    ours("executor", an(Object::executor)),
    allow("volumes", list_of(an(Object::volume))),
    capped("volumeClaimTemplates", list_of(an(Object::volume_claim_template)), Check::claims),
    capped("parallelism", int64, Check::parallelism),
    forbid("artifactRepositoryRef", Why::artifact_location),
    forbid("suspend", Why::hang),
    forbid("shutdown", Why::hang),
    grantable("priority", int32, Why::priority),
    ours("nodeSelector", map_of(text)),
    forbid("tolerations", Why::node_placement),
    forbid("affinity", Why::node_placement),
    forbid("schedulerName", Why::node_placement),
    grantable("podPriorityClassName", text, Why::priority),
    trusted_listed(
        "imagePullSecrets", list_of(an(Object::pull_secret)), Why::secret_access, Check::none
    ),
    forbid("hostNetwork", Why::host_access),
    grantable("dnsPolicy", text, Why::network),
    forbid("dnsConfig", Why::network),
    grantable("hostAliases", list_of(an(Object::host_alias)), Why::network),
    allow("onExit", text),
    allow("hooks", map_of(an(Object::hook))),
    ours("ttlStrategy", an(Object::ttl_strategy)),
    capped("activeDeadlineSeconds", int64, Check::deadline),
    ours("podGC", an(Object::pod_gc)),
    ours("securityContext", an(Object::pod_security_context)),
    forbid("podSpecPatch", Why::pod_spec_patch),
    forbid("podDisruptionBudget", Why::node_placement),
    forbid("metrics", Why::controller_load),
    forbid("workflowTemplateRef", Why::unseen_code),
    forbid("synchronization", Why::shared_state),
    ours("volumeClaimGC", an(Object::volume_claim_gc)),
    allow("retryStrategy", an(Object::retry_strategy)),
    forbid("podMetadata", Why::identity),
    allow("templateDefaults", an(Object::template_)),
    ours("archiveLogs", boolean),
    forbid("workflowMetadata", Why::identity),
    forbid("artifactGC", Why::artifact_location),
    forbid("executorPlugins", Why::external_action),
    forbid("podResources", Why::newer_argo),
    forbid("resourceClaims", Why::devices),
};

constexpr std::array template_{
    allow("name", text),
    allow("annotations", map_of(text)),
    allow("failFast", boolean),
    allow("inputs", an(Object::inputs)),
    allow("outputs", an(Object::outputs)),
    allow("container", an(Object::container)),
    allow("script", an(Object::script)),
    allow("containerSet", an(Object::container_set)),
    allow("initContainers", list_of(an(Object::named_container))),
    allow("sidecars", list_of(an(Object::named_container))),
    allow("steps", groups_of(an(Object::step))),
    allow("dag", an(Object::dag)),
    allow("suspend", an(Object::suspend)),
    allow("archiveLocation", an(Object::archive_location)),
    allow("volumes", list_of(an(Object::volume))),
    capped("activeDeadlineSeconds", int_or_text, Check::deadline),
    capped("timeout", text, Check::duration),
    capped("parallelism", int64, Check::parallelism),
    allow("retryStrategy", an(Object::retry_strategy)),
    forbid("resource", Why::external_action),
    forbid("http", Why::external_action),
    forbid("plugin", Why::external_action),
    forbid("data", Why::external_action),
    grantable("daemon", boolean, Why::hang),
    forbid("nodeSelector", Why::node_placement),
    forbid("affinity", Why::node_placement),
    forbid("tolerations", Why::node_placement),
    forbid("schedulerName", Why::node_placement),
    grantable("priorityClassName", text, Why::priority),
    forbid("priority", Why::priority),
    grantable("hostAliases", list_of(an(Object::host_alias)), Why::network),
    forbid("serviceAccountName", Why::service_account),
    forbid("automountServiceAccountToken", Why::service_account),
    forbid("executor", Why::service_account),
    forbid("securityContext", Why::security_context),
    forbid("podSpecPatch", Why::pod_spec_patch),
    forbid("metrics", Why::controller_load),
    forbid("synchronization", Why::shared_state),
    forbid("memoize", Why::shared_state),
    forbid("metadata", Why::identity),
    forbid("pendingTimeout", Why::newer_argo),
    forbid("podResources", Why::newer_argo),
    forbid("resourceClaims", Why::devices),
};

constexpr std::array arguments{
    allow("parameters", list_of(an(Object::argument_parameter))),
    allow("artifacts", list_of(an(Object::input_artifact))),
};
constexpr std::array argument_parameter{
    allow("name", text),
    tagged("value", any_text),
    tagged("default", any_text),
    allow("enum", list_of(any_text)),
    allow("description", any_text),
    forbid("valueFrom", Why::parameter_source),
    forbid("globalName", Why::parameter_source),
};
constexpr std::array input_parameter{
    allow("name", text),
    tagged("value", any_text),
    tagged("default", any_text),
    allow("enum", list_of(any_text)),
    allow("description", any_text),
    forbid("valueFrom", Why::parameter_source),
    forbid("globalName", Why::parameter_source),
};
constexpr std::array output_parameter{
    allow("name", text),
    tagged("value", any_text),
    tagged("default", any_text),
    allow("enum", list_of(any_text)),
    allow("description", any_text),
    allow("valueFrom", an(Object::output_value_from)),
    allow("globalName", text),
};
constexpr std::array output_value_from{
    listed("path", text, Check::file_path),
    tagged("default", any_text),
    tagged("parameter", text),
    allow("supplied", an(Object::empty)),
    capped("expression", text, Check::expression),
    forbid("jsonPath", Why::external_action),
    forbid("jqFilter", Why::external_action),
    forbid("configMapKeyRef", Why::config_access),
    forbid("event", Why::parameter_source),
};
constexpr std::array inputs{
    allow("parameters", list_of(an(Object::input_parameter))),
    allow("artifacts", list_of(an(Object::input_artifact))),
};
constexpr std::array outputs{
    allow("parameters", list_of(an(Object::output_parameter))),
    allow("artifacts", list_of(an(Object::output_artifact))),
    forbid("result", Why::parameter_source),
    forbid("exitCode", Why::parameter_source),
};

constexpr std::array input_artifact{
    allow("name", text),
    listed("path", text, Check::file_path),
    allow("mode", int32),
    allow("recurseMode", boolean),
    allow("archive", an(Object::archive_strategy)),
    allow("optional", boolean),
    listed("subPath", text, Check::sub_path),
    tagged("from", text),
    capped("fromExpression", text, Check::expression),
    allow("raw", an(Object::raw_artifact)),
    allow("git", an(Object::git_artifact)),
    allow("http", an(Object::http_artifact)),
    forbid("globalName", Why::artifact_location),
    forbid("s3", Why::artifact_location),
    forbid("gcs", Why::artifact_location),
    forbid("azure", Why::artifact_location),
    forbid("oss", Why::artifact_location),
    forbid("hdfs", Why::artifact_location),
    forbid("artifactory", Why::artifact_location),
    forbid("plugin", Why::artifact_location),
    forbid("archiveLogs", Why::artifact_location),
    forbid("artifactGC", Why::artifact_location),
    forbid("deleted", Why::artifact_location),
};
constexpr std::array output_artifact{
    allow("name", text),
    listed("path", text, Check::file_path),
    allow("mode", int32),
    allow("recurseMode", boolean),
    allow("archive", an(Object::archive_strategy)),
    allow("optional", boolean),
    listed("subPath", text, Check::sub_path),
    tagged("from", text),
    capped("fromExpression", text, Check::expression),
    allow("globalName", text),
    forbid("raw", Why::artifact_location),
    forbid("git", Why::artifact_location),
    forbid("http", Why::artifact_location),
    forbid("s3", Why::artifact_location),
    forbid("gcs", Why::artifact_location),
    forbid("azure", Why::artifact_location),
    forbid("oss", Why::artifact_location),
    forbid("hdfs", Why::artifact_location),
    forbid("artifactory", Why::artifact_location),
    forbid("plugin", Why::artifact_location),
    forbid("archiveLogs", Why::artifact_location),
    forbid("artifactGC", Why::artifact_location),
    forbid("deleted", Why::artifact_location),
};
constexpr std::array archive_strategy{
    allow("tar", an(Object::tar_strategy)),
    allow("zip", an(Object::empty)),
    allow("none", an(Object::empty)),
};
constexpr std::array tar_strategy{allow("compressionLevel", int32)};
constexpr std::array raw_artifact{capped_tagged("data", text, Check::raw_size)};
constexpr std::array git_artifact{
    listed("repo", text, Check::repository),
    tagged("revision", text),
    tagged("branch", text),
    allow("depth", int64),
    tagged("fetch", list_of(text)),
    allow("singleBranch", boolean),
    allow("disableSubmodules", boolean),
    forbid("usernameSecret", Why::secret_access),
    forbid("passwordSecret", Why::secret_access),
    forbid("sshPrivateKeySecret", Why::secret_access),
    forbid("insecureIgnoreHostKey", Why::artifact_location),
    forbid("insecureSkipTLS", Why::artifact_location),
};
constexpr std::array http_artifact{
    listed("url", text, Check::artifact_host),
    forbid("headers", Why::artifact_location),
    forbid("auth", Why::secret_access),
};
constexpr std::array archive_location{
    allow("archiveLogs", boolean),
    forbid("s3", Why::artifact_location),
    forbid("gcs", Why::artifact_location),
    forbid("azure", Why::artifact_location),
    forbid("oss", Why::artifact_location),
    forbid("hdfs", Why::artifact_location),
    forbid("artifactory", Why::artifact_location),
    forbid("plugin", Why::artifact_location),
    forbid("git", Why::artifact_location),
    forbid("http", Why::artifact_location),
    forbid("raw", Why::artifact_location),
};

constexpr std::array retry_strategy{
    capped("limit", int_or_text, Check::retries),
    listed("retryPolicy", text, Check::retry_policy),
    allow("backoff", an(Object::backoff)),
    capped("expression", text, Check::expression),
    allow("affinity", an(Object::retry_affinity)),
};
constexpr std::array backoff{
    capped("duration", text, Check::duration),
    capped("factor", int_or_text, Check::backoff_factor),
    capped("maxDuration", text, Check::duration),
    capped("cap", text, Check::duration),
};
constexpr std::array retry_affinity{allow("nodeAntiAffinity", an(Object::empty))};
constexpr std::array suspend{capped("duration", any_text, Check::suspend_duration)};

constexpr std::array step{
    allow("name", text),
    allow("template", text),
    allow("inline", an(Object::template_)),
    allow("arguments", an(Object::arguments)),
    capped_tagged("when", text, Check::when),
    allow("continueOn", an(Object::continue_on)),
    allow("onExit", text),
    allow("hooks", map_of(an(Object::hook))),
    capped_tagged("withItems", list_of(Type{Leaf::item}), Check::loop_items),
    tagged("withParam", text),
    allow("withSequence", an(Object::sequence)),
    forbid("templateRef", Why::unseen_code),
};
constexpr std::array task{
    allow("name", text),
    allow("template", text),
    allow("inline", an(Object::template_)),
    allow("arguments", an(Object::arguments)),
    allow("dependencies", list_of(text)),
    capped("depends", text, Check::depends),
    capped_tagged("when", text, Check::when),
    allow("continueOn", an(Object::continue_on)),
    allow("onExit", text),
    allow("hooks", map_of(an(Object::hook))),
    capped_tagged("withItems", list_of(Type{Leaf::item}), Check::loop_items),
    tagged("withParam", text),
    allow("withSequence", an(Object::sequence)),
    forbid("templateRef", Why::unseen_code),
};
constexpr std::array dag{
    allow("target", text),
    allow("failFast", boolean),
    allow("tasks", list_of(an(Object::task))),
};
constexpr std::array continue_on{allow("error", boolean), allow("failed", boolean)};
constexpr std::array sequence{
    capped("count", int_or_text, Check::loop_count),
    capped("start", int_or_text, Check::loop_count),
    capped("end", int_or_text, Check::loop_count),
    capped("format", text, Check::loop_format),
};
constexpr std::array hook{
    allow("template", text),
    allow("arguments", an(Object::arguments)),
    capped("expression", text, Check::expression),
    forbid("templateRef", Why::unseen_code),
};

constexpr std::array artifact_repository{allow("configMap", text), allow("key", text)};
constexpr std::array executor{allow("serviceAccountName", text)};
constexpr std::array pod_gc{
    allow("strategy", text),
    allow("deleteDelayDuration", text),
    forbid("labelSelector", Why::identity),
};
constexpr std::array ttl_strategy{
    allow("secondsAfterCompletion", int32),
    allow("secondsAfterSuccess", int32),
    allow("secondsAfterFailure", int32),
};
constexpr std::array host_alias{allow("ip", text), allow("hostnames", list_of(text))};
constexpr std::array volume_claim_gc{allow("strategy", text)};

using Entry = std::pair<Object, std::span<const Field>>;

constexpr std::array registry{
    Entry{Object::workflow, workflow},
    Entry{Object::metadata, metadata},
    Entry{Object::workflow_spec, workflow_spec},
    Entry{Object::template_, template_},
    Entry{Object::arguments, arguments},
    Entry{Object::argument_parameter, argument_parameter},
    Entry{Object::artifact_repository, artifact_repository},
    Entry{Object::executor, executor},
    Entry{Object::hook, hook},
    Entry{Object::pod_gc, pod_gc},
    Entry{Object::ttl_strategy, ttl_strategy},
    Entry{Object::volume_claim_gc, volume_claim_gc},
    Entry{Object::host_alias, host_alias},
    Entry{Object::inputs, inputs},
    Entry{Object::outputs, outputs},
    Entry{Object::input_parameter, input_parameter},
    Entry{Object::output_parameter, output_parameter},
    Entry{Object::output_value_from, output_value_from},
    Entry{Object::input_artifact, input_artifact},
    Entry{Object::output_artifact, output_artifact},
    Entry{Object::archive_strategy, archive_strategy},
    Entry{Object::tar_strategy, tar_strategy},
    Entry{Object::git_artifact, git_artifact},
    Entry{Object::http_artifact, http_artifact},
    Entry{Object::raw_artifact, raw_artifact},
    Entry{Object::archive_location, archive_location},
    Entry{Object::retry_strategy, retry_strategy},
    Entry{Object::backoff, backoff},
    Entry{Object::retry_affinity, retry_affinity},
    Entry{Object::suspend, suspend},
    Entry{Object::step, step},
    Entry{Object::dag, dag},
    Entry{Object::task, task},
    Entry{Object::continue_on, continue_on},
    Entry{Object::sequence, sequence},
};

} // namespace

std::span<const std::pair<Object, std::span<const Field>>> tables_of_workflow() {
    return registry;
}

} // namespace seakeeper::workflow::fields
