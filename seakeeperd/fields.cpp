// SPDX-License-Identifier: Apache-2.0
#include "fields.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/object.hpp>
#include <boost/json/string.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace seakeeper::daemon {
namespace {

std::string found(const yaml::Node& node) {
    switch (node.kind) {
    case yaml::NodeKind::null:
        return "nothing";
    case yaml::NodeKind::scalar:
        return seakeeper::quoted(node.text, 60);
    case yaml::NodeKind::sequence:
        return "a list";
    case yaml::NodeKind::mapping:
        return "a mapping";
    }
    return "something else";
}

std::optional<std::chrono::seconds> read_duration(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (fault != std::errc{} || number < 0 || number > 1'000'000'000) {
        return std::nullopt;
    }
    if (unit == "s") {
        return std::chrono::seconds{number};
    }
    if (unit == "m") {
        return std::chrono::minutes{number};
    }
    if (unit == "h") {
        return std::chrono::hours{number};
    }
    return unit == "d" ? std::optional<std::chrono::seconds>{std::chrono::days{number}}
                       : std::nullopt;
}

} // namespace

void Mistakes::add(yaml::Mark mark, std::string_view message) {
    lines.push_back(yaml::at(file, mark, message));
}

Fields::Fields(const yaml::Node* node, std::string path, yaml::Mark owner, Mistakes& mistakes)
    : node_{node}, path_{std::move(path)}, mark_{node != nullptr ? node->mark : owner},
      mistakes_{mistakes} {
    if (node_ != nullptr && node_->kind != yaml::NodeKind::mapping) {
        if (node_->kind != yaml::NodeKind::null) {
            mistakes_.add(
                mark_, fmt::format("{}: found {}; accepted is a mapping", path_, found(*node_))
            );
        }
        node_ = nullptr;
    }
}

Fields::~Fields() {
    if (node_ == nullptr) {
        return;
    }
    for (const auto& member : node_->members) {
        if (std::ranges::find(known_, member.key) == known_.end()) {
            mistakes_.add(
                member.key_mark,
                fmt::format(
                    "{}: found key {}; accepted are {}",
                    path_.empty() ? "the file" : path_,
                    seakeeper::quoted(member.key, 60),
                    fmt::join(known_, ", ")
                )
            );
        }
    }
}

std::string Fields::path_of(std::string_view key) const {
    return path_.empty() ? std::string{key} : fmt::format("{}.{}", path_, key);
}

bool Fields::has(std::string_view key) const {
    return node_ != nullptr && node_->find(key) != nullptr;
}

const yaml::Node* Fields::take(std::string_view key) {
    known_.emplace_back(key);
    return node_ == nullptr ? nullptr : node_->find(key);
}

const yaml::Node* Fields::scalar(std::string_view key, std::string_view accepted) {
    const yaml::Node* node = take(key);
    if (node != nullptr && node->kind != yaml::NodeKind::scalar) {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is {}", path_of(key), found(*node), accepted)
        );
        return nullptr;
    }
    return node;
}

void Fields::text(std::string_view key, std::string& target) {
    if (const auto* node = scalar(key, "a text")) {
        target = node->text;
    }
}

void Fields::required(std::string_view key, std::string& target) {
    text(key, target);
    if (!has(key)) {
        mistakes_.add(mark_, fmt::format("{} is missing; a text is required", path_of(key)));
    }
}

void Fields::flag(std::string_view key, bool& target) {
    const auto* node = scalar(key, "true or false");
    if (node == nullptr) {
        return;
    }
    if (const auto value = yaml::as_boolean(*node)) {
        target = *value;
    } else {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is true or false", path_of(key), found(*node))
        );
    }
}

void Fields::integer(
    std::string_view key, std::int64_t& target, std::int64_t least, std::int64_t most
) {
    const auto accepted = fmt::format("a number from {} to {}", least, most);
    const auto* node = scalar(key, accepted);
    if (node == nullptr) {
        return;
    }
    const auto value = yaml::as_integer(*node);
    if (value && *value >= least && *value <= most) {
        target = *value;
    } else {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is {}", path_of(key), found(*node), accepted)
        );
    }
}

void Fields::duration(std::string_view key, std::chrono::seconds& target) {
    constexpr std::string_view accepted = "a number with a unit, as in 90s, 15m, 24h or 7d";
    const auto* node = scalar(key, accepted);
    if (node == nullptr) {
        return;
    }
    if (const auto value = read_duration(node->text)) {
        target = *value;
    } else {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is {}", path_of(key), found(*node), accepted)
        );
    }
}

void Fields::texts(std::string_view key, std::vector<std::string>& target) {
    const auto* node = take(key);
    if (node == nullptr) {
        return;
    }
    if (node->kind != yaml::NodeKind::sequence) {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is a list of texts", path_of(key), found(*node))
        );
        return;
    }
    target.clear();
    for (const auto& item : node->items) {
        if (item.kind == yaml::NodeKind::scalar) {
            target.push_back(item.text);
        } else {
            mistakes_.add(
                item.mark,
                fmt::format("{}: found {}; accepted is a text", path_of(key), found(item))
            );
        }
    }
}

void Fields::map(std::string_view key, std::map<std::string, std::string>& target) {
    const auto* node = take(key);
    if (node == nullptr) {
        return;
    }
    if (node->kind != yaml::NodeKind::mapping) {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is a mapping of texts", path_of(key), found(*node))
        );
        return;
    }
    for (const auto& member : node->members) {
        target[member.key] = member.value.text;
    }
}

void Fields::objects(std::string_view key, boost::json::array& target) {
    const auto* node = take(key);
    if (node == nullptr) {
        return;
    }
    for (const auto& item : node->items) {
        boost::json::object object;
        for (const auto& member : item.members) {
            object[member.key] = member.value.text;
        }
        target.push_back(std::move(object));
    }
}

std::optional<std::size_t>
Fields::word(std::string_view key, const std::vector<std::string_view>& words) {
    const auto accepted = fmt::format("one of {}", fmt::join(words, ", "));
    const auto* node = scalar(key, accepted);
    if (node == nullptr) {
        return std::nullopt;
    }
    const auto place = std::ranges::find(words, node->text);
    if (place == words.end()) {
        mistakes_.add(
            node->mark,
            fmt::format("{}: found {}; accepted is {}", path_of(key), found(*node), accepted)
        );
        return std::nullopt;
    }
    return static_cast<std::size_t>(place - words.begin());
}

} // namespace seakeeper::daemon
