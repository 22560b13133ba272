// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>
#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/pipeline/executor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace seakeeper::pipeline {

struct ArgoOptions {
    std::string instance_id; ///< label seakeeper.dev/instance of the Workflows that are ours
    std::string log_folder;  ///< LOG_FOLDER/WORKLOAD/NODE.log
    std::size_t log_bytes = 64U << 20;              ///< of one step
    std::chrono::seconds list_again{300};           ///< the watch is checked against a list
    std::chrono::milliseconds log_patience{10'000}; ///< for the logs of a run that has ended
};

/// Runs Workflows by Argo in one namespace of a cluster (argo-workflows 4.0, 4.1). A run is found
/// by its name, ours by its labels, trusted by nothing but what we read back: success without a pod
/// of the run is reported as an error. Logs of every step are followed to disk while it runs, and
/// are there when its end is confirmed.
class SEAKEEPER_API ArgoExecutor final : public Executor {
public:
    ArgoExecutor(
        asio::any_io_executor executor, kubernetes::Client client, ArgoOptions options, Logger& log
    );
    ~ArgoExecutor() override;

    asio::awaitable<Result<RunRef>> start(StartRequest request, Deadline until) override;
    asio::awaitable<Result<std::vector<Observation>>> observe(Deadline until) override;
    asio::awaitable<Result<Observation>> inspect(RunRef run, Deadline until) override;
    asio::awaitable<Result<Observation>> confirm(Observation ended, Deadline until) override;
    asio::awaitable<Status> cancel(RunRef run, Deadline until) override;
    asio::awaitable<Status> release(RunRef run, Deadline until) override;
    /// Its pods go with the Workflow: they have it as owner.
    asio::awaitable<Status> discard(RunRef run, Deadline until) override;

private:
    struct State;
    std::shared_ptr<State> state_; // shared with the logs that are still followed when we go
};

} // namespace seakeeper::pipeline
