// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/consider.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

// What a proposed configuration would have done to events that happened. Pure. A whole site, or
// just the projects that a change under review concerns: the configuration of the others plays no
// part.
namespace seakeeper::decision {

enum class Difference : std::uint8_t {
    starts,          ///< did not run, runs
    no_longer,       ///< ran, does not run
    another_class,   ///< runs in both, in another trust class
    another_report,  ///< label, votes, words or silence
    another_content, ///< runs another definition, or with other parameters
};
/// "starts", "no longer starts", "class changes", "report changes", "runs something else".
SEAKEEPER_API std::string_view to_string(Difference difference) noexcept;

/// One event that differs.
struct DifferenceExample {
    std::size_t row = 0; ///< of the recording
    std::string event;   ///< semantic key
    std::string subject; ///< "PROJECT~NUMBER"
    std::string from;    ///< what the old configuration says, in words
    std::string to;      ///< and the new one
    friend bool operator==(const DifferenceExample&, const DifferenceExample&) = default;
};

/// All events of one trigger that differ in one way.
struct TriggerDifference {
    std::string project; ///< whose seakeeper.yaml defines the trigger
    std::string trigger;
    Difference difference = Difference::starts;
    std::uint64_t events = 0;
    std::set<std::string> projects; ///< of those events
    std::vector<DifferenceExample> examples;
};

struct Comparison {
    std::uint64_t events = 0;     ///< looked at; duplicates are not counted
    std::uint64_t unaffected = 0; ///< of projects whose triggers are the same in both
    std::uint64_t untold = 0;     ///< a trigger could not be told: facts are not in the recording
    /// By project, trigger and difference.
    std::vector<TriggerDifference> differences;
    /// Projects that one of both refuses and the other does not: project -> what is wrong.
    std::map<std::string, std::string> refused_before;
    std::map<std::string, std::string> refused_now;

    bool is_same() const {
        return differences.empty() && refused_before.empty() && refused_now.empty();
    }
};

struct CompareOptions {
    std::size_t examples = 3; ///< of each difference
};

/// Judges every event of the recording under both. `from` and `to` may share nothing; their options
/// (policies, executors) count too. One thread. Errc::malformed: a row of the recording is none.
SEAKEEPER_API Result<Comparison> compare(
    SiteConfiguration& from,
    SiteConfiguration& to,
    const gerrit::RecordedStream& events,
    const CompareOptions& options = {}
);

/// For people, and as one JSON object.
SEAKEEPER_API std::string to_text(const Comparison& comparison);
SEAKEEPER_API std::string to_json(const Comparison& comparison);

} // namespace seakeeper::decision
