// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

// Reading JSON that a peer sent: what is not there, or of another type, is empty or null.
namespace seakeeper::kubernetes {

namespace json = boost::json;

std::string_view text_at(const json::object& object, std::string_view key);
const json::object* object_at(const json::object& object, std::string_view key);
const json::array* array_at(const json::object& object, std::string_view key);

/// One JSON object, at most 128 levels deep. Errc::malformed.
Result<json::object> parse_object(std::string_view bytes);

} // namespace seakeeper::kubernetes
