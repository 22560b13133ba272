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
/// Inline templates that Argo 4.0.2 loses: it looks up by name what has none as soon as the node is
/// not the pod itself. With steps its controller panics, with a dag the run goes on past its
/// deadline, with a retry or in a loop it ends in "failed to get a template".
void check_inline(const Definition& definition, const FlowReport& report);
/// Text of strangers that would become part of a script, command, argument, condition or git
/// reference; in trusted workloads also what a step printed.
void check_interpolation(
    const Definition& definition, const Policy& policy, const FlowReport& report
);
/// Names in tags and expressions that are not there where they are used, and outputs of steps that
/// may not have run: Argo waits for those for ever, past every deadline.
void check_references(const Definition& definition, const FlowReport& report);

} // namespace seakeeper::workflow
