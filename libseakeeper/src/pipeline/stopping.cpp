// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stopping.hpp"

#include <fmt/format.h>

namespace seakeeper::pipeline {
namespace {

std::string key_of(std::string_view workload) {
    return fmt::format("stopped|{}", workload);
}

} // namespace

Status
stop_run(store::Rows& rows, const std::string& workload, std::string_view why, WallTime now) {
    const auto key = key_of(workload);
    const auto known = rows.value(key);
    if (!known || *known) {
        return known ? Status{} : Status{known.error()};
    }
    if (auto set = rows.set_value(key, why); !set) {
        return set;
    }
    store::Effect cancel;
    cancel.kind = "cancel";
    cancel.workload = workload;
    cancel.lane = workload;
    cancel.not_before = now;
    const auto put = rows.put_effect(cancel);
    return put ? Status{} : Status{put.error()};
}

Result<std::string> why_stopped(store::Rows& rows, std::string_view workload) {
    const auto why = rows.value(key_of(workload));
    if (!why) {
        return why.error();
    }
    return why->value_or("");
}

} // namespace seakeeper::pipeline
