// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/store/rows.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::store {

/// A line of the inbox with what became of it.
struct InboxEntry {
    Sequence sequence = 0;
    RawLine line;
    InboxState state = InboxState::open;
    std::string note;    ///< decided and duplicate: the event's key; else why
    std::string subject; ///< "PROJECT~NUMBER", "PROJECT~REF"; empty while open, or of a batch
};

/// What a store holds, for those who only look: one state of it, that of the moment it was opened.
/// Blocks; one thread. Errors as those of Rows.
class SEAKEEPER_API History {
public:
    virtual ~History() = default;

    virtual Result<InboxEntry> line(Sequence sequence) = 0;
    /// At most `limit`, in order, those behind `after` (0: from the first).
    virtual Result<std::vector<InboxEntry>> lines(Sequence after, std::size_t limit) = 0;
    /// The sequence behind which the newest `count` lines stand; 0: there are no more than these.
    virtual Result<Sequence> before_last(std::size_t count) = 0;
    /// Oldest first.
    virtual Result<std::vector<InboxEntry>> lines_about(std::string_view subject) = 0;
    /// The subjects "PROJECT~number" that there are; a number names one change of one Gerrit.
    virtual Result<std::vector<std::string>> subjects_of(std::uint32_t change) = 0;
    /// The line that took this key.
    virtual Result<Sequence> sequence_of(std::string_view event_key) = 0;
    /// At most `limit` of all, in their order, those behind row `after` (0: from the first), which
    /// becomes the last one's.
    virtual Result<std::vector<DecisionRow>> decisions(std::int64_t& after, std::size_t limit) = 0;
    virtual Result<std::vector<DecisionRow>> decisions_of(std::string_view event_key) = 0;
    /// By its digest or the beginning of it. Errc::conflict: several begin so.
    virtual Result<DecisionRow> decision(std::string_view digest) = 0;
    virtual Result<std::vector<ConsideredRow>> considered(Sequence sequence) = 0;
    virtual Result<std::vector<VerdictRow>> verdicts(std::string_view decision) = 0;
    virtual Result<WorkloadRow> workload(std::string_view id) = 0;
    /// Of a workload, and what was said in its lane (a change): oldest first.
    virtual Result<std::vector<Effect>> effects_of(std::string_view workload) = 0;
    virtual Result<std::vector<Effect>> effects_in(std::string_view lane) = 0;
    virtual Result<std::string> input(std::string_view digest) = 0;
};

/// Opens a store to look at it, also beside the daemon that writes it: read-only, in one read
/// transaction, and it never checkpoints, so that the writer stays the only one that does (SQLite
/// before 3.51.3 can lose data with two). While it is open the write-ahead log cannot shrink: keep
/// it short. Errors: not_found, unsupported (another schema: start its seakeeperd once, or use the
/// newer program), corrupt, io.
SEAKEEPER_API Result<std::unique_ptr<History>> open_history(const std::string& path);

} // namespace seakeeper::store
