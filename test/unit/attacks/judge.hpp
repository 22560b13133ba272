// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rows.hpp"
#include "world.hpp"

namespace attacks {

/// What comes of a row, in the form of its member "expect". Reason codes that were seen on the way
/// are added to `codes` (identifiers). Throws where the row is broken.
json::object outcome_of(const Row& row, const Switches& switches, std::vector<std::string>& codes);

/// Stages that need no site: lines, names, definitions, patterns, reports, Workflow objects.
json::object outcome_of_text(const Row& row);

} // namespace attacks
