// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/rest.hpp>
#include <seakeeper/pipeline/reporter.hpp>

#include <optional>

namespace seakeeper::pipeline {

/// Posts reviews on a Gerrit. Where a vote is not possible any more (the change is closed, the
/// label not ours to give) the message is posted without it and says so. The client outlives it.
class SEAKEEPER_API GerritReporter final : public Reporter {
public:
    explicit GerritReporter(gerrit::RestClient& client, Logger& log) : client_{client}, log_{log} {}

    asio::awaitable<Status> post(Post post, Deadline until) override;
    asio::awaitable<Result<bool>> is_posted(Post post, Deadline until) override;

private:
    gerrit::RestClient& client_;
    Logger& log_;
    std::optional<AccountId> self_; ///< whose messages count
};

} // namespace seakeeper::pipeline
