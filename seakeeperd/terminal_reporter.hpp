// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/pipeline/pipeline.hpp>
#include <seakeeper/pipeline/reporter.hpp>

namespace seakeeper::daemon {

/// Prints what would be posted: the embedded mode has no Gerrit to post to.
class TerminalReporter final : public pipeline::Reporter {
public:
    pipeline::asio::awaitable<Status> post(pipeline::Post post, Deadline until) override;
    pipeline::asio::awaitable<Result<bool>> is_posted(pipeline::Post post, Deadline until) override;
};

/// Prints what every trigger says about an event, and why its class is what it is.
void tell_on_terminal(const pipeline::Telling& telling);

} // namespace seakeeper::daemon
