// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace seakeeper::pipeline {

/// How long records are kept. Never forgotten: what is under way or was given up, and what is
/// younger than a day.
struct RetentionOptions {
    std::chrono::seconds keep{std::chrono::hours{24 * 90}}; ///< from when a line was received
    std::int64_t most_bytes =
        0;                     ///< of the store in use; above it the oldest go earlier; 0: no bound
    std::string export_folder; ///< what is forgotten is appended to a file there; empty: nowhere
    std::chrono::seconds every{3'600};
};

struct RetentionFigures {
    std::uint64_t forgotten = 0; ///< lines, since the start of the process
    std::int64_t bytes = 0;      ///< of the store in use, when last looked at
    std::optional<WallTime> last_complete;
    std::string last_error; ///< empty: the last round was complete
};

} // namespace seakeeper::pipeline
