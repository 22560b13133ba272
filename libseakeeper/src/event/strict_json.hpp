// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string_view>

namespace seakeeper::event {

/// Reads one JSON text into `memory`, stricter than Boost.JSON by itself: no duplicate key at any
/// depth (Boost.JSON keeps the last, others the first), no NUL in a string, no number beyond
/// double. Errc::malformed, or limit_exceeded for depth. Never throws.
Result<boost::json::value>
parse_strict(std::string_view text, std::size_t depth, boost::json::storage_ptr memory) noexcept;

} // namespace seakeeper::event
