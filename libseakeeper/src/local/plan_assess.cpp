// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/walk.hpp"

#include <set>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::object_at;

bool continues_on(const json::object& step, NodePhase phase) {
    const auto* on = is_bad(phase) ? object_at(step, "continueOn") : nullptr;
    const auto* flag =
        on == nullptr ? nullptr : on->if_contains(phase == NodePhase::error ? "error" : "failed");
    return flag != nullptr && flag->is_bool() && flag->get_bool();
}

/// What reaches each target: its own phase, or what it inherits; nothing: something runs.
std::optional<std::map<std::size_t, std::optional<NodePhase>>>
Plan::reached_targets(std::size_t index) const {
    const Node& node = nodes_[index];
    std::map<std::size_t, std::optional<NodePhase>> targets;
    for (const auto target : node.frame->targets) {
        if (const auto child = task_node(index, target)) {
            targets[*child] = std::nullopt;
        }
    }
    std::vector<std::pair<std::size_t, NodePhase>> queue;
    std::set<std::pair<std::size_t, NodePhase>> seen;
    const auto push = [&](std::size_t child, NodePhase phase) {
        if (seen.insert({child, phase}).second) {
            queue.emplace_back(child, phase);
        }
    };
    for (const auto child : node.children) {
        push(child, NodePhase::succeeded);
    }
    for (std::size_t i = 0; i < queue.size(); ++i) {
        const auto [at, inherited] = queue[i];
        const Node& one = nodes_[at];
        if (!is_fulfilled(one.phase)) {
            return std::nullopt;
        }
        const auto phase = is_completed(one.phase) ? one.phase : inherited;
        const auto target = targets.find(at);
        if (target != targets.end() && !(target->second && is_bad(*target->second))) {
            target->second = phase;
        }
        for (const auto child : one.children) {
            if (one.type != NodeType::retry || nodes_[child].is_hook) {
                push(child, phase);
                continue;
            }
            for (const auto after : nodes_[child].children) {
                push(after, phase); // a retry's phase is its last attempt's
            }
        }
    }
    return targets;
}

/// The DAG's phase, from its targets' and what they inherit; nothing: it runs.
std::optional<NodePhase> Plan::assess(std::size_t index) const {
    const Node& node = nodes_[index];
    for (std::size_t i = index + 1; i < nodes_.size(); ++i) {
        if (nodes_[i].boundary == index && !is_fulfilled(nodes_[i].phase)) {
            return std::nullopt; // by far the most passes end here
        }
    }
    auto reached = reached_targets(index);
    if (!reached) {
        return std::nullopt;
    }
    auto& targets = *reached;
    const auto* fail_fast = object_at(node.body, "dag")->if_contains("failFast");
    const bool is_fast = fail_fast == nullptr || !fail_fast->is_bool() || fail_fast->get_bool();
    std::optional<NodePhase> result = NodePhase::succeeded;
    for (const auto target : node.frame->targets) {
        const auto child = task_node(index, target);
        const auto phase = child ? targets[*child] : std::nullopt;
        if (!phase) {
            result = std::nullopt;
            if (!is_fast) {
                break;
            }
        } else if (is_bad(*phase)) {
            const auto& step = task_step(index, target);
            if (continues_on(step, *phase)) {
                continue;
            }
            result = phase;
            if (is_fast) {
                break;
            }
        }
    }
    return result;
}

} // namespace seakeeper::local
