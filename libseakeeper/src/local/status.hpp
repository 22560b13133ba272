// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/plan.hpp"

#include <boost/json/object.hpp>

namespace seakeeper::local {

/// A plan as Argo writes `status` of a Workflow: phase, message, outputs, nodes by id. Artifacts
/// have `stored`, the path on this machine, instead of a key.
SEAKEEPER_API boost::json::object
status_of(const Plan& plan, std::optional<WallTime> started, std::optional<WallTime> finished);

} // namespace seakeeper::local
