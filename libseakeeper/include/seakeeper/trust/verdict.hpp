// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/trust/class.hpp>
#include <seakeeper/trust/reason.hpp>

#include <optional>
#include <string>
#include <vector>

namespace seakeeper::trust {

/// What one condition says.
struct ConditionVerdict {
    Condition condition{};
    Class value = Class::denied; ///< the most that it allows
    ReasonCode code{};
    std::string detail; ///< the fact that decided, in words; peer text quoted
    friend bool operator==(const ConditionVerdict&, const ConditionVerdict&) = default;
};

/// The class that a workload of this event may have, and why.
struct Verdict {
    Class value = Class::denied;              ///< the meet of all conditions
    std::vector<ConditionVerdict> conditions; ///< those that were asked, in order of Condition
    std::optional<CommitId> code;             ///< what to run, by commit; empty only if denied
    friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// The conditions that hold the class down to what it is; empty for a trusted verdict.
SEAKEEPER_API std::vector<const ConditionVerdict*> limiting(const Verdict& verdict);
/// True if nothing but facts that could not be read holds the class down: reading again may help.
SEAKEEPER_API bool is_for_want_of_facts(const Verdict& verdict);
/// One line: "untrusted: C6 ancestor-not-approved (commit 12ab… is change 17, which ...)".
SEAKEEPER_API std::string to_string(const Verdict& verdict);

/// What a trigger does when the class it asked for was not earned.
enum class Otherwise : std::uint8_t {
    nothing,  ///< does not run, and says so once
    untrusted ///< runs untrusted
};

/// Whether a trigger runs, and as what. `runs_as` is never above the verdict, nor above what the
/// trigger asked for; denied: it does not run.
constexpr Class runs_as(Class requested, Otherwise otherwise, Class earned) {
    if (requested == Class::trusted && earned == Class::untrusted) {
        return otherwise == Otherwise::untrusted ? Class::untrusted : Class::denied;
    }
    return meet(requested, earned);
}

} // namespace seakeeper::trust
