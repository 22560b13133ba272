// SPDX-License-Identifier: Apache-2.0
#include "expression.hpp"
#include "structure.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <vector>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

using Edges = std::map<std::string, std::vector<std::string>>;

std::vector<std::string> dependencies_of(const json::object& task) {
    auto needed = parse_depends(text_at(task, "depends")).tasks;
    if (const auto* list = array_at(task, "dependencies")) {
        for (const auto& name : *list) {
            needed.emplace_back(name.as_string());
        }
    }
    return needed;
}

/// Takes away what waits for nothing until nothing is left, or a circle.
bool has_cycle(Edges edges) {
    bool has_moved = true;
    while (has_moved && !edges.empty()) {
        has_moved = false;
        for (auto it = edges.begin(); it != edges.end();) {
            const bool is_free = std::ranges::none_of(it->second, [&](const auto& needed) {
                return edges.contains(needed);
            });
            has_moved = has_moved || is_free;
            it = is_free ? edges.erase(it) : std::next(it);
        }
    }
    return !edges.empty();
}

std::optional<Fault> find_task_fault(
    const std::string& pointer,
    const json::object& task,
    const std::vector<std::string>& needed,
    const std::set<std::string>& names
) {
    const auto name = text_at(task, "name");
    const bool is_waiting = task.contains("depends") || task.contains("dependencies");
    if (is_waiting && !name.empty() && name.front() >= '0' && name.front() <= '9') {
        return Fault{
            child(pointer, "name"),
            fmt::format("the task name {}, accepted starts with a letter", quoted(name))};
    }
    for (const auto& other : needed) {
        if (!names.contains(other)) {
            return Fault{
                pointer,
                fmt::format("the dependency {}, accepted is a task of this DAG", quoted(other))};
        }
    }
    return std::nullopt;
}

std::optional<Fault> find_target_fault(
    const std::string& pointer, std::string_view target, const std::set<std::string>& names
) {
    while (!target.empty() && target.find("{{") == target.npos) { // a tag's value is known later
        const auto name = target.substr(0, target.find(' '));
        target.remove_prefix(std::min(name.size() + 1, target.size()));
        if (!name.empty() && !names.contains(std::string{name})) {
            return Fault{
                pointer,
                fmt::format("the target {}, accepted is a task of this DAG", quoted(name))};
        }
    }
    return std::nullopt;
}

} // namespace

std::optional<Fault> find_dag_fault(
    const std::string& pointer, const json::object& dag, const std::set<std::string>& names
) {
    const auto& tasks = dag.at("tasks").as_array();
    const auto at = child(pointer, "tasks");
    Edges edges;
    bool has_depends = false;
    bool has_dependencies = false;
    std::optional<std::size_t> going_on;
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const auto& task = tasks[i].as_object();
        has_depends = has_depends || task.contains("depends");
        has_dependencies = has_dependencies || task.contains("dependencies");
        if (has_depends && has_dependencies) {
            return Fault{
                child(at, i),
                "depends and dependencies in one DAG, accepted is one of them for all tasks"};
        }
        going_on = task.contains("continueOn") ? i : going_on;
        if (has_depends && going_on) { // argo-workflows: validateDAG
            return Fault{
                child(child(at, *going_on), "continueOn"),
                "continueOn beside depends, accepted is `depends: TASK || TASK.Failed`"};
        }
        auto needed = dependencies_of(task);
        if (auto fault = find_task_fault(child(at, i), task, needed, names)) {
            return fault;
        }
        edges[std::string{text_at(task, "name")}] = std::move(needed);
    }
    if (has_cycle(std::move(edges))) {
        return Fault{at, "tasks that wait for each other in a circle, accepted is an order"};
    }
    return find_target_fault(child(pointer, "target"), text_at(dag, "target"), names);
}

} // namespace seakeeper::workflow
