// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expr_syntax.hpp"

#include <boost/json/object.hpp>

#include <span>

namespace seakeeper::workflow {

/// What may be spent on one expression; its inputs may be hostile.
struct EvaluationLimits {
    std::size_t steps = 200'000;              ///< operations, and elements looked at
    std::size_t bytes = std::size_t{4} << 20; ///< of texts and lists that it makes, together
};

/// The value of an expression over an environment, as expr-lang 1.17 with Argo's functions
/// computes it: nil is null. Pure: no clock, file, network or chance. Errors: Errc::not_found for
/// a name that is not in the environment, Errc::unsupported for a function that is not known here
/// (the error names those that are), Errc::malformed for values that do not fit,
/// Errc::limit_exceeded.
SEAKEEPER_API Result<boost::json::value> evaluate(
    const Expr& expression,
    const boost::json::object& environment,
    const EvaluationLimits& limits = {}
);

/// Parses, evaluates, and wants a condition.
SEAKEEPER_API Result<bool>
evaluate_condition(std::string_view text, const boost::json::object& environment);

/// One of the functions of expr-lang, Argo's or sprig's that need no closure. `left` bytes may
/// still be made.
Result<boost::json::value> call_function(
    std::string_view name, std::span<const boost::json::value> arguments, std::size_t left
);
/// The name of the function that a call calls; empty: something else is called.
std::string called_in(const Expr& call);
/// Whether evaluate() knows every function that an expression calls. Errors: Errc::unsupported,
/// which names those that are known.
SEAKEEPER_API Status check_functions(const Expr& expression);

/// Argo's `jsonpath(text, path)`: members, indices, slices, `*`, `..`, filters that compare.
Result<boost::json::value> json_path(const boost::json::value& document, std::string_view path);

/// A value as text: texts as they are, anything else in JSON.
SEAKEEPER_API std::string text_of(const boost::json::value& value);

} // namespace seakeeper::workflow
