// SPDX-License-Identifier: Apache-2.0
#include "local/process.hpp"
#include "local/run.hpp"
#include "local/runner.hpp"

#include <seakeeper/local/executor.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <unistd.h>

namespace seakeeper::local {

namespace asio = boost::asio;
namespace fs = std::filesystem;

using pipeline::Observation;
using pipeline::RunRef;
using pipeline::StartRequest;

namespace {

// A container of podman's outlives a killed daemon: it ends by itself this long after its deadline.
constexpr std::chrono::seconds backstop{60};
constexpr std::chrono::hours longest_leaf{24};

/// A leaf that runs.
struct Leaf {
    Process* process = nullptr;
    std::vector<std::string> ender;
};

/// A run and what belongs to it while it is known here.
struct Active {
    Active(Program program, RunRef given) : run{std::move(program)}, ref{std::move(given)} {}

    Run run;
    RunRef ref;
    std::optional<WallTime> started;
    std::optional<WallTime> finished;
    std::optional<Deadline> deadline;
    std::map<std::size_t, Leaf> leaves; ///< that run now
};

std::chrono::seconds backstop_of(const std::optional<Deadline>& until) {
    if (!until) {
        return longest_leaf;
    }
    const auto left = until->time() - std::chrono::steady_clock::now();
    return std::max(std::chrono::ceil<std::chrono::seconds>(left), std::chrono::seconds{0})
           + backstop;
}

struct Waiting {
    std::string workload;
    Launch launch;
};

} // namespace

struct LocalExecutor::State : std::enable_shared_from_this<LocalExecutor::State> {
    State(asio::any_io_executor where, Options chosen, Logger& logger)
        : executor{where}, runner{std::move(where), std::move(chosen)}, log{logger},
          wake{executor} {}

    void begin(Active& active, std::vector<Launch> launches);
    void pump();
    asio::awaitable<void> run_leaf(std::string workload, Launch launch);
    asio::awaitable<LeafEnd> execute(const std::string& workload, const Launch& launch);
    void finish(const std::string& workload, std::size_t node, LeafEnd end);
    void note(Active& active);
    Observation observation(const Active& active) const;
    Active* find(const std::string& workload) {
        const auto found = runs.find(workload);
        return found == runs.end() ? nullptr : found->second.get();
    }

    asio::any_io_executor executor;
    Runner runner;
    Logger& log;
    asio::steady_timer wake; ///< an observer sleeps on it; cancelled when something changed
    std::map<std::string, std::unique_ptr<Active>> runs;
    std::set<std::string> changed;
    std::deque<Waiting> waiting;
    std::size_t busy = 0;
    bool is_closing = false;
};

void LocalExecutor::State::begin(Active& active, std::vector<Launch> launches) {
    for (auto& launch : launches) {
        waiting.push_back({active.ref.workload, std::move(launch)});
    }
    note(active);
    pump();
}

/// Starts what waits, as far as there is room.
void LocalExecutor::State::pump() {
    while (!is_closing && busy < runner.options().leaves_at_once && !waiting.empty()) {
        Waiting next = std::move(waiting.front());
        waiting.pop_front();
        ++busy;
        auto leaf = run_leaf(next.workload, std::move(next.launch));
        auto keep_alive = shared_from_this();
        asio::co_spawn(executor, std::move(leaf), [keep_alive](std::exception_ptr error) {
            if (error) {
                keep_alive->log.error("local step broke", {});
            }
            --keep_alive->busy;
            keep_alive->pump();
        });
    }
}

asio::awaitable<void> LocalExecutor::State::run_leaf(std::string workload, Launch launch) {
    LeafEnd end;
    try {
        end = co_await execute(workload, launch);
    } catch (const std::exception& error) {
        end.exit_code = 1;
        end.fault = error.what();
    }
    finish(workload, launch.node, std::move(end));
}

asio::awaitable<LeafEnd>
LocalExecutor::State::execute(const std::string& workload, const Launch& launch) {
    LeafEnd broken;
    broken.exit_code = 1;
    Active* active = find(workload);
    if (active == nullptr) {
        broken.fault = "the run was released";
        co_return broken;
    }
    std::optional<Deadline> until = active->deadline;
    if (launch.deadline) {
        until = until ? until->capped(*launch.deadline) : Deadline::in(*launch.deadline);
    }
    const auto longest = backstop_of(until);
    auto start = co_await runner.prepare(launch, longest);
    active = find(workload); // it may have been stopped or released meanwhile
    if (!start || active == nullptr || active->run.is_stopped()) {
        broken.fault = start ? "cancelled before it started" : start.error().message;
        runner.clean(launch);
        co_return broken;
    }
    const auto log_folder = fs::path{runner.options().log_folder} / workload;
    fs::create_directories(log_folder);
    const auto log_path = log_folder / (launch.id + ".log");
    std::ofstream{log_path} << "seakeeper: " << start->note << "\n";
    const auto log_bytes = runner.options().log_bytes;
    auto process = Process::spawn(executor, std::move(start->argv), log_path, log_bytes);
    if (!process) {
        broken.fault = process.error().message;
        runner.clean(launch);
        co_return broken;
    }
    active->leaves[launch.node] = {process->get(), start->ender};
    LeafEnd end = co_await (*process)->wait(until);
    if (!end.fault.empty() && !start->ender.empty()) {
        start_alone(start->ender);
    }
    runner.clean(launch);
    if (Active* still = find(workload)) {
        still->leaves.erase(launch.node);
    }
    co_return end;
}

void LocalExecutor::State::finish(const std::string& workload, std::size_t node, LeafEnd end) {
    Active* active = find(workload);
    if (active == nullptr) {
        return;
    }
    auto next = active->run.finished(node, std::move(end));
    if (active->run.is_over()) {
        active->finished = system_clock().wall();
    }
    begin(*active, std::move(next));
}

void LocalExecutor::State::note(Active& active) {
    changed.insert(active.ref.workload);
    wake.cancel();
}

Observation LocalExecutor::State::observation(const Active& active) const {
    Observation seen;
    seen.run = active.ref;
    seen.phase = active.run.phase();
    seen.message = active.run.message();
    seen.steps = active.run.steps();
    seen.started = active.started;
    seen.finished = active.finished;
    return seen;
}

LocalExecutor::LocalExecutor(asio::any_io_executor executor, Options options, Logger& log)
    : state_{std::make_shared<State>(std::move(executor), std::move(options), log)} {
}

LocalExecutor::~LocalExecutor() {
    state_->is_closing = true;
    for (auto& [workload, active] : state_->runs) {
        for (auto& [node, leaf] : active->leaves) {
            leaf.process->kill("the executor was closed");
            if (!leaf.ender.empty()) {
                start_alone(leaf.ender);
            }
        }
    }
}

asio::awaitable<Result<RunRef>> LocalExecutor::start(StartRequest request, Deadline) {
    if (const Active* known = state_->find(request.workload)) {
        co_return known->ref;
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
    RunRef ref{request.workload, "local-" + request.workload};
    const auto deadline = program->deadline;
    auto active = std::make_unique<Active>(std::move(*program), ref);
    active->started = system_clock().wall();
    if (deadline) {
        active->deadline = Deadline::in(*deadline);
    }
    Active& kept = *(state_->runs[request.workload] = std::move(active));
    auto launches = kept.run.start();
    if (kept.run.is_over()) {
        kept.finished = kept.started;
    }
    state_->begin(kept, std::move(launches));
    co_return ref;
}

asio::awaitable<Result<std::vector<Observation>>> LocalExecutor::observe(Deadline until) {
    auto state = state_;
    if (state->changed.empty()) {
        state->wake.expires_at(until.time());
        [[maybe_unused]] auto [fault] =
            co_await state->wake.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    std::vector<Observation> seen;
    for (const auto& workload : std::exchange(state->changed, {})) {
        if (const Active* active = state->find(workload)) {
            seen.push_back(state->observation(*active));
        }
    }
    co_return seen;
}

asio::awaitable<Result<Observation>> LocalExecutor::inspect(RunRef run, Deadline) {
    const Active* active = state_->find(run.workload);
    if (active == nullptr) {
        co_return Error{
            Errc::not_found, fmt::format("workload {} is not known on this machine", run.workload)};
    }
    co_return state_->observation(*active);
}

asio::awaitable<Status> LocalExecutor::cancel(RunRef run, Deadline) {
    if (Active* active = state_->find(run.workload)) {
        active->run.stop("cancelled");
        for (auto& [node, leaf] : active->leaves) {
            leaf.process->kill("cancelled");
        }
    }
    co_return Status{};
}

asio::awaitable<Status> LocalExecutor::discard(RunRef run, Deadline until) {
    return cancel(std::move(run), until); // its end is observed by nobody any more
}

asio::awaitable<Status> LocalExecutor::release(RunRef run, Deadline) {
    const Active* active = state_->find(run.workload);
    if (active != nullptr && active->run.is_over() && active->leaves.empty()) {
        state_->runs.erase(run.workload);
    }
    co_return Status{};
}

} // namespace seakeeper::local
