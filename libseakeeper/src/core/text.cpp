// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <iterator>

namespace seakeeper {
namespace {

constexpr char32_t invalid = 0xFFFFFFFF;

struct Decoded {
    char32_t point = invalid;
    std::size_t length = 1;
};

/// The first character of `text`; `invalid` of length 1 where it is not UTF-8 (RFC 3629).
Decoded decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const std::uint8_t lead = byte(0);
    if (lead < 0x80) {
        return {lead, 1};
    }
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) {
        return {};
    }
    char32_t point = lead & (0x7F >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) {
            return {};
        }
        point = (point << 6) | (byte(i) & 0x3F);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_sound =
        point >= smallest[length] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    return is_sound ? Decoded{point, length} : Decoded{};
}

bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/// Characters that change what a reader sees without being seen: bidi controls, zero-width, BOM,
/// line and paragraph separators, tags (Trojan Source, CVE-2021-42574).
bool is_deceptive(char32_t c) {
    return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E)
           || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || c == 0x061C || c == 0x180E
           || (c >= 0xE0000 && c <= 0xE007F);
}

/// Length of the ANSI control sequence at the start of `text`, 0 if there is none (ECMA-48).
std::size_t ansi_length(std::string_view text) {
    if (text.size() < 2 || text[0] != '\x1b') {
        return 0;
    }
    if (text[1] != '[') {
        return 2;
    }
    std::size_t i = 2;
    while (i < text.size() && text[i] >= 0x20 && text[i] <= 0x3F) {
        ++i;
    }
    return i < text.size() && text[i] >= 0x40 && text[i] <= 0x7E ? i + 1 : i;
}

void append_escaped(std::string& out, std::string_view raw, char32_t point) {
    switch (point) {
    case '"':
        out += "\\\"";
        return;
    case '\\':
        out += "\\\\";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\t':
        out += "\\t";
        return;
    case '\r':
        out += "\\r";
        return;
    default:
        break;
    }
    if (point == invalid) {
        fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<std::uint8_t>(raw[0]));
    } else if (is_control(point) || is_deceptive(point)) {
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<std::uint32_t>(point));
    } else {
        out += raw;
    }
}

} // namespace

inline namespace v0 {

std::string quoted(std::string_view text, std::size_t limit) {
    std::string out = "\"";
    while (!text.empty()) {
        if (out.size() > limit) {
            return out += "\"...";
        }
        const auto [point, length] = decode(text);
        append_escaped(out, text.substr(0, length), point);
        text.remove_prefix(length);
    }
    return out += '"';
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const auto [point, length] = decode(text);
        if (point == invalid) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::string sanitized(std::string_view text, std::size_t limit) {
    constexpr std::string_view replacement = "\xEF\xBF\xBD";
    std::string out;
    while (!text.empty()) {
        if (const auto skip = ansi_length(text); skip > 0) {
            text.remove_prefix(skip);
            continue;
        }
        const auto [point, length] = decode(text);
        const bool is_plain = point == '\n' || point == '\t'
                              || (point != invalid && !is_control(point) && !is_deceptive(point));
        const auto piece = is_plain ? text.substr(0, length) : replacement;
        text.remove_prefix(length);
        if (point == '\r' && text.starts_with('\n')) {
            continue;
        }
        if (out.size() + piece.size() > limit) {
            break;
        }
        out += piece;
    }
    return out;
}

} // namespace v0
} // namespace seakeeper
