// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/history.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

// What Gerrit says now against what is known: the events that nobody told us of. Pure.
namespace seakeeper::gerrit {

/// What an event of a change says whose message's id it does not carry. Two that are alike may
/// still be two: account_for() pairs them off.
struct Trace {
    std::string project;
    std::uint32_t change = 0;
    std::string digest;  ///< of kind and text
    std::int64_t at = 0; ///< eventCreatedOn, seconds since 1970
    friend bool operator==(const Trace&, const Trace&) = default;
};

/// Where a ref was left by an event. Empty tip: deleted.
struct RefMove {
    std::string project;
    std::string ref;
    std::string tip;
    friend bool operator==(const RefMove&, const RefMove&) = default;
};

/// What has to be kept of an event, so that catch-up does not tell it again.
struct Imprint {
    std::optional<std::string> key; ///< event::semantic_key
    std::optional<Trace> trace;
    std::optional<RefMove> move; ///< of branches, tags and refs/meta/config
    std::string created_project;
    friend bool operator==(const Imprint&, const Imprint&) = default;
};
SEAKEEPER_API Imprint imprint_of(const event::Event& event);
/// What an event of a change would have left as one of `kind`; nothing without change or time.
SEAKEEPER_API std::optional<Trace> trace_of(const event::Event& event, event::Kind kind);

/// An event as the stream would have told it, as far as Gerrit still knows; or the fact that
/// something happened of which Gerrit does not know enough for an event.
struct Recovered {
    std::string key;            ///< equal to the one of the stream's event
    std::optional<Trace> trace; ///< what the stream's event would have left
    std::optional<Trace> plain; ///< and where the server publishes no patch set comments in events
    std::optional<event::Event> event;
    std::string what; ///< type of the event, for people
};

/// Whether the texts of events since `floor` (seconds, exclusive) stand in the change's comments.
SEAKEEPER_API bool needs_comments(const ChangeFacts& change, std::int64_t floor);

/// What happened to a change after `floor` (seconds since 1970 by Gerrit's clock, exclusive),
/// oldest first: patch sets, comments with their votes, merge, abandon, restore, work in progress,
/// private, topic. `accounts`: those that the answer described. Messages of ours are left out.
/// A vote's old value is what the same account's earlier messages tell. Without an event, because
/// Gerrit tells too little: removed votes and reviewers, hashtags.
SEAKEEPER_API std::vector<Recovered> events_of(
    const ChangeFacts& change,
    std::span<const AccountFacts> accounts,
    std::span<const PatchSetComment> comments,
    std::int64_t floor
);

/// Leaves what neither a known key nor a trace accounts for; each trace accounts for one, the
/// nearest in time: an event is told 2 s before to 30 s after the message's time.
SEAKEEPER_API std::vector<Recovered> account_for(
    std::vector<Recovered> found, std::span<const std::string> known, std::span<const Trace> traces
);

/// Refs of a project against where they are known to be: what moved in between is not known, nor
/// who did it. `gone` counts refs that are not listed any more: deleted, or hidden from us.
struct RefChanges {
    std::vector<event::Event> events;
    std::size_t gone = 0;
};
SEAKEEPER_API RefChanges ref_changes(
    const ProjectName& project,
    const std::map<std::string, std::string>& known,
    std::span<const RefTip> listed
);

SEAKEEPER_API event::Event project_created(const ProjectName& project);

/// The window to read after `last` has brought `page`: older updates of the same span. Nothing: the
/// span is read. Windows overlap by a second, so that no order of updates within one is lost; a
/// second with more changes than a page is paged by number.
SEAKEEPER_API std::optional<UpdateWindow>
next_window(const UpdateWindow& last, const ChangePage& page);

/// Newest `updated` of a page in seconds since 1970; nothing for an empty page.
SEAKEEPER_API std::optional<std::int64_t> newest_update(const ChangePage& page);

} // namespace seakeeper::gerrit
