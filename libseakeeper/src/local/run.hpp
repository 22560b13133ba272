// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/program.hpp"
#include "local/tags.hpp"

#include <seakeeper/pipeline/executor.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

// One execution of a Program as a state machine: it is told how leaves ended and says which leaves
// to start. It knows no process, file or clock.
namespace seakeeper::local {

using pipeline::RunPhase;

/// A leaf that is to be started, every tag replaced.
struct Launch {
    std::size_t node = 0;
    std::string id; ///< Argo's node id; names the log
    Container container;
    std::optional<std::chrono::seconds> deadline;
};

/// How a leaf ended.
struct LeafEnd {
    int exit_code = 0;
    std::string result; ///< its standard output's last 256 KiB, one final newline removed
    std::string fault;  ///< it was not the program that ended it: deadline, sandbox, cancelled
};

class SEAKEEPER_API Run {
public:
    explicit Run(Program program);

    /// The leaves to begin with. Call once.
    std::vector<Launch> start();
    /// Takes the end of a leaf that was handed out; the leaves that may start now.
    std::vector<Launch> finished(std::size_t node, LeafEnd end);
    /// Nothing more is handed out; what runs is waited for.
    void stop(std::string why);

    bool is_stopped() const { return stopped_.has_value(); }
    bool is_over() const;
    RunPhase phase() const;
    std::string message() const;
    /// Leaves only, in order of their start.
    std::vector<pipeline::RunStep> steps() const;
    const Program& program() const { return program_; }

private:
    struct Node {
        std::string name; ///< as Argo writes it: WORKFLOW[0].build, WORKFLOW.test
        std::string display;
        std::size_t template_index = 0;
        std::optional<std::size_t> parent;
        RunPhase phase = RunPhase::pending;
        std::string message;
        Scope scope; ///< what tags may name inside this node
        std::size_t group = 0;
        std::map<std::string, std::size_t> children; ///< steps of all groups, or tasks, by name
        std::optional<int> exit_code;
    };

    Scope workflow_scope() const;
    std::size_t
    add(std::string name,
        std::string display,
        std::size_t template_index,
        std::optional<std::size_t> parent);
    void enter(std::size_t index, const std::vector<Parameter>& arguments);
    void launch_leaf(std::size_t index);
    void advance_steps(std::size_t index);
    void advance_dag(std::size_t index);
    void advance(std::size_t index);
    void call(std::size_t parent, const Call& call, const std::string& name);
    void end(std::size_t index, RunPhase phase, std::string message);
    void tell_parent(std::size_t index, const std::string& result);
    const Template& template_of(const Node& node) const;

    Program program_;
    std::vector<Node> nodes_;
    std::vector<Launch> launches_;
    std::optional<std::string> stopped_;
};

/// `<workflow>` for the root, else `<workflow>-<FNV-1a-32 of the node's name>`
/// (argo-workflows 4.1: workflow_types.go, NodeID).
SEAKEEPER_API std::string node_id(std::string_view workflow, std::string_view node_name);

} // namespace seakeeper::local
