// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include "fields_tables.hpp"

#include <algorithm>
#include <array>

namespace seakeeper::workflow::fields {
namespace {

constexpr auto object_count = static_cast<std::size_t>(Object::last);
using Index = std::array<std::span<const Field>, object_count>;

Index make_index() {
    Index index;
    for (const auto& tables : {tables_of_workflow(), tables_of_pod()}) {
        for (const auto& [object, fields] : tables) {
            index[static_cast<std::size_t>(object)] = fields;
        }
    }
    return index;
}

struct Named {
    Object object;
    std::string_view name;
};

constexpr std::array names{
    Named{Object::workflow, "Workflow"},
    Named{Object::metadata, "metadata object"},
    Named{Object::workflow_spec, "specification"},
    Named{Object::template_, "template"},
    Named{Object::arguments, "list of arguments"},
    Named{Object::sequence, "sequence"},
    Named{Object::suspend, "suspension"},
    Named{Object::empty_dir, "emptyDir"},
    Named{Object::container_set_retry, "retry strategy"},
    Named{Object::output_value_from, "valueFrom"},
    Named{Object::argument_parameter, "argument"},
    Named{Object::hook, "hook"},
    Named{Object::inputs, "list of inputs"},
    Named{Object::outputs, "list of outputs"},
    Named{Object::input_parameter, "input parameter"},
    Named{Object::output_parameter, "output parameter"},
    Named{Object::input_artifact, "artifact"},
    Named{Object::output_artifact, "artifact"},
    Named{Object::retry_strategy, "retry strategy"},
    Named{Object::step, "step"},
    Named{Object::dag, "DAG"},
    Named{Object::task, "DAG task"},
    Named{Object::pod_spec, "pod"},
    Named{Object::host_alias, "host alias"},
    Named{Object::container, "container"},
    Named{Object::named_container, "container"},
    Named{Object::set_container, "container"},
    Named{Object::script, "script"},
    Named{Object::container_set, "container set"},
    Named{Object::env, "environment variable"},
    Named{Object::volume, "volume"},
    Named{Object::volume_mount, "volume mount"},
    Named{Object::security_context, "security context"},
    Named{Object::pod_security_context, "security context"},
};

// in the order of Object
constexpr std::array<std::string_view, object_count> ids{
    "",
    "workflow",
    "metadata",
    "spec",
    "template",
    "arguments",
    "argument",
    "artifactRepository",
    "executor",
    "hook",
    "podGc",
    "ttlStrategy",
    "volumeClaimGc",
    "volumeClaimTemplate",
    "claimMetadata",
    "claimSpec",
    "claimResources",
    "inputs",
    "outputs",
    "inputParameter",
    "outputParameter",
    "outputValueFrom",
    "inputArtifact",
    "outputArtifact",
    "archiveStrategy",
    "tarStrategy",
    "empty",
    "gitArtifact",
    "httpArtifact",
    "rawArtifact",
    "archiveLocation",
    "retryStrategy",
    "backoff",
    "retryAffinity",
    "suspend",
    "step",
    "dag",
    "task",
    "continueOn",
    "sequence",
    "container",
    "namedContainer",
    "setContainer",
    "script",
    "containerSet",
    "containerSetRetry",
    "env",
    "envSource",
    "envFrom",
    "namedReference",
    "secretReference",
    "configMapKey",
    "secretKey",
    "fieldReference",
    "resourceReference",
    "resources",
    "port",
    "probe",
    "execAction",
    "httpGetAction",
    "httpHeader",
    "tcpAction",
    "grpcAction",
    "volumeMount",
    "securityContext",
    "podSecurityContext",
    "capabilities",
    "seccomp",
    "volume",
    "emptyDir",
    "configMapVolume",
    "secretVolume",
    "keyToPath",
    "downwardVolume",
    "downwardFile",
    "ephemeralVolume",
    "ephemeralClaim",
    "hostAlias",
    "pullSecret",
    "podSpec",
};

// in the order of Why
constexpr std::array reasons{
    Reason{"unknown-field", "", ""},
    Reason{
        "status",
        "a status that comes with the object is believed by Argo, up to a forged success",
        "a file without it"},
    Reason{
        "identity",
        "labels, annotations, owners and finalizers decide which controller acts on an object and "
        "whose it is",
        "a file without it; the workload's identity is ours to write"},
    Reason{
        "pod-spec-patch",
        "it may change everything about a pod, after every check",
        "the fields of the template"},
    Reason{
        "service-account",
        "a template's account and token would win over those of the trust class",
        "a file without it; the accounts are the operator's"},
    Reason{
        "node-placement",
        "where pods run is decided by the trust class",
        "a file without it; the node pool is the operator's"},
    Reason{
        "host-access",
        "it reaches the node or what is not this run's",
        "emptyDir, configMap, a claim template of the workflow"},
    Reason{"network", "it changes what names mean inside the pod", "a file without it"},
    Reason{
        "secret-access",
        "it reads credentials of the namespace",
        "in a trusted workload, the secrets that the operator lists for containers"},
    Reason{"config-access", "it reads an object of the namespace", "a literal value"},
    Reason{
        "unseen-code",
        "it runs a template that is not in this file and may change at any time",
        "the template itself"},
    Reason{
        "shared-state",
        "locks and caches are shared with other runs and namespaces",
        "none of them"},
    Reason{"controller-load", "it fills the memory of Argo's controller", "a file without it"},
    Reason{
        "external-action",
        "it acts with the rights of an account of the namespace or of Argo's agent",
        "container, script, containerSet, steps, dag, suspend"},
    Reason{
        "security-context",
        "it may give a container more than an ordinary user has",
        "runAsUser and runAsGroup above 0, readOnlyRootFilesystem"},
    Reason{
        "artifact-location",
        "it names a place in a store that other runs use, or an unverified one",
        "artifacts without a location, raw, git and http from the operator's hosts"},
    Reason{"priority", "it pushes other runs aside", "a file without it"},
    Reason{"hang", "the run would wait for somebody, or never end by itself", "suspend.duration"},
    Reason{"devices", "it claims devices of the cluster", "a file without it"},
    Reason{"newer-argo", "not every Argo that we support knows it", "a file without it"},
    Reason{
        "parameter-source",
        "parameters are literal, or come from the event",
        "value, default; of outputs: path, parameter, default, supplied"},
    Reason{"container-hook", "it acts outside of the container's own life", "a file without it"},
    Reason{
        "pod-spec-patch",
        "a Workflow has no place for it; only a patch of pods would reach it",
        "the fields of the template"},
};

} // namespace

std::span<const Field> of(Object object) {
    static const Index index = make_index();
    return index[static_cast<std::size_t>(object)];
}

std::string phrase_of(Object object) {
    const auto found = std::ranges::find(names, object, &Named::object);
    const std::string name{found == names.end() ? id_of(object) : found->name};
    constexpr std::string_view vowels = "aeiou";
    const bool is_vowel = vowels.find(name.front()) != vowels.npos;
    return (is_vowel ? "an " : "a ") + name;
}

std::string_view id_of(Object object) {
    return ids[static_cast<std::size_t>(object)];
}

std::string id_of(Object object, const Field& field) {
    return std::string{id_of(object)} + '.' + std::string{field.name};
}

const Field* find(Object object, std::string_view name) {
    const auto fields = of(object);
    const auto found = std::ranges::find(fields, name, &Field::name);
    return found == fields.end() ? nullptr : &*found;
}

const Reason& reason_of(Why why) {
    return reasons.at(static_cast<std::size_t>(why));
}

} // namespace seakeeper::workflow::fields
