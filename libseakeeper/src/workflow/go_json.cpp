// SPDX-License-Identifier: Apache-2.0
#include "go_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

void append_text(std::string& out, std::string_view text) {
    out += '"';
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        constexpr std::string_view plain = "\"\\\b\f\n\r\t";
        constexpr std::string_view letters = "\"\\bfnrt";
        if (const auto at = plain.find(c); at != plain.npos) {
            out += '\\';
            out += letters[at];
        } else if (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == '>' || c == '&') {
            out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else if (text.substr(i).starts_with("\u2028") || text.substr(i).starts_with("\u2029")) {
            out += text[i + 2] == '\xa8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else {
            out += c;
        }
    }
    out += '"';
}

std::string number_text(double number) {
    const double size = std::fabs(number);
    if (size != 0 && (size < 1e-6 || size >= 1e21)) {
        auto text = fmt::format("{:e}", number);
        for (int precision = 0; precision < 17; ++precision) {
            text = fmt::format("{:.{}e}", number, precision);
            if (std::stod(text) == number) {
                break;
            }
        }
        // e-07 becomes e-7
        const auto at = text.find('e');
        return at != text.npos && text.size() == at + 4 && text[at + 2] == '0'
                   ? text.erase(at + 2, 1)
                   : text;
    }
    for (int precision = 0; precision < 25; ++precision) {
        auto text = fmt::format("{:.{}f}", number, precision);
        if (std::stod(text) == number) {
            return text;
        }
    }
    return fmt::format("{}", number);
}

std::vector<std::string_view> sorted_keys(const json::object& map) {
    std::vector<std::string_view> keys;
    for (const auto& member : map) {
        keys.emplace_back(member.key());
    }
    std::ranges::sort(keys);
    return keys;
}

void append(std::string& out, const json::value& value) {
    if (const auto* text = value.if_string()) {
        return append_text(out, *text);
    }
    if (const auto* list = value.if_array()) {
        out += '[';
        for (std::size_t i = 0; i < list->size(); ++i) {
            out += i == 0 ? "" : ",";
            append(out, (*list)[i]);
        }
        out += ']';
        return;
    }
    if (const auto* map = value.if_object()) {
        out += '{';
        for (const auto key : sorted_keys(*map)) {
            out += out.back() == '{' ? "" : ",";
            append_text(out, key);
            out += ':';
            append(out, map->at(key));
        }
        out += '}';
        return;
    }
    if (value.is_number()) {
        out += value.is_int64()    ? fmt::format("{}", value.get_int64())
               : value.is_uint64() ? fmt::format("{}", value.get_uint64())
                                   : number_text(value.get_double());
        return;
    }
    out += value.is_null() ? "null" : value.get_bool() ? "true" : "false";
}

} // namespace

std::string go_json(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

std::string go_text(const json::value& value) {
    if (const auto* list = value.if_array()) {
        std::string out = "[";
        for (const auto& item : *list) {
            out += (out.size() == 1 ? "" : " ") + go_text(item);
        }
        return out + "]";
    }
    if (const auto* map = value.if_object()) {
        std::string out = "map[";
        for (const auto key : sorted_keys(*map)) {
            out += fmt::format("{}{}:{}", out.size() == 4 ? "" : " ", key, go_text(map->at(key)));
        }
        return out + "]";
    }
    return value.is_null()     ? "<nil>"
           : value.is_string() ? std::string{value.get_string()}
                               : go_json(value);
}

std::string go_quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        constexpr std::string_view plain = "\"\\\n\r\t";
        constexpr std::string_view letters = "\"\\nrt";
        const auto at = plain.find(c);
        out += at == plain.npos ? std::string(1, c) : std::string{'\\', letters[at]};
    }
    return out + "\"";
}

} // namespace seakeeper::workflow
