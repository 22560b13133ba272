// SPDX-License-Identifier: Apache-2.0
#include "local/engine.hpp"

#include <seakeeper/local/executor.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

namespace seakeeper::local {

using pipeline::Observation;
using pipeline::RunPhase;
using pipeline::RunRef;
using pipeline::StartRequest;

namespace {

RunPhase phase_of(NodePhase phase) {
    switch (phase) {
    case NodePhase::pending:
        return RunPhase::pending;
    case NodePhase::running:
        return RunPhase::running;
    case NodePhase::failed:
        return RunPhase::failed;
    case NodePhase::error:
        return RunPhase::error;
    case NodePhase::succeeded:
    case NodePhase::skipped:
    case NodePhase::omitted:
        return RunPhase::succeeded;
    }
    return RunPhase::error;
}

std::vector<pipeline::RunStep> steps_of(const Plan& plan) {
    std::vector<pipeline::RunStep> steps;
    for (const Node& node : plan.nodes()) {
        if (node.type != NodeType::pod) {
            continue;
        }
        pipeline::RunStep step{
            node.id, node.display, phase_of(node.phase), std::nullopt, node.message};
        if (plan.is_stopped() && is_bad(node.phase)) {
            step.phase = RunPhase::cancelled;
        }
        if (node.outputs.exit_code) {
            int code = 0;
            const auto& text = *node.outputs.exit_code;
            std::from_chars(text.data(), text.data() + text.size(), code);
            step.exit_code = code;
        }
        steps.push_back(std::move(step));
    }
    return steps;
}

} // namespace

struct LocalExecutor::State {
    State(asio::any_io_executor executor, Options options, Logger& log)
        : engine{std::make_shared<Engine>(std::move(executor), std::move(options), log)} {}

    Observation observation(const std::string& workload, const ActiveRun& run) const {
        Observation seen;
        seen.run = {workload, "local-" + workload};
        seen.phase = run.plan.is_over() ? phase_of(run.plan.phase()) : RunPhase::running;
        if (run.plan.is_over() && run.plan.is_stopped() && seen.phase != RunPhase::succeeded) {
            seen.phase = RunPhase::cancelled;
        }
        seen.message = run.plan.message();
        seen.steps = steps_of(run.plan);
        seen.started = run.started;
        seen.finished = run.finished;
        return seen;
    }

    std::shared_ptr<Engine> engine;
};

LocalExecutor::LocalExecutor(asio::any_io_executor executor, Options options, Logger& log)
    : state_{std::make_shared<State>(std::move(executor), std::move(options), log)} {
}

LocalExecutor::~LocalExecutor() {
    state_->engine->close("the executor was closed");
}

asio::awaitable<Result<RunRef>> LocalExecutor::start(StartRequest request, Deadline) {
    const RunRef ref{request.workload, "local-" + request.workload};
    if (state_->engine->find(request.workload) != nullptr) {
        co_return ref;
    }
    boost::system::error_code fault;
    const auto manifest = boost::json::parse(request.manifest, fault);
    if (fault || !manifest.is_object()) {
        co_return Error{
            Errc::malformed,
            fmt::format("starting {}: its manifest is not JSON", request.workload)};
    }
    auto program = read_program(manifest.get_object());
    if (!program) {
        co_return program.error().within(fmt::format("starting {}", request.workload));
    }
    program->created = system_clock().wall();
    program->uid = ref.uid;
    const Options& options = state_->engine->options();
    RunFolders folders;
    folders.logs = options.log_folder + "/" + request.workload;
    folders.scratch = options.scratch_folder + "/" + request.workload;
    folders.artifacts = folders.scratch + "/artifacts";
    folders.volumes = folders.scratch + "/volumes";
    state_->engine->start(request.workload, std::move(*program), std::move(folders));
    co_return ref;
}

asio::awaitable<Result<std::vector<Observation>>> LocalExecutor::observe(Deadline until) {
    auto state = state_;
    co_await state->engine->wait(until);
    std::vector<Observation> seen;
    for (const auto& workload : state->engine->take_changes()) {
        if (const ActiveRun* run = state->engine->find(workload)) {
            seen.push_back(state->observation(workload, *run));
        }
    }
    co_return seen;
}

asio::awaitable<Result<Observation>> LocalExecutor::inspect(RunRef run, Deadline) {
    const ActiveRun* active = state_->engine->find(run.workload);
    if (active == nullptr) {
        co_return Error{
            Errc::not_found, fmt::format("workload {} is not known on this machine", run.workload)};
    }
    co_return state_->observation(run.workload, *active);
}

asio::awaitable<Status> LocalExecutor::cancel(RunRef run, Deadline) {
    state_->engine->cancel(run.workload, "cancelled");
    co_return Status{};
}

asio::awaitable<Status> LocalExecutor::discard(RunRef run, Deadline until) {
    return cancel(std::move(run), until); // its end is observed by nobody any more
}

asio::awaitable<Status> LocalExecutor::release(RunRef run, Deadline) {
    const ActiveRun* active = state_->engine->find(run.workload);
    if (active != nullptr && active->plan.is_over() && active->pods.empty()) {
        std::error_code ignored;
        std::filesystem::remove_all(active->folders.scratch, ignored);
        state_->engine->forget(run.workload);
    }
    co_return Status{};
}

} // namespace seakeeper::local
