// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fields.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <boost/json/value.hpp>

#include <optional>
#include <string>

namespace seakeeper::workflow {

/// What is wrong with one value.
struct Objection {
    RuleId rule;
    std::string reason;
    std::string accepted;
};

/// The test of a capped, listed or overwritten field.
std::optional<Objection>
check_value(fields::Check check, const boost::json::value& value, const Policy& policy);

/// What an object as a whole lacks: a retry without a limit, a suspend without an end.
std::optional<Objection>
check_object(fields::Object type, const boost::json::object& object, const Policy& policy);

} // namespace seakeeper::workflow
