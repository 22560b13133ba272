// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/store/store.hpp>

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace seakeeper::pipeline {

/// An operator has looked at a rewound refs/meta/config and takes `commit` for its last tip:
/// trusted runs of the project, and of those that inherit from it, go on where the present tip
/// follows it. Answers what was the last one seen. Touches the store only, of which no process may
/// be running.
SEAKEEPER_API boost::asio::awaitable<Result<std::optional<std::string>>>
accept_config(store::Store& store, ProjectName project, CommitId commit);

} // namespace seakeeper::pipeline
