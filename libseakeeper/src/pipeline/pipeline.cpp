// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <seakeeper/core/digest.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t resume_lines = 1'000'000;

std::chrono::milliseconds since(WallTime then, WallTime now) {
    return std::max(now - then, WallTime::duration{0});
}

store::Input input_from(std::string bytes) {
    auto digest = sha256_hex(bytes);
    return {std::move(digest), std::move(bytes)};
}

} // namespace

Pipeline::Engine::Engine(asio::any_io_executor where, Parts what, Options how)
    : executor{where}, parts{std::move(what)}, options{std::move(how)},
      options_input{input_from(decision::to_json(options.decisions))},
      projects{parts.facts, parts.definitions, options.decisions, options.configuration_age},
      tips{parts.store, parts.definitions}, tasks{where, parts.log}, outbox{where}, worked{where},
      learned{where},
      retention{where, parts.store, parts.logs, parts.clock, parts.log, options.retention} {
}

/// What an earlier process had not finished: lines that are open. Workloads and effects are found
/// in the store by those who work on them.
asio::awaitable<Status> Pipeline::Engine::resume() {
    auto read = [](store::Rows& rows) { return rows.open_lines(0, resume_lines); };
    auto lines = co_await parts.store.read(read);
    if (!lines) {
        co_return lines.error();
    }
    for (const auto& row : *lines) {
        sort_in(row.sequence, row.line);
    }
    if (!lines->empty()) {
        parts.log.info("resuming", {{"lines", std::to_string(lines->size())}});
    }
    start_lanes();
    co_return Status{};
}

bool Pipeline::Engine::is_idle() const {
    const bool is_catching_up = catch_up && catch_up->figures().gap_since;
    return is_source_over && open.empty() && performing.empty() && learning.empty()
           && !is_catching_up;
}

asio::awaitable<Status> Pipeline::Engine::run() {
    auto resumed = co_await resume();
    if (!resumed) {
        co_return resumed;
    }
    begin_catch_up();
    tasks.spawn("intake", take_in());
    tasks.spawn("retention", retention.run());
    if (options.mode == Mode::act) {
        tasks.spawn("outbox", work_outbox());
        for (const auto& each : parts.executors) {
            tasks.spawn("watch", watch(each));
        }
    }
    auto counted = SteadyTime{};
    while (!is_stopping) {
        const auto soon = Deadline::in(1s);
        co_await worked.wait(soon);
        notice_gaps();
        const auto now = std::chrono::steady_clock::now();
        if (!is_idle() && now - counted < 5s) {
            continue;
        }
        auto count = [](store::Rows& rows) { return rows.counts(); };
        auto counts = co_await parts.store.read(count);
        if (!counts) {
            continue;
        }
        counted = now;
        figures.open_workloads = static_cast<std::uint64_t>(counts->workloads_open);
        figures.dead_effects = static_cast<std::uint64_t>(counts->effects_dead);
        const bool has_more = counts->effects_pending > 0 || counts->workloads_open > 0;
        if (is_idle() && (!has_more || options.mode == Mode::shadow)) {
            break;
        }
    }
    co_await park();
    if (tasks.size() > 0) {
        co_return Error{Errc::timed_out, "stopping: some work could not be ended in time"};
    }
    co_return Status{};
}

void Pipeline::Engine::begin_catch_up() {
    if (parts.history == nullptr) {
        return;
    }
    CatchUpParts with{*parts.history, parts.store, parts.clock, parts.log, {}, {}};
    with.take = [this](std::vector<RecoveredLine> lines) {
        return take_recovered(std::move(lines));
    };
    with.is_moving = [this](std::string_view project, std::string_view ref) {
        return lanes.count(fmt::format("{}~{}", project, ref)) != 0;
    };
    catch_up = std::make_unique<CatchUp>(executor, std::move(with), options.catch_up);
    noticed_epoch = parts.source.status().epoch;
    tasks.spawn("catch-up", catch_up->run());
}

void Pipeline::Engine::notice_gaps() {
    if (!catch_up) {
        return;
    }
    const auto stream = parts.source.status();
    if (stream.epoch != noticed_epoch) {
        noticed_epoch = stream.epoch;
        catch_up->gap("connection", options.catch_up.settle);
    }
    if (stream.oversize_lines != noticed_oversize) {
        noticed_oversize = stream.oversize_lines;
        catch_up->gap("line too long", options.catch_up.settle);
    }
    const auto apart = parts.clock.wall().time_since_epoch()
                       - std::chrono::duration_cast<std::chrono::milliseconds>(
                           parts.clock.steady().time_since_epoch()
                       );
    const auto jump = apart - std::exchange(clocks_apart, apart);
    if (clocks_apart != jump && std::chrono::abs(jump) > 60s) { // suspended, or set
        catch_up->gap("clock", options.catch_up.settle);
    }
}

/// Takes no more in, waits a little for what is under way, and leaves the rest to the store.
asio::awaitable<void> Pipeline::Engine::park() {
    is_stopping = true;
    parts.source.stop();
    if (catch_up) {
        catch_up->stop();
    }
    const auto until = Deadline::in(grace);
    while (!performing.empty() && !until.passed()) {
        co_await worked.wait(until);
    }
    tasks.cancel();
    const auto last = Deadline::in(2s);
    co_await tasks.drained(last);
    if (catch_up) {
        co_await catch_up->drained(last);
    }
}

Pipeline::Pipeline(asio::any_io_executor executor, Parts parts, Options options)
    : engine_{std::make_unique<Engine>(std::move(executor), std::move(parts), std::move(options))} {
}

Pipeline::~Pipeline() = default;

asio::awaitable<Status> Pipeline::run() {
    return engine_->run();
}

void Pipeline::stop(std::chrono::milliseconds grace) {
    engine_->grace = grace;
    engine_->is_stopping = true;
    engine_->parts.source.stop();
    engine_->outbox.ring();
    engine_->worked.ring();
}

asio::awaitable<Result<std::int64_t>> Pipeline::retry_dead() {
    return engine_->retry_dead();
}

Figures Pipeline::figures() const {
    auto figures = engine_->figures;
    const auto now = engine_->parts.clock.wall();
    const auto status = engine_->parts.source.status();
    figures.open_lines = engine_->open.size();
    figures.retention = engine_->retention.figures();
    figures.is_stream_connected = status.state == gerrit::StreamState::connected;
    figures.are_executors_reached = engine_->options.mode == Mode::shadow // asks them nothing
                                    || engine_->reached.size() == engine_->parts.executors.size();
    for (const auto& [peer, breaker] : engine_->breakers) {
        if (breaker.is_open()) {
            figures.resting_peers.push_back(peer);
        }
    }
    if (!engine_->open.empty()) {
        figures.behind_gerrit = since(engine_->open.begin()->second, now);
    }
    if (engine_->catch_up) {
        figures.catch_up = engine_->catch_up->figures();
        if (const auto gap = figures.catch_up.gap_since) {
            figures.behind_gerrit = std::max(figures.behind_gerrit, since(*gap, now));
        }
    }
    if (!figures.is_stream_connected && status.last_byte) {
        const auto silence = engine_->parts.clock.steady() - *status.last_byte;
        figures.behind_gerrit = std::max(
            figures.behind_gerrit, std::chrono::duration_cast<std::chrono::milliseconds>(silence)
        );
    }
    return figures;
}

} // namespace seakeeper::pipeline
