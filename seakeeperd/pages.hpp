// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/server.hpp"

#include <seakeeper/core/secret.hpp>
#include <seakeeper/pipeline/log_folder.hpp>

#include <functional>
#include <string>

namespace seakeeper::daemon {

/// What the pages ask the running daemon. Called on its thread.
struct Vitals {
    std::function<std::string()> why_not_ready; ///< empty: ready
    std::function<std::string()> metrics;       ///< Prometheus text
    std::function<std::string()> status;        ///< JSON, for people and `seakeeperd status`
};

/// Answers /healthz, /readyz, /metrics, /status and /logs/WORKLOAD/NODE. Logs that were not
/// published need `Authorization: Bearer TOKEN`; with an empty token nobody gets them.
http::Answers make_pages(Vitals vitals, pipeline::LogFolder logs, Secret token);

} // namespace seakeeper::daemon
