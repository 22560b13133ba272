// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/pipeline/pipeline.hpp>
#include <seakeeper/pipeline/reporter.hpp>

#include <set>
#include <string>
#include <vector>

namespace seakeeper::daemon {

/// Prints what would be posted: the embedded mode has no Gerrit to post to. Knows what it printed
/// itself; what an earlier process did is not to be read back from a terminal, and printed again.
class TerminalReporter final : public pipeline::Reporter {
public:
    pipeline::asio::awaitable<Status> post(pipeline::Post post, Deadline until) override;
    pipeline::asio::awaitable<Result<bool>> is_posted(pipeline::Post post, Deadline until) override;

private:
    std::set<std::vector<std::string>> printed_; ///< markers
};

/// Prints what every trigger says about an event, and why its class is what it is.
void tell_on_terminal(const pipeline::Telling& telling);

} // namespace seakeeper::daemon
