// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>
#include <seakeeper/pipeline/executor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <string>
#include <vector>

namespace seakeeper::local {

struct Options {
    std::string log_folder;     ///< LOG_FOLDER/WORKLOAD/NODE.log
    std::string scratch_folder; ///< small files that sandboxes are made of; removed with each leaf
    /// Shown read-only inside at /repositories, so that a step can `git fetch` without a network;
    /// empty: none.
    std::string repositories;
    std::size_t leaves_at_once = 2;
    std::size_t log_bytes = 64U << 20; ///< of one leaf; what is cut is said in the log's last line
    std::size_t memory_bytes =
        1U << 30; ///< of each of the two writable folders, /workspace and /tmp
};

/// Runs bound Workflows on this machine: steps and DAGs of container and script templates with
/// parameters, results and deadlines. Each leaf is a bubblewrap sandbox: /usr and a minimal /etc
/// read-only, an empty home, no network, not root; `image` is ignored, and its log says so.
/// A manifest that asks for more is refused (Errc::unsupported) before anything starts. Runs end
/// with the process: after a restart inspect() does not know them.
class SEAKEEPER_API LocalExecutor final : public pipeline::Executor {
public:
    /// Throws Exception when bubblewrap is missing or a folder cannot be made.
    LocalExecutor(pipeline::asio::any_io_executor executor, Options options, Logger& log);
    ~LocalExecutor() override;

    pipeline::asio::awaitable<Result<pipeline::RunRef>>
    start(pipeline::StartRequest request, Deadline until) override;
    pipeline::asio::awaitable<Result<std::vector<pipeline::Observation>>> observe(Deadline until
    ) override;
    pipeline::asio::awaitable<Result<pipeline::Observation>>
    inspect(pipeline::RunRef run, Deadline until) override;
    pipeline::asio::awaitable<Status> cancel(pipeline::RunRef run, Deadline until) override;
    pipeline::asio::awaitable<Status> release(pipeline::RunRef run, Deadline until) override;

private:
    struct State;
    std::shared_ptr<State> state_; // shared with the leaves that still run when we go
};

} // namespace seakeeper::local
