// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What is durable, as values. Identities are texts here: they were validated by the parts that made
// them, and the store only keeps and compares them.
namespace seakeeper::store {

/// Order of arrival in the inbox, from 1, never used twice.
using Sequence = std::int64_t;

/// A line as it came from a source, before anything has read it.
struct RawLine {
    std::string bytes;
    WallTime received;
    std::int64_t epoch = 0; ///< number of the connection it came by
};

enum class InboxState : std::uint8_t {
    open,      ///< not dealt with yet
    decided,   ///< every trigger has its decision (perhaps none matched)
    duplicate, ///< another line had the same semantic key
    ignored,   ///< our own doing, or a kind that no trigger listens to
    rejected,  ///< not an event; why is in the note
};

struct InboxRow {
    Sequence sequence = 0;
    RawLine line;
};

/// How an inbox row ended; part of the transaction that records what came of it.
struct InboxEnd {
    Sequence sequence = 0;
    InboxState state = InboxState::decided;
    std::string note;
    std::string subject; ///< what the event is about, for those who ask later; may be empty
};

/// What an event that has no decision was judged by.
struct ConsideredRow {
    Sequence sequence = 0;
    std::string event_key; ///< may be empty
    std::string list;      ///< digest of an input: the list of inputs, as JSON
};

/// Bytes that a decision was made from, by their SHA-256 (64 hexadecimal digits).
struct Input {
    std::string digest;
    std::string bytes;
};

struct DecisionRow {
    std::string digest;
    std::string event_key;
    std::string trigger;
    std::string trust_class;
    std::string workload; ///< empty: nothing is to run
    std::string record;   ///< canonical JSON, what `digest` is of
    WallTime made;
};

/// What a gate said about a decision; appended, never changed.
struct VerdictRow {
    std::string decision;
    std::string gate; ///< G1, G2
    std::string trust_class;
    std::string detail; ///< JSON
    WallTime when;
    std::string facts; ///< digest of the input it was judged from; for writing only, may be empty
};

enum class WorkloadState : std::uint8_t {
    decided,   ///< to be created; its outbox row is in the same transaction
    created,   ///< the executor has it
    running,   ///< seen running
    succeeded, ///< terminal from here on
    failed,    ///< a step said no
    error,     ///< it could not be run to its end: deadline, cluster, vanished
    cancelled, ///< we stopped it
    refused,   ///< a gate lowered its class, or its name is taken by something that is not ours
};
SEAKEEPER_API std::string_view to_string(WorkloadState state) noexcept;
SEAKEEPER_API Result<WorkloadState> workload_state_of(std::string_view word);
constexpr bool is_terminal(WorkloadState state) {
    return state >= WorkloadState::succeeded;
}

/// One execution of a definition.
struct WorkloadRow {
    std::string id;
    std::string decision; ///< digest
    std::string project;
    std::uint32_t change = 0; ///< 0: a ref event, nothing to report on
    std::uint32_t patch_set = 0;
    std::string revision;
    std::string trigger;
    std::string label; ///< empty: reports without a vote
    int success_vote = 0;
    int failure_vote = 0;
    std::string note;         ///< the trigger owner's sentence for reports
    bool tells_start = false; ///< a message says that it begins
    std::string trust_class;
    std::string why; ///< one line: what decided the class
    std::uint32_t attempt = 1;
    bool is_private = false; ///< of a private change: its log needs a token
    std::string executor;    ///< name of the executor it was given to
    std::string namespace_;
    std::string uid;
    WorkloadState state = WorkloadState::decided;
    std::string outcome;      ///< JSON, empty while not terminal
    bool is_reported = false; ///< a report of its end is in the outbox, posted, or not wanted
    bool is_released = false; ///< the executor was told that we have all we need of it
    WallTime decided;
    std::optional<WallTime> started;
    std::optional<WallTime> finished;
    std::int64_t order = 0; ///< later decisions are greater; set by the store
};

enum class EffectState : std::uint8_t { pending, done, dead };

/// Something to be done to a peer, at least once, by an idempotent worker.
struct Effect {
    std::int64_t id = 0; ///< set by the store
    std::string kind;    ///< create, cancel, release, report, notice
    std::string workload;
    std::string lane; ///< effects of one lane are done in their order (project~change)
    std::string payload;
    std::uint32_t attempts = 0;
    WallTime not_before;
    EffectState state = EffectState::pending;
    std::string last_error;
};

/// What an event leaves whose message's id it does not carry (gerrit::Trace).
struct Trace {
    std::string project;
    std::uint32_t change = 0;
    std::string digest;
    std::int64_t at = 0; ///< seconds since 1970 by Gerrit's clock
    friend bool operator==(const Trace&, const Trace&) = default;
};

/// Where a ref is known to be. Empty tip: it is not there.
struct RefTip {
    std::string project;
    std::string ref;
    std::string tip;
    friend bool operator==(const RefTip&, const RefTip&) = default;
};

/// What is kept of an event that was dealt with, whatever came of it.
struct Imprint {
    std::string key; ///< semantic key; empty: it has none
    std::optional<Trace> trace;
    std::optional<RefTip> move;
    std::string created_project;
};

struct KnownProject {
    std::string name;
    bool are_refs_known = false; ///< its refs were listed once
};

/// A line that was dealt with long ago, and all that came of it.
struct OldLine {
    Sequence sequence = 0;
    RawLine line;
    std::string note;
    std::vector<DecisionRow> decisions;
    std::vector<VerdictRow> verdicts;
    std::vector<WorkloadRow> workloads;
};

struct Counts {
    std::int64_t inbox_open = 0;
    std::int64_t effects_pending = 0;
    std::int64_t effects_dead = 0;
    std::int64_t workloads_open = 0;
    std::int64_t decisions = 0;
};

/// What is known of Gerrit's past: what catch-up compares with. Errors as Rows'.
class SEAKEEPER_API PastRows {
public:
    virtual ~PastRows() = default;
    /// Keeps what an event leaves. A key that another line has stays with it.
    virtual Status remember(const Imprint& imprint, Sequence sequence) = 0;
    /// Those of `keys` that a line has taken.
    virtual Result<std::vector<std::string>> known_keys(std::span<const std::string> keys) = 0;
    virtual Result<std::vector<Trace>> traces(std::string_view project, std::uint32_t change) = 0;
    virtual Result<std::vector<RefTip>> ref_tips(std::string_view project) = 0;
    /// Sets it; an empty tip removes it.
    virtual Status set_ref_tip(const RefTip& tip) = 0;
    virtual Result<std::vector<KnownProject>> projects() = 0;
    virtual Status set_project(const KnownProject& project) = 0;
};

/// What has become old, and its end. Errors as Rows'.
class SEAKEEPER_API OldRows {
public:
    virtual ~OldRows() = default;
    /// Lines that were received before a time, were dealt with, and of which nothing is under way,
    /// given up, or younger than that time; oldest first.
    virtual Result<std::vector<OldLine>> old_lines(WallTime before, std::size_t limit) = 0;
    /// Inputs of the decisions and verdicts of lines, each once.
    virtual Result<std::vector<Input>> inputs_of(std::span<const OldLine> lines) = 0;
    /// Removes lines with all that came of them, and the inputs on which nothing rests any more.
    virtual Status forget(std::span<const OldLine> lines) = 0;
    /// Removes traces of before a time of Gerrit's clock.
    virtual Status forget_traces(WallTime before) = 0;
    /// Of the file, without the room in it that is free.
    virtual Result<std::int64_t> bytes_in_use() = 0;
};

/// The rows of one store, within one transaction. Only a Store hands it out, only on the store's
/// thread, and only for the time of the call. Errors: Errc::io, Errc::corrupt, Errc::quota_exceeded
/// (disk full), Errc::not_found, Errc::conflict.
class SEAKEEPER_API Rows : public PastRows, public OldRows {
public:
    /// Appends in order; the sequence of the last one.
    virtual Result<Sequence> append(std::span<const RawLine> lines) = 0;
    virtual Result<std::vector<InboxRow>> open_lines(Sequence after, std::size_t limit) = 0;
    virtual Status end_line(const InboxEnd& end) = 0;
    /// Takes a semantic key for a line. False: another line has it already (the same line again is
    /// fine).
    virtual Result<bool> claim(std::string_view event_key, Sequence sequence) = 0;

    virtual Status put_input(const Input& input) = 0;
    virtual Result<std::string> input(std::string_view digest) = 0;
    /// `inputs` are those of the list and the list itself; they are looked at only when the list is
    /// not here yet: all events of a project that concern no trigger share one.
    virtual Status put_considered(const ConsideredRow& row, std::span<const Input> inputs) = 0;
    /// A decision that exists already is left as it is.
    virtual Status put_decision(const DecisionRow& row, std::span<const std::string> inputs) = 0;
    virtual Result<DecisionRow> decision(std::string_view digest) = 0;
    virtual Status append_verdict(const VerdictRow& row) = 0;
    virtual Result<std::vector<VerdictRow>> verdicts(std::string_view decision) = 0;

    /// False: the id exists already, and nothing was changed.
    virtual Result<bool> put_workload(const WorkloadRow& row) = 0;
    virtual Result<WorkloadRow> workload(std::string_view id) = 0;
    /// Replaces all that may change (state, executor, uid, outcome, times, flags).
    /// Errc::conflict: the row is terminal, and `row` would change its state or outcome.
    virtual Status update_workload(const WorkloadRow& row) = 0;
    virtual Result<std::vector<WorkloadRow>> open_workloads() = 0;
    /// Of them those decided as trusted.
    virtual Result<std::vector<WorkloadRow>> open_trusted_workloads() = 0;
    /// Terminal, and the executor still holds it for us.
    virtual Result<std::vector<WorkloadRow>> unreleased_workloads() = 0;
    /// All workloads of a patch set, oldest first.
    virtual Result<std::vector<WorkloadRow>>
    workloads_of(std::string_view project, std::uint32_t change, std::uint32_t patch_set) = 0;

    virtual Result<std::int64_t> put_effect(const Effect& effect) = 0;
    /// Pending and due, at most one of each lane (its oldest), oldest first.
    virtual Result<std::vector<Effect>> due_effects(WallTime now, std::size_t limit) = 0;
    /// When the next pending effect is due; none: nothing is pending.
    virtual Result<std::optional<WallTime>> next_effect() = 0;
    virtual Status update_effect(const Effect& effect) = 0;
    /// Given up, oldest first.
    virtual Result<std::vector<Effect>> dead_effects(std::size_t limit) = 0;
    /// Makes all dead effects due again, their attempts forgotten; how many.
    virtual Result<std::int64_t> revive_effects(WallTime now) = 0;

    virtual Result<std::optional<std::string>> value(std::string_view key) = 0;
    virtual Status set_value(std::string_view key, std::string_view value) = 0;

    virtual Result<Counts> counts() = 0;
};

} // namespace seakeeper::store
