// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/pipeline/pipeline.hpp>

#include <string>

namespace seakeeper::daemon {

/// The figures in Prometheus' text format. Labels hold words of ours only, never names of projects.
std::string metrics_text(const pipeline::Figures& figures, const gerrit::StreamStatus& stream);
/// The same for people and `/status`: one JSON object.
std::string status_json(const pipeline::Figures& figures, const gerrit::StreamStatus& stream);
/// Why work does not get done, in words; empty: it does.
std::string why_not_ready(const pipeline::Figures& figures);

} // namespace seakeeper::daemon
