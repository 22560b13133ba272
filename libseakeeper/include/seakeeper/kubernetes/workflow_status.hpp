// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What an Argo Workflow object says about its run. Pure readers of JSON that a cluster sent, or
// that somebody forged: wrong types read as absent, sizes are bounded, nothing throws. Facts: Argo
// Workflows 4.0.2 and 4.1.2, recorded.
namespace seakeeper::kubernetes {

namespace json = boost::json;

/// Of a Workflow and of a node; a node knows all, a Workflow not skipped and omitted.
enum class Phase : std::uint8_t {
    none, ///< not written yet
    pending,
    running,
    succeeded,
    failed,
    error,
    skipped,
    omitted,
    unknown, ///< a text we do not know
};
SEAKEEPER_API std::string_view to_string(Phase phase) noexcept;
SEAKEEPER_API Phase phase_of(std::string_view text) noexcept;

/// How pods are named (annotation workflows.argoproj.io/pod-name-format; absent: v2).
enum class PodNameFormat : std::uint8_t { v1, v2 };

/// What a glance at the object shows; nodes not unpacked.
struct WorkflowStatus {
    std::string name;
    std::string name_space;
    std::string uid;
    std::string resource_version;
    Phase phase = Phase::none;
    /// Label workflows.argoproj.io/completed is "true": written by the controller in the same
    /// update as the final phase. A forged phase has no such label.
    bool is_labelled_completed = false;
    bool is_being_deleted = false; ///< metadata.deletionTimestamp is set
    std::string message;
    std::string started_at;  ///< RFC 3339 or empty
    std::string finished_at; ///< RFC 3339 or empty
    std::string progress;    ///< "n/m"
    PodNameFormat pod_names = PodNameFormat::v2;
    std::vector<std::string> finalizers;
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;

    /// Over, for now: the phase is final and the label says so. Not for ever: `argo retry` starts
    /// the same uid again; key what you store by uid and started_at.
    SEAKEEPER_API bool is_terminal() const noexcept;
};

/// Errc::malformed when it is no Workflow or has no name.
SEAKEEPER_API Result<WorkflowStatus> read_workflow_status(const json::object& workflow);

/// A node of the run: Pod, Container, Steps, StepGroup, DAG, TaskGroup, Retry, Skipped, Suspend,
/// HTTP, Plugin.
struct Node {
    std::string id;
    std::string name; ///< "run[0].build(0:x)": unique in the run
    std::string display_name;
    std::string type;
    std::string template_name; ///< templateRef.template, else templateName
    Phase phase = Phase::none;
    std::string message;
    std::string boundary_id; ///< the node of the template invocation around it
    std::string started_at;
    std::string finished_at;
    std::optional<int> exit_code;
    std::optional<std::string> result; ///< outputs.result
    bool is_result_synced = true;      ///< taskResultSynced absent or true: only then is it done
    std::vector<std::string> children; ///< ids; may name nodes that are not there
};
using Nodes = std::map<std::string, Node>; ///< by id

struct NodeLimits {
    std::size_t bytes = 64u << 20; ///< of compressed nodes, unpacked
    std::size_t count = 20'000;
};

/// The run's nodes in whatever encoding: status.nodes; status.compressedNodes (base64 of gzip, zstd
/// or brotli); Errc::unsupported when they were moved to Argo's database
/// (offloadNodeStatusVersion). Errc::malformed, Errc::limit_exceeded. No nodes yet: empty.
SEAKEEPER_API Result<Nodes> read_nodes(const json::object& workflow, const NodeLimits& limits = {});

/// FNV-1a, 32 bits.
SEAKEEPER_API std::uint32_t fnv1a_32(std::string_view bytes) noexcept;
/// Argo's id of the node with that name (workflow/v1alpha1 NodeID).
SEAKEEPER_API std::string node_id(std::string_view workflow, std::string_view node_name);
/// The name of the pod that runs a node (workflow/util/pod_name.go).
SEAKEEPER_API std::string
pod_name(std::string_view workflow, const Node& node, PodNameFormat format = PodNameFormat::v2);

/// The nodes from the root down, each once, parents before children, loops cut; nodes that no path
/// reaches (exit handlers) follow, by name.
SEAKEEPER_API std::vector<const Node*> in_order(std::string_view workflow, const Nodes& nodes);

/// A step that failed of itself, not because of one within it.
struct FailedStep {
    std::string node_id;
    std::string pod_name;           ///< empty when no pod belongs to it
    std::string container = "main"; ///< whose log tells
    std::string display_name;
    std::string name;
    std::string template_name;
    std::string message;
    Phase phase = Phase::failed;
    std::optional<int> exit_code;
};

/// Where the run broke, earliest first: leaves that are Failed or Error; of a retried step the last
/// attempt, and only if the step failed as a whole; not what a steps group forgave (continueOn).
SEAKEEPER_API std::vector<FailedStep>
failed_steps(const WorkflowStatus& workflow, const Nodes& nodes);

} // namespace seakeeper::kubernetes
