// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sqlite/database.hpp"

#include <seakeeper/store/rows.hpp>

#include <set>
#include <string>

namespace seakeeper::store {

/// Rows on SQLite; on the store's thread only. The connection outlives it.
class SqliteRows final : public Rows {
public:
    explicit SqliteRows(sqlite::Connection& connection) : db_{connection} {}

    Result<Sequence> append(std::span<const RawLine> lines) override;
    Result<std::vector<InboxRow>> open_lines(Sequence after, std::size_t limit) override;
    Status end_line(const InboxEnd& end) override;
    Result<bool> claim(std::string_view event_key, Sequence sequence) override;

    Status put_input(const Input& input) override;
    Result<std::string> input(std::string_view digest) override;
    Status put_considered(const ConsideredRow& row, std::span<const Input> inputs) override;
    Status put_decision(const DecisionRow& row, std::span<const std::string> inputs) override;
    Result<DecisionRow> decision(std::string_view digest) override;
    Status append_verdict(const VerdictRow& row) override;
    Result<std::vector<VerdictRow>> verdicts(std::string_view decision) override;

    Result<bool> put_workload(const WorkloadRow& row) override;
    Result<WorkloadRow> workload(std::string_view id) override;
    Status update_workload(const WorkloadRow& row) override;
    Result<std::vector<WorkloadRow>> open_workloads() override;
    Result<std::vector<WorkloadRow>> open_trusted_workloads() override;
    Result<std::vector<WorkloadRow>> unreleased_workloads() override;
    Result<std::vector<WorkloadRow>>
    workloads_of(std::string_view project, std::uint32_t change, std::uint32_t patch_set) override;

    Result<std::int64_t> put_effect(const Effect& effect) override;
    Result<std::vector<Effect>> due_effects(WallTime now, std::size_t limit) override;
    Result<std::optional<WallTime>> next_effect() override;
    Status update_effect(const Effect& effect) override;
    Result<std::vector<Effect>> dead_effects(std::size_t limit) override;
    Result<std::int64_t> revive_effects(WallTime now) override;

    Result<std::optional<std::string>> value(std::string_view key) override;
    Status set_value(std::string_view key, std::string_view value) override;

    Result<Counts> counts() override;

    // sqlite_past.cpp
    Status remember(const Imprint& imprint, Sequence sequence) override;
    Result<std::vector<std::string>> known_keys(std::span<const std::string> keys) override;
    Result<std::vector<Trace>> traces(std::string_view project, std::uint32_t change) override;
    Result<std::vector<RefTip>> ref_tips(std::string_view project) override;
    Status set_ref_tip(const RefTip& tip) override;
    Result<std::vector<KnownProject>> projects() override;
    Status set_project(const KnownProject& project) override;

    // sqlite_old.cpp
    Result<std::vector<OldLine>> old_lines(WallTime before, std::size_t limit) override;
    Result<std::vector<Input>> inputs_of(std::span<const OldLine> lines) override;
    Status forget(std::span<const OldLine> lines) override;
    Status forget_traces(WallTime before) override;
    Result<std::int64_t> bytes_in_use() override;

private:
    Status link_input(std::string_view decision, std::string_view input, WallTime at);
    Status add_what_came_of(OldLine& line);
    Status forget_considered(Sequence sequence, std::set<std::string>& inputs);

    sqlite::Connection& db_;
};

/// The row of SELECT id, kind, workload, lane, attempts, not_before, state, last_error, payload.
Effect read_effect(const sqlite::Statement& at);

} // namespace seakeeper::store
