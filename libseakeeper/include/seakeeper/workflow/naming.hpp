// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/trust/class.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace seakeeper::workflow {

/// What makes a workload this one and no other.
struct WorkloadKey {
    std::string server; ///< name of the Gerrit in the operator's file
    std::string project;
    std::uint32_t change = 0;      ///< 0 for events of a ref
    std::string revision;          ///< the patch set's commit, or the ref's new commit
    std::string definition_commit; ///< of refs/meta/config
    std::string workflow;          ///< path of the definition in it
    trust::Class trust_class = trust::Class::untrusted;
    std::string trigger; ///< the trigger's key and what it acts on: its semantic event key
    std::uint32_t attempt = 1;
};

/// "sk-" and 26 base32 characters of a SHA-256 over the length-prefixed fields, format "v1": a
/// DNS-1123 label, the same on every machine for ever. Also the Workflow's name.
SEAKEEPER_API std::string workload_id(const WorkloadKey& key);
/// Whether `text` has the form of workload_id's answer.
SEAKEEPER_API bool is_workload_id(std::string_view text) noexcept;

/// Keys of what we write on our objects.
inline constexpr std::string_view label_workload = "seakeeper.dev/workload";
inline constexpr std::string_view label_trust = "seakeeper.dev/trust";
inline constexpr std::string_view label_instance = "seakeeper.dev/instance";
inline constexpr std::string_view annotation_decision = "seakeeper.dev/decision";
inline constexpr std::string_view annotation_definition = "seakeeper.dev/definition";
/// SHA-256 of the manifest without this annotation and the decision's, which holds times: deciding
/// the same again, after a store was lost, gives the same. Tells our object from another of its
/// name.
inline constexpr std::string_view annotation_manifest = "seakeeper.dev/manifest";
/// Keeps a Workflow until its outcome is stored.
inline constexpr std::string_view finalizer = "seakeeper.dev/result";
/// Argo's own: which controller takes the object.
inline constexpr std::string_view label_controller = "workflows.argoproj.io/controller-instanceid";

} // namespace seakeeper::workflow
