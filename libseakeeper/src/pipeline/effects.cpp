// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

/// Of a start that will never be accepted, however often it is tried.
bool is_final(const Error& error) {
    return error.is(Errc::already_exists) || error.is(Errc::malformed) || error.is(Errc::refused)
           || error.is(Errc::invalid_argument) || error.is(Errc::limit_exceeded)
           || error.is(Errc::unsupported);
}

/// Of a report that will never be accepted.
bool is_lost_cause(const Error& error) {
    return is_final(error) || error.is(Errc::not_found) || error.is(Errc::permission_denied)
           || error.is(Errc::corrupt) || error.is(Errc::conflict);
}

} // namespace

Executor* Pipeline::Engine::executor_named(const std::string& name) const {
    const auto found =
        std::find_if(parts.executors.begin(), parts.executors.end(), [&](const auto& each) {
            return each.name == name;
        });
    return found == parts.executors.end() ? nullptr : found->executor;
}

void Pipeline::Engine::begin(store::Effect effect) {
    if (performing.size() < options.effects && performing.insert(effect.id).second) {
        tasks.spawn("effect", perform(std::move(effect)));
    }
}

void Pipeline::Engine::begin_fresh() {
    while (!fresh.empty() && performing.size() < options.effects) {
        begin(std::move(fresh.front()));
        fresh.pop_front();
    }
}

asio::awaitable<void> Pipeline::Engine::work_outbox() {
    auto look_again = SteadyTime{};
    while (!is_stopping) {
        // Now and then the store is asked first: a flood of creates must not hold up reports.
        if (std::chrono::steady_clock::now() < look_again) {
            begin_fresh();
        }
        if (performing.size() >= options.effects) {
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
        auto ask = [](store::Rows& rows) { return rows.next_effect(); };
        auto next = co_await parts.store.read(ask);
        auto wait = std::chrono::milliseconds{5'000};
        if (next && *next && performing.empty()) {
            wait = std::clamp(**next - parts.clock.wall(), 10ms, wait);
        } else if (next && *next) {
            wait = 250ms; // something waits for its time, or for its lane
        }
        const auto until = Deadline::in(wait);
        co_await outbox.wait(until);
    }
}

asio::awaitable<void> Pipeline::Engine::perform(store::Effect effect) {
    const auto id = effect.id;
    const auto until = Deadline::in(options.call);
    Status done;
    if (effect.kind == "create") {
        done = co_await create(effect, until);
    } else if (effect.kind == "release") {
        done = co_await release(effect, until);
    } else if (effect.kind == "report") {
        done = co_await report(effect, until);
    } else {
        done =
            Status{Error{Errc::corrupt, fmt::format("performing {}: unknown kind", effect.kind)}};
    }
    co_await conclude(std::move(effect), std::move(done));
    performing.erase(id);
    outbox.ring();
    worked.ring();
}

/// Creates and releases conclude themselves when they succeed, in their own transaction.
asio::awaitable<void> Pipeline::Engine::conclude(store::Effect effect, Status done) {
    if (done) {
        ++figures.effects[effect.kind + " done"];
        co_return;
    }
    const Error error = done.error();
    ++effect.attempts;
    effect.last_error = error.message;
    const bool is_dead = effect.kind == "report" && is_lost_cause(error);
    effect.state = is_dead ? store::EffectState::dead : store::EffectState::pending;
    effect.not_before = parts.clock.wall() + pause_after(effect.attempts);
    ++figures.effects[effect.kind + (is_dead ? " dead" : " retried")];
    const auto level = is_dead ? LogLevel::error : LogLevel::warning;
    parts.log.log(
        level,
        is_dead ? "effect given up" : "effect postponed",
        {{"kind", effect.kind},
         {"workload", effect.workload},
         {"attempts", std::to_string(effect.attempts)},
         {"error", error.message}}
    );
    auto update = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto updated = co_await parts.store.write(update);
    if (!updated) {
        parts.log.error("outbox not written", {{"error", updated.error().message}});
        co_await pause(executor, 1s);
    }
}

asio::awaitable<Status> Pipeline::Engine::create(store::Effect effect, Deadline until) {
    auto read = [id = effect.workload](store::Rows& rows) { return rows.workload(id); };
    auto row = co_await parts.store.read(read);
    if (!row) {
        co_return row.error();
    }
    effect.state = store::EffectState::done;
    if (row->state != store::WorkloadState::decided) {
        auto finish = [effect](store::Rows& rows) { return rows.update_effect(effect); };
        auto finished = co_await parts.store.write(finish);
        co_return finished;
    }
    auto left = co_await pass(decision::Gate::before_create, *row, until);
    if (!left) {
        co_return left.error();
    }
    if (trust::to_string(*left) != row->trust_class) {
        std::string why = fmt::format(
            "Not started: it is {} now, and was decided as {}.",
            trust::to_string(*left),
            row->trust_class
        );
        auto refused =
            co_await give_up(*row, store::WorkloadState::refused, std::move(why), effect);
        co_return refused;
    }
    Executor* on = executor_named(row->executor);
    if (on == nullptr) {
        auto why = fmt::format("There is no executor {} any more.", row->executor);
        auto ended = co_await give_up(*row, store::WorkloadState::error, std::move(why), effect);
        co_return ended;
    }
    if (!row->is_private && row->trust_class == "untrusted") {
        if (auto published = parts.logs.publish(row->id); !published) {
            co_return published;
        }
    }
    StartRequest request{row->id, row->decision, row->trust_class, effect.payload};
    auto run = co_await on->start(std::move(request), until);
    if (!run && is_final(run.error())) {
        const bool is_taken = run.error().is(Errc::already_exists);
        const auto state = is_taken ? store::WorkloadState::refused : store::WorkloadState::error;
        std::string why = run.error().message;
        auto ended = co_await give_up(*row, state, std::move(why), effect);
        co_return ended;
    }
    if (!run) {
        co_return run.error();
    }
    auto created = std::move(*row);
    created.uid = run->uid;
    created.state = store::WorkloadState::created;
    created.started = parts.clock.wall();
    effect.payload.clear(); // the manifest can be bound again from the decision
    heard[created.id] = std::chrono::steady_clock::now();
    auto keep = [effect, created, context = report_context()](store::Rows& rows) -> Status {
        if (auto updated = rows.update_workload(created); !updated) {
            return updated;
        }
        if (auto told = tell_start(rows, created, context); !told) {
            return told;
        }
        return rows.update_effect(effect);
    };
    auto kept = co_await parts.store.write(keep);
    if (kept) {
        parts.log.info("workload created", {{"workload", created.id}, {"uid", created.uid}});
    }
    if (auto seen = early.extract(created.id); kept && !seen.empty()) {
        tasks.spawn("early", relearn(std::move(seen.mapped())));
    }
    co_return kept;
}

asio::awaitable<Status> Pipeline::Engine::give_up(
    store::WorkloadRow row, store::WorkloadState state, std::string message, store::Effect effect
) {
    parts.log.error(
        "workload not started",
        {{"workload", row.id}, {"state", std::string{store::to_string(state)}}, {"why", message}}
    );
    Outcome outcome;
    outcome.message = std::move(message);
    row.state = state;
    row.outcome = to_json(outcome);
    auto end = [row, effect, context = report_context()](store::Rows& rows) -> Status {
        if (auto settled = settle(rows, row, context); !settled) {
            return settled;
        }
        return rows.update_effect(effect);
    };
    auto ended = co_await parts.store.write(end);
    if (ended) {
        ++figures.workloads[std::string{store::to_string(state)}];
        situations.erase(row.id);
    }
    co_return ended;
}

asio::awaitable<Status> Pipeline::Engine::release(store::Effect effect, Deadline until) {
    auto read = [id = effect.workload](store::Rows& rows) { return rows.workload(id); };
    auto row = co_await parts.store.read(read);
    if (!row) {
        co_return row.error();
    }
    if (Executor* on = executor_named(row->executor); on != nullptr) {
        RunRef run{row->id, row->uid};
        auto released = co_await on->release(std::move(run), until);
        if (!released) {
            co_return released;
        }
    }
    effect.state = store::EffectState::done;
    auto keep = [effect, id = row->id](store::Rows& rows) -> Status {
        auto now = rows.workload(id); // reports may have marked it meanwhile
        if (!now) {
            return now.error();
        }
        now->is_released = true;
        if (auto updated = rows.update_workload(*now); !updated) {
            return updated;
        }
        return rows.update_effect(effect);
    };
    auto kept = co_await parts.store.write(keep);
    co_return kept;
}

/// Written down before it is sent: whoever comes next knows that it may stand there already.
asio::awaitable<Status> Pipeline::Engine::report(store::Effect effect, Deadline until) {
    auto post = post_from_json(effect.payload);
    if (!post) {
        co_return post.error();
    }
    bool is_posted = false;
    if (effect.attempts > 0) {
        auto found = co_await parts.reporter.is_posted(*post, until);
        if (!found) {
            co_return found.error();
        }
        is_posted = *found;
    } else {
        auto begun = effect;
        begun.attempts = 1;
        auto mark = [begun](store::Rows& rows) { return rows.update_effect(begun); };
        auto marked = co_await parts.store.write(mark);
        if (!marked) {
            co_return marked;
        }
    }
    if (!is_posted) {
        auto sent = co_await parts.reporter.post(*post, until);
        if (!sent) {
            co_return sent;
        }
    }
    parts.log.info("reported", {{"project", post->project}, {"workload", effect.workload}});
    effect.state = store::EffectState::done;
    effect.attempts = std::max(effect.attempts, 1U);
    auto keep = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto kept = co_await parts.store.write(keep);
    co_return kept;
}

} // namespace seakeeper::pipeline
