// SPDX-License-Identifier: Apache-2.0
#include "sensor/reader.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace seakeeper::sensor {

namespace {

std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t above = row[j];
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above + 1, row[j - 1] + 1, changed});
            diagonal = above;
        }
    }
    return row.back();
}

std::string found_scalar(const yaml::Node& node) {
    switch (yaml::plain_type(node)) {
    case yaml::PlainType::string:
        return "the text " + quoted(node.text, 60);
    case yaml::PlainType::null:
        return "nothing";
    case yaml::PlainType::boolean:
        return "the boolean " + node.text;
    case yaml::PlainType::boolean_1_1:
        return fmt::format("{}, a boolean to some readers of YAML", node.text);
    case yaml::PlainType::integer:
    case yaml::PlainType::floating:
        return "the number " + quoted(node.text, 60);
    case yaml::PlainType::timestamp:
        return "the date " + quoted(node.text, 60);
    }
    return "?";
}

} // namespace

std::string found(const yaml::Node& node) {
    switch (node.kind) {
    case yaml::NodeKind::null:
        return "nothing";
    case yaml::NodeKind::sequence:
        return node.items.empty() ? "an empty list" : "a list";
    case yaml::NodeKind::mapping:
        return node.members.empty() ? "an empty mapping" : "a mapping";
    case yaml::NodeKind::scalar:
        return found_scalar(node);
    }
    return "?";
}

std::string joined(std::span<const std::string_view> words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string_view nearest(std::string_view wrong, std::span<const std::string_view> words) {
    constexpr std::size_t longest = 64;
    constexpr std::size_t close = 2;
    std::string_view best;
    std::size_t least = close + 1;
    for (const std::string_view word : words) {
        const std::size_t far = wrong.size() > longest ? longest : distance(wrong, word);
        if (far < least && far < word.size()) {
            least = far;
            best = word;
        }
    }
    return best;
}

void Reader::complain(yaml::Mark mark, std::string message) {
    findings_.push_back({place(mark), std::move(message)});
}

void Reader::expect(const yaml::Node& node, std::string_view accepted) {
    complain(node.mark, fmt::format("found {}, accepted is {}", found(node), accepted));
}

std::vector<Finding> Reader::take_findings() && {
    std::ranges::sort(findings_);
    return std::move(findings_);
}

void Reader::unknown_key(
    const yaml::Member& member, std::string_view what, std::span<const std::string_view> accepted
) {
    const std::string_view meant =
        member.key == "on" || member.key == "true" ? "events" : nearest(member.key, accepted);
    const bool is_offered = std::ranges::find(accepted, meant) != accepted.end();
    complain(
        member.key_mark,
        fmt::format(
            "found the key {} in {}, accepted are {}{}",
            quoted(member.key, 60),
            what,
            joined(accepted),
            is_offered ? fmt::format(" (did you mean {}?)", meant) : ""
        )
    );
}

bool Reader::check_mapping(
    const yaml::Node& node, std::string_view what, std::span<const std::string_view> accepted
) {
    if (node.kind != yaml::NodeKind::mapping) {
        expect(node, fmt::format("a mapping with {}", joined(accepted)));
        return false;
    }
    for (const yaml::Member& member : node.members) {
        if (std::ranges::find(accepted, member.key) == accepted.end()) {
            unknown_key(member, what, accepted);
        }
    }
    return true;
}

bool Reader::check_text(const yaml::Node& node, std::string_view accepted) {
    if (node.kind != yaml::NodeKind::scalar) {
        expect(node, accepted);
        return false;
    }
    if (yaml::plain_type(node) != yaml::PlainType::string) {
        expect(node, fmt::format("{}: put it in quotes if it is meant as text", accepted));
        return false;
    }
    return true;
}

std::optional<std::string> Reader::text(const yaml::Node& node, std::string_view accepted) {
    if (!check_text(node, accepted)) {
        return std::nullopt;
    }
    return node.text;
}

std::vector<std::string> Reader::texts(const yaml::Node& node, std::string_view accepted) {
    std::vector<std::string> result;
    const std::string one_or_list = fmt::format("{}, or a list of such", accepted);
    if (node.kind != yaml::NodeKind::sequence) {
        if (auto one = text(node, one_or_list)) {
            result.push_back(std::move(*one));
        }
        return result;
    }
    if (node.items.empty()) {
        expect(node, one_or_list);
    }
    if (node.items.size() > limits_.patterns) {
        complain(
            node.mark,
            fmt::format(
                "found a list of {} entries, accepted are {} at most",
                node.items.size(),
                limits_.patterns
            )
        );
        return result;
    }
    for (const yaml::Node& item : node.items) {
        if (auto one = text(item, accepted)) {
            result.push_back(std::move(*one));
        }
    }
    return result;
}

std::optional<bool> Reader::boolean(const yaml::Node& node) {
    const auto value = node.kind == yaml::NodeKind::scalar ? yaml::as_boolean(node) : std::nullopt;
    if (!value) {
        expect(node, "true or false");
    }
    return value;
}

std::optional<int> Reader::integer(const yaml::Node& node, int lowest, int highest) {
    const auto value = node.kind == yaml::NodeKind::scalar ? yaml::as_integer(node) : std::nullopt;
    if (!value || *value < lowest || *value > highest) {
        expect(node, fmt::format("a whole number from {} to {}", lowest, highest));
        return std::nullopt;
    }
    return static_cast<int>(*value);
}

std::optional<std::size_t>
Reader::choice(const yaml::Node& node, std::span<const std::string_view> words) {
    const auto at =
        node.kind == yaml::NodeKind::scalar ? std::ranges::find(words, node.text) : words.end();
    if (at == words.end()) {
        const std::string_view meant = nearest(node.text, words);
        expect(
            node,
            fmt::format(
                "{}{}",
                joined(words),
                meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant)
            )
        );
        return std::nullopt;
    }
    return static_cast<std::size_t>(at - words.begin());
}

PatternList Reader::patterns(const yaml::Node& node, PatternStyle style) {
    const std::string_view accepted =
        style == PatternStyle::text ? "an RE2 expression" : "a glob or an RE2 pattern `^...$`";
    std::vector<std::string> texts_found = texts(node, accepted);
    const bool is_list = node.kind == yaml::NodeKind::sequence;
    if (texts_found.empty() || (is_list && texts_found.size() != node.items.size())) {
        return {};
    }
    bool is_good = true;
    for (std::size_t i = 0; i < texts_found.size(); ++i) {
        const yaml::Node& item = is_list ? node.items[i] : node;
        if (texts_found[i].size() > limits_.pattern_bytes) {
            complain(
                item.mark,
                fmt::format(
                    "found a pattern of {} bytes, accepted are {} at most",
                    texts_found[i].size(),
                    limits_.pattern_bytes
                )
            );
            is_good = false;
            continue;
        }
        if (auto good = PatternPool::check(texts_found[i], style); !good) {
            complain(
                item.mark,
                fmt::format(
                    "found the pattern {}: {}", quoted(texts_found[i], 80), good.error().message
                )
            );
            is_good = false;
        }
    }
    if (!is_good) {
        return {};
    }
    auto compiled = pool_.compile(std::move(texts_found), style);
    if (!compiled) {
        complain(node.mark, compiled.error().message);
        return {};
    }
    return std::move(*compiled);
}

} // namespace seakeeper::sensor
