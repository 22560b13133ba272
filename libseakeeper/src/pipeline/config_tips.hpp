// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/decide.hpp>
#include <seakeeper/event/event.hpp>
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/store/store.hpp>

#include <optional>
#include <string>

// The last tip of each refs/meta/config that was used, and whether what is used now follows it.
namespace seakeeper::pipeline {

namespace asio = boost::asio;

/// A commit of a refs/meta/config that a decision is made from.
struct UsedConfig {
    decision::ConfigHistory history;
    CommitId commit;
};

/// Remembers the commit as the last one seen if it follows the one before, within the transaction
/// that uses it. A rewound configuration leaves it as it is: only an operator moves it back.
Status note_use(store::Rows& rows, const UsedConfig& config);

/// One thread; store and definitions outlive it.
class ConfigTips final {
public:
    ConfigTips(store::Store& store, git::Definitions& definitions)
        : store_{store}, definitions_{definitions} {}

    /// How the project's refs/meta/config came to `commit`.
    asio::awaitable<Result<decision::ConfigHistory>>
    history(ProjectName project, CommitId commit, Deadline until);
    /// refs/meta/config moved. False: not forward; the project's trusted runs are halted, because
    /// the tip before stays the last one seen.
    asio::awaitable<Result<bool>> moved(event::RefUpdate update, Deadline until);

private:
    asio::awaitable<Result<bool>>
    follows(ProjectName project, CommitId before, CommitId now, Deadline until);

    store::Store& store_;
    git::Definitions& definitions_;
};

} // namespace seakeeper::pipeline
