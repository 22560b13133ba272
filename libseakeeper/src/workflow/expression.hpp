// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// The three languages of expressions that Argo evaluates, each as far as a definition may use it.
// Whatever parses here, parses there; nothing here calls a function.
namespace seakeeper::workflow {

/// Where an expression stops making sense.
struct SyntaxFault {
    std::size_t offset = 0; ///< in bytes, from 0
    std::string message;    ///< "found ..., accepted is ..."
};

/// An expression of expr-lang (retryStrategy, hooks, valueFrom, fromExpression).
struct Expression {
    /// What it reads, each as segments: steps['a'].outputs.result is steps, a, outputs, result.
    std::vector<std::vector<std::string>> names;
    std::optional<SyntaxFault> fault;
};

/// Names with members and literal indices, literals, `?:`, `??`, comparison, arithmetic, `in`,
/// `contains`, `startsWith`, `endsWith`, `not`, `and`, `or`; lists. No calls, pipes or closures.
Expression parse_expression(std::string_view text);

/// The condition of a step (govaluate, after Argo has put values for tags): comparisons of words,
/// quoted texts, numbers and tags, `=~`, `!~`, `&&`, `||`, `!`, arithmetic, parentheses. Must be a
/// condition: the word `foo` alone is none.
std::optional<SyntaxFault> check_when(std::string_view text);

/// The condition of a DAG task: task names, each with `.Succeeded` and the like or without, `&&`,
/// `||`, `!`, parentheses.
struct Depends {
    std::vector<std::string> tasks; ///< every task that it mentions
    /// Tasks that have surely run well (or were skipped by their own `when`) once it is true.
    std::set<std::string, std::less<>> required;
    std::optional<SyntaxFault> fault;
};
SEAKEEPER_API Depends parse_depends(std::string_view text);

} // namespace seakeeper::workflow
