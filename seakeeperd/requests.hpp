// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "assembly.hpp"

#include <seakeeper/core/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>

// How commands reach the daemon that runs on a state folder: by files in it, so that who may ask is
// who may write there.
namespace seakeeper::daemon {

struct Request {
    std::string what;     ///< retry-dead, backup
    std::string argument; ///< of backup: the file
};

/// Leaves the request and waits for its answer. Blocks. Errc::unavailable: nobody took it by
/// `patience`; whatever else the daemon says.
Result<std::string>
ask_daemon(const std::string& state, const Request& request, std::chrono::seconds patience);

/// The daemon's side: answers requests until its context ends.
boost::asio::awaitable<void> answer_requests(Assembly& all);

} // namespace seakeeper::daemon
