// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/acts.hpp"
#include "pipeline/config_tips.hpp"
#include "pipeline/reports.hpp"
#include "pipeline/supersede.hpp"

#include <seakeeper/store/rows.hpp>

#include <optional>
#include <string>
#include <vector>

namespace seakeeper::pipeline {

/// What is kept of an event that no trigger matched.
struct Considered {
    store::ConsideredRow row;
    std::vector<store::Input> inputs;
};
Status write(store::Rows& rows, const Considered& considered);

/// What one transaction records about one event.
struct Commit {
    /// About one decision.
    struct Entry {
        store::DecisionRow row;
        std::vector<std::string> inputs;
        std::optional<store::WorkloadRow> workload;
        std::string manifest;
        /// The end that the change's messages claim: a store that is gone may have told it.
        std::optional<store::WorkloadState> claimed;
        std::optional<Notice> notice;
        std::optional<Act> act;
        std::vector<ChangeName> waits_for;   ///< whose approval may change the decision
        std::optional<store::Effect> create; ///< set by write(): what was stored
    };

    std::string key;
    store::Imprint imprint;
    std::optional<NewPatchSet> newer;
    ReportContext context;
    store::InboxEnd end;
    bool ends_line = true;
    std::vector<store::Input> blobs;
    std::vector<Entry> entries;
    std::vector<UsedConfig> configs;
    std::optional<Considered> considered;
};

/// Writes it all. False: the event was dealt with before, by another line.
Result<bool> write(store::Rows& rows, Commit& commit);

} // namespace seakeeper::pipeline
