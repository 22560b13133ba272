// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace seakeeper::daemon {

int fail(std::string_view command, const Error& error) {
    fmt::print(stderr, "seakeeperd {}: {}\n", command, error.message);
    const bool is_peer = error.is(Errc::unavailable) || error.is(Errc::timed_out)
                         || error.is(Errc::untrusted_peer) || error.is(Errc::unauthenticated)
                         || error.is(Errc::throttled);
    return is_peer ? exit_unreachable : exit_usage;
}

} // namespace seakeeper::daemon
