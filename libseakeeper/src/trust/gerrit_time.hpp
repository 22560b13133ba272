// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>

#include <optional>
#include <string_view>

namespace seakeeper::trust {

/// Gerrit's "2026-11-22 14:22:18.000000000", UTC (rest-api.txt, Timestamp); nothing for another
/// form. The fraction is optional and cut to milliseconds.
std::optional<WallTime> gerrit_time(std::string_view text) noexcept;

} // namespace seakeeper::trust
