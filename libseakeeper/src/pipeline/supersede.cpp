// SPDX-License-Identifier: Apache-2.0
#include "pipeline/supersede.hpp"

#include <fmt/format.h>

namespace seakeeper::pipeline {
namespace {

std::string key_of(std::string_view workload) {
    return fmt::format("cancel|{}", workload);
}

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
        return settle(rows, std::move(row), context);
    }
    const auto key = key_of(row.id);
    auto known = rows.value(key);
    if (!known) {
        return known.error();
    }
    if (*known) { // asked for already
        return {};
    }
    if (auto set = rows.set_value(key, reason); !set) {
        return set;
    }
    store::Effect cancel;
    cancel.kind = "cancel";
    cancel.workload = row.id;
    cancel.lane = row.id;
    cancel.not_before = context.now;
    auto put = rows.put_effect(cancel);
    return put ? Status{} : Status{put.error()};
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

Result<std::string> reason_of_cancel(store::Rows& rows, std::string_view workload) {
    auto reason = rows.value(key_of(workload));
    if (!reason) {
        return reason.error();
    }
    return reason->value_or("");
}

} // namespace seakeeper::pipeline
