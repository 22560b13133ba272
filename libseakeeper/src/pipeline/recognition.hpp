// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/store/rows.hpp>

#include <optional>
#include <string_view>

namespace seakeeper::pipeline {

/// The last end that a change's messages claim for a workload (lines "Seakeeper-Workload: ID
/// STATE"). Anybody can write such a line: whether we did, the reporter knows.
SEAKEEPER_API std::optional<store::WorkloadState>
claimed_end(const gerrit::ChangeFacts& change, std::string_view workload);

} // namespace seakeeper::pipeline
