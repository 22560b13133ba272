// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/store/rows.hpp>

#include <string>
#include <string_view>

// Runs that we stop ourselves: revoked, or superseded. The reason is kept for the report of the
// end.
namespace seakeeper::pipeline {

/// Stores that a run is to be stopped, and why. The first reason stays.
Status stop_run(store::Rows& rows, const std::string& workload, std::string_view why, WallTime now);

/// Why we stopped a run; empty: we did not.
Result<std::string> why_stopped(store::Rows& rows, std::string_view workload);

} // namespace seakeeper::pipeline
