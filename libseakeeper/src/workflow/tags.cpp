// SPDX-License-Identifier: Apache-2.0
#include "tags.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <algorithm>

namespace seakeeper::workflow {
namespace {

bool is_name_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.'
           || c == '-' || c == '_';
}

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r\n");
    if (begin == text.npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Tag tag_of(std::string_view inner) {
    Tag tag;
    tag.name = trimmed(inner);
    tag.is_expression = tag.name.starts_with('=');
    tag.is_sound = !tag.name.empty() && std::ranges::all_of(tag.name, is_name_character);
    return tag;
}

/// Length of a quoted literal at the front, quotes included; 0 if it does not end.
std::size_t literal_length(std::string_view text) {
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '\\') {
            ++i;
        } else if (text[i] == text.front()) {
            return i + 1;
        }
    }
    return 0;
}

} // namespace

std::vector<Tag> tags_of(std::string_view text) {
    std::vector<Tag> tags;
    while (true) {
        const auto begin = text.find("{{");
        if (begin == text.npos) {
            return tags;
        }
        text.remove_prefix(begin + 2);
        const auto end = text.find("}}");
        tags.push_back(tag_of(text.substr(0, end)));
        if (end == text.npos) {
            tags.back().is_sound = false;
            return tags;
        }
        text.remove_prefix(end + 2);
    }
}

void for_each_text(
    const boost::json::value& value, const std::function<void(std::string_view)>& visit
) {
    if (const auto* text = value.if_string()) {
        visit(*text);
    } else if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            for_each_text(item, visit);
        }
    } else if (const auto* object = value.if_object()) {
        for (const auto& [key, member] : *object) {
            for_each_text(member, visit);
        }
    }
}

bool is_plain_expression(std::string_view expression) {
    constexpr std::string_view operators = " \t\r\n=!<>&|+-*/%?:,()[]";
    bool is_after_name = false;
    while (!expression.empty()) {
        const char c = expression.front();
        if (c == '\'' || c == '"') {
            const auto length = literal_length(expression);
            if (length == 0) {
                return false;
            }
            expression.remove_prefix(length);
            is_after_name = false;
            continue;
        }
        if (is_name_character(c) && c != '-') {
            is_after_name = true;
        } else if (operators.find(c) == operators.npos || (c == '(' && is_after_name)) {
            return false;
        } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
            is_after_name = c == ']' || c == ')';
        }
        if (c == '|' && !expression.starts_with("||")) {
            return false; // a pipe calls a function
        }
        expression.remove_prefix(expression.starts_with("||") ? 2 : 1);
    }
    return true;
}

} // namespace seakeeper::workflow
