// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/exec.hpp"

#include <seakeeper/gerrit/stream.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

// What the stream decides, without doing any of it.
namespace seakeeper::gerrit {

/// The command line, or invalid_argument for a type that is not a word of [A-Za-z0-9-].
Result<std::string> stream_command(const std::vector<std::string>& types);

/// The pause before the next attempt: full jitter, that is `random` (0 up to 1) of
/// first_pause * 2^(failures-1), at most longest_pause; all of longest_pause, less a tenth of
/// jitter, where trying again soon cannot help (host key or login refused).
std::chrono::milliseconds pause_before_retry(
    const StreamOptions& options, const Error& reason, unsigned failures, double random
);

/// What to do about a silent connection.
struct Watch {
    enum class Action { wait, probe, give_up };
    Action action = Action::wait;
    SteadyTime until; ///< look again no later than this
};
Watch watch_silence(
    const StreamOptions& options,
    SteadyTime last_byte,
    std::optional<SteadyTime> last_probe,
    SteadyTime now
);

/// Why the command ended, in words and with a code: permission_denied where Gerrit says that
/// streaming is not permitted; unavailable for everything else, also exit status 0 (Gerrit ends a
/// slow reader so).
Error reason_of(const ssh::Exec::Ending& ending);

} // namespace seakeeper::gerrit
