// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/condition_evaluation.hpp"
#include "workflow/expression.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

const json::array& tasks_of(const Node& node) {
    return *array_at(*object_at(node.body, "dag"), "tasks");
}

std::vector<std::string> needs_of(const json::object& task) {
    if (const auto depends = text_at(task, "depends"); !depends.empty()) {
        return workflow::parse_depends(depends).tasks;
    }
    std::vector<std::string> needs;
    const auto* listed = array_at(task, "dependencies");
    for (const auto& one : listed == nullptr ? json::array{} : *listed) {
        needs.emplace_back(one.get_string());
    }
    return needs;
}

std::string depends_of(const json::object& task) {
    if (const auto depends = text_at(task, "depends"); !depends.empty()) {
        return std::string{depends};
    }
    std::string all;
    for (const auto& one : needs_of(task)) {
        all += (all.empty() ? "" : " && ") + one;
    }
    return all;
}

} // namespace

const json::object& Plan::task_step(std::size_t node, std::size_t task) const {
    return tasks_of(nodes_[node])[task].get_object();
}

std::optional<std::size_t> Plan::task_node(std::size_t node, std::size_t task) const {
    fmt::memory_buffer name; // asked for at every pass, of every task
    const auto& called = nodes_[node].frame->tasks[task].name;
    fmt::format_to(std::back_inserter(name), "{}.{}", nodes_[node].name, called);
    return find(std::string_view{name.data(), name.size()});
}

void Plan::open_dag(std::size_t node) {
    Frame& frame = *nodes_[node].frame;
    std::map<std::string, std::size_t, std::less<>> by_name;
    for (const auto& one : tasks_of(nodes_[node])) {
        TaskState task;
        task.name = text_at(one.get_object(), "name");
        task.depends = depends_of(one.get_object());
        by_name[task.name] = frame.tasks.size();
        frame.tasks.push_back(std::move(task));
    }
    std::vector<bool> is_needed(frame.tasks.size());
    for (std::size_t i = 0; i < frame.tasks.size(); ++i) {
        for (const auto& name : needs_of(task_step(node, i))) {
            const auto found = by_name.find(name);
            if (found == by_name.end()) {
                continue; // refused when it was read
            }
            auto& needs = frame.tasks[i].needs;
            if (std::ranges::find(needs, found->second) == needs.end()) {
                needs.push_back(found->second);
            }
            is_needed[found->second] = true;
        }
    }
    const auto target = std::string{text_at(*object_at(nodes_[node].body, "dag"), "target")};
    std::istringstream words{target};
    for (std::string word; words >> word;) {
        if (const auto found = by_name.find(word); found != by_name.end()) {
            frame.targets.push_back(found->second);
        }
    }
    for (const auto& [name, task] : by_name) { // in order of names, as Argo
        if (target.empty() && !is_needed[task]) {
            frame.targets.push_back(task);
        }
    }
}

Plan::Outcome Plan::execute_dag(std::size_t node) {
    Frame& frame = *nodes_[node].frame;
    std::vector<bool> visited(frame.tasks.size());
    for (const auto target : frame.targets) {
        execute_task(node, target, visited);
        if (const auto& fault = frame.tasks[target].exit_fault) {
            mark(node, NodePhase::error, *fault);
            return {node, Why::other, *fault};
        }
    }
    const auto is_exit_done = [&](std::size_t target) {
        const auto child = task_node(node, target);
        return !child || (is_fulfilled(nodes_[*child].phase) && are_hooks_fulfilled(*child));
    };
    const bool is_cut = stopped_ && std::ranges::all_of(frame.targets, is_exit_done);
    auto phase = is_cut ? std::optional{NodePhase::failed} : assess(node);
    if (!phase) {
        return {node, Why::none, ""};
    }
    nodes_[node].outbound.clear();
    for (const auto target : frame.targets) {
        if (const auto child = task_node(node, target)) {
            const auto more = outbound_of(*child);
            nodes_[node].outbound.insert(nodes_[node].outbound.end(), more.begin(), more.end());
        }
    }
    if (is_bad(*phase)) {
        mark(node, *phase);
        return {node, Why::none, ""};
    }
    workflow::Variables variables{&globals_};
    add_inputs(variables, nodes_[node].body);
    for (std::size_t i = 0; i < frame.tasks.size(); ++i) {
        const auto child = task_node(node, i);
        if (!child) {
            continue; // beyond the target
        }
        const auto prefix = "tasks." + frame.tasks[i].name;
        if (nodes_[*child].type == NodeType::task_group) {
            std::vector<std::size_t> loop;
            std::ranges::copy_if(nodes_[*child].children, std::back_inserter(loop), [&](auto one) {
                return !nodes_[one].is_hook;
            });
            if (auto done = publish_loop(variables, prefix, loop); !done) {
                mark(node, NodePhase::error, done.error().message);
                return {node, Why::other, done.error().message};
            }
        }
        publish(variables, prefix, *child);
        publish_globally(nodes_[*child].outputs);
    }
    auto outputs = outputs_from(nodes_[node].body, variables);
    if (!outputs) {
        mark(node, NodePhase::error, outputs.error().message);
        return {node, Why::other, outputs.error().message};
    }
    nodes_[node].outputs = std::move(*outputs);
    mark(node, NodePhase::succeeded);
    return {node, Why::none, ""};
}

void Plan::execute_task(std::size_t node, std::size_t task, std::vector<bool>& visited) {
    if (visited[task]) {
        return;
    }
    visited[task] = true;
    const auto child = task_node(node, task);
    if (child
        && (is_fulfilled(nodes_[*child].phase) || nodes_[*child].phase == NodePhase::running)) {
        if (!follow_task(node, task) || is_fulfilled(nodes_[*child].phase)) {
            return;
        }
    }
    TaskState& state = nodes_[node].frame->tasks[task];
    const auto& step = task_step(node, task);
    if (child && nodes_[*child].type == NodeType::pod && !step.contains("hooks")
        && !step.contains("onExit")) { // it runs: of it there is nothing to do
        for (const auto need : state.needs) {
            execute_task(node, need, visited);
        }
        return;
    }
    if (!are_needs_met(node, task, visited)) { // of one that runs too: their handlers go on
        return;
    }
    if (!state.calls && !prepare_task(node, task)) {
        return;
    }
    start_task(node, task);
}

/// Hooks and the exit handler of a task that runs or has ended. False: they are not done.
bool Plan::follow_task(std::size_t node, std::size_t task) {
    const auto& step = task_step(node, task);
    if (!step.contains("hooks") && !step.contains("onExit")) {
        return true;
    }
    const auto child = *task_node(node, task);
    Status fault;
    auto variables = task_variables(node, task, fault);
    const auto prefix = "tasks." + nodes_[node].frame->tasks[task].name;
    variables.set(prefix + ".status", std::string{to_string(nodes_[child].phase)});
    auto hooks = run_hooks(child, step, prefix, variables);
    auto exit = hooks && *hooks && is_completed(nodes_[child].phase)
                    ? run_exit_hook(child, step, prefix, variables)
                    : Result<bool>{true};
    if (!hooks) {
        mark(child, NodePhase::error, hooks.error().message);
        return true;
    }
    if (!exit) { // Argo's DAG ends by it if the task is a target, and else passes over it
        nodes_[node].frame->tasks[task].exit_fault = exit.error().message;
        return true;
    }
    return *hooks && *exit;
}

/// The exit handler of one call of a task. False: it is not done.
bool Plan::follow_call(std::size_t node, std::size_t task, std::size_t child) {
    const auto& step = task_step(node, task);
    if (!is_completed(nodes_[child].phase)
        || (!step.contains("hooks") && !step.contains("onExit"))) {
        return true;
    }
    Status fault;
    auto variables = task_variables(node, task, fault);
    const auto prefix = "tasks." + nodes_[node].frame->tasks[task].name;
    variables.set(prefix + ".status", std::string{to_string(nodes_[child].phase)});
    const auto exit = run_exit_hook(child, step, prefix, variables);
    return exit && *exit;
}

/// False: what it depends on has not ended, or it is not to run and has its node now.
bool Plan::are_needs_met(std::size_t node, std::size_t task, std::vector<bool>& visited) {
    const TaskState& state = nodes_[node].frame->tasks[task];
    if (state.depends.empty()) {
        return true;
    }
    for (const auto need : state.needs) {
        execute_task(node, need, visited);
    }
    for (const auto need : state.needs) {
        const auto child = task_node(node, need);
        if (!child || !is_fulfilled(nodes_[*child].phase) || !are_hooks_fulfilled(*child)) {
            return false;
        }
    }
    const auto outcome = [&](std::string_view name, std::string_view result) {
        return task_outcome(node, name, result);
    };
    auto execute = workflow::evaluate_depends(state.depends, outcome);
    if (!execute) {
        end_task(node, task, NodePhase::error, execute.error().message);
        return false;
    }
    if (!*execute) {
        end_task(node, task, NodePhase::omitted, "omitted: depends condition not met");
    }
    return *execute;
}

bool Plan::task_outcome(std::size_t node, std::string_view name, std::string_view result) const {
    const auto& tasks = nodes_[node].frame->tasks;
    const auto found = std::ranges::find(tasks, name, &TaskState::name);
    const auto index = static_cast<std::size_t>(found - tasks.begin());
    const auto child = found == tasks.end() ? std::nullopt : task_node(node, index);
    if (!child) {
        return false;
    }
    const Node& ended = nodes_[*child];
    const auto phase = ended.phase;
    if (result.empty()) {
        const auto& step = task_step(node, index);
        return phase == NodePhase::succeeded || phase == NodePhase::skipped
               || continues_on(step, phase);
    }
    if (result == "AnySucceeded" || result == "AllFailed") {
        const auto wanted = result == "AllFailed" ? NodePhase::failed : NodePhase::succeeded;
        const auto is_so = [&](std::size_t one) { return nodes_[one].phase == wanted; };
        if (ended.type != NodeType::task_group) {
            return false;
        }
        return result == "AllFailed"
                   ? !ended.children.empty() && std::ranges::all_of(ended.children, is_so)
                   : std::ranges::any_of(ended.children, is_so);
    }
    return (result == "Succeeded" && phase == NodePhase::succeeded)
           || (result == "Failed" && phase == NodePhase::failed)
           || (result == "Errored" && phase == NodePhase::error)
           || (result == "Skipped" && phase == NodePhase::skipped)
           || (result == "Omitted" && phase == NodePhase::omitted);
}

/// A task that gets its node without being called.
void Plan::end_task(std::size_t node, std::size_t task, NodePhase phase, std::string message) {
    Place place;
    place.name = fmt::format("{}.{}", nodes_[node].name, nodes_[node].frame->tasks[task].name);
    place.scope = nodes_[node].scope;
    place.boundary = node;
    const auto child = add(NodeType::skipped, phase, place, std::move(message));
    nodes_[child].template_name = text_at(task_step(node, task), "template");
    connect(node, task, child);
}

void Plan::connect(std::size_t node, std::size_t task, std::size_t child) {
    const TaskState& state = nodes_[node].frame->tasks[task];
    if (state.needs.empty()) {
        return add_child(node, child);
    }
    for (const auto need : state.needs) {
        if (const auto before = task_node(node, need)) {
            for (const auto last : outbound_of(*before)) {
                add_child(last, child);
            }
        }
    }
}

/// What the tasks before it have left behind, in the order in which they ended.
workflow::Variables Plan::task_variables(std::size_t node, std::size_t task, Status& fault) const {
    workflow::Variables variables{&globals_};
    add_inputs(variables, nodes_[node].body);
    const auto& tasks = nodes_[node].frame->tasks;
    // Of all that came before only what the step can name: there may be very many.
    const auto text = json::serialize(task_step(node, task));
    const bool is_code = text.find('=') != text.npos || text.find("xpression\"") != text.npos;
    std::vector<bool> seen(tasks.size());
    std::vector<std::size_t> open = tasks[task].needs;
    while (!open.empty()) {
        const auto one = open.back();
        open.pop_back();
        if (seen[one]) {
            continue;
        }
        seen[one] = true;
        open.insert(open.end(), tasks[one].needs.begin(), tasks[one].needs.end());
        const auto child = task_node(node, one);
        if (!child) {
            continue;
        }
        const auto prefix = "tasks." + tasks[one].name;
        if (nodes_[*child].type != NodeType::task_group) {
            if (is_code || text.find(tasks[one].name) != text.npos) {
                publish(variables, prefix, *child);
            }
            continue;
        }
        std::vector<std::size_t> loop;
        for (const auto member : nodes_[*child].children) {
            if (!nodes_[member].is_hook) {
                loop.push_back(member);
            }
        }
        if (auto done = publish_loop(variables, prefix, loop); !done) {
            fault = Status{done.error()};
        }
    }
    return variables;
}

/// Tags, artifacts and loop of a task that may start. False: it has ended, or it waits.
bool Plan::prepare_task(std::size_t node, std::size_t task) {
    TaskState& state = nodes_[node].frame->tasks[task];
    Status fault;
    const auto variables = task_variables(node, task, fault);
    json::value step = task_step(node, task);
    auto& map = step.get_object();
    json::value hooks = map.contains("hooks") ? map["hooks"] : json::value{};
    map.erase("hooks");
    const auto fail = [&](const Error& error) {
        end_task(
            node,
            task,
            NodePhase::error,
            error.is(Errc::not_found)
                ? error.within("Argo's controller would wait for this for ever").message
                : error.message
        );
        return false;
    };
    if (!fault) {
        return fail(fault.error());
    }
    if (auto done = substitute(step, variables, workflow::Unresolved::outputs_refused); !done) {
        return fail(done.error());
    }
    if (!hooks.is_null()) {
        map["hooks"] = std::move(hooks);
    }
    state.is_loop =
        map.contains("withItems") || map.contains("withParam") || map.contains("withSequence");
    auto proceeds = workflow::evaluate_when(text_at(map, "when"));
    if (!proceeds && !state.is_loop) {
        return fail(proceeds.error());
    }
    if (auto* arguments = map.if_contains("arguments");
        arguments != nullptr && (!proceeds || *proceeds)) {
        if (auto done = resolve_artifacts(arguments->get_object(), variables); !done) {
            return fail(Error{Errc::malformed, done.error().message});
        }
    }
    auto calls = expanded_calls(map, variables);
    if (!calls) {
        return fail(Error{Errc::malformed, calls.error().message});
    }
    if (calls->empty()) {
        end_task(node, task, NodePhase::skipped, "Skipped, empty params");
        return false;
    }
    state.calls = std::move(*calls);
    if (state.is_loop) {
        Place place;
        place.name = fmt::format("{}.{}", nodes_[node].name, state.name);
        place.scope = nodes_[node].scope;
        place.boundary = node;
        const auto group = add(NodeType::task_group, NodePhase::running, place);
        nodes_[group].template_name = text_at(map, "template");
        connect(node, task, group);
    }
    return true;
}

void Plan::start_task(std::size_t node, std::size_t task) {
    TaskState& state = nodes_[node].frame->tasks[task];
    const auto group = state.is_loop ? task_node(node, task) : std::nullopt;
    for (const Call& call : *state.calls) {
        Place place;
        place.name = fmt::format("{}.{}", nodes_[node].name, call.name);
        place.scope = nodes_[node].scope;
        place.boundary = node;
        const auto known = find(place.name);
        if (known && is_fulfilled(nodes_[*known].phase)) {
            if (!follow_call(node, task, *known)) {
                return;
            }
            continue;
        }
        const auto join = [&](std::size_t child) {
            group ? add_child(*group, child) : connect(node, task, child);
        };
        if (!known) {
            const auto when = text_at(call.step, "when");
            auto proceeds = workflow::evaluate_when(when);
            if (!proceeds || !*proceeds) {
                join(
                    add(NodeType::skipped,
                        proceeds ? NodePhase::skipped : NodePhase::error,
                        place,
                        proceeds ? fmt::format("when '{}' evaluated false", when)
                                 : proceeds.error().message)
                );
                continue;
            }
        }
        const auto* arguments = object_at(call.step, "arguments");
        const auto outcome =
            execute(call.step, arguments == nullptr ? json::object{} : *arguments, place);
        const auto child = outcome.node ? find(place.name) : std::nullopt;
        if (child) {
            join(*child);
        }
        if (outcome.why == Why::other && child) {
            mark(
                *child,
                NodePhase::error,
                fmt::format("task '{}' errored: {}", place.name, outcome.message)
            );
        }
        if (!child || !follow_call(node, task, *child)) {
            return; // no room for it yet, or its exit handler runs
        }
    }
    if (group) {
        settle_group(node, task);
    }
}

void Plan::settle_group(std::size_t node, std::size_t task) {
    TaskState& state = nodes_[node].frame->tasks[task];
    auto phase = NodePhase::succeeded;
    for (const Call& call : *state.calls) {
        const auto child = find(fmt::format("{}.{}", nodes_[node].name, call.name));
        if (!child || !is_fulfilled(nodes_[*child].phase)) {
            return;
        }
        phase = is_bad(nodes_[*child].phase) ? nodes_[*child].phase : phase;
    }
    mark(*task_node(node, task), phase);
}

} // namespace seakeeper::local
