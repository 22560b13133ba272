// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssh/exec.hpp"

namespace seakeeper::ssh {

/// A connected non-blocking socket, to be closed by the caller. Tries every address of the host.
/// Errors: unavailable, timed_out, cancelled. The look-up of a name cannot be interrupted.
Result<int> connect_tcp(const std::string& host, std::uint16_t port, Wake& wake, Deadline until);

} // namespace seakeeper::ssh
