// SPDX-License-Identifier: Apache-2.0
#include "pipeline/supersede.hpp"

#include "pipeline/stopping.hpp"

#include <fmt/format.h>

namespace seakeeper::pipeline {
namespace {

Status supersede_run(
    store::Rows& rows,
    store::WorkloadRow row,
    const NewPatchSet& newer,
    const ReportContext& context
) {
    const auto reason = fmt::format("Superseded by patch set {}.", newer.number);
    if (row.state == store::WorkloadState::decided) {
        Outcome outcome;
        outcome.message = reason;
        row.state = store::WorkloadState::cancelled;
        row.outcome = to_json(outcome);
        return settle(
            rows, std::move(row), context, Leftover::remove
        ); // its create may be under way
    }
    return stop_run(rows, row.id, reason, context.now);
}

} // namespace

std::optional<NewPatchSet> new_patch_set(const event::Event& event) {
    if (event.kind() != event::Kind::patchset_created || !event.change || !event.patch_set) {
        return std::nullopt;
    }
    return NewPatchSet{
        event.project, value_of(event.change->number), value_of(event.patch_set->number)};
}

Status supersede(store::Rows& rows, const NewPatchSet& newer, const ReportContext& context) {
    for (auto number = newer.number; number-- > 1;) {
        auto older = rows.workloads_of(newer.project, newer.change, number);
        if (!older) {
            return older.error();
        }
        for (auto& row : *older) {
            if (store::is_terminal(row.state)) {
                continue;
            }
            if (auto done = supersede_run(rows, std::move(row), newer, context); !done) {
                return done;
            }
        }
    }
    return {};
}

} // namespace seakeeper::pipeline
