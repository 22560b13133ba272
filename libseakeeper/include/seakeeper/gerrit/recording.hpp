// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/event_source.hpp>
#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/gerrit/recorded.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

// A recording (docs/recording.md) as a file: made at a live site, played back anywhere.
namespace seakeeper::gerrit {

/// What becomes of private changes: their lines, and facts about them.
enum class Privacy : std::uint8_t { leave_out, keep };

/// Writes a recording. One thread.
class SEAKEEPER_API Recorder {
public:
    /// Appends to `path`. Throws Exception when it cannot be opened.
    explicit Recorder(const std::string& path, Privacy privacy = Privacy::leave_out);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    void note(const StreamLine& line);
    void note(const event::Event& event, const Facts& facts);

private:
    struct File;
    std::unique_ptr<File> file_;
};

/// Passes everything on from `inner` and tells the recorder. Borrows both.
SEAKEEPER_API std::unique_ptr<EventSource> recorded(EventSource& inner, Recorder& recorder);
SEAKEEPER_API std::unique_ptr<FactsSource> recorded(FactsSource& inner, Recorder& recorder);

/// A recording to be played back.
struct Recording {
    std::vector<StreamLine> lines;
    /// Facts by event, in the order they were read: a decision reads them more than once. Held as
    /// text, and decoded when they are asked for.
    RecordedStream facts;
};

/// Errc::malformed with file and line, Errc::not_found. A file of plain event lines is a recording
/// without facts.
SEAKEEPER_API Result<Recording> read_recording(const std::string& path);

/// Hands out the lines, then ends (Errc::cancelled).
SEAKEEPER_API std::unique_ptr<EventSource> play_lines(std::vector<StreamLine> lines);
/// Answers with what was recorded for the event: the first reading first, the last one for ever
/// after. An event without any: facts that say "not in the recording".
SEAKEEPER_API std::unique_ptr<FactsSource> play_facts(RecordedStream facts);

} // namespace seakeeper::gerrit
