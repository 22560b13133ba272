// SPDX-License-Identifier: Apache-2.0
#include "conditions/conditions.hpp"

#include <seakeeper/trust/classifier.hpp>

#include <array>
#include <span>

namespace seakeeper::trust {
namespace {

using Judge = ConditionVerdict (*)(const ClassifierInput&);

constexpr std::array<Judge, 12> for_trusted{
    judge_channel,
    judge_actor,
    judge_privilege,
    judge_act,
    judge_code,
    judge_ancestry,
    judge_closure,
    judge_definition,
    judge_visibility,
    judge_policy,
    judge_plant,
    judge_freshness,
};

constexpr std::array<Judge, 5> for_untrusted{
    judge_channel, judge_code, judge_definition, judge_visibility, judge_policy};

std::span<const Judge> judges_for(Class requested) {
    if (requested == Class::trusted) {
        return for_trusted;
    }
    return for_untrusted;
}

} // namespace

Verdict classify(const ClassifierInput& input) {
    const auto judges = judges_for(input.requested);
    Verdict verdict;
    verdict.value = input.requested;
    verdict.conditions.reserve(judges.size());
    for (const auto judge : judges) {
        verdict.conditions.push_back(judge(input));
        verdict.value = meet(verdict.value, verdict.conditions.back().value);
    }
    verdict.code = code_of(input.event, input.facts);
    return verdict;
}

} // namespace seakeeper::trust
