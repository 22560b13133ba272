// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/tasks.hpp"

#include <seakeeper/core/result.hpp>
#include <seakeeper/pipeline/log_folder.hpp>
#include <seakeeper/pipeline/retention.hpp>
#include <seakeeper/store/store.hpp>

#include <span>
#include <string>
#include <vector>

namespace seakeeper::pipeline {

/// JSON Lines of what is forgotten: first the inputs, by digest, then the lines with all that came
/// of them (docs/operations.md). Pure.
SEAKEEPER_API std::string
exported(std::span<const store::OldLine> lines, std::span<const store::Input> inputs);

/// Forgets old records now and then. One coroutine, run(), on the pipeline's thread.
class SEAKEEPER_API Retention final {
public:
    Retention(
        asio::any_io_executor executor,
        store::Store& store,
        const LogFolder& logs,
        const Clock& clock,
        Logger& log,
        RetentionOptions options
    );

    /// Works until it is cancelled.
    asio::awaitable<void> run();
    /// One round, to its end.
    asio::awaitable<Status> round();
    const RetentionFigures& figures() const noexcept { return figures_; }

private:
    /// The lines that go next; none: nothing is old.
    asio::awaitable<Result<std::vector<store::OldLine>>> next();
    asio::awaitable<Status> write_out(std::vector<store::OldLine> lines);
    asio::awaitable<Status> forget(std::vector<store::OldLine> lines);

    asio::any_io_executor executor_;
    store::Store& store_;
    const LogFolder& logs_;
    const Clock& clock_;
    Logger& log_;
    RetentionOptions options_;
    RetentionFigures figures_;
};

} // namespace seakeeper::pipeline
