// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>
#include <seakeeper/gerrit/event_source.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace seakeeper::gerrit {

/// How to reach `gerrit stream-events` (Gerrit 3.10 - 3.13: cmd-stream-events.txt).
struct StreamOptions {
    std::string host;
    std::uint16_t port = 29418;
    std::string user;
    /// Host keys in OpenSSH's format. The only ones believed; nothing is ever added to it.
    std::string known_hosts_file;
    /// Private key without passphrase. Empty: the agent's key that `agent_key_file` names.
    std::string key_file;
    /// Public key (OpenSSH's .pub) of the one key to use from the agent at SSH_AUTH_SOCK.
    std::string agent_key_file;
    /// Passed as `-s TYPE` each; empty: all. Gerrit accepts unknown words in silence.
    std::vector<std::string> types;

    std::chrono::milliseconds connect_timeout{20'000}; ///< TCP to running command
    std::chrono::milliseconds keepalive{30'000};       ///< a request after this much silence
    std::chrono::milliseconds silence{90'000};    ///< no byte for this long: connection is dead
    std::chrono::milliseconds first_pause{1'000}; ///< doubles for every failure in a row
    std::chrono::milliseconds longest_pause{60'000};
    std::size_t line_bytes = 1 << 20;
    /// Bounds of what was read and not yet taken. At a bound reading pauses: SSH's window fills,
    /// then Gerrit's queue of 128 events, then Gerrit drops events and says so.
    std::size_t queue_lines = 4'096;
    std::size_t queue_bytes = 32u << 20;
};

/// Called on the source's executor after every change of state.
using StateChanged = std::function<void(const StreamStatus&)>;

/// The stream over SSH. Reads on a thread of its own; everything else happens on `executor` (one
/// thread at a time). Starts at once and tries for ever. A host key that is not the pinned one is
/// Errc::untrusted_peer in status(), logged as an error, and tried again at the longest pause.
/// Borrows `log` until it is destroyed; destruction waits for the thread. Throws Exception for
/// options that can never work.
SEAKEEPER_API std::unique_ptr<EventSource> make_ssh_stream(
    asio::any_io_executor executor, StreamOptions options, Logger& log, StateChanged changed = {}
);

} // namespace seakeeper::gerrit
