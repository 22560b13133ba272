// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "yaml/document.hpp"

#include <seakeeper/sensor/configuration.hpp>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::sensor {

/// What all parts of the file's reader share: simple values, and the list of what is wrong. Reading
/// goes on after a mistake, with an empty value.
class Reader {
public:
    Reader(std::string_view file, PatternPool& pool, const ConfigurationLimits& limits)
        : file_{file}, pool_{pool}, limits_{limits} {}

    void complain(yaml::Mark mark, std::string message);
    /// "found FOUND, accepted is ACCEPTED" at the node.
    void expect(const yaml::Node& node, std::string_view accepted);
    Place place(yaml::Mark mark) const { return {std::string{file_}, mark.line, mark.column}; }
    const ConfigurationLimits& limits() const noexcept { return limits_; }
    std::vector<Finding> take_findings() &&;

    /// False, with a complaint, for what is not a mapping. Complains about every key that is not
    /// among `accepted`; `what` is in the message: "a trigger".
    bool check_mapping(
        const yaml::Node& node, std::string_view what, std::span<const std::string_view> accepted
    );
    void unknown_key(
        const yaml::Member& member,
        std::string_view what,
        std::span<const std::string_view> accepted
    );
    std::optional<std::string> text(const yaml::Node& node, std::string_view accepted = "text");
    /// One text, or a list of at least one.
    std::vector<std::string> texts(const yaml::Node& node, std::string_view accepted);
    std::optional<bool> boolean(const yaml::Node& node);
    std::optional<int> integer(const yaml::Node& node, int lowest, int highest);
    /// The index of the word among `words`.
    std::optional<std::size_t>
    choice(const yaml::Node& node, std::span<const std::string_view> words);
    PatternList patterns(const yaml::Node& node, PatternStyle style);

private:
    bool check_text(const yaml::Node& node, std::string_view accepted);

    std::string_view file_;
    PatternPool& pool_;
    const ConfigurationLimits& limits_;
    std::vector<Finding> findings_;
};

/// "a mapping", "a list", "nothing", "the number 1", "the text \"x\"": for messages.
std::string found(const yaml::Node& node);
/// "a, b, c".
std::string joined(std::span<const std::string_view> words);
/// The word closest to `wrong` if it is close enough to be meant; else empty.
std::string_view nearest(std::string_view wrong, std::span<const std::string_view> words);

/// `events: ...`
EventCondition read_events(Reader& reader, const yaml::Node& node);
AccountPattern read_account(Reader& reader, const yaml::Node& node, bool with_groups);
std::optional<std::string> read_label(Reader& reader, const yaml::Node& node);
std::optional<VotePattern> read_vote(Reader& reader, const yaml::Node& node);

/// Keys of conditions, as written in a trigger and inside all, any, not.
std::span<const std::string_view> condition_keys();
bool is_condition_key(std::string_view key);
/// The condition of one such key, or nothing after a complaint. `depth` counts all, any, not.
std::optional<Condition>
read_condition(Reader& reader, const yaml::Member& member, std::size_t depth);
/// Those that an event alone decides first, else in the author's order.
void put_in_order(std::vector<Condition>& conditions);
/// Adds the guard against programs' comments where a condition reads comments; sets kinds.
void complete(Trigger& trigger);

} // namespace seakeeper::sensor
