// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/testing/fakes.hpp>

#include <algorithm>

namespace seakeeper::testing {

using pipeline::Observation;
using pipeline::Post;
using pipeline::RunPhase;
using pipeline::RunRef;
using pipeline::StartRequest;

void FakeExecutor::refuse(std::string workload, Error error) {
    refusals_.insert_or_assign(std::move(workload), std::move(error));
}

void FakeExecutor::set(const std::string& workload, RunPhase phase, std::string message) {
    auto& run = runs_[workload];
    run.run.workload = workload;
    run.phase = phase;
    run.message = std::move(message);
    changed_.push_back(workload);
}

asio::awaitable<Result<RunRef>> FakeExecutor::start(StartRequest request, Deadline /*until*/) {
    if (auto refusal = refusals_.extract(request.workload)) {
        co_return std::move(refusal.mapped());
    }
    const auto known = decisions_.find(request.workload);
    if (known != decisions_.end() && known->second != request.decision) {
        co_return Error{
            Errc::already_exists, "starting " + request.workload + ": another decision has it"};
    }
    if (known == decisions_.end()) {
        decisions_.emplace(request.workload, request.decision);
        auto& run = runs_[request.workload];
        run.run = {request.workload, "uid-" + request.workload};
        changed_.push_back(request.workload);
        started_.push_back(request);
    }
    co_return runs_[request.workload].run;
}

asio::awaitable<Result<std::vector<Observation>>> FakeExecutor::observe(Deadline /*until*/) {
    std::vector<Observation> seen;
    for (const auto& workload : changed_) {
        seen.push_back(runs_[workload]);
    }
    changed_.clear();
    co_return seen;
}

asio::awaitable<Result<Observation>> FakeExecutor::inspect(RunRef run, Deadline /*until*/) {
    const auto found = runs_.find(run.workload);
    if (found == runs_.end()) {
        co_return Error{Errc::not_found, "looking for " + run.workload + ": never started"};
    }
    co_return found->second;
}

asio::awaitable<Status> FakeExecutor::cancel(RunRef run, Deadline /*until*/) {
    cancelled_.push_back(run.workload);
    const auto found = runs_.find(run.workload);
    if (found != runs_.end() && !pipeline::is_over(found->second.phase)) {
        set(run.workload, RunPhase::cancelled);
    }
    co_return Status{};
}

asio::awaitable<Status> FakeExecutor::discard(RunRef run, Deadline /*until*/) {
    released_.push_back(run.workload);
    co_return Status{};
}

asio::awaitable<Status> FakeExecutor::release(RunRef run, Deadline /*until*/) {
    released_.push_back(run.workload);
    co_return Status{};
}

void FakeReporter::fail_next(Error error, Loss loss) {
    failure_.emplace(std::move(error), loss);
}

asio::awaitable<Status> FakeReporter::post(Post post, Deadline /*until*/) {
    const auto failure = std::exchange(failure_, std::nullopt);
    if (!failure || failure->second == Loss::posted) {
        posts_.push_back(std::move(post));
    }
    if (failure) {
        co_return failure->first;
    }
    co_return Status{};
}

asio::awaitable<Result<bool>> FakeReporter::is_posted(Post post, Deadline /*until*/) {
    const auto has_all = [&](const Post& stands) {
        return stands.project == post.project && stands.change == post.change
               && std::all_of(post.markers.begin(), post.markers.end(), [&](const auto& marker) {
                      return stands.message.find(marker) != std::string::npos;
                  });
    };
    co_return std::any_of(posts_.begin(), posts_.end(), has_all);
}

} // namespace seakeeper::testing
