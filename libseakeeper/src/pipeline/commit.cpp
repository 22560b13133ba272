// SPDX-License-Identifier: Apache-2.0
#include "pipeline/commit.hpp"

namespace seakeeper::pipeline {
namespace {

/// To be created; or, where a store that is gone had it and told its end, only to be let go.
Status put_first_effect(store::Rows& rows, Commit::Entry& entry) {
    const auto& row = *entry.workload;
    if (store::is_terminal(row.state)) {
        return put_release(rows, row, Leftover::keep, entry.row.made);
    }
    store::Effect create;
    create.kind = "create";
    create.workload = row.id;
    create.lane = row.id;
    create.payload = entry.manifest;
    create.not_before = entry.row.made;
    const auto id = rows.put_effect(create);
    if (!id) {
        return id.error();
    }
    create.id = *id;
    entry.create = std::move(create);
    return {};
}

Status put_entry(store::Rows& rows, Commit::Entry& entry) {
    if (auto put = rows.put_decision(entry.row, entry.inputs); !put) {
        return put;
    }
    if (entry.act) {
        if (auto kept = keep_act(rows, *entry.act, entry.waits_for); !kept) {
            return kept;
        }
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
    return put_first_effect(rows, entry);
}

} // namespace

Status write(store::Rows& rows, const Considered& considered) {
    return rows.put_considered(considered.row, considered.inputs);
}

Result<bool> write(store::Rows& rows, Commit& commit) {
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
    for (auto& entry : commit.entries) {
        if (auto put = put_entry(rows, entry); !put) {
            return put.error();
        }
    }
    for (const auto& config : commit.configs) {
        if (auto noted = note_use(rows, config); !noted) {
            return noted.error();
        }
    }
    if (commit.considered) {
        if (auto put = write(rows, *commit.considered); !put) {
            return put.error();
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
