// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// A recording as text: event lines and the facts that were read about them (docs/recording.md).
// Reads no file; recording.hpp does.
namespace seakeeper::gerrit {

/// How a recording names an event: SHA-256 of what event::serialize writes of it.
SEAKEEPER_API std::string recorded_name(const event::Event& event);

/// A line of the stream.
struct RecordedLine {
    std::size_t row = 0;              ///< of the recording, from 1
    std::string bytes;                ///< as Gerrit sent it
    std::optional<WallTime> received; ///< empty: the row does not say
};

/// The rows of a recording, found once and decoded when they are asked for: a recording of 100,000
/// events is held as its text. Immutable; any thread.
class SEAKEEPER_API RecordedStream {
public:
    /// `name` is named in errors. A row is one of
    ///   {"line": "<event line>", "received": "<RFC 3339>", "facts": {...}}, the last two optional,
    ///   {"event": "<recorded_name>", "facts": {...}}, or an event line itself.
    /// Errc::malformed with file, line and column for any other.
    static Result<RecordedStream> read(std::string text, std::string name);

    std::size_t size() const noexcept { return lines_.size(); }
    Result<RecordedLine> line(std::size_t index) const;
    /// Number of its row in the recording, from 1.
    std::size_t row(std::size_t index) const { return lines_.at(index).number; }
    /// How often facts were read about an event of this name.
    std::size_t readings(const std::string& event) const;
    /// In order of time, from 0.
    Result<Facts> reading(const std::string& event, std::size_t index) const;
    /// Names of all events with facts.
    std::vector<std::string> names() const;

private:
    struct Row {
        std::size_t number = 0;
        std::size_t offset = 0;
        std::size_t size = 0;
    };
    Status add(const Row& row);
    std::string_view text_of(const Row& row) const;

    std::string text_;
    std::string name_;
    std::vector<Row> lines_;
    std::unordered_map<std::string, std::vector<Row>> readings_;
};

/// Milliseconds of "2026-11-22T15:04:05.123Z"; nothing for what is no such time.
SEAKEEPER_API std::optional<WallTime> time_in(std::string_view rfc3339);

} // namespace seakeeper::gerrit
