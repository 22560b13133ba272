// SPDX-License-Identifier: Apache-2.0
#include "document.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>

// What plain scalars mean: go-yaml's resolve.go, and the types of YAML 1.1 it leaves out.
namespace seakeeper::yaml {
namespace {

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Takes digits (and the underscores of YAML 1.1) off the front; how many there were.
std::size_t skip_digits(std::string_view& text, std::string_view digits = "0123456789_") {
    const auto count = std::min(text.find_first_not_of(digits), text.size());
    text.remove_prefix(count);
    return count;
}

std::string_view without_sign(std::string_view text) {
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        text.remove_prefix(1);
    }
    return text;
}

/// Decimal, 0x, 0o, 0b, octal with a leading zero, underscores, and sexagesimal (190:20:30).
bool reads_as_integer(std::string_view text) {
    text = without_sign(text);
    if (text.size() > 2 && text[0] == '0' && is_one_of(text.substr(1, 1), {"x", "o", "b"})) {
        const std::string_view digits = text[1] == 'x'   ? "0123456789abcdefABCDEF_"
                                        : text[1] == 'o' ? "01234567_"
                                                         : "01_";
        return text.substr(2).find_first_not_of(digits) == text.npos;
    }
    if (text.empty() || !is_digit(text.front())) {
        return false;
    }
    skip_digits(text);
    while (!text.empty()) {
        if (text.front() != ':') {
            return false;
        }
        text.remove_prefix(1);
        if (skip_digits(text, "0123456789") == 0) {
            return false;
        }
    }
    return true;
}

bool reads_as_floating(std::string_view text) {
    text = without_sign(text);
    if (is_one_of(text, {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"})) {
        return true;
    }
    auto digits = text.empty() || text.front() == '_' ? 0 : skip_digits(text);
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        digits += skip_digits(text);
    }
    if (digits == 0) {
        return false;
    }
    if (text.empty()) {
        return true;
    }
    if (text.front() != 'e' && text.front() != 'E') {
        return false;
    }
    text = without_sign(text.substr(1));
    return skip_digits(text) > 0 && text.empty();
}

/// 2001-12-14, alone or with a time behind it.
bool reads_as_timestamp(std::string_view text) {
    const auto take = [&](std::size_t least, std::size_t most) {
        const auto count = skip_digits(text, "0123456789");
        return count >= least && count <= most;
    };
    const auto dash = [&] {
        const bool found = text.starts_with('-');
        text.remove_prefix(found ? 1 : 0);
        return found;
    };
    if (!take(4, 4) || !dash() || !take(1, 2) || !dash() || !take(1, 2)) {
        return false;
    }
    return text.empty() || is_one_of(text.substr(0, 1), {"T", "t", " ", "\t"});
}

} // namespace

PlainType plain_type(const Node& scalar) {
    if (scalar.kind == NodeKind::null) {
        return PlainType::null;
    }
    const std::string_view text = scalar.text;
    if (!scalar.is_plain) {
        return PlainType::string;
    }
    if (is_one_of(text, {"", "~", "null", "Null", "NULL"})) {
        return PlainType::null;
    }
    if (is_one_of(text, {"true", "True", "TRUE", "false", "False", "FALSE"})) {
        return PlainType::boolean;
    }
    if (is_one_of(
            text,
            {"y",
             "Y",
             "yes",
             "Yes",
             "YES",
             "n",
             "N",
             "no",
             "No",
             "NO",
             "on",
             "On",
             "ON",
             "off",
             "Off",
             "OFF"}
        )) {
        return PlainType::boolean_1_1;
    }
    if (reads_as_integer(text)) {
        return PlainType::integer;
    }
    if (reads_as_floating(text)) {
        return PlainType::floating;
    }
    return reads_as_timestamp(text) ? PlainType::timestamp : PlainType::string;
}

std::optional<std::int64_t> as_integer(const Node& scalar) {
    if (scalar.kind != NodeKind::scalar || !scalar.is_plain) {
        return std::nullopt;
    }
    std::string_view text = scalar.text;
    const auto digits = without_sign(text);
    if (digits.empty() || digits.find_first_not_of("0123456789") != digits.npos
        || (digits.size() > 1 && digits.front() == '0')) {
        return std::nullopt; // 010 is eight to some and ten to others
    }
    if (text.front() == '+') {
        text.remove_prefix(1);
    }
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return value;
}

std::optional<bool> as_boolean(const Node& scalar) {
    if (scalar.kind != NodeKind::scalar || !scalar.is_plain) {
        return std::nullopt;
    }
    if (scalar.text == "true" || scalar.text == "false") {
        return scalar.text == "true";
    }
    return std::nullopt;
}

} // namespace seakeeper::yaml
