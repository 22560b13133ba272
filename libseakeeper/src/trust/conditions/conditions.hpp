// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/trust/classifier.hpp>

#include <string>
#include <utility>

// The conditions, one function each: facts in, the most that this condition allows out. None of
// them knows what another said.
namespace seakeeper::trust {

inline ConditionVerdict says(ReasonCode code, Class value, std::string detail = {}) {
    return {reason(code).condition, value, code, std::move(detail)};
}
/// The condition holds.
inline ConditionVerdict holds(ReasonCode code, std::string detail = {}) {
    return says(code, Class::trusted, std::move(detail));
}
/// No trust, but it may run.
inline ConditionVerdict lowers(ReasonCode code, std::string detail = {}) {
    return says(code, Class::untrusted, std::move(detail));
}
/// Must not run at all.
inline ConditionVerdict denies(ReasonCode code, std::string detail = {}) {
    return says(code, Class::denied, std::move(detail));
}

ConditionVerdict judge_channel(const ClassifierInput& input);
ConditionVerdict judge_actor(const ClassifierInput& input);
ConditionVerdict judge_privilege(const ClassifierInput& input);
ConditionVerdict judge_act(const ClassifierInput& input);
ConditionVerdict judge_code(const ClassifierInput& input);
ConditionVerdict judge_ancestry(const ClassifierInput& input);
/// C6 of one patch set: `ancestry` is what lies below it; null: not read.
ConditionVerdict judge_below(
    const gerrit::AncestryFacts* ancestry,
    const gerrit::RevisionFacts* revision,
    const ClassifierInput& input
);
ConditionVerdict judge_closure(const ClassifierInput& input);
ConditionVerdict judge_definition(const ClassifierInput& input);
ConditionVerdict judge_visibility(const ClassifierInput& input);
ConditionVerdict judge_policy(const ClassifierInput& input);
ConditionVerdict judge_plant(const ClassifierInput& input);
ConditionVerdict judge_freshness(const ClassifierInput& input);

} // namespace seakeeper::trust
