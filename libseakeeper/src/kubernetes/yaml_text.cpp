// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/kubernetes/manifests.hpp>

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

// JSON values in YAML's block style. Quoted text is JSON's, which YAML reads alike.
namespace seakeeper::kubernetes {
namespace json = boost::json;
namespace {

bool is_plain(std::string_view text) {
    constexpr std::array<std::string_view, 8> words{
        "true", "false", "null", "yes", "no", "on", "off", "y"};
    const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    const auto is_fit = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-'
               || c == '_';
    };
    if (text.empty() || !is_letter(text.front()) || !std::ranges::all_of(text, is_fit)) {
        return false;
    }
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    });
    return lower != "n" && std::ranges::find(words, lower) == words.end();
}

std::string scalar(const json::value& value) {
    if (value.is_string() && is_plain(value.get_string())) {
        return std::string{value.get_string()};
    }
    return json::serialize(value);
}

std::string key_text(std::string_view key) {
    return is_plain(key) ? std::string{key} : json::serialize(json::string{key});
}

bool is_flat(const json::value& value) {
    const auto is_simple = [](const json::value& one) { return one.is_primitive(); };
    return value.is_primitive() || (value.is_object() && value.get_object().empty())
           || (value.is_array() && value.get_array().size() <= 12
               && std::ranges::all_of(value.get_array(), is_simple));
}

std::string flat(const json::value& value) {
    if (value.is_primitive()) {
        return scalar(value);
    }
    if (value.is_object()) {
        return "{}";
    }
    std::string text{"["};
    for (const auto& one : value.get_array()) {
        text += (text.size() > 1 ? ", " : "") + scalar(one);
    }
    return text + "]";
}

void write(const json::value& value, std::size_t depth, std::string& text);

/// What stands behind "key:" or "-".
void write_behind(const json::value& value, std::size_t depth, std::string& text) {
    if (is_flat(value)) {
        text += " " + flat(value) + "\n";
        return;
    }
    text += "\n";
    write(value, depth, text);
}

void write(const json::value& value, std::size_t depth, std::string& text) {
    const std::string indent(2 * depth, ' ');
    if (value.is_object()) {
        for (const auto& [key, member] : value.get_object()) {
            text += indent + key_text(key) + ":";
            write_behind(member, depth + 1, text);
        }
        return;
    }
    for (const auto& item : value.get_array()) {
        std::string block;
        write_behind(item, depth + 1, block);
        // the first line of an item stands beside its dash
        const bool is_block = !is_flat(item);
        text += indent + "-" + (is_block ? " " + block.substr(1 + indent.size() + 2) : block);
    }
}

} // namespace

std::string to_yaml(std::span<const json::object> objects) {
    std::string text;
    for (const auto& object : objects) {
        text += "---\n";
        write(object, 0, text);
    }
    return text;
}

} // namespace seakeeper::kubernetes
