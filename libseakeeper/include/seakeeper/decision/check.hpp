// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/policy.hpp>

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace seakeeper::decision {

/// Files of one refs/meta/config, or of a folder that is to become one: path -> bytes.
using ConfigTree = std::map<std::string, std::string>;

/// What the policies of the two classes allow.
struct CheckOptions {
    workflow::Policy untrusted;
    workflow::Policy trusted;
    /// Class that definitions are judged for which no trigger names.
    trust::Class otherwise = trust::Class::untrusted;
};

enum class Severity : std::uint8_t {
    error,   ///< the daemon would refuse it
    warning, ///< it would run, and a reviewer would ask
};

/// One thing that is wrong.
struct Finding {
    std::string path;         ///< of the file, as ConfigTree names it
    std::uint32_t line = 1;   ///< from 1
    std::uint32_t column = 1; ///< from 1, in Unicode code points
    /// Stable: "configuration" (seakeeper.yaml), "no-workflow" (a trigger names a file that is not
    /// there), "parameter-unknown" and "parameter-missing" (a trigger's and its definition's
    /// parameters do not fit), or a rule of docs/policy.md.
    std::string rule;
    std::string text;     ///< a sentence: what was found, why it is refused, what is accepted
    std::string accepted; ///< the nearest accepted form alone; empty where the text knows none
    Severity severity = Severity::error;
    friend auto operator<=>(const Finding&, const Finding&) = default;
};

/// "path:line:column: text [rule]", with "warning: " before the text of a warning.
SEAKEEPER_API std::string to_string(const Finding& finding);

/// Everything that the daemon would refuse about these files, in the order of paths and lines:
/// seakeeper.yaml with its triggers, the definitions they name, judged for each class that is asked
/// for, and every other file that says it is a Workflow. Parents' triggers are not known here.
/// Pure. Empty: nothing to object to.
SEAKEEPER_API std::vector<Finding> check(const ConfigTree& files, const CheckOptions& options);

} // namespace seakeeper::decision
