// SPDX-License-Identifier: Apache-2.0
#include "terminal_reporter.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace seakeeper::daemon {

pipeline::asio::awaitable<Status> TerminalReporter::post(pipeline::Post post, Deadline) {
    std::string votes;
    for (const auto& vote : post.votes) {
        votes += fmt::format(" {}{:+d}", vote.label, vote.value);
    }
    fmt::print(
        "\nWOULD POST on {} change {}{}\n",
        post.project,
        value_of(post.change),
        votes.empty() ? " (no vote)" : ":" + votes
    );
    std::string_view rest = post.message;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        fmt::print("    | {}\n", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::fflush(stdout);
    co_return Status{};
}

pipeline::asio::awaitable<Result<bool>> TerminalReporter::is_posted(pipeline::Post, Deadline) {
    co_return false;
}

} // namespace seakeeper::daemon
