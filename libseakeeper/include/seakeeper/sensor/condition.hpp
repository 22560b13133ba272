// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/sensor/pattern.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// What a trigger asks of an event, as parsed values. Evaluated by evaluate() in sensor.hpp.
namespace seakeeper::sensor {

/// Facts that a condition cannot be decided without; a set of bits.
enum class Needs : std::uint8_t {
    nothing = 0,
    change = 1, ///< gerrit::Facts::change with labels and messages
    files = 2,
    actor_groups = 4,
    uploader_groups = 8,
    owner_groups = 16,
};
constexpr Needs operator|(Needs a, Needs b) noexcept {
    return static_cast<Needs>(static_cast<unsigned>(a) | static_cast<unsigned>(b));
}
constexpr bool includes(Needs set, Needs one) noexcept {
    return (static_cast<unsigned>(set) & static_cast<unsigned>(one)) != 0;
}

/// Every key that is given must hold; within a key any pattern does.
struct AccountPattern {
    PatternList email;
    PatternList username;
    std::vector<std::string> groups; ///< UUIDs: Gerrit's group names can be used again
    friend bool operator==(const AccountPattern&, const AccountPattern&) = default;
};

/// Whose vote counts, seen from the patch set it stands on.
enum class Voter : std::uint8_t { any, uploader, not_uploader };

struct VotePattern {
    std::string label;
    std::vector<int> values; ///< empty: any value but 0
    Voter from = Voter::any;
    friend bool operator==(const VotePattern&, const VotePattern&) = default;
};

enum class RefChange : std::uint8_t { created, updated, deleted };

/// One entry of `events`. The kind must be equal, and the detail, if there is one, must hold.
struct EventPattern {
    event::Kind kind = event::Kind::unknown;
    std::vector<std::string> commands;      ///< comment-added: one of these command lines
    std::optional<VotePattern> vote;        ///< comment-added: cast by this very event
    std::optional<AccountPattern> reviewer; ///< reviewer-added
    std::vector<RefChange> ref_changes;     ///< ref-updated; by default created and updated
    std::string text;                       ///< as shown in reasons: "comment recheck"
    friend bool operator==(const EventPattern&, const EventPattern&) = default;
};

/// Any entry matches.
struct EventCondition {
    std::vector<EventPattern> any;
    friend bool operator==(const EventCondition&, const EventCondition&) = default;
};

enum class Subject : std::uint8_t {
    project,
    branch,  ///< short name: of the change's destination, or of an updated ref below refs/heads/
    ref,     ///< in full
    comment, ///< what the person wrote: without Gerrit's header lines
    topic,
};
std::string_view SEAKEEPER_API to_string(Subject subject) noexcept;

/// The subject's text is described by a pattern. An event without the subject does not match.
struct TextCondition {
    Subject subject = Subject::branch;
    PatternList patterns;
    friend bool operator==(const TextCondition&, const TextCondition&) = default;
};

enum class Collection : std::uint8_t { paths, hashtags };

/// `any`: some member is described; `all`: there are members, and each is described; `none`: no
/// member is described. What is empty was not asked. paths: the files the patch set touches, old
/// names of renames too, without Gerrit's own (/COMMIT_MSG, /MERGE_LIST).
struct CollectionCondition {
    Collection collection = Collection::paths;
    PatternList any;
    PatternList all;
    PatternList none;
    friend bool operator==(const CollectionCondition&, const CollectionCondition&) = default;
};

enum class Role : std::uint8_t {
    author,   ///< who acted: uploader, commenter, submitter, ... never the commit's author
    uploader, ///< of the event's patch set
    owner,    ///< of the change
};
std::string_view SEAKEEPER_API to_string(Role role) noexcept;

struct AccountCondition {
    Role role = Role::author;
    AccountPattern account;
    friend bool operator==(const AccountCondition&, const AccountCondition&) = default;
};

enum class Flag : std::uint8_t { wip, is_private };

struct FlagCondition {
    Flag flag = Flag::wip;
    bool wanted = false;
    friend bool operator==(const FlagCondition&, const FlagCondition&) = default;
};

/// A vote that stands on the change now (cast or copied): for each entry there is one.
struct VotesCondition {
    std::vector<VotePattern> votes;
    friend bool operator==(const VotesCondition&, const VotesCondition&) = default;
};

struct Condition;

enum class Join : std::uint8_t { all, any, none };

struct GroupCondition {
    Join join = Join::all;
    std::vector<Condition> members;
    friend bool operator==(const GroupCondition&, const GroupCondition&);
};

/// One condition with the place it was written at and what it needs to be decided.
struct Condition {
    using Test = std::variant<
        EventCondition,
        TextCondition,
        CollectionCondition,
        AccountCondition,
        FlagCondition,
        VotesCondition,
        GroupCondition>;

    Test test;
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    Needs needs = Needs::nothing;
    friend bool operator==(const Condition&, const Condition&) = default;
};

} // namespace seakeeper::sensor
