// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.hpp"

#include <fmt/format.h>

namespace seakeeper {
namespace {

bool is_plain(char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
    switch (c) {
    case '"':
    case '\\':
        out += '\\';
        out += c;
        break;
    case '\n':
        out += "\\n";
        break;
    default:
        fmt::format_to(
            std::back_inserter(out),
            "\\u{:04x}",
            static_cast<unsigned>(static_cast<unsigned char>(c))
        );
    }
}

} // namespace

inline namespace v0 {

void append_json_string(std::string& out, std::string_view value) {
    out += '"';
    while (!value.empty()) {
        std::size_t plain = 0;
        while (plain < value.size() && is_plain(value[plain])) {
            ++plain;
        }
        out.append(value.substr(0, plain));
        if (plain < value.size()) {
            append_escaped(out, value[plain++]);
        }
        value.remove_prefix(plain);
    }
    out += '"';
}

void JsonText::separate() {
    if (needs_comma_) {
        text_ += ',';
    }
    needs_comma_ = true;
}

JsonText& JsonText::open(char bracket) {
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonText& JsonText::close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

JsonText& JsonText::key(std::string_view name) {
    text(name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

JsonText& JsonText::text(std::string_view value) {
    separate();
    append_json_string(text_, value);
    return *this;
}

JsonText& JsonText::number(std::int64_t value) {
    separate();
    text_ += fmt::format_int{value}.c_str();
    return *this;
}

JsonText& JsonText::raw(std::string_view json) {
    separate();
    text_ += json;
    return *this;
}

} // namespace v0
} // namespace seakeeper
