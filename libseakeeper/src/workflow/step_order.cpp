// SPDX-License-Identifier: Apache-2.0
#include "step_order.hpp"

#include "expression.hpp"
#include "walk.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <bit>
#include <functional>
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

StepNames::All each_once(std::vector<std::string_view> names) {
    std::ranges::sort(names);
    const auto rest = std::ranges::unique(names);
    return std::make_shared<const std::vector<std::string>>(names.begin(), rest.begin());
}

StepOrder order_of_groups(const json::array& groups) {
    std::vector<std::string_view> names;
    for (const auto& group : groups) {
        for (const auto& entry : group.as_array()) {
            names.push_back(text_at(entry.as_object(), "name"));
        }
    }
    const auto all = each_once(std::move(names));
    StepOrder order;
    NumberSet before{all->size()};
    NumberSet sure{all->size()};
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
            before.insert(index);
            if (!facts.is_unsure) {
                sure.insert(index);
            }
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

/// All that each task waits for, near and far. Circles do no harm.
std::vector<NumberSet> closure_of(const Waits& waits) {
    std::vector<NumberSet> reached(waits.size(), NumberSet{waits.size()});
    std::vector<std::size_t> open;
    for (std::size_t task = 0; task < waits.size(); ++task) {
        auto& found = reached[task];
        open.push_back(task);
        while (!open.empty()) {
            const auto at = open.back();
            open.pop_back();
            for (const auto next : waits[at]) {
                if (found.contains(next)) {
                    continue;
                }
                found.insert(next);
                if (next < task) {
                    found.add_all(reached[next]); // known as a whole
                } else {
                    open.push_back(next);
                }
            }
        }
    }
    return reached;
}

template <typename Names>
std::vector<std::size_t> indices_of(const StepNames::All& all, const Names& names) {
    std::vector<std::size_t> indices;
    indices.reserve(names.size());
    for (const auto& name : names) {
        indices.push_back(index_of(*all, name));
    }
    return indices;
}

StepOrder order_of_tasks(const json::array& tasks) {
    StepOrder order;
    std::vector<Depends> depends;
    std::vector<std::string_view> names;
    depends.reserve(tasks.size()); // names borrow of it
    for (const auto& entry : tasks) {
        const auto& waits = depends.emplace_back(waits_of(entry.as_object()));
        names.push_back(text_at(entry.as_object(), "name"));
        names.insert(names.end(), waits.tasks.begin(), waits.tasks.end());
        names.insert(names.end(), waits.required.begin(), waits.required.end());
        order.emplace(text_at(entry.as_object(), "name"), facts_of(entry.as_object()));
    }
    const auto all = each_once(std::move(names));
    Waits mentioned(all->size());
    Waits required(all->size());
    NumberSet always{all->size()};
    for (std::size_t i = 0; i < tasks.size(); ++i) {
        const auto task = index_of(*all, text_at(tasks[i].as_object(), "name"));
        mentioned[task] = indices_of(all, depends[i].tasks);
        required[task] = indices_of(all, depends[i].required);
    }
    for (const auto& [name, facts] : order) {
        if (!facts.is_unsure) {
            always.insert(index_of(*all, name));
        }
    }
    auto before = closure_of(mentioned);
    auto sure = closure_of(required);
    for (auto& [name, facts] : order) {
        const auto task = index_of(*all, name);
        sure[task].keep_only(always);
        facts.before = StepNames{all, std::move(before[task])};
        facts.sure = StepNames{all, std::move(sure[task])};
    }
    return order;
}

} // namespace

void NumberSet::add_all(const NumberSet& others) {
    std::ranges::transform(words_, others.words_, words_.begin(), std::bit_or{});
}

void NumberSet::keep_only(const NumberSet& others) {
    std::ranges::transform(words_, others.words_, words_.begin(), std::bit_and{});
}

std::size_t NumberSet::size() const {
    std::size_t count = 0;
    for (const auto word : words_) {
        count += static_cast<std::size_t>(std::popcount(word));
    }
    return count;
}

bool StepNames::contains(std::string_view name) const {
    if (all_ == nullptr) {
        return false;
    }
    const auto index = index_of(*all_, name);
    return index < all_->size() && (*all_)[index] == name && in_.contains(index);
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
