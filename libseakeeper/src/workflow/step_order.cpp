// SPDX-License-Identifier: Apache-2.0
#include "step_order.hpp"

#include "expression.hpp"
#include "walk.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <vector>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

bool goes_on(const json::object& step) {
    const auto* go_on = object_at(step, "continueOn");
    const auto* failed = go_on == nullptr ? nullptr : go_on->if_contains("failed");
    const auto* error = go_on == nullptr ? nullptr : go_on->if_contains("error");
    return (failed != nullptr && *failed == true) || (error != nullptr && *error == true);
}

bool is_empty_sequence(const json::object& step) {
    const auto* sequence = object_at(step, "withSequence");
    const auto* count = sequence == nullptr ? nullptr : sequence->if_contains("count");
    return count != nullptr && (*count == 0 || *count == "0" || sequence->contains("end"));
}

StepFacts facts_of(const json::object& step) {
    StepFacts facts;
    facts.step = &step;
    const auto* items = array_at(step, "withItems");
    facts.is_loop = items != nullptr || step.contains("withParam") || step.contains("withSequence");
    facts.is_unsure = step.contains("when") || step.contains("withParam") || goes_on(step)
                      || (items != nullptr && items->empty()) || is_empty_sequence(step);
    return facts;
}

std::size_t index_of(const std::vector<std::string>& all, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::lower_bound(all, name) - all.begin());
}

StepNames::All each_once(std::vector<std::string> names) {
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return std::make_shared<const std::vector<std::string>>(std::move(names));
}

StepOrder order_of_groups(const json::array& groups) {
    std::vector<std::string> names;
    for (const auto& group : groups) {
        for (const auto& entry : group.as_array()) {
            names.emplace_back(text_at(entry.as_object(), "name"));
        }
    }
    const auto all = each_once(std::move(names));
    StepOrder order;
    std::vector<bool> before(all->size());
    std::vector<bool> sure(all->size());
    for (const auto& group : groups) {
        StepOrder parallel;
        for (const auto& entry : group.as_array()) {
            auto facts = facts_of(entry.as_object());
            facts.before = StepNames{all, before};
            facts.sure = StepNames{all, sure};
            parallel.emplace(text_at(entry.as_object(), "name"), std::move(facts));
        }
        for (const auto& [name, facts] : parallel) {
            const auto index = index_of(*all, name);
            before[index] = true;
            sure[index] = sure[index] || !facts.is_unsure;
        }
        order.merge(parallel);
    }
    return order;
}

/// What a task waits for: all it mentions, and what must have gone well.
Depends waits_of(const json::object& task) {
    auto waits = parse_depends(text_at(task, "depends"));
    if (const auto* list = array_at(task, "dependencies")) {
        for (const auto& name : *list) {
            waits.tasks.emplace_back(name.as_string());
            waits.required.emplace(name.as_string());
        }
    }
    return waits;
}

/// By index of a name: those of the names that it waits for itself.
using Waits = std::vector<std::vector<std::size_t>>;

/// All that a task waits for, near and far. Circles do no harm.
std::vector<bool> reached_from(std::size_t task, const Waits& waits) {
    std::vector<bool> reached(waits.size());
    std::vector<std::size_t> open{task};
    while (!open.empty()) {
        const auto at = open.back();
        open.pop_back();
        for (const auto next : waits[at]) {
            if (!reached[next]) {
                reached[next] = true;
                open.push_back(next);
            }
        }
    }
    return reached;
}

StepOrder order_of_tasks(const json::array& tasks) {
    StepOrder order;
    std::map<std::string, Depends, std::less<>> depends;
    std::vector<std::string> names;
    for (const auto& entry : tasks) {
        const std::string name{text_at(entry.as_object(), "name")};
        auto waits = waits_of(entry.as_object());
        names.push_back(name);
        names.insert(names.end(), waits.tasks.begin(), waits.tasks.end());
        names.insert(names.end(), waits.required.begin(), waits.required.end());
        order.emplace(name, facts_of(entry.as_object()));
        depends[name] = std::move(waits);
    }
    const auto all = each_once(std::move(names));
    Waits mentioned(all->size());
    Waits required(all->size());
    std::vector<bool> is_unsure(all->size(), true);
    for (const auto& [name, waits] : depends) {
        const auto task = index_of(*all, name);
        is_unsure[task] = order.find(name)->second.is_unsure;
        for (const auto& other : waits.tasks) {
            mentioned[task].push_back(index_of(*all, other));
        }
        for (const auto& other : waits.required) {
            required[task].push_back(index_of(*all, other));
        }
    }
    for (auto& [name, facts] : order) {
        const auto task = index_of(*all, name);
        facts.before = StepNames{all, reached_from(task, mentioned)};
        auto sure = reached_from(task, required);
        for (std::size_t i = 0; i < sure.size(); ++i) {
            sure[i] = sure[i] && !is_unsure[i];
        }
        facts.sure = StepNames{all, std::move(sure)};
    }
    return order;
}

} // namespace

bool StepNames::contains(std::string_view name) const {
    if (all_ == nullptr) {
        return false;
    }
    const auto index = index_of(*all_, name);
    return index < all_->size() && (*all_)[index] == name && is_in_[index];
}

StepOrder order_of(const json::object& template_object) {
    if (const auto* groups = array_at(template_object, "steps")) {
        return order_of_groups(*groups);
    }
    const auto* dag = object_at(template_object, "dag");
    const auto* tasks = dag == nullptr ? nullptr : array_at(*dag, "tasks");
    return tasks == nullptr ? StepOrder{} : order_of_tasks(*tasks);
}

} // namespace seakeeper::workflow
