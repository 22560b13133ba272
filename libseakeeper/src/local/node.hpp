// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "workflow/substitution.hpp"

#include <seakeeper/core/clock.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The node tree of an execution, as Argo keeps it in status.nodes.
namespace seakeeper::local {

enum class NodeType : std::uint8_t {
    pod,
    container,
    steps,
    step_group,
    dag,
    task_group,
    retry,
    skipped,
    suspend
};
enum class NodePhase : std::uint8_t {
    pending,
    running,
    succeeded,
    skipped,
    failed,
    error,
    omitted
};
SEAKEEPER_API std::string_view to_string(NodeType type);
SEAKEEPER_API std::string_view to_string(NodePhase phase);

constexpr bool is_bad(NodePhase phase) {
    return phase == NodePhase::failed || phase == NodePhase::error;
}
/// Ran to an end.
constexpr bool is_completed(NodePhase phase) {
    return is_bad(phase) || phase == NodePhase::succeeded;
}
/// Nothing more will happen to it.
constexpr bool is_fulfilled(NodePhase phase) {
    return phase != NodePhase::pending && phase != NodePhase::running;
}

struct OutputParameter {
    std::string name;
    std::optional<std::string> value;
    std::string global_name;
    friend bool operator==(const OutputParameter&, const OutputParameter&) = default;
};

/// What a node leaves behind.
struct Outputs {
    std::optional<std::string> result;
    std::optional<std::string> exit_code;
    std::vector<OutputParameter> parameters;
    std::vector<boost::json::object> artifacts; ///< with `stored`: where its files are
    bool has_any() const {
        return result || exit_code || !parameters.empty() || !artifacts.empty();
    }
};

/// A step or task with its tags replaced, one of a loop.
struct Call {
    std::string name; ///< with the item of a loop: "a(0:x)"
    boost::json::object step;
};

struct TaskState {
    std::string name;
    std::vector<std::size_t> needs;         ///< tasks that it depends on
    std::string depends;                    ///< empty: on nothing
    std::optional<std::vector<Call>> calls; ///< once it may start
    bool is_loop = false;
    std::optional<std::string> exit_fault; ///< its exit handler could not be called
};

/// How far a steps or dag node has come.
struct Frame {
    explicit Frame(const workflow::Variables& globals) : variables{&globals} {}

    workflow::Variables variables;          ///< what steps have left behind, and the inputs
    std::size_t group = 0;                  ///< of steps
    std::optional<std::vector<Call>> calls; ///< of the group that runs
    bool has_exit_fault = false;            ///< of a step's exit handler that could not be called
    std::vector<TaskState> tasks;           ///< of a DAG
    std::vector<std::size_t> targets;       ///< of a DAG: tasks
    std::string text;                       ///< the body in JSON, once somebody looked for names
};

struct Node {
    std::string id;
    std::string name; ///< as Argo writes it: WORKFLOW[0].build, WORKFLOW.test(1:x)
    std::string display;
    NodeType type = NodeType::pod;
    NodePhase phase = NodePhase::pending;
    std::string message;
    std::string template_name;
    std::string scope;                   ///< WorkflowTemplate its template stands in; empty: here
    std::optional<std::size_t> boundary; ///< the steps or dag node it belongs to
    std::vector<std::size_t> children;
    std::vector<std::size_t> outbound;
    bool is_hook = false;
    bool is_retry = false;   ///< an attempt
    bool is_on_exit = false; ///< goes on when the run is stopped or late
    Outputs outputs;
    std::optional<WallTime> started;
    std::optional<WallTime> finished;
    boost::json::object body; ///< the processed template
    std::unique_ptr<Frame> frame;
    std::optional<WallTime> until; ///< of attempts: the retry's maxDuration
};

/// `<workflow>` for the root, else `<workflow>-<FNV-1a-32 of the node's name>`
/// (argo-workflows 4.0: workflow_types.go, NodeID).
SEAKEEPER_API std::string node_id(std::string_view workflow, std::string_view node_name);

} // namespace seakeeper::local
