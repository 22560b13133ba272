// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seakeeper::local {

std::string_view to_string(NodeType type) {
    constexpr std::array<std::string_view, 9> names{
        "Pod",
        "Container",
        "Steps",
        "StepGroup",
        "DAG",
        "TaskGroup",
        "Retry",
        "Skipped",
        "Suspend"};
    return names.at(static_cast<std::size_t>(type));
}

std::string_view to_string(NodePhase phase) {
    constexpr std::array<std::string_view, 7> names{
        "Pending", "Running", "Succeeded", "Skipped", "Failed", "Error", "Omitted"};
    return names.at(static_cast<std::size_t>(phase));
}

std::string node_id(std::string_view workflow, std::string_view node_name) {
    if (workflow == node_name) {
        return std::string{workflow};
    }
    std::uint32_t hash = 2166136261U;
    for (const char c : node_name) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    }
    return fmt::format("{}-{}", workflow, hash);
}

/// argo-workflows: workflow/util/pod_name.go, version 2.
std::string Plan::pod_name(std::string_view node_name, std::string_view template_name) const {
    if (node_name == program_.name) {
        return program_.name;
    }
    const auto id = node_id("", node_name);
    auto prefix = fmt::format("{}-{}", program_.name, template_name);
    return template_name.empty() ? program_.name + id : prefix.substr(0, 242) + id;
}

std::optional<std::size_t> Plan::find(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional{found->second};
}

std::size_t Plan::add(NodeType type, NodePhase phase, const Place& place, std::string message) {
    Node& node = nodes_.emplace_back();
    const auto index = nodes_.size() - 1;
    node.id = node_id(program_.name, place.name);
    node.name = place.name;
    const auto owner =
        place.boundary ? nodes_[*place.boundary].name.size() : std::string_view::npos;
    node.display = place.name;
    if (owner < place.name.size()) {
        // "wf[0].a" is "a", "wf[0]" is "[0]", "wf.a" is "a".
        const auto rest = std::string_view{place.name}.substr(owner);
        const auto dot = rest.find("].");
        node.display = rest.starts_with('[') && dot != rest.npos ? rest.substr(dot + 2)
                       : rest.starts_with('.')                   ? rest.substr(1)
                                                                 : rest;
    }
    node.type = type;
    node.phase = phase;
    node.message = std::move(message);
    node.scope = place.scope;
    node.boundary = place.boundary;
    node.is_hook = place.is_hook;
    node.is_retry = place.is_retry;
    node.is_on_exit = place.is_on_exit || (place.boundary && nodes_[*place.boundary].is_on_exit);
    node.until = place.until;
    node.started = now_;
    if (is_fulfilled(phase)) {
        node.finished = now_;
    }
    by_name_[node.name] = index;
    has_changed_ = true;
    return index;
}

void Plan::mark(std::size_t index, NodePhase phase) {
    mark(index, phase, nodes_[index].message);
}

void Plan::mark(std::size_t index, NodePhase phase, std::string message) {
    Node& node = nodes_[index];
    if (node.phase != phase || node.message != message) {
        has_changed_ = true;
    }
    node.phase = phase;
    node.message = std::move(message);
    if (is_fulfilled(phase) && !node.finished) {
        node.finished = now_;
    }
}

void Plan::add_child(std::size_t parent, std::size_t child) {
    auto& children = nodes_[parent].children;
    if (std::ranges::find(children, child) == children.end()) {
        children.push_back(child);
        has_changed_ = true;
    }
}

/// The nodes that whatever follows hangs on.
std::vector<std::size_t> Plan::outbound_of(std::size_t index) const {
    const Node& node = nodes_[index];
    switch (node.type) {
    case NodeType::skipped:
    case NodeType::suspend:
        return {index};
    case NodeType::retry:
        return node.children.empty() ? std::vector<std::size_t>{}
                                     : std::vector{node.children.back()};
    case NodeType::pod:
        if (!node.body.contains("containerSet")) {
            return {index};
        }
        [[fallthrough]];
    case NodeType::container:
    case NodeType::task_group: {
        if (node.children.empty()) {
            return {index};
        }
        std::vector<std::size_t> all;
        for (const auto child : node.children) {
            if (node.type == NodeType::container && nodes_[child].boundary != node.boundary) {
                all.push_back(index);
                continue;
            }
            const auto more = outbound_of(child);
            all.insert(all.end(), more.begin(), more.end());
        }
        return all;
    }
    case NodeType::steps:
    case NodeType::step_group:
    case NodeType::dag:
        break;
    }
    std::vector<std::size_t> all;
    for (const auto last : node.outbound) {
        const auto more = outbound_of(last);
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

std::size_t Plan::active_pods(std::optional<std::size_t> boundary) const {
    return static_cast<std::size_t>(std::ranges::count_if(active_, [&](std::size_t pod) {
        return !boundary || nodes_[pod].boundary == boundary;
    }));
}

namespace {

bool is_counted(const Node& node, std::size_t boundary) {
    return node.boundary == boundary
           && (node.type == NodeType::pod || node.type == NodeType::steps
               || node.type == NodeType::dag);
}

} // namespace

std::size_t Plan::active_children(std::size_t boundary) const {
    return static_cast<std::size_t>(std::ranges::count_if(nodes_, [&](const Node& node) {
        return is_counted(node, boundary) && !is_fulfilled(node.phase);
    }));
}

std::size_t Plan::failed_children(std::size_t boundary) const {
    return static_cast<std::size_t>(std::ranges::count_if(nodes_, [&](const Node& node) {
        return is_counted(node, boundary) && is_bad(node.phase);
    }));
}

bool Plan::are_children_fulfilled(std::size_t index) const {
    std::vector<bool> seen(nodes_.size());
    std::vector<std::size_t> open{index};
    while (!open.empty()) {
        const auto one = open.back();
        open.pop_back();
        if (seen[one]) {
            continue;
        }
        seen[one] = true;
        if (!is_fulfilled(nodes_[one].phase)) {
            return false;
        }
        open.insert(open.end(), nodes_[one].children.begin(), nodes_[one].children.end());
    }
    return true;
}

} // namespace seakeeper::local
