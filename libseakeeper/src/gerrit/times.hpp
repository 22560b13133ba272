// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace seakeeper::gerrit {

/// Seconds since 1970 of Gerrit's "2026-11-22 16:01:02.000000000" (rest-api: timestamps are UTC);
/// nothing for another form.
SEAKEEPER_API std::optional<std::int64_t> seconds_of(std::string_view date);

} // namespace seakeeper::gerrit
