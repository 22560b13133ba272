// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/stopping.hpp"

#include <fmt/format.h>

#include <fstream>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t tail_bytes = 8'000;
constexpr std::size_t broken_steps = 3;
constexpr std::size_t other_steps = 10;
/// Times that one observation is stored, each after a longer pause: two minutes.
constexpr std::uint32_t learn_tries = 8;

store::WorkloadState state_of(RunPhase phase) {
    switch (phase) {
    case RunPhase::succeeded:
        return store::WorkloadState::succeeded;
    case RunPhase::failed:
        return store::WorkloadState::failed;
    case RunPhase::cancelled:
        return store::WorkloadState::cancelled;
    case RunPhase::running:
        return store::WorkloadState::running;
    case RunPhase::pending:
        return store::WorkloadState::created;
    case RunPhase::error:
    case RunPhase::vanished:
        return store::WorkloadState::error;
    }
    return store::WorkloadState::error;
}

/// The last lines of a log on disk; empty where there is none.
std::string tail_of(const LogFolder& logs, const std::string& workload, const std::string& node) {
    const auto file = logs.find(workload, node);
    if (!file) {
        return {};
    }
    std::ifstream in{*file, std::ios::binary | std::ios::ate};
    if (!in) {
        return {};
    }
    const auto size = static_cast<std::size_t>(in.tellg());
    const auto from = size > tail_bytes ? size - tail_bytes : 0;
    in.seekg(static_cast<std::streamoff>(from));
    std::string text(size - from, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    const auto line = from == 0 ? std::string::npos : text.find('\n');
    return line == std::string::npos ? text : text.substr(line + 1);
}

Outcome outcome_of(const Observation& seen, const LogFolder& logs) {
    Outcome outcome;
    outcome.message = seen.message;
    if (seen.phase == RunPhase::vanished && outcome.message.empty()) {
        outcome.message = "It disappeared before its end was seen.";
    }
    for (const auto& step : seen.steps) {
        const bool is_broken = step.phase == RunPhase::failed || step.phase == RunPhase::error;
        if (!is_broken && step.phase == RunPhase::succeeded
            && outcome.others.size() < other_steps) {
            outcome.others.push_back({step.name, step.node});
        }
        if (!is_broken || outcome.broken.size() >= broken_steps) {
            continue;
        }
        report::BrokenStep broken;
        broken.name = step.name;
        broken.exit_code = step.exit_code;
        broken.message = step.message;
        broken.last_lines = tail_of(logs, seen.run.workload, step.node);
        broken.log_url = step.node;
        outcome.broken.push_back(std::move(broken));
    }
    return outcome;
}

} // namespace

asio::awaitable<void> Pipeline::Engine::watch(NamedExecutor from) {
    auto last_check = std::chrono::steady_clock::now();
    bool is_first = true;
    while (!is_stopping) {
        const auto until = Deadline::in(5s);
        auto seen = co_await from.executor->observe(until);
        if (!seen) {
            reached.erase(from.name);
            parts.log.warning(
                "executor not reached", {{"executor", from.name}, {"error", seen.error().message}}
            );
            co_await pause(executor, 2s);
            continue;
        }
        reached.insert(from.name);
        for (auto& each : *seen) {
            co_await take_note(std::move(each));
        }
        const auto now = std::chrono::steady_clock::now();
        // At first when what the executor lists was told: not each of thousands by itself.
        const bool is_caught_up = is_first && seen->empty();
        if (is_caught_up || now - last_check > options.check_every / 2) {
            is_first = false;
            last_check = now;
            co_await check_silent(from);
        }
    }
}

/// Looks at the runs that nothing was heard of: a list does not show what is gone.
asio::awaitable<void> Pipeline::Engine::check_silent(NamedExecutor on) {
    auto read = [](store::Rows& rows) { return rows.open_workloads(); };
    auto rows = co_await parts.store.read(read);
    if (!rows) {
        co_return;
    }
    const auto now = std::chrono::steady_clock::now();
    for (const auto& row : *rows) {
        const bool is_asked_after = row.executor == on.name
                                    && row.state != store::WorkloadState::decided
                                    && !learning.contains(row.id);
        if (!is_asked_after) {
            continue;
        }
        const auto found = heard.find(row.id);
        if (found != heard.end() && now - found->second < options.check_every) {
            continue;
        }
        RunRef run{row.id, row.uid};
        const auto until = Deadline::in(options.call);
        auto seen = co_await on.executor->inspect(run, until);
        Observation observation;
        observation.run = std::move(run);
        observation.phase = RunPhase::vanished;
        if (seen) {
            observation = std::move(*seen);
        } else if (!seen.error().is(Errc::not_found)) {
            continue;
        }
        co_await take_note(std::move(observation));
    }
}

/// Runs are learned of side by side, as many as may be; what is seen of one meanwhile waits, and
/// only the last of it counts.
asio::awaitable<void> Pipeline::Engine::take_note(Observation seen) {
    auto found = learning.find(seen.run.workload);
    while (found == learning.end() && learning.size() >= options.outcomes && !is_stopping) {
        const auto soon = Deadline::in(1s);
        co_await learned.wait(soon);
        found = learning.find(seen.run.workload);
    }
    begin_learning(std::move(seen));
}

void Pipeline::Engine::begin_learning(Observation seen) {
    auto [place, is_new] = learning.try_emplace(seen.run.workload);
    if (is_new) {
        tasks.spawn("outcome", learn_all(std::move(seen)));
    } else {
        place->second = std::move(seen);
    }
}

asio::awaitable<void> Pipeline::Engine::learn_all(Observation seen) {
    const auto workload = seen.run.workload;
    std::uint32_t tries = 0;
    while (!is_stopping) {
        auto stored = co_await caught(learn(seen));
        if (!stored) {
            parts.log.error(
                "observation not stored",
                {{"workload", workload}, {"error", stored.error().message}}
            );
        }
        auto& newer = learning[workload];
        if (newer) {
            seen = *std::exchange(newer, std::nullopt);
            tries = 0;
        } else if (stored || ++tries == learn_tries) { // else check_silent() comes by
            break;
        } else {
            co_await pause(executor, pause_after(tries));
        }
    }
    learning.erase(workload);
    learned.ring();
    worked.ring();
}

asio::awaitable<Status> Pipeline::Engine::learn(Observation seen) {
    if (auto hit = SEAKEEPER_FAILPOINT("F8"); !hit) {
        co_return hit;
    }
    auto read = [id = seen.run.workload](store::Rows& rows) { return rows.workload(id); };
    auto row = co_await parts.store.read(read);
    if (!row && row.error().is(Errc::not_found)) {
        co_return Status{}; // of an older store, or somebody else's with our label
    }
    if (!row) {
        co_return row.error();
    }
    if (store::is_terminal(row->state)) {
        co_return Status{};
    }
    heard[row->id] = std::chrono::steady_clock::now();
    if (!row->uid.empty() && !seen.run.uid.empty() && row->uid != seen.run.uid) {
        parts.log.error("another run has the name of ours", {{"workload", row->id}});
        co_return Status{};
    }
    if (row->state == store::WorkloadState::decided) {
        early[row->id] = std::move(seen); // before its create was stored: see there
        co_return Status{};
    }
    if (is_over(seen.phase)) {
        auto ended = co_await confirm(*row, std::move(seen));
        if (!ended) {
            co_return ended.error();
        }
        auto finished = co_await finish(std::move(*row), std::move(*ended));
        co_return finished;
    }
    const bool is_taken = seen.started.has_value() || seen.phase != RunPhase::pending;
    if (auto why = overdue(*row, is_taken, limits_of(*row), parts.clock.wall()); !why.empty()) {
        seen.phase = RunPhase::error;
        seen.message = std::move(why);
        auto ended = co_await finish(std::move(*row), std::move(seen), Leftover::remove);
        co_return ended;
    }
    const auto state = state_of(seen.phase);
    if (state != store::WorkloadState::running || row->state == state) {
        co_return Status{};
    }
    auto running = std::move(*row);
    running.state = state;
    running.started = seen.started ? seen.started : running.started;
    auto update = [running](store::Rows& rows) { return rows.update_workload(running); };
    auto updated = co_await parts.store.write(update);
    co_return updated;
}

asio::awaitable<Result<Observation>>
Pipeline::Engine::confirm(store::WorkloadRow row, Observation seen) {
    auto* on = executor_named(row.executor);
    if (on == nullptr) {
        co_return seen; // it was told by one that is configured no more
    }
    const auto until = Deadline::in(options.call);
    auto confirmed = co_await on->confirm(std::move(seen), until);
    if (!confirmed) {
        heard.erase(row.id); // looked at again soon
    }
    co_return confirmed;
}

RunLimits Pipeline::Engine::limits_of(const store::WorkloadRow& row) const {
    const auto& place =
        row.trust_class == "trusted" ? options.decisions.trusted : options.decisions.untrusted;
    RunLimits limits;
    limits.taken_within = options.taken_within;
    limits.slack = options.deadline_slack;
    limits.deadline = place ? place->site.deadline : std::chrono::seconds{0};
    return limits;
}

asio::awaitable<Status>
Pipeline::Engine::finish(store::WorkloadRow row, Observation seen, Leftover leftover) {
    auto ask = [id = row.id](store::Rows& rows) { return why_stopped(rows, id); };
    auto stopped = co_await parts.store.read(ask);
    if (!stopped) {
        co_return stopped.error();
    }
    auto outcome = outcome_of(seen, parts.logs);
    row.state = state_of(seen.phase);
    if (!stopped->empty()) {
        row.state = store::WorkloadState::cancelled;
        outcome.message = std::move(*stopped);
        outcome.broken.clear(); // by our own doing
    }
    if (row.trust_class == "trusted" && row.state == store::WorkloadState::succeeded) {
        const auto until = Deadline::in(options.call);
        auto left = co_await pass(decision::Gate::before_trust, row, until);
        if (!left) {
            heard.erase(row.id); // looked at again soon
            co_return left.error();
        }
        if (left->left != trust::Class::trusted) {
            row.state = store::WorkloadState::refused;
            outcome.message =
                fmt::format("It succeeded, but does not count as trusted: now {}.", left->why);
        }
    }
    row.outcome = to_json(outcome);
    row.started = seen.started ? seen.started : row.started;
    row.finished = seen.finished ? seen.finished : parts.clock.wall();
    auto end = [row, context = report_context(), leftover](store::Rows& rows) {
        return settle(rows, row, context, leftover);
    };
    if (auto hit = SEAKEEPER_FAILPOINT("F9.before"); !hit) {
        heard.erase(row.id);
        co_return hit;
    }
    auto ended = co_await parts.store.write(end);
    [[maybe_unused]] auto after = SEAKEEPER_FAILPOINT("F9.after");
    if (ended) {
        ++figures.workloads[std::string{store::to_string(row.state)}];
        situations.erase(row.id);
        heard.erase(row.id);
        parts.log.info(
            "workload ended",
            {{"workload", row.id}, {"state", std::string{store::to_string(row.state)}}}
        );
        outbox.ring();
        worked.ring();
    }
    co_return ended;
}

} // namespace seakeeper::pipeline
