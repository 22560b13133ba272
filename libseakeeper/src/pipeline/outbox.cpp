// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/effect_plan.hpp"
#include "pipeline/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

// The outbox: which effect is due, and what becomes of one that failed.
namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

/// Creates in memory that are not begun; more wait in the store alone.
constexpr std::size_t fresh_limit = 256;
/// Until an effect whose peer rests is looked at again.
constexpr auto resting = 1'000ms;

} // namespace

Executor* Pipeline::Engine::executor_named(const std::string& name) const {
    const auto found =
        std::find_if(parts.executors.begin(), parts.executors.end(), [&](const auto& each) {
            return each.name == name;
        });
    return found == parts.executors.end() ? nullptr : found->executor;
}

/// A burst is decided before it is run: fewer while events wait for a lane.
std::size_t Pipeline::Engine::effects_at_a_time() const {
    return lanes_waiting.empty() ? options.effects : std::max<std::size_t>(options.effects / 8, 1);
}

void Pipeline::Engine::begin(store::Effect effect) {
    if (performing.size() < effects_at_a_time() && performing.insert(effect.id).second) {
        tasks.spawn("effect", perform(std::move(effect)));
    }
}

void Pipeline::Engine::begin_fresh() {
    while (!fresh.empty() && performing.size() < effects_at_a_time()) {
        begin(std::move(fresh.front()));
        fresh.pop_front();
    }
}

/// They are committed, alone in their lanes, and due at once.
void Pipeline::Engine::begin_soon(Commit& commit) {
    for (auto& entry : commit.entries) {
        if (entry.create && fresh.size() < fresh_limit) {
            fresh.push_back(*std::move(entry.create));
        }
    }
}

asio::awaitable<void> Pipeline::Engine::work_outbox() {
    auto look_again = SteadyTime{};
    while (!is_stopping) {
        if (SEAKEEPER_BROKEN("I8")) {
            co_await pause(executor, 60s);
        }
        // Now and then the store is asked first: a flood of creates must not hold up reports.
        if (std::chrono::steady_clock::now() < look_again) {
            begin_fresh();
        }
        if (performing.size() >= effects_at_a_time()) {
            const auto soon = Deadline::in(250ms);
            co_await outbox.wait(soon);
            continue;
        }
        const auto limit = options.effects + performing.size();
        auto read = [now = parts.clock.wall(), limit](store::Rows& rows) {
            return rows.due_effects(now, limit);
        };
        auto due = co_await parts.store.read(read);
        if (!due) {
            parts.log.error("outbox not read", {{"error", due.error().message}});
            co_await pause(executor, 1s);
            continue;
        }
        look_again = std::chrono::steady_clock::now() + 250ms;
        for (auto& effect : *due) {
            std::erase_if(fresh, [&](const auto& each) { return each.id == effect.id; });
            begin(std::move(effect));
        }
        begin_fresh();
        if (!performing.empty()) { // something may wait for its time, or for its lane
            const auto soon = Deadline::in(250ms);
            co_await outbox.wait(soon);
            continue;
        }
        auto ask = [](store::Rows& rows) { return rows.next_effect(); };
        auto next = co_await parts.store.read(ask);
        auto wait = std::chrono::milliseconds{5'000};
        if (next && *next) {
            wait = std::clamp(**next - parts.clock.wall(), 10ms, wait);
        }
        const auto until = Deadline::in(wait);
        co_await outbox.wait(until);
    }
}

asio::awaitable<Status> Pipeline::Engine::attempt(store::Effect effect) {
    const auto until = Deadline::in(options.call);
    Status done;
    if (effect.kind == "create") {
        done = co_await create(effect, until);
    } else if (effect.kind == "cancel") {
        done = co_await cancel(effect, until);
    } else if (effect.kind == "release" || effect.kind == "discard") {
        done = co_await release(effect, until);
    } else if (effect.kind == "report") {
        done = co_await report(effect, until);
    } else {
        done =
            Status{Error{Errc::corrupt, fmt::format("performing {}: unknown kind", effect.kind)}};
    }
    co_return done;
}

asio::awaitable<void> Pipeline::Engine::perform(store::Effect effect) {
    const auto id = effect.id;
    const auto begin = std::chrono::steady_clock::now();
    auto done = co_await caught(attempt(effect));
    const auto took =
        std::chrono::ceil<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    co_await conclude(std::move(effect), std::move(done), took);
    performing.erase(id);
    outbox.ring();
    worked.ring();
}

/// Effects conclude themselves when they succeed, in their own transaction.
asio::awaitable<void>
Pipeline::Engine::conclude(store::Effect effect, Status done, std::chrono::milliseconds took) {
    if (done) {
        ++figures.effects[effect.kind + " done"];
        co_return;
    }
    const Error error = done.error();
    const bool was_tried = !error.is(Errc::cancelled); // else: its peer rests
    const auto plan = plan_after(effect, error, random_fraction(), took);
    const bool is_dead = plan.next == Next::dead;
    if (was_tried) {
        ++effect.attempts;
        effect.last_error = error.message;
        ++figures.effects[effect.kind + (is_dead ? " dead" : " retried")];
        parts.log.log(
            is_dead ? LogLevel::error : LogLevel::warning,
            is_dead ? "effect given up" : "effect postponed",
            {{"kind", effect.kind},
             {"workload", effect.workload},
             {"attempts", std::to_string(effect.attempts)},
             {"error", error.message}}
        );
    }
    effect.state = is_dead ? store::EffectState::dead : store::EffectState::pending;
    effect.not_before = parts.clock.wall() + (was_tried ? plan.wait : resting);
    auto update = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto updated = co_await parts.store.write(update);
    if (!updated) {
        parts.log.error("outbox not written", {{"error", updated.error().message}});
        co_await pause(executor, 1s);
    }
}

/// Errc::cancelled: the peer rests, so that nothing was tried.
Status Pipeline::Engine::admit(const std::string& peer) {
    if (breakers[peer].admits(std::chrono::steady_clock::now())) {
        return {};
    }
    return Error{Errc::cancelled, peer + " rests"};
}

void Pipeline::Engine::note_peer(const std::string& peer, const Error* error) {
    auto& breaker = breakers[peer];
    const bool was_open = breaker.is_open();
    if (error != nullptr && is_peers_fault(*error)) {
        breaker.failed(std::chrono::steady_clock::now());
    } else {
        breaker.succeeded();
    }
    if (breaker.is_open() && !was_open) {
        parts.log.error("peer rests after failures in a row", {{"peer", peer}});
    } else if (!breaker.is_open() && was_open) {
        parts.log.info("peer answers again", {{"peer", peer}});
    }
}

asio::awaitable<Result<std::int64_t>> Pipeline::Engine::retry_dead() {
    auto revive = [now = parts.clock.wall()](store::Rows& rows) {
        return rows.revive_effects(now);
    };
    auto revived = co_await parts.store.write(revive);
    outbox.ring();
    co_return revived;
}

} // namespace seakeeper::pipeline
