// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/circumstances.hpp>
#include <seakeeper/decision/configuration.hpp>
#include <seakeeper/gerrit/recorded.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// From a recorded line to what every trigger says about it, without a service: the core of
// `decide`, `explain` and `replay`. Pure.
namespace seakeeper::decision {

enum class EventEnd : std::uint8_t {
    decided,   ///< every trigger has its answer
    duplicate, ///< another event had the same key
    ignored,   ///< our own doing, or dropped-output
    rejected,  ///< no event
    refused,   ///< the project's configuration is wrong: nothing of it runs
};
SEAKEEPER_API std::string_view to_string(EventEnd end) noexcept;

/// One event, the facts that it was judged by, and all that came of it.
struct Consideration {
    event::Event event;
    std::string bytes; ///< what the record's input "event" is the digest of
    std::string key;   ///< semantic key; empty where there is none
    EventEnd end = EventEnd::decided;
    std::string why; ///< for every end but decided
    gerrit::Facts facts;
    std::shared_ptr<const ProjectView> view;
    std::vector<TriggerMatch> matches; ///< of all triggers of the view, in their order
    std::vector<Decision> decisions;   ///< of those that matched
};

/// What an event is judged in.
struct Setting {
    SiteConfiguration& site;
    Circumstances circumstances;
};
/// A channel that is believed (a file that the user named), and a place for trusted runs where the
/// options name one.
SEAKEEPER_API Circumstances circumstances_of_a_file(const Options& options);

/// Judges one event by these facts, at this time: no key is looked up, nothing is a duplicate.
/// `key` empty: the best that event_keys() gives.
SEAKEEPER_API Consideration consider(
    Setting& setting, event::Event event, std::string bytes, gerrit::Facts facts, WallTime now
);

/// Goes through a recording in its order. An event's facts are the first reading that suffices, as
/// the service reads again what it could not read; without any, they say "not in the recording".
/// The time of a decision is when its line was received, or else the event's own.
class SEAKEEPER_API Considering {
public:
    /// Borrows both.
    Considering(Setting& setting, const gerrit::RecordedStream& stream);

    /// The events of line `index`, in order: several of a batch of ref updates. Errc::malformed:
    /// the recording's row, not the event, is at fault.
    Result<std::vector<Consideration>> line(std::size_t index);

private:
    Result<Consideration> one(event::Event event, std::string bytes, WallTime now);

    Setting& setting_;
    const gerrit::RecordedStream& stream_;
    std::set<std::string> taken_; ///< keys
};

/// What to write of triggers that did not match.
enum class LineStyle : std::uint8_t {
    all,     ///< a line for every trigger
    matched, ///< only decisions, and events that ended otherwise
};

/// JSON lines (docs/decision-record.md): one for each trigger, or one for an event that no trigger
/// was asked about. Equal considerations give equal bytes.
SEAKEEPER_API void
append_lines(std::string& out, const Consideration& considered, std::size_t row, LineStyle style);

} // namespace seakeeper::decision
