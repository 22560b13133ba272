// SPDX-License-Identifier: Apache-2.0
#include "gerrit/json_read.hpp"

#include <charconv>
#include <limits>

namespace seakeeper::gerrit::json_read {

namespace {

std::string_view view(const json::string& text) {
    return {text.data(), text.size()};
}

std::optional<std::int64_t> whole_number(const json::value& value) {
    if (value.is_int64()) {
        return value.get_int64();
    }
    if (value.is_uint64()) {
        const auto number = value.get_uint64();
        if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return std::nullopt;
        }
        return static_cast<std::int64_t>(number);
    }
    if (!value.is_string()) {
        return std::nullopt;
    }
    const auto text = view(value.get_string());
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

} // namespace

Error wrong(std::string_view key, std::string_view expected) {
    std::string text{"member `"};
    text.append(key).append("` is not ").append(expected);
    return Error{Errc::malformed, std::move(text)};
}

const json::value* member(const json::object& object, std::string_view key) {
    const auto* found = object.if_contains(key);
    return found == nullptr || found->is_null() ? nullptr : found;
}

Result<const json::object*> object_at(const json::object& object, std::string_view key) {
    const auto* found = member(object, key);
    if (found == nullptr) {
        return nullptr;
    }
    if (!found->is_object()) {
        return wrong(key, "an object");
    }
    return &found->get_object();
}

Result<const json::array*> array_at(const json::object& object, std::string_view key) {
    const auto* found = member(object, key);
    if (found == nullptr) {
        return nullptr;
    }
    if (!found->is_array()) {
        return wrong(key, "an array");
    }
    return &found->get_array();
}

Result<std::optional<std::int64_t>> number_at(const json::object& object, std::string_view key) {
    const auto* found = member(object, key);
    if (found == nullptr) {
        return std::optional<std::int64_t>{};
    }
    const auto number = whole_number(*found);
    if (!number) {
        return wrong(key, "a whole number");
    }
    return number;
}

Result<std::uint32_t> id_at(const json::object& object, std::string_view key) {
    const auto number = number_at(object, key);
    if (!number) {
        return number.error();
    }
    if (!*number || **number <= 0 || **number > std::numeric_limits<std::int32_t>::max()) {
        return wrong(key, "there as a positive number");
    }
    return static_cast<std::uint32_t>(**number);
}

Result<std::string> text_at(const json::object& object, std::string_view key) {
    const auto* found = member(object, key);
    if (found == nullptr) {
        return std::string{};
    }
    if (!found->is_string()) {
        return wrong(key, "a string");
    }
    return std::string{view(found->get_string())};
}

Result<bool> flag_at(const json::object& object, std::string_view key) {
    const auto* found = member(object, key);
    if (found == nullptr) {
        return false;
    }
    if (!found->is_bool()) {
        return wrong(key, "a boolean");
    }
    return found->get_bool();
}

Result<const json::object*> as_object(const json::value& value, std::string_view what) {
    if (!value.is_object()) {
        return Error{Errc::malformed, std::string{what} + ": not a JSON object"};
    }
    return &value.get_object();
}

Result<const json::array*> as_array(const json::value& value, std::string_view what) {
    if (!value.is_array()) {
        return Error{Errc::malformed, std::string{what} + ": not a JSON array"};
    }
    return &value.get_array();
}

std::optional<int> small_number(std::string_view text) {
    while (text.starts_with(' ')) {
        text.remove_prefix(1);
    }
    while (text.ends_with(' ')) {
        text.remove_suffix(1);
    }
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) {
            return std::nullopt;
        }
    }
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number < -100 || number > 100) {
        return std::nullopt;
    }
    return number;
}

} // namespace seakeeper::gerrit::json_read
