// SPDX-License-Identifier: Apache-2.0
#include "pipeline/recognition.hpp"

#include "pipeline/engine.hpp"

#include <seakeeper/report/message.hpp>

#include <fmt/format.h>

namespace seakeeper::pipeline {
namespace {

std::string_view first_word(std::string_view text) {
    return text.substr(0, text.find_first_of(" \n"));
}

Post question(const store::WorkloadRow& row, store::WorkloadState end) {
    Post post;
    post.project = row.project;
    post.change = ChangeNumber{row.change};
    post.revision = row.revision;
    post.markers.push_back(report::marker(row.id, store::to_string(end)));
    return post;
}

} // namespace

std::optional<store::WorkloadState>
claimed_end(const gerrit::ChangeFacts& change, std::string_view workload) {
    const auto line = fmt::format("\n{}", report::marker(workload, ""));
    std::optional<store::WorkloadState> end;
    for (const auto& message : change.messages) {
        for (auto at = message.text.find(line); at != std::string::npos;
             at = message.text.find(line, at + 1)) {
            const auto word = first_word(std::string_view{message.text}.substr(at + line.size()));
            const auto state = store::workload_state_of(word);
            if (state && store::is_terminal(*state)) {
                end = *state;
            }
        }
    }
    return end;
}

/// A store that was lost or is older than the present knows nothing of runs that ended and were
/// reported; their Workflows may be gone, so that Gerrit is the only witness.
asio::awaitable<Status> Pipeline::Engine::recognize(std::vector<Commit::Entry>& entries) {
    for (auto& entry : entries) {
        if (!entry.claimed || !entry.workload || store::is_terminal(entry.workload->state)) {
            continue;
        }
        auto& row = *entry.workload;
        const auto until = Deadline::in(options.call);
        auto post = question(row, *entry.claimed);
        auto is_ours = co_await parts.reporter.is_posted(std::move(post), until);
        if (!is_ours) {
            co_return is_ours.error();
        }
        if (!*is_ours) {
            continue;
        }
        parts.log.info("workload recognized", {{"workload", row.id}});
        Outcome outcome;
        outcome.message = "Known from the change's own messages: this store did not have it.";
        row.state = *entry.claimed;
        row.outcome = to_json(outcome);
        row.is_reported = true;
        row.finished = parts.clock.wall();
    }
    co_return Status{};
}

} // namespace seakeeper::pipeline
