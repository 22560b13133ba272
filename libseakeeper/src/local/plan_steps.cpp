// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/condition_evaluation.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

bool is_loop(const json::object& step) {
    return step.contains("withItems") || step.contains("withParam")
           || step.contains("withSequence");
}

json::object arguments_of(const json::object& step) {
    const auto* arguments = object_at(step, "arguments");
    return arguments == nullptr ? json::object{} : *arguments;
}

} // namespace

Plan::Outcome Plan::execute_steps(std::size_t node) {
    const auto& groups = *array_at(nodes_[node].body, "steps");
    Frame& frame = *nodes_[node].frame;
    while (frame.group < groups.size()) {
        const auto name = fmt::format("{}[{}]", nodes_[node].name, frame.group);
        auto group_node = find(name);
        if (!group_node) {
            Place place;
            place.name = name;
            place.scope = nodes_[node].scope;
            place.boundary = node;
            group_node = add(NodeType::step_group, NodePhase::running, place);
            connect_group(node, frame.group, *group_node);
        }
        if (!execute_group(node, *group_node)) {
            return {node, Why::none, ""};
        }
        if (std::exchange(frame.has_exit_fault, false)) {
            return {group_node, Why::none, ""}; // Argo takes the group's end for that of the whole
        }
        nodes_[node].outbound.clear();
        for (const auto child : nodes_[*group_node].children) {
            const auto more = outbound_of(child);
            nodes_[node].outbound.insert(nodes_[node].outbound.end(), more.begin(), more.end());
        }
        if (is_bad(nodes_[*group_node].phase)) {
            mark(node, NodePhase::failed, nodes_[*group_node].message);
            return {node, Why::none, ""};
        }
        publish_group(node, groups[frame.group].get_array(), name);
        if (is_fulfilled(nodes_[node].phase)) {
            return {node, Why::other, nodes_[node].message};
        }
        ++frame.group;
        frame.calls.reset();
    }
    auto outputs = outputs_from(nodes_[node].body, frame.variables);
    if (!outputs) {
        mark(node, NodePhase::error, outputs.error().message);
        return {node, Why::other, outputs.error().message};
    }
    nodes_[node].outputs = std::move(*outputs);
    publish_globally(nodes_[node].outputs);
    mark(node, NodePhase::succeeded, "");
    return {node, Why::none, ""};
}

void Plan::connect_group(std::size_t node, std::size_t group, std::size_t group_node) {
    if (group == 0) {
        return add_child(node, group_node);
    }
    const auto before = *find(fmt::format("{}[{}]", nodes_[node].name, group - 1));
    if (nodes_[before].children.empty()) {
        return add_child(before, group_node);
    }
    const auto children = nodes_[before].children;
    for (const auto child : children) {
        for (const auto last : outbound_of(child)) {
            add_child(last, group_node);
        }
    }
}

/// False: it has not come to its end.
bool Plan::execute_group(std::size_t node, std::size_t group_node) {
    Frame& frame = *nodes_[node].frame;
    if (is_fulfilled(nodes_[group_node].phase) && are_children_fulfilled(group_node)) {
        return true;
    }
    if (!frame.calls) {
        const auto& steps = (*array_at(nodes_[node].body, "steps"))[frame.group].get_array();
        auto calls = resolved(steps, node, group_node);
        if (!calls) {
            mark(group_node, NodePhase::error, calls.error().message);
            return true;
        }
        frame.calls = std::move(*calls);
    }
    if (!call_group(node, group_node, *frame.calls)) {
        return true;
    }
    if (!are_group_members_done(node, group_node, *frame.calls)) {
        return false;
    }
    if (is_bad(nodes_[group_node].phase)) {
        return true;
    }
    for (const auto child : nodes_[group_node].children) {
        const auto phase = nodes_[child].phase;
        const auto call = std::ranges::find_if(*frame.calls, [&](const Call& one) {
            return nodes_[group_node].name + "." + one.name == nodes_[child].name;
        });
        const bool goes_on = call != frame.calls->end() && continues_on(call->step, phase);
        if (is_bad(phase) && !goes_on) {
            mark(group_node, NodePhase::failed, fmt::format("child '{}' failed", nodes_[child].id));
            return true;
        }
    }
    mark(group_node, NodePhase::succeeded, "");
    return true;
}

/// False: the group has ended in an error.
bool Plan::call_group(std::size_t node, std::size_t group_node, const std::vector<Call>& calls) {
    for (const Call& call : calls) {
        Place place;
        place.name = fmt::format("{}.{}", nodes_[group_node].name, call.name);
        place.scope = nodes_[node].scope;
        place.boundary = node;
        const auto known = find(place.name);
        if (known && is_fulfilled(nodes_[*known].phase)) {
            continue;
        }
        const auto when = text_at(call.step, "when");
        auto proceeds = workflow::evaluate_when(when);
        if (!proceeds) {
            const auto child =
                add(NodeType::skipped, NodePhase::error, place, proceeds.error().message);
            add_child(group_node, child);
            mark(group_node, NodePhase::error, proceeds.error().message);
            return false;
        }
        if (!*proceeds) {
            const auto child =
                add(NodeType::skipped,
                    NodePhase::skipped,
                    place,
                    fmt::format("when '{}' evaluated false", when));
            nodes_[child].template_name = text_at(call.step, "template");
            add_child(group_node, child);
            continue;
        }
        const auto outcome = execute(call.step, arguments_of(call.step), place);
        if (const auto child = outcome.node ? find(place.name) : std::nullopt) {
            add_child(group_node, *child);
        }
        if (outcome.why == Why::other) {
            mark(
                group_node,
                NodePhase::error,
                fmt::format(
                    "step group deemed errored due to child {} error: {}",
                    place.name,
                    outcome.message
                )
            );
            return false;
        }
    }
    return true;
}

bool Plan::are_group_members_done(
    std::size_t node, std::size_t group_node, const std::vector<Call>& calls
) {
    Frame& frame = *nodes_[node].frame;
    bool are_done = true;
    std::size_t called = 0;
    for (const Call& call : calls) {
        const auto child = find(fmt::format("{}.{}", nodes_[group_node].name, call.name));
        if (!child) {
            are_done = false; // no room for it yet
            continue;
        }
        ++called;
        const bool is_done = is_fulfilled(nodes_[*child].phase);
        are_done = are_done && is_done;
        if (!call.step.contains("hooks") && !call.step.contains("onExit")) {
            continue;
        }
        frame.variables.set(
            fmt::format("steps.{}.status", call.name), std::string{to_string(nodes_[*child].phase)}
        );
        const auto prefix = "steps." + call.name;
        auto hooks = run_hooks(*child, call.step, prefix, frame.variables);
        auto exit = hooks && *hooks && is_completed(nodes_[*child].phase)
                        ? run_exit_hook(*child, call.step, prefix, frame.variables)
                        : Result<bool>{true};
        if (!hooks || !exit) {
            frame.has_exit_fault = !exit;
            mark(group_node, NodePhase::error, (!hooks ? hooks : exit).error().message);
            return true;
        }
        are_done = are_done && *hooks && *exit;
    }
    return are_done && called == calls.size();
}

/// The group's steps with what is known put into them, loops made into calls.
Result<std::vector<Call>>
Plan::resolved(const json::array& steps, std::size_t node, std::size_t group_node) {
    const auto& variables = nodes_[node].frame->variables;
    std::vector<Call> all;
    for (const auto& one : steps) {
        json::value step = one;
        auto& map = step.get_object();
        json::value hooks = map.contains("hooks") ? map["hooks"] : json::value{};
        map.erase("hooks");
        const auto within = [](const Error& error) {
            return error.is(Errc::not_found) ? error.within(
                       "failed to resolve references: Argo's controller would wait for "
                       "this for ever"
                   )
                                             : error.within("failed to resolve references");
        };
        if (auto done = substitute(step, variables, workflow::Unresolved::outputs_refused); !done) {
            return within(done.error());
        }
        if (!hooks.is_null()) {
            map["hooks"] = std::move(hooks);
        }
        auto proceeds = workflow::evaluate_when(text_at(map, "when"));
        if (!proceeds && !is_loop(map)) {
            return within(proceeds.error());
        }
        if (auto* arguments = map.if_contains("arguments");
            arguments != nullptr && (!proceeds || *proceeds)) {
            if (auto done = resolve_artifacts(arguments->get_object(), variables); !done) {
                return within(done.error().within("unable to resolve references"));
            }
        }
        auto calls = expanded_calls(map, variables);
        if (!calls) {
            return calls.error();
        }
        if (calls->empty()) {
            Place place;
            place.name = fmt::format("{}.{}", nodes_[group_node].name, text_at(map, "name"));
            place.scope = nodes_[node].scope;
            place.boundary = node;
            add_child(
                group_node,
                add(NodeType::skipped, NodePhase::skipped, place, "Skipped, empty params")
            );
        }
        std::ranges::move(*calls, std::back_inserter(all));
    }
    return all;
}

/// Hands what the group's steps left behind to the groups that follow.
void Plan::publish_group(std::size_t node, const json::array& group, const std::string& name) {
    for (const auto& step : group) {
        const auto called = text_at(step.get_object(), "name");
        const auto child = find(fmt::format("{}.{}", name, called));
        const auto prefix = fmt::format("steps.{}", called);
        if (child) {
            publish(nodes_[node].frame->variables, prefix, *child);
            continue;
        }
        std::vector<std::size_t> loop;
        for (const Call& call : *nodes_[node].frame->calls) {
            const auto one = find(fmt::format("{}.{}", name, call.name));
            if (one && call.name.starts_with(std::string{called} + "(")
                && nodes_[*one].type != NodeType::skipped) {
                loop.push_back(*one);
            }
        }
        if (loop.empty()) {
            continue;
        }
        if (auto done = publish_loop(nodes_[node].frame->variables, prefix, loop); !done) {
            return mark(node, NodePhase::error, done.error().message);
        }
    }
}

} // namespace seakeeper::local
