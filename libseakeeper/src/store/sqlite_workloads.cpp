// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite_rows.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <array>

namespace seakeeper::store {
namespace {

constexpr std::array<std::string_view, 8> state_words = {
    "decided", "created", "running", "succeeded", "failed", "error", "cancelled", "refused"};

std::int64_t to_row(WallTime time) {
    return time.time_since_epoch().count();
}

std::optional<std::int64_t> to_row(std::optional<WallTime> time) {
    if (!time) {
        return std::nullopt;
    }
    return to_row(*time);
}

WallTime to_time(std::int64_t milliseconds) {
    return WallTime{std::chrono::milliseconds{milliseconds}};
}

std::optional<WallTime> to_time(std::optional<std::int64_t> milliseconds) {
    if (!milliseconds) {
        return std::nullopt;
    }
    return to_time(*milliseconds);
}

// The same columns in every query, so that one function reads them.
#define SEAKEEPER_WORKLOAD_COLUMNS                                                                 \
    "SELECT ordinal, id, decision, project, change, patch_set, revision, trigger_name, label, "    \
    "success_vote, failure_vote, trust_class, attempt, is_private, executor, namespace, uid, "     \
    "state, outcome, is_reported, is_released, decided, started, finished, note, tells_start, "    \
    "why FROM workload "

WorkloadRow read_workload(const sqlite::Statement& at) {
    WorkloadRow row;
    row.order = at.integer(0);
    row.id = at.text(1);
    row.decision = at.text(2);
    row.project = at.text(3);
    row.change = static_cast<std::uint32_t>(at.integer(4));
    row.patch_set = static_cast<std::uint32_t>(at.integer(5));
    row.revision = at.text(6);
    row.trigger = at.text(7);
    row.label = at.text(8);
    row.success_vote = static_cast<int>(at.integer(9));
    row.failure_vote = static_cast<int>(at.integer(10));
    row.trust_class = at.text(11);
    row.attempt = static_cast<std::uint32_t>(at.integer(12));
    row.is_private = at.integer(13) != 0;
    row.executor = at.text(14);
    row.namespace_ = at.text(15);
    row.uid = at.text(16);
    row.state = static_cast<WorkloadState>(at.integer(17));
    row.outcome = at.text(18);
    row.is_reported = at.integer(19) != 0;
    row.is_released = at.integer(20) != 0;
    row.decided = to_time(at.integer(21));
    row.started = to_time(at.optional_integer(22));
    row.finished = to_time(at.optional_integer(23));
    row.note = at.text(24);
    row.tells_start = at.integer(25) != 0;
    row.why = at.text(26);
    return row;
}

Result<std::vector<WorkloadRow>> read_all(Result<sqlite::Statement> select) {
    if (!select) {
        return select.error();
    }
    std::vector<WorkloadRow> rows;
    for (;;) {
        auto stepped = select->step();
        if (!stepped) {
            return stepped.error();
        }
        if (!*stepped) {
            return rows;
        }
        rows.push_back(read_workload(*select));
    }
}

} // namespace

std::string_view to_string(WorkloadState state) noexcept {
    return state_words[static_cast<std::size_t>(state)];
}

Result<WorkloadState> workload_state_of(std::string_view word) {
    for (std::size_t i = 0; i < state_words.size(); ++i) {
        if (state_words[i] == word) {
            return static_cast<WorkloadState>(i);
        }
    }
    return Error{Errc::malformed, fmt::format("reading workload state: {} is none", quoted(word))};
}

Result<bool> SqliteRows::put_workload(const WorkloadRow& row) {
    auto insert = db_.prepare(
        "INSERT INTO workload(id, decision, project, change, patch_set, revision, trigger_name, "
        "label, success_vote, failure_vote, trust_class, attempt, is_private, executor, namespace, "
        "uid, state, outcome, is_reported, is_released, decided, started, finished, note, "
        "tells_start, why) "
        "VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT(id) DO NOTHING"
    );
    if (!insert) {
        return insert.error();
    }
    insert->bind(row.id).bind(row.decision).bind(row.project).bind(std::int64_t{row.change});
    insert->bind(std::int64_t{row.patch_set}).bind(row.revision).bind(row.trigger).bind(row.label);
    insert->bind(std::int64_t{row.success_vote}).bind(std::int64_t{row.failure_vote});
    insert->bind(row.trust_class).bind(std::int64_t{row.attempt});
    insert->bind(std::int64_t{row.is_private}).bind(row.executor).bind(row.namespace_);
    insert->bind(row.uid).bind(static_cast<std::int64_t>(row.state)).bind(row.outcome);
    insert->bind(std::int64_t{row.is_reported}).bind(std::int64_t{row.is_released});
    insert->bind(to_row(row.decided)).bind(to_row(row.started)).bind(to_row(row.finished));
    insert->bind(row.note).bind(std::int64_t{row.tells_start}).bind(row.why);
    if (auto done = insert->run(); !done) {
        return done.error();
    }
    return db_.changes() == 1;
}

Result<WorkloadRow> SqliteRows::workload(std::string_view id) {
    auto select = db_.prepare(SEAKEEPER_WORKLOAD_COLUMNS "WHERE id = ?");
    if (select) {
        select->bind(id);
    }
    auto rows = read_all(std::move(select));
    if (!rows) {
        return rows.error();
    }
    if (rows->empty()) {
        return Error{
            Errc::not_found, fmt::format("reading workload {}: there is none", quoted(id))};
    }
    return std::move(rows->front());
}

Status SqliteRows::update_workload(const WorkloadRow& row) {
    auto stored = workload(row.id);
    if (!stored) {
        return stored.error();
    }
    const bool changes_end = stored->state != row.state || stored->outcome != row.outcome;
    if (is_terminal(stored->state) && changes_end) {
        return Error{
            Errc::conflict,
            fmt::format(
                "changing workload {} to {}: it has ended as {}",
                row.id,
                to_string(row.state),
                to_string(stored->state)
            )};
    }
    auto update = db_.prepare(
        "UPDATE workload SET executor = ?, namespace = ?, uid = ?, state = ?, outcome = ?, "
        "is_reported = ?, is_released = ?, is_private = max(is_private, ?), started = ?, "
        "finished = ? WHERE id = ?"
    );
    if (!update) {
        return update.error();
    }
    update->bind(row.executor).bind(row.namespace_).bind(row.uid);
    update->bind(static_cast<std::int64_t>(row.state)).bind(row.outcome);
    update->bind(std::int64_t{row.is_reported}).bind(std::int64_t{row.is_released});
    update->bind(std::int64_t{row.is_private}); // what was private stays so
    update->bind(to_row(row.started)).bind(to_row(row.finished)).bind(row.id);
    return update->run();
}

Result<std::vector<WorkloadRow>> SqliteRows::open_workloads() {
    return read_all(db_.prepare(SEAKEEPER_WORKLOAD_COLUMNS "WHERE state < 3 ORDER BY ordinal"));
}

Result<std::vector<WorkloadRow>> SqliteRows::open_trusted_workloads() {
    return read_all(db_.prepare(SEAKEEPER_WORKLOAD_COLUMNS
                                "INDEXED BY workload_trusted WHERE state < 3 AND "
                                "trust_class = 'trusted' ORDER BY ordinal"));
}

Result<std::vector<WorkloadRow>> SqliteRows::unreleased_workloads() {
    return read_all(db_.prepare(SEAKEEPER_WORKLOAD_COLUMNS
                                "WHERE is_released = 0 AND state >= 3 ORDER BY ordinal"));
}

Result<std::vector<WorkloadRow>>
SqliteRows::workloads_of(std::string_view project, std::uint32_t change, std::uint32_t patch_set) {
    auto select =
        db_.prepare(SEAKEEPER_WORKLOAD_COLUMNS
                    "WHERE project = ? AND change = ? AND patch_set = ? ORDER BY ordinal");
    if (select) {
        select->bind(project).bind(std::int64_t{change}).bind(std::int64_t{patch_set});
    }
    return read_all(std::move(select));
}

} // namespace seakeeper::store
