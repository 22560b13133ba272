// SPDX-License-Identifier: Apache-2.0
#include "sensor/reader.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/sensor/comment.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace seakeeper::sensor {

namespace {

using event::Kind;

constexpr std::array<std::string_view, 18> kinds{
    "patchset-created",
    "comment-added",
    "change-merged",
    "change-abandoned",
    "change-restored",
    "change-deleted",
    "reviewer-added",
    "reviewer-deleted",
    "vote-deleted",
    "topic-changed",
    "hashtags-changed",
    "custom-keyed-values-changed",
    "wip-state-changed",
    "private-state-changed",
    "ref-updated",
    "project-created",
    "project-head-updated",
    "dropped-output"};
constexpr auto accepted_kinds = std::span{kinds}.first(17);
constexpr std::array<std::string_view, 4> details{
    "comment", "vote", "reviewer-added", "ref-updated"};
constexpr std::array<std::string_view, 3> voters{"any", "uploader", "not-uploader"};
constexpr std::array<std::string_view, 3> ref_changes{"created", "updated", "deleted"};

constexpr int largest_vote = 100;

EventPattern read_kind(Reader& reader, const yaml::Node& node) {
    EventPattern result;
    const auto text = reader.text(node, "a kind of event");
    if (!text) {
        return result;
    }
    if (*text == "dropped-output" || *text == "batch-ref-updated") {
        reader.complain(
            node.mark,
            fmt::format(
                "found {}, which triggers never see ({})",
                *text,
                *text == "dropped-output" ? "what was dropped is recovered as the events it was"
                                          : "each update in it comes as ref-updated"
            )
        );
        return result;
    }
    if (std::ranges::find(accepted_kinds, *text) == accepted_kinds.end()) {
        const std::string_view meant = nearest(*text, accepted_kinds);
        reader.expect(
            node,
            fmt::format(
                "one of {}{}",
                joined(accepted_kinds),
                meant.empty() ? "" : fmt::format(" (did you mean {}?)", meant)
            )
        );
        return result;
    }
    result.kind = event::kind_of(*text);
    result.text = *text;
    return result;
}

bool is_good_command(std::string_view command) {
    const bool has_control = std::ranges::any_of(command, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
    return !has_control && command.size() <= command_bytes && command_line(command) == command
           && !command.empty();
}

EventPattern read_command(Reader& reader, const yaml::Node& node) {
    EventPattern result;
    result.kind = Kind::comment_added;
    result.commands = reader.texts(node, "a command line such as recheck");
    for (std::size_t i = 0; i < result.commands.size(); ++i) {
        if (!is_good_command(result.commands[i])) {
            const bool is_list = node.kind == yaml::NodeKind::sequence && i < node.items.size();
            reader.complain(
                is_list ? node.items[i].mark : node.mark,
                fmt::format(
                    "found the command {}, accepted is one line of 1 to {} bytes, without blanks "
                    "around it, that does not begin with `>`",
                    quoted(result.commands[i], 60),
                    command_bytes
                )
            );
        }
    }
    result.text = fmt::format("comment {}", fmt::join(result.commands, " or "));
    return result;
}

std::string text_of(const VotePattern& vote) {
    std::string values;
    for (const int value : vote.values) {
        values += fmt::format("{}{:+}", values.empty() ? "" : " or ", value);
    }
    return fmt::format(
        "vote {}{}{}",
        vote.label,
        values,
        vote.from == Voter::any
            ? ""
            : fmt::format(" from {}", voters[static_cast<std::size_t>(vote.from)])
    );
}

EventPattern read_ref_change(Reader& reader, const yaml::Node& node) {
    EventPattern result;
    result.kind = Kind::ref_updated;
    const auto add = [&](const yaml::Node& item) {
        if (const auto at = reader.choice(item, ref_changes)) {
            result.ref_changes.push_back(static_cast<RefChange>(*at));
            result.text += fmt::format(
                "{}{}", result.text.empty() ? "ref-updated " : " or ", ref_changes[*at]
            );
        }
    };
    if (node.kind == yaml::NodeKind::sequence && !node.items.empty()) {
        std::ranges::for_each(node.items, add);
    } else {
        add(node);
    }
    return result;
}

EventPattern read_detail(Reader& reader, const yaml::Node& node) {
    if (node.members.size() != 1) {
        reader.expect(node, fmt::format("a mapping with one key of {}", joined(details)));
        return {};
    }
    const yaml::Member& member = node.members.front();
    if (member.key == "comment") {
        return read_command(reader, member.value);
    }
    EventPattern result;
    if (member.key == "vote") {
        result.kind = Kind::comment_added;
        result.vote = read_vote(reader, member.value);
        result.text = result.vote ? text_of(*result.vote) : "";
        return result;
    }
    if (member.key == "reviewer-added") {
        result.kind = Kind::reviewer_added;
        result.reviewer = read_account(reader, member.value, false);
        result.text = "reviewer-added of that account";
        return result;
    }
    if (member.key == "ref-updated") {
        return read_ref_change(reader, member.value);
    }
    reader.unknown_key(member, "an event", details);
    return result;
}

EventPattern read_event(Reader& reader, const yaml::Node& node) {
    return node.kind == yaml::NodeKind::mapping ? read_detail(reader, node)
                                                : read_kind(reader, node);
}

void read_values(Reader& reader, const yaml::Node& node, std::vector<int>& values) {
    const auto add = [&](const yaml::Node& item) {
        if (const auto value = reader.integer(item, -largest_vote, largest_vote)) {
            values.push_back(*value);
        }
    };
    if (node.kind == yaml::NodeKind::sequence && !node.items.empty()) {
        std::ranges::for_each(node.items, add);
    } else {
        add(node);
    }
}

/// Gerrit 3.10, config-labels.txt: letters, digits and `-`.
bool is_label(std::string_view text) {
    return !text.empty() && text.size() <= 100 && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '-';
    });
}

/// A group's UUID: 40 hexadecimal digits for Gerrit's own, "BACKEND:NAME" for others'.
bool is_group_uuid(std::string_view text) {
    const bool is_hex = text.size() == 40 && std::ranges::all_of(text, [](char c) {
                            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                        });
    const std::size_t colon = text.find(':');
    return is_hex || (colon != std::string_view::npos && colon > 0 && colon + 1 < text.size());
}

} // namespace

std::optional<std::string> read_label(Reader& reader, const yaml::Node& node) {
    auto label = reader.text(node, "a label's name");
    if (label && !is_label(*label)) {
        reader.expect(node, "a label's name: letters, digits and `-`");
        return std::nullopt;
    }
    return label;
}

std::optional<VotePattern> read_vote(Reader& reader, const yaml::Node& node) {
    constexpr std::array<std::string_view, 3> keys{"label", "value", "from"};
    if (!reader.check_mapping(node, "a vote", keys)) {
        return std::nullopt;
    }
    VotePattern result;
    const yaml::Node* label = node.find("label");
    if (label == nullptr) {
        reader.complain(
            node.mark, "found a vote without label, accepted is {label: NAME, value: N}"
        );
        return std::nullopt;
    }
    result.label = read_label(reader, *label).value_or("");
    if (const yaml::Node* value = node.find("value")) {
        read_values(reader, *value, result.values);
    }
    if (const yaml::Node* from = node.find("from")) {
        result.from = static_cast<Voter>(reader.choice(*from, voters).value_or(0));
    }
    return result;
}

AccountPattern read_account(Reader& reader, const yaml::Node& node, bool with_groups) {
    constexpr std::array<std::string_view, 3> keys{"email", "username", "group"};
    AccountPattern result;
    const auto accepted = std::span{keys}.first(with_groups ? 3 : 2);
    if (!reader.check_mapping(node, "an account", accepted)) {
        return result;
    }
    if (node.members.empty()) {
        reader.expect(node, fmt::format("a mapping with {}", joined(accepted)));
    }
    if (const yaml::Node* email = node.find("email")) {
        result.email = reader.patterns(*email, PatternStyle::name);
    }
    if (const yaml::Node* username = node.find("username")) {
        result.username = reader.patterns(*username, PatternStyle::name);
    }
    const yaml::Node* group = with_groups ? node.find("group") : nullptr;
    if (group == nullptr) {
        return result;
    }
    result.groups = reader.texts(*group, "a group's UUID");
    for (const std::string& uuid : result.groups) {
        if (!is_group_uuid(uuid)) {
            reader.complain(
                group->mark,
                fmt::format(
                    "found the group {}, accepted is its UUID (40 hexadecimal digits, or "
                    "BACKEND:NAME): names can be given to another group",
                    quoted(uuid, 60)
                )
            );
        }
    }
    return result;
}

EventCondition read_events(Reader& reader, const yaml::Node& node) {
    EventCondition result;
    if (node.kind != yaml::NodeKind::sequence) {
        result.any.push_back(read_event(reader, node));
        return result;
    }
    if (node.items.empty() || node.items.size() > reader.limits().patterns) {
        reader.expect(node, fmt::format("1 to {} events", reader.limits().patterns));
        return result;
    }
    for (const yaml::Node& item : node.items) {
        result.any.push_back(read_event(reader, item));
    }
    return result;
}

} // namespace seakeeper::sensor
