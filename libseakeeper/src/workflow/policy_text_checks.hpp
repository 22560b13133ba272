// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "policy_checks.hpp"

#include <initializer_list>

// Tests of texts that need nothing of the policy: names, paths, expressions.
namespace seakeeper::workflow::checks {

using Verdict = std::optional<Objection>;

Verdict objection(RuleId rule, std::string_view reason, std::string accepted);
/// Empty for what is no text.
std::string_view text_of(const boost::json::value& value);

Verdict check_container_name(const boost::json::value& value);
Verdict check_env_name(const boost::json::value& value);
/// A plain absolute path outside of Argo's own places; of a mount, or read by the executor.
Verdict check_path(const boost::json::value& value, RuleId rule);
/// Below the place that it is joined to: a volume, or the key of an artifact.
Verdict check_sub_path(const boost::json::value& value);
Verdict check_expression(const boost::json::value& value);
Verdict check_condition(const boost::json::value& value);
Verdict check_depends(const boost::json::value& value);
/// fmt.Sprintf of one whole number, in the controller.
Verdict check_loop_format(const boost::json::value& value);
/// What an object must name, and name once.
Verdict check_parts(fields::Object type, const boost::json::object& object);
Verdict check_word(
    const boost::json::value& value,
    std::initializer_list<std::string_view> words,
    RuleId rule,
    std::string_view reason
);

} // namespace seakeeper::workflow::checks
