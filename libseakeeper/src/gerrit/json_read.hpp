// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Reading members of a peer's JSON object: absent and null are the same, a member of another type
// than the format's is an error, numbers may arrive as text (they did in old versions).
namespace seakeeper::gerrit::json_read {

namespace json = boost::json;

Error wrong(std::string_view key, std::string_view expected);

/// Null pointer: absent or null.
const json::value* member(const json::object& object, std::string_view key);
Result<const json::object*> object_at(const json::object& object, std::string_view key);
Result<const json::array*> array_at(const json::object& object, std::string_view key);

Result<std::optional<std::int64_t>> number_at(const json::object& object, std::string_view key);
/// Errc::malformed when absent.
Result<std::uint32_t> id_at(const json::object& object, std::string_view key);
/// Empty when absent.
Result<std::string> text_at(const json::object& object, std::string_view key);
/// False when absent.
Result<bool> flag_at(const json::object& object, std::string_view key);

Result<const json::object*> as_object(const json::value& value, std::string_view what);
Result<const json::array*> as_array(const json::value& value, std::string_view what);

/// A signed decimal with optional "+" and surrounding spaces, as labels have: " 0", "+1", "-2".
std::optional<int> small_number(std::string_view text);

} // namespace seakeeper::gerrit::json_read
