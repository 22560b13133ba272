// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/policy.hpp>

#include <functional>
#include <string>

namespace seakeeper::workflow {

/// Hears of what is wrong: where, rule, what was found, reason, what is accepted.
struct FlowObjection {
    std::string pointer;
    std::string rule;
    std::string found;
    std::string reason;
    std::string accepted;
};
using FlowReport = std::function<void(FlowObjection)>;

/// Templates that call themselves, and how many pods the literal loops and calls multiply to.
void check_calls(const Definition& definition, const Policy& policy, const FlowReport& report);
/// Text of strangers that would become part of a script, command or argument; parameters that
/// nobody declares.
void check_interpolation(const Definition& definition, const FlowReport& report);
/// Results of steps that may not run: Argo waits for them for ever.
void check_hanging(const Definition& definition, const FlowReport& report);

} // namespace seakeeper::workflow
