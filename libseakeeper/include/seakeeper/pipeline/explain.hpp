// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/recomputation.hpp>
#include <seakeeper/pipeline/reporter.hpp>
#include <seakeeper/store/history.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Why something ran, did not run, or was (not) trusted: the way from event to report, put together
// from what a store holds. Nothing is asked of Gerrit or a cluster.
namespace seakeeper::pipeline {

/// What a trigger said about an event.
struct TriggerAnswer {
    std::string name;
    std::string project; ///< whose seakeeper.yaml defined it last
    sensor::Place place; ///< of the condition that failed, or of the trigger
    sensor::Outcome outcome = sensor::Outcome::not_matched;
    std::string why; ///< the first condition that failed, in words; empty: it matched
};

/// What one condition of trust said, and what it was told.
struct ConditionAnswer {
    trust::ConditionVerdict verdict;
    std::vector<decision::FactSource> facts;
};

struct DecisionAnswer {
    std::string digest;
    decision::Record record;
    std::vector<ConditionAnswer> conditions; ///< of the class that was asked for
    /// Members of the Workflow that are not the definition's own, with their values as JSON.
    std::vector<std::pair<std::string, std::string>> forced;
    std::vector<decision::GateRecord> gates;
    std::optional<store::WorkloadRow> workload;
    std::string outcome;             ///< why it ended as it did, where there is something to say
    std::vector<std::string> broken; ///< steps, with exit code
    /// Deciding again from the stored inputs: empty where it gave the same record, else what
    /// differs or why it could not be done.
    std::string recomputed;
};

struct EventAnswer {
    store::InboxEntry entry;
    event::Event event;
    std::string key;
    std::vector<std::string> configuration; ///< "PROJECT@COMMIT", All-Projects first
    std::vector<TriggerAnswer> triggers;
    std::vector<DecisionAnswer> decisions;
    std::string gap; ///< why triggers cannot be told any more; empty: they are told
};

/// Something that was, or is to be, posted on a change.
struct ReportAnswer {
    Post post;
    store::EffectState state = store::EffectState::pending;
    WallTime due{};
    std::uint32_t attempts = 0;
    std::string last_error;
};

struct Explanation {
    std::string asked;
    std::vector<EventAnswer> events; ///< in order of arrival
    std::vector<ReportAnswer> reports;
};

/// `id`: PROJECT~NUMBER, a change's number, either with ",PATCHSET" or "/PATCHSET" behind it,
/// PROJECT~REF, "@SEQUENCE" of an event, its key, a workload's name, or a decision's digest (or its
/// first digits, at least 8). Errc::not_found: nothing of the kind is stored; Errc::conflict: it
/// names several; Errc::invalid_argument: it is none of these.
SEAKEEPER_API Result<Explanation> explain(store::History& history, std::string_view id);

/// For people.
SEAKEEPER_API std::string to_text(const Explanation& explanation);
/// One JSON object (docs/guide/why-did-it-not-run.md).
SEAKEEPER_API std::string to_json(const Explanation& explanation);

} // namespace seakeeper::pipeline
