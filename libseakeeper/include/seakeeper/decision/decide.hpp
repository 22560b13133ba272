// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/record.hpp>
#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/facts_request.hpp>
#include <seakeeper/sensor/sensor.hpp>
#include <seakeeper/trust/classifier.hpp>
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// From event, facts and configuration to decisions: the one pure function that everything else
// stands around. Nothing here reads a clock, a file or a socket.
namespace seakeeper::decision {

/// Where workloads of one class are put.
struct Executor {
    std::string name; ///< in the operator's file
    workflow::Site site;
};

/// All of the site's own say in a decision.
struct Options {
    std::string server; ///< name of the Gerrit; part of every id
    std::string
        project_url; ///< prefix of a project's URL for git fetch: "https://gerrit.example/r/"
    sensor::Self self;
    trust::SiteOptions trust;
    workflow::Policy untrusted_policy;
    workflow::Policy trusted_policy;
    std::optional<Executor> untrusted; ///< none: untrusted triggers do not run
    std::optional<Executor> trusted;   ///< none: trusted triggers do not run
};
/// One line of JSON with fixed order of members, for the record's input "options".
SEAKEEPER_API std::string to_json(const Options& options);

/// A definition, read once, judged and made ready once for each class: what is left to do for a
/// decision is to fill in a form. Share it between decisions.
struct PreparedDefinition {
    sensor::Definition at;
    std::string blob;   ///< git's object id
    std::string digest; ///< SHA-256 of the bytes
    std::string bytes;  ///< as read: an input of every decision that uses it
    /// Why it cannot be used: file:line:column, or why it could not be read. Empty: it can.
    std::string fault;
    std::vector<workflow::Finding> untrusted_findings;
    std::vector<workflow::Finding> trusted_findings;
    /// For the class's executor; empty: there is none, or policy has findings.
    std::optional<Result<workflow::ManifestForm>> untrusted_form;
    std::optional<Result<workflow::ManifestForm>> trusted_form;
};
/// Parses, polices and binds to the executors of `options`, which are to be those of the decisions.
/// `bytes` is a failure where the file could not be read.
SEAKEEPER_API std::shared_ptr<const PreparedDefinition> prepare(
    sensor::Definition at,
    std::string blob,
    const Result<std::string>& bytes,
    const Options& options
);

/// How a project's refs/meta/config came to its present tip.
struct ConfigHistory {
    ProjectName project;
    std::optional<CommitId> last_seen; ///< tip that the last decision used
    bool is_descendant_of_last_seen = false;
};

/// All that decisions about one event are made from. References are borrowed for the call.
struct DecideInput {
    const event::Event& event;
    const gerrit::Facts& facts;
    const Options& options;
    std::string event_key; ///< semantic key, resolved
    /// Of event, facts, configuration files and options; definitions are added.
    std::vector<InputRef> inputs;
    std::span<const std::shared_ptr<const PreparedDefinition>> definitions;
    std::span<const ConfigHistory> histories;
    trust::ChannelState channel{};
    trust::PlantState plant{};
    std::optional<trust::RetryRequest> retry{};
    std::uint32_t attempt = 1;
    WallTime now{};
};

/// A decision, and what is to run if it says so.
struct Decision {
    Record record;
    std::string json;                                ///< the record as it is stored
    std::string digest;                              ///< of the record
    std::string executor;                            ///< name; empty: nothing is to run
    std::optional<workflow::BoundWorkflow> workflow; ///< empty: nothing is to run
};

/// About one trigger that matched. A trusted trigger whose class was not earned is decided as
/// denied, or for untrusted where it says `otherwise: untrusted`.
SEAKEEPER_API Decision decide(const DecideInput& input, const sensor::Trigger& trigger);

/// A trigger and what it says about an event.
struct TriggerMatch {
    const sensor::Trigger* trigger = nullptr;
    sensor::Match match;
};
/// All triggers of a sensor, in its order.
SEAKEEPER_API std::vector<TriggerMatch>
match(const DecideInput& input, const sensor::Sensor& sensor);

/// One decision for each trigger that matches, in the sensor's order. A trigger that still needs
/// facts does not match: what nobody could read starts nothing.
SEAKEEPER_API std::vector<Decision>
decide_all(const DecideInput& input, const sensor::Sensor& sensor);

/// What has to be read before these triggers can be decided: their conditions' facts, and those of
/// the class each one asks for. Nothing if none of them can match.
SEAKEEPER_API std::optional<gerrit::FactsRequest> facts_needed(
    const event::Event& event,
    std::span<const sensor::Trigger* const> triggers,
    const Options& options
);

/// The verdict of a gate: the same event, facts read again, definition and policy as decided. Its
/// class is never above the record's.
SEAKEEPER_API GateRecord judge_gate(
    Gate gate, const Record& record, const DecideInput& input, const sensor::Trigger& trigger
);

/// Errc::conflict naming the first member that differs, unless deciding again from the record's own
/// inputs, attempt and time gives the same bytes.
SEAKEEPER_API Status
recompute(const Record& record, const DecideInput& input, const sensor::Trigger& trigger);

} // namespace seakeeper::decision
