// SPDX-License-Identifier: Apache-2.0
#include "step_order.hpp"

#include "expression.hpp"
#include "walk.hpp"

#include <boost/json/array.hpp>

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

StepOrder order_of_groups(const json::array& groups) {
    StepOrder order;
    StepNames before;
    StepNames sure;
    for (const auto& group : groups) {
        StepOrder parallel;
        for (const auto& entry : group.as_array()) {
            auto facts = facts_of(entry.as_object());
            facts.before = before;
            facts.sure = sure;
            parallel.emplace(text_at(entry.as_object(), "name"), std::move(facts));
        }
        for (const auto& [name, facts] : parallel) {
            before.insert(name);
            if (!facts.is_unsure) {
                sure.insert(name);
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

/// Adds what follows from what is known, until nothing more does. Definitions are free of circles.
void close(StepNames& names, const std::map<std::string, StepNames, std::less<>>& more) {
    std::vector<std::string> open{names.begin(), names.end()};
    while (!open.empty()) {
        const auto next = more.find(open.back());
        open.pop_back();
        if (next == more.end()) {
            continue;
        }
        for (const auto& name : next->second) {
            if (names.insert(name).second) {
                open.push_back(name);
            }
        }
    }
}

StepOrder order_of_tasks(const json::array& tasks) {
    StepOrder order;
    std::map<std::string, StepNames, std::less<>> mentioned;
    std::map<std::string, StepNames, std::less<>> required;
    for (const auto& entry : tasks) {
        const std::string name{text_at(entry.as_object(), "name")};
        auto waits = waits_of(entry.as_object());
        mentioned[name] = {waits.tasks.begin(), waits.tasks.end()};
        required[name] = std::move(waits.required);
        order.emplace(name, facts_of(entry.as_object()));
    }
    for (auto& [name, facts] : order) {
        facts.before = mentioned[name];
        close(facts.before, mentioned);
        facts.sure = required[name];
        close(facts.sure, required);
        std::erase_if(facts.sure, [&](const auto& other) {
            const auto found = order.find(other);
            return found == order.end() || found->second.is_unsure;
        });
    }
    return order;
}

} // namespace

StepOrder order_of(const json::object& template_object) {
    if (const auto* groups = array_at(template_object, "steps")) {
        return order_of_groups(*groups);
    }
    const auto* dag = object_at(template_object, "dag");
    const auto* tasks = dag == nullptr ? nullptr : array_at(*dag, "tasks");
    return tasks == nullptr ? StepOrder{} : order_of_tasks(*tasks);
}

} // namespace seakeeper::workflow
