// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/node.hpp"
#include "local/program.hpp"
#include "workflow/substitution.hpp"

#include <seakeeper/core/clock.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

// One execution of a Program as a state machine: what Argo's controller makes of a Workflow
// (argo-workflows 4.0, workflow/controller). It is told how pods ended and what time it is, and
// says which pods to start and which to end. It knows no process, file or clock.
namespace seakeeper::local {

/// A pod that is to be started, every tag replaced.
struct Launch {
    std::size_t node = 0;
    std::string id;            ///< Argo's node id; names the log and its folders
    boost::json::object pod;   ///< the processed template; read_pod() understands it
    bool wants_result = false; ///< somebody refers to its outputs.result
    std::optional<WallTime> until;
};

/// How a container of a pod ended.
struct ContainerEnd {
    std::string name;
    int exit_code = 0;
    std::string message; ///< why, where it was not the program
};

/// How a pod ended.
struct PodEnd {
    std::vector<ContainerEnd> init;
    std::vector<ContainerEnd> mains;       ///< one, or those of a set; only what was started
    std::vector<ContainerEnd> sidecars;    ///< those that ended by themselves
    std::optional<std::string> fault;      ///< of what we do before it starts: inputs, sandbox
    std::optional<std::string> wait_fault; ///< of what we do after it: outputs
    bool is_late = false;                  ///< its deadline passed
    std::optional<std::string> killed;     ///< we ended it, and why
    Outputs outputs;                       ///< exit code aside
};

/// What is to be done now.
struct Acts {
    std::vector<Launch> launches;
    std::vector<std::size_t> kills; ///< pods that have to end; finished() tells when they have
};

class SEAKEEPER_API Plan {
public:
    explicit Plan(Program program);
    Plan(const Plan&) = delete;
    Plan& operator=(const Plan&) = delete;

    /// Goes as far as it can. Call first of all, after every change, and at next_alarm().
    Acts advance(WallTime now);
    void started(std::size_t node, WallTime now);
    void finished(std::size_t node, PodEnd end, WallTime now);
    /// Nothing more is started, exit handlers neither; what runs is to be ended.
    void stop(std::string why);

    bool is_stopped() const { return stopped_.has_value(); }
    /// It has its phase, and every pod has ended.
    bool is_over() const { return over_.has_value() && active_.empty(); }
    /// When advance() has to be called though nothing happened.
    std::optional<WallTime> next_alarm() const { return alarm_; }
    NodePhase phase() const;
    const std::string& message() const { return message_; }
    const std::deque<Node>& nodes() const { return nodes_; }
    const Outputs& outputs() const { return outputs_; } ///< of the whole: globalName
    const Program& program() const { return program_; }

private:
    enum class Why : std::uint8_t { none, parallelism, too_deep, late, other };
    /// What became of a call; Argo's (node, error).
    struct Outcome {
        std::optional<std::size_t> node;
        Why why = Why::none;
        std::string message;
    };
    struct Place {
        std::string name;
        std::string scope;
        std::optional<std::size_t> boundary;
        bool is_hook = false;
        bool is_retry = false;
        bool is_on_exit = false;
        std::optional<WallTime> until;
    };

    // plan.cpp: the whole
    void set_globals();
    void pass();
    void end_run(std::size_t root, std::optional<std::size_t> exit_node);
    std::string failures() const;
    bool run_workflow_hooks();
    void fail_late_nodes();
    void ring_at(WallTime time);
    std::optional<WallTime> deadline() const;
    bool is_past_deadline() const;

    // plan_nodes.cpp
    std::optional<std::size_t> find(std::string_view name) const;
    std::size_t add(NodeType type, NodePhase phase, const Place& place, std::string message = "");
    void mark(std::size_t node, NodePhase phase, std::string message);
    void mark(std::size_t node, NodePhase phase);
    void add_child(std::size_t parent, std::size_t child);
    std::vector<std::size_t> outbound_of(std::size_t node) const;
    std::size_t active_pods(std::optional<std::size_t> boundary) const;
    std::size_t active_children(std::size_t boundary) const;
    std::size_t failed_children(std::size_t boundary) const;
    bool are_children_fulfilled(std::size_t node) const;

    // plan_templates.cpp
    Outcome execute(
        const boost::json::object& step, const boost::json::object& arguments, const Place& place
    );
    Outcome execute_known(std::size_t node, const boost::json::object& step, const Place& place);
    Outcome execute_new(
        const boost::json::object& step, const boost::json::object& arguments, const Place& place
    );
    Outcome execute_body(boost::json::object body, const Place& place, std::string scope);
    Outcome execute_frame(std::size_t node);
    Outcome refuse(
        const boost::json::object& step,
        const Place& place,
        std::string message,
        Why why = Why::other
    );
    /// True: nothing may start there now.
    bool
    is_full(const boost::json::object& body, std::optional<std::size_t> node, const Place& place);
    bool is_failing_fast(std::size_t boundary, const boost::json::object& body);
    std::string pod_name(std::string_view node_name, std::string_view template_name) const;

    // plan_leaves.cpp
    Outcome execute_pod(boost::json::object body, const Place& place, std::string scope);
    Outcome execute_suspend(std::size_t node);
    void launch(std::size_t node);
    bool is_result_wanted(const Node& node) const;
    void end_pod(std::size_t node, const PodEnd& end);

    // plan_retries.cpp
    Outcome execute_retry(std::size_t node);
    Outcome attempt(std::size_t node, std::optional<WallTime> until);
    std::optional<boost::json::object> retry_strategy_of(const boost::json::object& body) const;
    /// What becomes of the retry node now; nothing: one more attempt.
    std::optional<Outcome> judge_attempts(
        std::size_t node, const boost::json::object& strategy, std::optional<WallTime>& until
    );
    std::optional<Outcome>
    back_off(std::size_t node, const boost::json::object& strategy, std::optional<WallTime>& until);
    Result<bool> may_retry(std::size_t node, const boost::json::object& strategy);
    std::vector<std::size_t> attempts_of(std::size_t node) const;
    workflow::Variables attempt_variables(std::size_t node, std::string_view no_exit_code) const;

    // plan_steps.cpp
    Outcome execute_steps(std::size_t node);
    bool execute_group(std::size_t node, std::size_t group_node);
    bool call_group(std::size_t node, std::size_t group_node, const std::vector<Call>& calls);
    bool are_group_members_done(
        std::size_t node, std::size_t group_node, const std::vector<Call>& calls
    );
    Result<std::vector<Call>>
    resolved(const boost::json::array& steps, std::size_t node, std::size_t group_node);
    void publish_group(std::size_t node, const boost::json::array& group, const std::string& name);
    void connect_group(std::size_t node, std::size_t group, std::size_t group_node);

    // plan_dag.cpp
    Outcome execute_dag(std::size_t node);
    void open_dag(std::size_t node);
    void execute_task(std::size_t node, std::size_t task, std::vector<bool>& visited);
    bool are_needs_met(std::size_t node, std::size_t task, std::vector<bool>& visited);
    bool prepare_task(std::size_t node, std::size_t task);
    void start_task(std::size_t node, std::size_t task);
    bool follow_task(std::size_t node, std::size_t task);
    bool follow_call(std::size_t node, std::size_t task, std::size_t child);
    void settle_group(std::size_t node, std::size_t task);
    void end_task(std::size_t node, std::size_t task, NodePhase phase, std::string message);
    void connect(std::size_t node, std::size_t task, std::size_t child);
    std::optional<NodePhase> assess(std::size_t node) const; // plan_assess.cpp
    std::optional<std::map<std::size_t, std::optional<NodePhase>>> reached_targets(std::size_t node
    ) const;
    std::optional<std::size_t> task_node(std::size_t node, std::size_t task) const;
    workflow::Variables task_variables(std::size_t node, std::size_t task, Status& fault) const;
    bool task_outcome(std::size_t node, std::string_view task, std::string_view result) const;
    const boost::json::object& task_step(std::size_t node, std::size_t task) const;

    // plan_hooks.cpp
    Result<bool> run_hooks(
        std::size_t node,
        const boost::json::object& step,
        const std::string& prefix,
        const workflow::Variables& variables
    );
    /// False: there is one and it has not ended.
    Result<bool> run_exit_hook(
        std::size_t node,
        const boost::json::object& step,
        const std::string& prefix,
        const workflow::Variables& variables
    );
    std::optional<boost::json::object> exit_hook_of(const boost::json::object& owner) const;
    Result<boost::json::object> hook_arguments(
        const boost::json::object& hook,
        const std::string& prefix,
        const Outputs& outputs,
        const workflow::Variables& variables
    ) const;
    bool are_hooks_fulfilled(std::size_t node) const;
    const Outputs& effective_outputs(std::size_t node) const;

    // plan_outputs.cpp
    void publish(workflow::Variables& into, const std::string& prefix, std::size_t node) const;
    Status publish_loop(
        workflow::Variables& into, const std::string& prefix, std::vector<std::size_t> nodes
    ) const;
    void publish_globally(const Outputs& outputs);
    Result<Outputs>
    outputs_from(const boost::json::object& body, const workflow::Variables& variables) const;
    void add_inputs(workflow::Variables& into, const boost::json::object& body) const;

    Program program_;
    workflow::Variables globals_;
    std::deque<Node> nodes_; ///< in order of their making; never moved
    std::map<std::string, std::size_t, std::less<>> by_name_;
    std::set<std::size_t> active_; ///< pods that were handed out and have not ended
    std::set<std::size_t> killed_;
    Acts acts_;
    Outputs outputs_;
    std::optional<WallTime> begun_;
    std::optional<WallTime> alarm_;
    std::optional<std::string> stopped_;
    std::optional<NodePhase> over_;
    std::string message_;
    WallTime now_{};
    bool has_changed_ = false;
    int depth_ = 0;
};

/// A template with its inputs filled from arguments. Errors are worded as Argo words them.
SEAKEEPER_API Result<boost::json::object> prepared(
    boost::json::object body,
    const boost::json::object& arguments,
    const workflow::Variables& variables
);
/// The same without arguments: only the tags.
SEAKEEPER_API Result<boost::json::object>
substituted(boost::json::object body, const workflow::Variables& variables);

/// How a pod that ended ends its node: phase and Argo's words for it.
SEAKEEPER_API std::pair<NodePhase, std::string> judged(const PodEnd& end);

/// One call for each item of a step's loop, or one call. Errors are worded as Argo words them.
SEAKEEPER_API Result<std::vector<Call>>
expanded_calls(const boost::json::object& step, const workflow::Variables& variables);

/// Replaces `from` and `fromExpression` of the step's artifacts by what they mean.
SEAKEEPER_API Status
resolve_artifacts(boost::json::object& arguments, const workflow::Variables& variables);
SEAKEEPER_API Result<std::optional<boost::json::object>>
resolved_artifact(const boost::json::object& artifact, const workflow::Variables& variables);

/// "90", "1m30s", "2h": seconds, or Go's durations (argo-workflows: ParseStringToDuration).
SEAKEEPER_API Result<std::chrono::milliseconds> duration_of(std::string_view text);

/// Whether what follows goes on although this step or task ended `phase` (`continueOn`).
bool continues_on(const boost::json::object& step, NodePhase phase);

} // namespace seakeeper::local
