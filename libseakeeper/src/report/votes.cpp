// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/report/votes.hpp>

#include <algorithm>
#include <map>

namespace seakeeper::report {
namespace {

struct Sorted {
    std::vector<const LabelRun*> current; ///< the last of each trigger, by order
    std::vector<const LabelRun*> replaced;
};

Sorted sort(std::span<const LabelRun> runs) {
    std::vector<const LabelRun*> all;
    std::map<std::string_view, std::int64_t> last;
    for (const auto& run : runs) {
        all.push_back(&run);
        auto& order = last.try_emplace(run.trigger, run.order).first->second;
        order = std::max(order, run.order);
    }
    const auto by_order = [](const LabelRun* a, const LabelRun* b) { return a->order < b->order; };
    std::sort(all.begin(), all.end(), by_order);
    Sorted sorted;
    for (const auto* run : all) {
        const bool is_last = last.at(run->trigger) == run->order;
        (is_last ? sorted.current : sorted.replaced).push_back(run);
    }
    return sorted;
}

std::optional<int> vote_of(const std::vector<const LabelRun*>& current) {
    std::optional<int> failure;
    std::optional<int> success;
    bool have_all_succeeded = true;
    for (const auto* run : current) {
        if (run->standing == Standing::failed) {
            failure = std::min(failure.value_or(run->failure_vote), run->failure_vote);
        }
        if (run->standing != Standing::succeeded) {
            have_all_succeeded = false;
            continue;
        }
        success = std::min(success.value_or(run->success_vote), run->success_vote);
    }
    if (failure) {
        return failure;
    }
    return have_all_succeeded ? success : std::nullopt;
}

bool is_news(const LabelRun& run) {
    return run.standing != Standing::open && !run.is_told;
}

} // namespace

LabelPlan plan_label(std::span<const LabelRun> runs) {
    const auto sorted = sort(runs);
    LabelPlan plan;
    bool is_failure_told = false;
    bool is_failure_news = false;
    for (const auto* run : sorted.current) {
        if (run->standing == Standing::open) {
            plan.wait.push_back(run->trigger);
        }
        if (is_news(*run)) {
            plan.tell.push_back(run->workload);
        }
        if (run->standing == Standing::failed) {
            (run->is_told ? is_failure_told : is_failure_news) = true;
        }
    }
    for (const auto* run : sorted.replaced) {
        if (is_news(*run)) {
            plan.drop.push_back(run->workload);
        }
    }
    const bool is_first_failure = is_failure_news && !is_failure_told;
    plan.is_due = !plan.tell.empty() && (plan.wait.empty() || is_first_failure);
    if (!plan.is_due) {
        plan.tell.clear();
        return plan;
    }
    plan.vote = vote_of(sorted.current);
    return plan;
}

LabelPlan plan_without_label(std::span<const LabelRun> runs) {
    LabelPlan plan;
    const auto sorted = sort(runs);
    for (const auto* run : sorted.current) {
        if (is_news(*run)) {
            plan.tell.push_back(run->workload);
        }
    }
    for (const auto* run : sorted.replaced) {
        if (is_news(*run)) {
            plan.drop.push_back(run->workload);
        }
    }
    plan.is_due = !plan.tell.empty();
    return plan;
}

} // namespace seakeeper::report
