// SPDX-License-Identifier: Apache-2.0
// C7: all that comes along with the patch set is merged or approved.
#include "../act.hpp"
#include "../privilege.hpp"
#include "conditions.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

namespace seakeeper::trust {
namespace {

constexpr std::size_t most_companions = 32;

bool is_good_companion(const gerrit::ChangeFacts& change, const ClassifierInput& input) {
    if (change.status == "MERGED") {
        return is_protected(input.options, change.destination.str());
    }
    return is_approved(change, evidence_of(input));
}

/// Of an open dependency also what lies below it counts. (What lies below the others is among what
/// is submitted together.)
ConditionVerdict
judge_dependency(const gerrit::DependencyFacts& dependency, const ClassifierInput& input) {
    if (dependency.relation == "submodule") {
        return input.options.allow_submodules
                   ? holds(ReasonCode::closure_ok)
                   : lowers(ReasonCode::submodule_moved, quoted(dependency.name));
    }
    if (dependency.relation == "circle") {
        return lowers(ReasonCode::dependency_circle);
    }
    if (!dependency.change || !is_good_companion(*dependency.change, input)) {
        return lowers(ReasonCode::companion_not_approved, dependency.relation);
    }
    if (dependency.change->status == "MERGED") {
        return holds(ReasonCode::closure_ok);
    }
    const auto* ancestry = dependency.ancestry ? &*dependency.ancestry : nullptr;
    const auto below = judge_below(ancestry, dependency.change->current(), input);
    if (below.value == Class::trusted) {
        return holds(ReasonCode::closure_ok);
    }
    return below.code == ReasonCode::ancestry_unread
               ? lowers(ReasonCode::closure_unread)
               : lowers(ReasonCode::companion_not_approved, below.detail);
}

std::string words(const gerrit::ChangeFacts& change) {
    return fmt::format("change {} of {}", value_of(change.number), change.project.str());
}

} // namespace

ConditionVerdict judge_closure(const ClassifierInput& input) {
    const auto act = act_of(input.event, input.options);
    if (act == Act::merge || act == Act::ref_update || act == Act::tag) {
        return holds(ReasonCode::closure_ok, "merged");
    }
    const auto& together = input.facts.submitted_together;
    const auto& dependencies = input.facts.dependencies;
    if (!together || !dependencies) {
        return lowers(
            ReasonCode::closure_unread, together ? dependencies.failure : together.failure
        );
    }
    if (together->changes.size() + dependencies->size() + together->invisible > most_companions) {
        return lowers(ReasonCode::closure_too_large);
    }
    for (const auto& change : together->changes) {
        if (!is_good_companion(change, input)) {
            return lowers(ReasonCode::companion_not_approved, words(change));
        }
    }
    for (const auto& dependency : *dependencies) {
        auto verdict = judge_dependency(dependency, input);
        if (verdict.value != Class::trusted) {
            return verdict;
        }
    }
    return together->invisible == 0 ? holds(ReasonCode::closure_ok)
                                    : lowers(ReasonCode::companion_not_approved);
}

} // namespace seakeeper::trust
