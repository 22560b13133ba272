// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/json.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace seakeeper::kubernetes {

std::string_view text_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view{text->data(), text->size()};
}

const json::object* object_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_at(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

Result<json::object> parse_object(std::string_view bytes) {
    json::parse_options options;
    options.max_depth = 128;
    boost::system::error_code error;
    json::value value = json::parse(bytes, error, {}, options);
    if (error) {
        return Error{Errc::malformed, "reading JSON " + quoted(bytes, 80) + ": " + error.message()};
    }
    if (!value.is_object()) {
        return Error{Errc::malformed, "reading JSON " + quoted(bytes, 80) + ": not an object"};
    }
    return std::move(value.as_object());
}

} // namespace seakeeper::kubernetes
