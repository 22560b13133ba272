// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>
#include <seakeeper/trust/verdict.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What was decided about one event and one trigger, from what, and why: written before anything is
// done, kept with its inputs, recomputable from them on any machine (docs/decision-record.md).
namespace seakeeper::decision {

inline constexpr std::int64_t record_format = 1;

/// An input by its content: what it is, where it came from, SHA-256 of its bytes.
struct InputRef {
    /// "event", "facts", "configuration", "definition", "options"; of another attempt also
    /// "retry-event" and "retry-facts": who asked for it
    std::string what;
    std::string from; ///< "demo/app@<commit>:seakeeper.yaml"; empty: nowhere in particular
    std::string digest;
    friend bool operator==(const InputRef&, const InputRef&) = default;
};

/// What the workload acts on, by validated names.
struct SubjectRecord {
    std::string project;
    std::uint32_t change = 0; ///< 0: an event of a ref
    std::uint32_t patch_set = 0;
    std::string revision;
    std::string ref;    ///< where the revision is fetched from
    std::string branch; ///< destination in full; empty: none
    friend bool operator==(const SubjectRecord&, const SubjectRecord&) = default;
};

struct DefinitionRecord {
    std::string project;
    std::string commit;
    std::string path;
    std::string blob; ///< git's object id; empty: it could not be read
    friend bool operator==(const DefinitionRecord&, const DefinitionRecord&) = default;
};

struct Record {
    std::int64_t format = record_format;
    std::string server;    ///< name of the Gerrit in the operator's file
    std::string event_key; ///< semantic key
    std::string event_type;
    std::string trigger;
    trust::Class requested = trust::Class::untrusted;
    trust::Otherwise otherwise = trust::Otherwise::nothing;
    /// What it runs as; denied: it does not run.
    trust::Class runs_as = trust::Class::denied;
    trust::Verdict verdict; ///< for the class that was asked for
    /// For untrusted, where trusted was not earned and the trigger has `otherwise: untrusted`.
    std::optional<trust::Verdict> fallback;
    /// Why it does not run although the class would allow it: the definition could not be used.
    std::vector<std::string> faults;
    SubjectRecord subject;
    DefinitionRecord definition;
    std::string workload; ///< empty: nothing is to run
    std::uint32_t attempt = 1;
    std::vector<InputRef> inputs;
    WallTime decided_at{};
    friend bool operator==(const Record&, const Record&) = default;
};

/// One line of JSON with fixed order of members: equal records give equal bytes.
SEAKEEPER_API std::string to_json(const Record& record);
/// Reads what to_json wrote. Errc::malformed: not a record; Errc::unsupported: a newer format.
SEAKEEPER_API Result<Record> record_from_json(std::string_view json);
/// SHA-256 of to_json(): the decision's name everywhere.
SEAKEEPER_API std::string digest_of(const Record& record);

enum class Gate : std::uint8_t {
    before_create, ///< G1: facts read again, right before the workload is created
    before_trust,  ///< G2: before its result counts as trusted or anything is signed
    while_running, ///< an event said that a fact may have changed
};
/// "G1", "G2", "running".
SEAKEEPER_API std::string_view to_string(Gate gate) noexcept;

/// What a gate said about a decision; appended to it, never changed.
struct GateRecord {
    Gate gate = Gate::before_create;
    std::string decision; ///< digest
    trust::Verdict verdict;
    std::vector<InputRef> inputs;
    /// What is not as it was when it was decided: JSON pointers into the facts, the first few.
    std::vector<std::string> differences;
    WallTime judged_at{};
    friend bool operator==(const GateRecord&, const GateRecord&) = default;
};
SEAKEEPER_API std::string to_json(const GateRecord& record);
SEAKEEPER_API Result<GateRecord> gate_from_json(std::string_view json);

/// JSON pointers of the members in which two facts differ, when and where they were read aside: at
/// most `most`, then "and more". Pure; an object that only one has is named as a whole.
SEAKEEPER_API std::vector<std::string> differences(
    const boost::json::object& before, const boost::json::object& after, std::size_t most = 16
);

/// The class after all gates: a gate may only lower it.
SEAKEEPER_API trust::Class
class_after(const Record& record, const std::vector<GateRecord>& gates) noexcept;

} // namespace seakeeper::decision
