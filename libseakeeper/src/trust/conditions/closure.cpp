// SPDX-License-Identifier: Apache-2.0
// C7: all that comes along with the patch set is merged or approved.
#include "../act.hpp"
#include "../privilege.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

namespace seakeeper::trust {
namespace {

constexpr std::size_t most_companions = 32;

bool is_good_companion(const gerrit::ChangeFacts& change, const ClassifierInput& input) {
    if (change.status == "MERGED") {
        return is_protected(input.options, change.destination.str());
    }
    return is_approved(change, input.facts, input.options);
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
        return lowers(ReasonCode::closure_unread);
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
        if (!dependency.change || !is_good_companion(*dependency.change, input)) {
            return lowers(ReasonCode::companion_not_approved, dependency.relation);
        }
    }
    return together->invisible == 0 ? holds(ReasonCode::closure_ok)
                                    : lowers(ReasonCode::companion_not_approved);
}

} // namespace seakeeper::trust
