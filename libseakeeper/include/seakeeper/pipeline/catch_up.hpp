// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/gerrit/history.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace seakeeper::pipeline {

/// How missed events are looked for.
struct CatchUpOptions {
    std::chrono::seconds every{300};
    /// Most requests in a minute, evenly spaced; 0: no limit.
    std::uint32_t requests_per_minute = 300;
    /// Of Gerrit's clock: changes updated so long before the last complete reading are read again,
    /// for an index that lags.
    std::chrono::seconds overlap{600};
    /// After a reconnect Gerrit may not have subscribed us yet, so long.
    std::chrono::milliseconds settle{3'000};
    /// After dropped-output: the gap lies behind lines that are still on their way.
    std::chrono::milliseconds after_drop{10'000};
    /// A gap is read a second time after this long: the index may have lagged the first time.
    std::chrono::milliseconds second_look{120'000};
    std::uint32_t changes_per_page = 100;
    std::uint32_t projects_per_round = 50; ///< whose refs are listed where there was no gap
    /// A store without any past: act on what happened since, instead of from now on.
    std::optional<WallTime> since;
    std::chrono::seconds call{60};
};

/// How far catch-up has come, since the start of the process.
struct CatchUpFigures {
    std::uint64_t rounds = 0; ///< complete ones
    std::uint64_t requests = 0;
    std::uint64_t recovered = 0;         ///< events that no stream had told
    std::uint64_t unreconstructable = 0; ///< things that happened and cannot be told again
    std::optional<WallTime> last_complete;
    std::optional<WallTime> gap_since; ///< events of that time on may still be missing
    std::string gap_reason;
    bool is_running = false;
    std::string last_error; ///< empty: the last round was complete
};

} // namespace seakeeper::pipeline
