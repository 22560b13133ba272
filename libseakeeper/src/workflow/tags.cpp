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

void for_each_text(const boost::json::value& value, const TextVisit& visit) {
    if (const auto* text = value.if_string()) {
        visit(*text);
    } else if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            for_each_text(item, visit);
        }
    } else if (const auto* object = value.if_object()) {
        for_each_text(*object, visit);
    }
}

void for_each_text(const boost::json::object& object, const TextVisit& visit) {
    for (const auto& [key, member] : object) {
        for_each_text(member, visit);
    }
}

} // namespace seakeeper::workflow
