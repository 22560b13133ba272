// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/value.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Expressions as Argo's controller reads them (expr-lang 1.17), to be evaluated; what a definition
// may use of them under policy is another matter (expression.hpp).
namespace seakeeper::workflow {

enum class ExprKind : std::uint8_t {
    literal,
    name,
    element, ///< `#` of a closure; `.x` there is a member of it
    list,
    map,         ///< parts: key, value, key, value
    member,      ///< parts: object, key
    maybe,       ///< `?.`: nil of nil
    slice,       ///< parts: object, from or nil, to or nil
    call,        ///< parts: callee, arguments
    unary,       ///< text: its operator
    binary,      ///< text: its operator
    conditional, ///< parts: condition, then, else
    closure,     ///< parts: body
};

struct Expr {
    ExprKind kind = ExprKind::literal;
    std::string text;
    boost::json::value literal;
    std::vector<Expr> parts;
};

/// Most bytes of one expression.
inline constexpr std::size_t most_expression_bytes = 64 << 10;

/// Errors: Errc::malformed where it is not an expression, Errc::unsupported for pipes, ranges,
/// `let` and what else is beyond the subset, Errc::limit_exceeded for nesting and length.
SEAKEEPER_API Result<Expr> parse_expr(std::string_view text);

/// What it reads by name, each with dots: `steps['a'].status` gives steps, steps.a, steps.a.status.
SEAKEEPER_API std::vector<std::string> names_in(const Expr& expression);

} // namespace seakeeper::workflow
