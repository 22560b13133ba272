// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy_rules.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <functional>
#include <string>

namespace seakeeper::workflow {

/// Hears of what is wrong: where, rule, what was found, reason, what is accepted.
struct FlowObjection {
    std::string pointer;
    RuleId rule;
    std::string found;
    std::string reason;
    std::string accepted;
};
using FlowReport = std::function<void(FlowObjection)>;

/// Templates that call themselves, and how many pods the literal loops and calls multiply to.
void check_calls(const Definition& definition, const Policy& policy, const FlowReport& report);
/// Text of strangers that would become part of a script, command, argument, condition or git
/// reference; in trusted workloads also what a step printed.
void check_interpolation(
    const Definition& definition, const Policy& policy, const FlowReport& report
);
/// Names in tags and expressions that are not there where they are used, and outputs of steps that
/// may not have run: Argo waits for those for ever, past every deadline.
void check_references(const Definition& definition, const FlowReport& report);

} // namespace seakeeper::workflow
