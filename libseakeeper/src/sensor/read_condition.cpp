// SPDX-License-Identifier: Apache-2.0
#include "sensor/reader.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seakeeper::sensor {

namespace {

constexpr std::array<std::string_view, 16> keys{
    "project",
    "branch",
    "ref",
    "paths",
    "author",
    "uploader",
    "owner",
    "comment",
    "topic",
    "hashtags",
    "wip",
    "private",
    "votes",
    "all",
    "any",
    "not"};

Condition::Test read_text(Reader& reader, const yaml::Node& node, Subject subject) {
    const PatternStyle style =
        subject == Subject::comment ? PatternStyle::text : PatternStyle::name;
    TextCondition result{subject, reader.patterns(node, style)};
    for (const std::string& text : result.patterns.texts()) {
        if (subject == Subject::branch && text.starts_with("refs/heads/")) {
            reader.complain(
                node.mark,
                fmt::format(
                    "found the pattern {} for a branch, accepted is its short name, or the whole "
                    "under ref:",
                    quoted(text, 80)
                )
            );
        } else if (subject == Subject::ref && !text.starts_with("refs/") && !text.starts_with('^') && !text.starts_with('*')) {
            reader.complain(
                node.mark,
                fmt::format(
                    "found the pattern {} for a ref, accepted is a name in full: refs/heads/..., "
                    "refs/tags/...",
                    quoted(text, 80)
                )
            );
        }
    }
    return result;
}

Condition::Test read_collection(Reader& reader, const yaml::Node& node, Collection collection) {
    constexpr std::array<std::string_view, 3> modes{"any", "all", "none"};
    CollectionCondition result;
    result.collection = collection;
    const PatternStyle style =
        collection == Collection::paths ? PatternStyle::path : PatternStyle::name;
    if (node.kind != yaml::NodeKind::mapping) {
        result.any = reader.patterns(node, style);
        return result;
    }
    reader.check_mapping(node, collection == Collection::paths ? "paths" : "hashtags", modes);
    if (node.members.empty()) {
        reader.expect(node, "a list, or a mapping with any, all, none");
    }
    for (const yaml::Member& member : node.members) {
        if (member.key == "any") {
            result.any = reader.patterns(member.value, style);
        } else if (member.key == "all") {
            result.all = reader.patterns(member.value, style);
        } else if (member.key == "none") {
            result.none = reader.patterns(member.value, style);
        }
    }
    return result;
}

Condition::Test read_votes(Reader& reader, const yaml::Node& node) {
    VotesCondition result;
    const auto add = [&](const yaml::Node& item) {
        auto vote = read_vote(reader, item);
        if (!vote) {
            return;
        }
        if (std::ranges::find(vote->values, 0) != vote->values.end()) {
            reader.complain(
                item.mark, "found the value 0, which is no vote: write `not: {votes: ...}`"
            );
        }
        result.votes.push_back(std::move(*vote));
    };
    if (node.kind == yaml::NodeKind::sequence && !node.items.empty()) {
        std::ranges::for_each(node.items, add);
    } else {
        add(node);
    }
    return result;
}

/// The conditions of one mapping below all, any or not; several keys must all hold.
std::optional<Condition> read_member(Reader& reader, const yaml::Node& node, std::size_t depth) {
    if (!reader.check_mapping(node, "a condition", keys)) {
        return std::nullopt;
    }
    if (node.members.empty()) {
        reader.expect(node, fmt::format("a mapping with {}", joined(keys)));
    }
    GroupCondition group;
    for (const yaml::Member& member : node.members) {
        if (!is_condition_key(member.key)) {
            continue;
        }
        if (auto condition = read_condition(reader, member, depth)) {
            group.members.push_back(std::move(*condition));
        }
    }
    if (group.members.size() == 1) {
        return std::move(group.members.front());
    }
    put_in_order(group.members);
    Condition result;
    result.line = node.mark.line;
    result.column = node.mark.column;
    for (const Condition& member : group.members) {
        result.needs = result.needs | member.needs;
    }
    result.test = std::move(group);
    return result;
}

Condition::Test read_group(Reader& reader, const yaml::Node& node, Join join, std::size_t depth) {
    GroupCondition result;
    result.join = join;
    if (depth >= reader.limits().nesting) {
        reader.complain(
            node.mark,
            fmt::format(
                "found all, any or not nested deeper than {}, accepted is less",
                reader.limits().nesting
            )
        );
        return result;
    }
    const auto add = [&](const yaml::Node& item) {
        if (auto member = read_member(reader, item, depth + 1)) {
            result.members.push_back(std::move(*member));
        }
    };
    if (node.kind == yaml::NodeKind::sequence && !node.items.empty()) {
        std::ranges::for_each(node.items, add);
    } else {
        add(node);
    }
    put_in_order(result.members);
    return result;
}

Needs needs_of(const Condition::Test& test) {
    if (const auto* collection = std::get_if<CollectionCondition>(&test)) {
        return collection->collection == Collection::paths ? Needs::files : Needs::nothing;
    }
    if (const auto* account = std::get_if<AccountCondition>(&test)) {
        if (account->account.groups.empty()) {
            return Needs::nothing;
        }
        return account->role == Role::author     ? Needs::actor_groups
               : account->role == Role::uploader ? Needs::uploader_groups
                                                 : Needs::owner_groups;
    }
    if (std::holds_alternative<VotesCondition>(test)
        || std::holds_alternative<ByPersonCondition>(test)) {
        return Needs::change;
    }
    Needs result = Needs::nothing;
    if (const auto* group = std::get_if<GroupCondition>(&test)) {
        for (const Condition& member : group->members) {
            result = result | member.needs;
        }
    }
    return result;
}

Condition::Test read_test(Reader& reader, const yaml::Member& member, std::size_t depth) {
    const std::string& key = member.key;
    const yaml::Node& node = member.value;
    for (const Subject subject :
         {Subject::project, Subject::branch, Subject::ref, Subject::comment, Subject::topic}) {
        if (key == to_string(subject)) {
            return read_text(reader, node, subject);
        }
    }
    for (const Role role : {Role::author, Role::uploader, Role::owner}) {
        if (key == to_string(role)) {
            return AccountCondition{role, read_account(reader, node, true)};
        }
    }
    if (key == "paths" || key == "hashtags") {
        return read_collection(
            reader, node, key == "paths" ? Collection::paths : Collection::hashtags
        );
    }
    if (key == "wip" || key == "private") {
        return FlagCondition{
            key == "wip" ? Flag::wip : Flag::is_private, reader.boolean(node).value_or(false)};
    }
    if (key == "votes") {
        return read_votes(reader, node);
    }
    const Join join = key == "all" ? Join::all : key == "any" ? Join::any : Join::none;
    return read_group(reader, node, join, depth);
}

bool reads_comment(const Condition& condition) {
    if (const auto* text = std::get_if<TextCondition>(&condition.test)) {
        return text->subject == Subject::comment;
    }
    const auto* group = std::get_if<GroupCondition>(&condition.test);
    return group != nullptr && std::ranges::any_of(group->members, reads_comment);
}

bool has_command(const EventCondition& events) {
    return std::ranges::any_of(events.any, [](const EventPattern& pattern) {
        return !pattern.commands.empty();
    });
}

} // namespace

std::span<const std::string_view> condition_keys() {
    return keys;
}

bool is_condition_key(std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
}

std::optional<Condition>
read_condition(Reader& reader, const yaml::Member& member, std::size_t depth) {
    Condition result;
    result.line = member.key_mark.line;
    result.column = member.key_mark.column;
    result.test = read_test(reader, member, depth);
    result.needs = needs_of(result.test);
    return result;
}

void put_in_order(std::vector<Condition>& conditions) {
    std::ranges::stable_partition(conditions, [](const Condition& condition) {
        return condition.needs == Needs::nothing;
    });
}

void complete(Trigger& trigger) {
    std::erase_if(trigger.conditions, [](const Condition& condition) {
        return std::holds_alternative<ByPersonCondition>(condition.test);
    });
    const Condition* reader_of_comments = nullptr;
    ByPersonCondition guard;
    trigger.kinds.set();
    for (const Condition& condition : trigger.conditions) {
        if (const auto* events = std::get_if<EventCondition>(&condition.test)) {
            std::bitset<32> named;
            for (const EventPattern& pattern : events->any) {
                named.set(static_cast<std::size_t>(pattern.kind));
            }
            trigger.kinds &= named;
            reader_of_comments = has_command(*events) ? &condition : reader_of_comments;
        } else if (reads_comment(condition)) {
            guard.reads_comment = true;
            reader_of_comments = &condition;
        }
    }
    if (reader_of_comments != nullptr) {
        Condition added;
        added.line = reader_of_comments->line;
        added.column = reader_of_comments->column;
        added.needs = Needs::change;
        added.test = guard;
        trigger.conditions.push_back(std::move(added));
    }
    put_in_order(trigger.conditions);
}

} // namespace seakeeper::sensor
