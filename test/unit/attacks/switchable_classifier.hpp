// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/trust/reason.hpp>

#include <vector>

namespace attacks {

/// Conditions that hold whatever they say.
std::vector<seakeeper::trust::Condition>& switched_off();

} // namespace attacks
