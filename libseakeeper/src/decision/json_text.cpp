// SPDX-License-Identifier: Apache-2.0
#include "json_text.hpp"

#include <fmt/format.h>

namespace seakeeper::decision {
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
    text_ += '"';
    while (!value.empty()) {
        std::size_t plain = 0;
        while (plain < value.size() && is_plain(value[plain])) {
            ++plain;
        }
        text_.append(value.substr(0, plain));
        if (plain < value.size()) {
            append_escaped(text_, value[plain++]);
        }
        value.remove_prefix(plain);
    }
    text_ += '"';
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

} // namespace seakeeper::decision
