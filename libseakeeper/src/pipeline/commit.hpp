// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/reports.hpp"
#include "pipeline/supersede.hpp"

#include <seakeeper/store/rows.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace seakeeper::pipeline {

/// What one transaction records about one event.
struct Commit {
    struct Entry {
        store::DecisionRow row;
        std::vector<std::string> inputs;
        std::optional<store::WorkloadRow> workload;
        std::string manifest;
        std::optional<Notice> notice;
    };

    std::string key;
    store::Imprint imprint;
    std::optional<NewPatchSet> newer;
    ReportContext context;
    store::InboxEnd end;
    bool ends_line = true;
    std::vector<store::Input> blobs;
    std::vector<Entry> entries;
    std::vector<std::pair<std::string, std::string>> values;
};

/// Writes it all. False: the event was dealt with before, by another line.
Result<bool> write(store::Rows& rows, const Commit& commit);

} // namespace seakeeper::pipeline
