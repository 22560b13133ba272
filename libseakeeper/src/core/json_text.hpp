// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

/// Appends `value` as a JSON string, in its quotes. Other bytes than controls, '"' and '\\' stay as
/// they are.
void append_json_string(std::string& out, std::string_view value);

/// Writes JSON members one after the other, in the order of the calls, without a tree in between:
/// a record is written for every decision. The caller opens and closes in pairs.
class JsonText {
public:
    explicit JsonText(std::size_t expected_bytes) { text_.reserve(expected_bytes); }

    JsonText& open(char bracket);
    JsonText& close(char bracket);
    JsonText& key(std::string_view name);
    JsonText& text(std::string_view value);
    JsonText& number(std::int64_t value);
    /// A value that is JSON already.
    JsonText& raw(std::string_view json);
    JsonText& member(std::string_view name, std::string_view value) {
        return key(name).text(value);
    }
    JsonText& member(std::string_view name, std::int64_t value) { return key(name).number(value); }
    JsonText& member_flag(std::string_view name, bool is_set) {
        return key(name).raw(is_set ? "true" : "false");
    }
    std::string take() { return std::move(text_); }

private:
    void separate();

    std::string text_;
    bool needs_comma_ = false;
};

} // namespace v0
} // namespace seakeeper
