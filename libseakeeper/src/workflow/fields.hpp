// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy_rules.hpp"

#include <seakeeper/core/export.hpp>
#include <seakeeper/trust/class.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

// The allow-list: every field of Argo's Workflow that we know, with its type and what each class
// may do with it (argo-workflows v4.0.2 - v4.1.2, pkg/apis/workflow/v1alpha1; kubernetes api
// core/v1). What is not in here does not exist.
namespace seakeeper::workflow::fields {

/// JSON types as Argo's Go structures decode them.
enum class Leaf : std::uint8_t {
    text,
    boolean,
    int32,
    int64,
    int_or_text, ///< intstr.IntOrString
    quantity,    ///< resource.Quantity
    any_text,    ///< AnyString: numbers and booleans become text
    item,        ///< an item of withItems: anything but null
    anything,    ///< of fields that are forbidden to all: their types do not matter
    object,
};

enum class Shape : std::uint8_t { one, list, map, list_of_lists };

/// The object types, each with its table.
enum class Object : std::uint8_t {
    none,
    workflow,
    metadata,
    workflow_spec,
    template_,
    // parts of the specification
    arguments,
    argument_parameter,
    artifact_repository,
    executor,
    hook,
    pod_gc,
    ttl_strategy,
    volume_claim_gc,
    volume_claim_template,
    claim_metadata,
    claim_spec,
    claim_resources,
    // parts of a template
    inputs,
    outputs,
    input_parameter,
    output_parameter,
    output_value_from,
    input_artifact,
    output_artifact,
    archive_strategy,
    tar_strategy,
    empty,
    git_artifact,
    http_artifact,
    raw_artifact,
    archive_location,
    retry_strategy,
    backoff,
    retry_affinity,
    suspend,
    step,
    dag,
    task,
    continue_on,
    sequence,
    // containers
    container,
    named_container,
    set_container,
    script,
    container_set,
    container_set_retry,
    env,
    env_source,
    env_from,
    named_reference,
    secret_reference,
    config_map_key,
    secret_key,
    field_reference,
    resource_reference,
    resources,
    port,
    probe,
    exec_action,
    http_get_action,
    http_header,
    tcp_action,
    grpc_action,
    volume_mount,
    security_context,
    pod_security_context,
    capabilities,
    seccomp,
    // volumes
    volume,
    empty_dir,
    config_map_volume,
    secret_volume,
    key_to_path,
    downward_volume,
    downward_file,
    ephemeral_volume,
    ephemeral_claim,
    host_alias,
    pull_secret,
    pod_spec, ///< what Argo makes of the others; for its fields that a Workflow has no place for
    last,
};

/// What a class may do with a field.
enum class Letter : std::uint8_t {
    allow,  ///< A
    forbid, ///< F
    set,    ///< S: what the file says is replaced by ours, or dropped
    cap,    ///< C: by Field::check, within Policy::caps
    listed, ///< W: by Field::check, from a list of the operator
    grant,  ///< F, unless the site grants the field by its name (trusted only)
};

/// Why a field is forbidden: rule id, reason, what is accepted.
enum class Why : std::uint8_t {
    none,
    status,
    identity,
    pod_spec_patch,
    service_account,
    node_placement,
    host_access,
    network,
    secret_access,
    config_access,
    unseen_code,
    shared_state,
    controller_load,
    external_action,
    security_context,
    artifact_location,
    priority,
    hang,
    devices,
    newer_argo,
    parameter_source,
    container_hook,
    pod_only,
};

struct Reason {
    RuleId rule;
    std::string_view text;
    std::string_view accepted;
};
const Reason& reason_of(Why why);

/// The test of a capped or listed value; see policy_checks.cpp.
enum class Check : std::uint8_t {
    none,
    author_labels,
    deadline,
    parallelism,
    retries,
    duration,
    suspend_duration,
    false_only,
    true_only,
    non_zero_user,
    runtime_default,
    drop_all,
    image,
    container_name,
    env_name,
    mount_path,
    file_path,
    sub_path,
    config_map,
    secret,
    storage_class,
    artifact_host,
    repository,
    raw_size,
    expression,
    when,
    depends,
    loop_items,
    loop_count,
    loop_format,
    backoff_factor,
    retry_policy,
    medium,
    protocol,
    scheme,
    message_policy,
    access_modes,
    claims,
    cpu_and_memory,
    storage,
};

struct Type {
    Leaf leaf = Leaf::text;
    Object object = Object::none;
    Shape shape = Shape::one;
};

struct Field {
    std::string_view name;
    Type type;
    Letter untrusted = Letter::allow;
    Letter trusted = Letter::allow;
    Why why = Why::none;
    Check check = Check::none;
    bool tags = false; ///< `{{...}}` may stand in it; everywhere else it is refused

    constexpr Letter letter(trust::Class trust_class) const {
        return trust_class == trust::Class::trusted ? trusted : untrusted;
    }
};

SEAKEEPER_API std::span<const Field> of(Object object);
/// For sentences: "a DAG task", "an input parameter".
std::string phrase_of(Object object);
/// The stable name, of docs/policy.md and the site file: "task".
std::string_view id_of(Object object);
/// "template.daemon".
std::string id_of(Object object, const Field& field);
/// Null: Argo has no such field, or we do not know it.
const Field* find(Object object, std::string_view name);

// Words for the tables.
constexpr Type text{Leaf::text};
constexpr Type any_text{Leaf::any_text};
constexpr Type boolean{Leaf::boolean};
constexpr Type int32{Leaf::int32};
constexpr Type int64{Leaf::int64};
constexpr Type int_or_text{Leaf::int_or_text};
constexpr Type quantity{Leaf::quantity};
constexpr Type anything{Leaf::anything};
constexpr Type an(Object object) {
    return {Leaf::object, object};
}
constexpr Type list_of(Type type) {
    return {type.leaf, type.object, Shape::list};
}
constexpr Type map_of(Type type) {
    return {type.leaf, type.object, Shape::map};
}
constexpr Type groups_of(Type type) {
    return {type.leaf, type.object, Shape::list_of_lists};
}

constexpr Field allow(std::string_view name, Type type) {
    return {name, type};
}
constexpr Field tagged(std::string_view name, Type type) {
    return {name, type, Letter::allow, Letter::allow, Why::none, Check::none, true};
}
constexpr Field forbid(std::string_view name, Why why) {
    return {name, anything, Letter::forbid, Letter::forbid, why};
}
constexpr Field ours(std::string_view name, Type type, Check check = Check::none) {
    return {name, type, Letter::set, Letter::set, Why::none, check};
}
constexpr Field capped(std::string_view name, Type type, Check check) {
    return {name, type, Letter::cap, Letter::cap, Why::none, check};
}
constexpr Field capped_tagged(std::string_view name, Type type, Check check) {
    return {name, type, Letter::cap, Letter::cap, Why::none, check, true};
}
constexpr Field listed(std::string_view name, Type type, Check check) {
    return {name, type, Letter::listed, Letter::listed, Why::none, check};
}
/// For the trusted class only, from a list of the operator.
constexpr Field trusted_listed(std::string_view name, Type type, Why why, Check check) {
    return {name, type, Letter::forbid, Letter::listed, why, check};
}
/// Forbidden, unless a site grants it to its trusted class.
constexpr Field grantable(std::string_view name, Type type, Why why) {
    return {name, type, Letter::forbid, Letter::grant, why};
}
/// For the trusted class only.
constexpr Field trusted_only(std::string_view name, Type type, Why why) {
    return {name, type, Letter::forbid, Letter::allow, why};
}

} // namespace seakeeper::workflow::fields
