// SPDX-License-Identifier: Apache-2.0
#include "pipeline/commit.hpp"

namespace seakeeper::pipeline {
namespace {

Status put_entry(store::Rows& rows, const Commit::Entry& entry) {
    if (auto put = rows.put_decision(entry.row, entry.inputs); !put) {
        return put;
    }
    if (entry.notice) {
        if (auto said = say_once(rows, *entry.notice, entry.row.made); !said) {
            return said;
        }
    }
    if (!entry.workload) {
        return {};
    }
    auto put = rows.put_workload(*entry.workload);
    if (!put || !*put) { // it exists: decided before, by an event of the same key
        return put ? Status{} : Status{put.error()};
    }
    // What was reported before, by a store that is gone, is only tidied up.
    const bool is_over = store::is_terminal(entry.workload->state);
    store::Effect next;
    next.kind = is_over ? "release" : "create";
    next.workload = entry.workload->id;
    next.lane = entry.workload->id;
    next.payload = is_over ? "" : entry.manifest;
    next.not_before = entry.row.made;
    auto effect = rows.put_effect(next);
    return effect ? Status{} : Status{effect.error()};
}

} // namespace

Result<bool> write(store::Rows& rows, const Commit& commit) {
    auto claimed = rows.claim(commit.key, commit.end.sequence);
    if (!claimed || !*claimed) {
        return claimed;
    }
    if (auto kept = rows.remember(commit.imprint, commit.end.sequence); !kept) {
        return kept.error();
    }
    if (commit.newer) {
        if (auto done = supersede(rows, *commit.newer, commit.context); !done) {
            return done.error();
        }
    }
    for (const auto& blob : commit.blobs) {
        if (auto put = rows.put_input(blob); !put) {
            return put.error();
        }
    }
    for (const auto& entry : commit.entries) {
        if (auto put = put_entry(rows, entry); !put) {
            return put.error();
        }
    }
    for (const auto& [key, value] : commit.values) {
        if (auto set = rows.set_value(key, value); !set) {
            return set.error();
        }
    }
    if (commit.ends_line) {
        if (auto ended = rows.end_line(commit.end); !ended) {
            return ended.error();
        }
    }
    return true;
}

} // namespace seakeeper::pipeline
