// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"

#include "workflow/expr_evaluation.hpp"
#include "workflow/go_json.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

// Nobody's Workflow needs so many; it is there so that a fault of ours cannot spin for ever.
constexpr int most_passes = 100'000;

std::string seconds_text(WallTime from, WallTime to) {
    return fmt::format("{:.6f}", std::chrono::duration<double>(to - from).count());
}

std::string rfc3339(WallTime time) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", std::chrono::floor<std::chrono::seconds>(time));
}

} // namespace

Plan::Plan(Program program) : program_{std::move(program)} {
}

NodePhase Plan::phase() const {
    return over_ ? *over_ : nodes_.empty() ? NodePhase::pending : NodePhase::running;
}

Acts Plan::advance(WallTime now) {
    now_ = now;
    if (!begun_) {
        begun_ = now;
        set_globals();
    }
    alarm_.reset();
    for (int i = 0; !over_ && i < most_passes; ++i) {
        has_changed_ = false;
        pass();
        if (!has_changed_) {
            break;
        }
    }
    if (over_ == NodePhase::error && !nodes_.empty() && nodes_[0].phase == NodePhase::running) {
        mark(0, NodePhase::error, "Workflow operation error"); // as markWorkflowPhase
    }
    return std::exchange(acts_, {});
}

void Plan::set_globals() {
    globals_.set("workflow.name", program_.name);
    globals_.set("workflow.namespace", "local");
    globals_.set("workflow.mainEntrypoint", program_.entrypoint());
    globals_.set(
        "workflow.serviceAccountName", std::string{text_at(program_.spec, "serviceAccountName")}
    );
    globals_.set("workflow.uid", program_.uid);
    const auto created = std::chrono::floor<std::chrono::seconds>(program_.created);
    globals_.set("workflow.creationTimestamp", rfc3339(program_.created));
    globals_.set("workflow.creationTimestamp.RFC3339", rfc3339(program_.created));
    const auto parts = fmt::gmtime(std::chrono::system_clock::to_time_t(created));
    for (const char c : std::string_view{"ABCDFHIMRSTUVWXYZabcdehjklmnprtuvwxy"}) {
        std::array<char, 100> text{};
        const std::string format{'%', c};
        const auto size = std::strftime(text.data(), text.size(), format.c_str(), &parts);
        globals_.set(
            fmt::format("workflow.creationTimestamp.{}", c), std::string{text.data(), size}
        );
    }
    globals_.set(
        "workflow.creationTimestamp.s", fmt::format("{}", created.time_since_epoch().count())
    );
    if (auto priority = any_text_at(program_.spec, "priority")) {
        globals_.set("workflow.priority", *priority);
    }
    const auto* arguments = object_at(program_.spec, "arguments");
    const auto* parameters = arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
    const json::value listed = parameters == nullptr ? json::value(json::array{}) : *parameters;
    for (const char* name : {"workflow.parameters", "workflow.parameters.json"}) {
        globals_.set(name, parameters == nullptr ? "null" : workflow::go_json(listed));
    }
    for (const auto& one : listed.get_array()) {
        if (auto value = any_text_at(one.get_object(), "value")) {
            globals_.set(
                fmt::format("workflow.parameters.{}", text_at(one.get_object(), "name")), *value
            );
        }
    }
    for (const char* kind : {"labels", "annotations"}) {
        const auto* map = object_at(program_.metadata, kind);
        for (const char* form : {"", ".json"}) {
            globals_.set(
                fmt::format("workflow.{}{}", kind, form),
                map == nullptr ? "null" : workflow::go_json(*map)
            );
        }
        for (const auto& member : map == nullptr ? json::object{} : *map) {
            globals_.set(
                fmt::format("workflow.{}.{}", kind, std::string_view{member.key()}),
                workflow::text_of(member.value())
            );
        }
    }
}

void Plan::ring_at(WallTime time) {
    if (!alarm_ || time < *alarm_) {
        alarm_ = time;
    }
}

std::optional<WallTime> Plan::deadline() const {
    const auto limit = program_.deadline();
    return limit ? std::optional{*begun_ + *limit} : std::nullopt;
}

bool Plan::is_past_deadline() const {
    const auto until = deadline();
    return until && now_ >= *until;
}

/// What has no pod is failed here; pods have their own deadline, and end by it.
void Plan::fail_late_nodes() {
    const auto until = deadline();
    if (until && now_ < *until) {
        ring_at(*until);
    }
    if (stopped_) {
        for (const auto pod : active_) {
            if (killed_.insert(pod).second) {
                acts_.kills.push_back(pod);
            }
        }
    }
    if (!stopped_ && !is_past_deadline()) {
        return;
    }
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        const Node& node = nodes_[i];
        const bool is_suspended =
            node.type == NodeType::suspend && node.phase == NodePhase::running;
        if ((node.is_on_exit && !stopped_) || !is_suspended) {
            continue;
        }
        mark(
            i,
            NodePhase::failed,
            stopped_ ? std::string{"Stopped with strategy 'Terminate'"}
                     : "Step exceeded its deadline"
        );
    }
}

void Plan::pass() {
    globals_.set("workflow.duration", seconds_text(*begun_, now_));
    // Argo fills it in before it says that the run has begun: the first steps find nothing.
    globals_.set("workflow.status", nodes_.empty() ? "" : "Running");
    fail_late_nodes();
    const json::object step{{"template", program_.entrypoint()}};
    const auto* arguments = object_at(program_.spec, "arguments");
    Place place;
    place.name = program_.name;
    const auto main = execute(step, arguments == nullptr ? json::object{} : *arguments, place);
    if (main.why == Why::parallelism && !(main.node && is_fulfilled(nodes_[*main.node].phase))) {
        return;
    }
    if (main.why != Why::none && main.why != Why::parallelism) {
        over_ = NodePhase::error;
        message_ = "error in entry template execution: " + main.message;
        return;
    }
    const auto root = *main.node;
    const auto phase = nodes_[root].phase;
    const bool is_good = phase == NodePhase::skipped || phase == NodePhase::omitted;
    globals_.set("workflow.status", std::string{to_string(is_good ? NodePhase::succeeded : phase)});
    globals_.set("workflow.failures", workflow::go_quoted(failures()));
    if (!run_workflow_hooks() || !is_fulfilled(nodes_[root].phase)) {
        return;
    }
    const auto hook = exit_hook_of(program_.spec);
    if (!hook || stopped_) {
        return end_run(root, std::nullopt);
    }
    Place on_exit;
    on_exit.name = program_.name + ".onExit";
    on_exit.is_hook = on_exit.is_on_exit = true;
    const auto* given = object_at(*hook, "arguments");
    const auto exit = execute(*hook, given == nullptr ? json::object{} : *given, on_exit);
    if (exit.why == Why::other || exit.why == Why::too_deep) {
        over_ = NodePhase::error;
        message_ = "error in exit template execution : " + exit.message;
        return;
    }
    if (exit.node && is_fulfilled(nodes_[*exit.node].phase)) {
        end_run(root, exit.node);
    }
}

void Plan::end_run(std::size_t root, std::optional<std::size_t> exit_node) {
    const auto phase = nodes_[root].phase;
    message_ = nodes_[root].message;
    if (is_bad(phase)) {
        over_ = phase;
        message_ = stopped_ ? "Stopped with strategy 'Terminate'" : message_;
        return;
    }
    over_ = NodePhase::succeeded;
    message_.clear();
    if (exit_node && is_bad(nodes_[*exit_node].phase)) {
        over_ = nodes_[*exit_node].phase;
        message_ = nodes_[*exit_node].message;
    }
}

/// workflow.failures, in the order of Argo's fields.
std::string Plan::failures() const {
    std::string out;
    for (const auto& node : nodes_) {
        if (!is_bad(node.phase)) {
            continue;
        }
        const auto text = [](std::string_view value) {
            return workflow::go_json(json::value(json::string{value}));
        };
        out += fmt::format(
            R"({}{{"displayName":{},"message":{},"templateName":{},"phase":{},"podName":{},"finishedAt":{}}})",
            out.empty() ? "[" : ",",
            text(node.display),
            text(node.message),
            text(node.template_name),
            text(to_string(node.phase)),
            text(pod_name(node.name, node.template_name)),
            node.finished ? text(rfc3339(*node.finished)) : "null"
        );
    }
    return out.empty() ? "null" : out + "]";
}

/// False: one runs.
bool Plan::run_workflow_hooks() {
    const auto* hooks = object_at(program_.spec, "hooks");
    if (hooks == nullptr) {
        return true;
    }
    bool are_done = true;
    for (const auto& [name, value] : *hooks) {
        if (name == "exit") {
            continue;
        }
        const auto& hook = value.get_object();
        Place place;
        place.name = fmt::format("{}.hooks.{}", program_.name, std::string_view{name});
        place.is_hook = true;
        auto is_due =
            workflow::evaluate_condition(text_at(hook, "expression"), globals_.environment());
        if (!is_due) {
            mark(0, NodePhase::error, is_due.error().message);
            return true;
        }
        if (!*is_due && !find(place.name)) {
            continue;
        }
        const auto* arguments = object_at(hook, "arguments");
        const auto outcome =
            execute(hook, arguments == nullptr ? json::object{} : *arguments, place);
        if (outcome.why == Why::other) {
            mark(0, NodePhase::error, outcome.message);
            return true;
        }
        if (outcome.node) {
            add_child(0, *outcome.node);
            are_done = are_done && is_fulfilled(nodes_[*outcome.node].phase);
        }
    }
    return are_done;
}

void Plan::stop(std::string why) {
    stopped_ = std::move(why);
}

} // namespace seakeeper::local
