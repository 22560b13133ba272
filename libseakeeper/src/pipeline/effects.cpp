// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/effect_plan.hpp"
#include "pipeline/engine.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

constexpr const char* reporter_name = "gerrit";

/// A fault on purpose: another name at every try.
std::string renamed(std::string manifest, const std::string& name) {
    for (auto at = manifest.find(name); at != std::string::npos; at = manifest.find(name, at + 1)) {
        manifest[at + name.size() - 1] = manifest[at + name.size() - 1] == 'a' ? 'b' : 'a';
    }
    return manifest;
}

/// Tells the peer's breaker how a call went.
template <class Engine, class Outcome>
void note(Engine& engine, const std::string& peer, const Outcome& outcome) {
    if (outcome) {
        engine.note_peer(peer, nullptr);
        return;
    }
    const Error error = outcome.error();
    engine.note_peer(peer, &error);
}

/// Faults that the checker of the harness must find: a Workflow too many.
asio::awaitable<void> start_on_purpose(Executor& on, StartRequest request, Deadline until) {
    if (SEAKEEPER_BROKEN("I2")) {
        auto twin = request;
        twin.manifest = renamed(request.manifest, request.workload);
        [[maybe_unused]] auto started = co_await on.start(std::move(twin), until);
    }
    if (SEAKEEPER_BROKEN("I2 id")) {
        auto first = request;
        auto started = co_await on.start(std::move(first), until);
        RunRef twin{request.workload, started ? started->uid : ""};
        [[maybe_unused]] auto gone = co_await on.discard(std::move(twin), until);
    }
}

} // namespace

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
    auto refusal = co_await refusal_of(*row, until);
    if (!refusal) {
        co_return refusal.error();
    }
    if (*refusal) {
        auto ended = co_await give_up(*row, std::move(**refusal), effect);
        co_return ended;
    }
    if (auto admitted = admit(row->executor); !admitted) {
        co_return admitted;
    }
    StartRequest request{row->id, row->decision, row->trust_class, effect.payload};
    if (auto hit = SEAKEEPER_FAILPOINT("F5"); !hit) {
        co_return hit;
    }
    Executor* on = executor_named(row->executor);
    co_await start_on_purpose(*on, request, until);
    auto run = co_await on->start(std::move(request), until);
    if (auto hit = SEAKEEPER_FAILPOINT("F6"); !hit) {
        co_return hit;
    }
    note(*this, row->executor, run);
    const bool is_too_late = row->decided + options.start_within < parts.clock.wall();
    if (!run && (is_final(run.error()) || is_too_late)) {
        const bool is_taken = run.error().is(Errc::already_exists);
        const auto state = is_taken ? store::WorkloadState::refused : store::WorkloadState::error;
        // Nobody may know whether it was created: a name that is another's is not touched.
        const auto leftover = is_taken ? Leftover::keep : Leftover::remove;
        Refusal final{state, run.error().message, leftover};
        auto ended = co_await give_up(*row, std::move(final), effect);
        co_return ended;
    }
    if (!run) {
        co_return run.error();
    }
    auto kept = co_await keep_created(std::move(*row), std::move(*run), std::move(effect));
    [[maybe_unused]] auto after = SEAKEEPER_FAILPOINT("F7");
    co_return kept;
}

/// Why a workload may not be started any more, and its log is open to everybody if it may.
asio::awaitable<Result<std::optional<Refusal>>>
Pipeline::Engine::refusal_of(store::WorkloadRow row, Deadline until) {
    using Answer = std::optional<Refusal>;
    auto left = co_await pass(decision::Gate::before_create, row, until);
    if (!left) {
        co_return left.error();
    }
    if (trust::to_string(left->left) != row.trust_class) {
        auto why = fmt::format("Not started: decided as {}, now {}.", row.trust_class, left->why);
        co_return Answer{Refusal{store::WorkloadState::refused, std::move(why)}};
    }
    if (executor_named(row.executor) == nullptr) {
        auto why = fmt::format("There is no executor {} any more.", row.executor);
        co_return Answer{Refusal{store::WorkloadState::error, std::move(why)}};
    }
    auto read = [id = row.id](store::Rows& rows) { return rows.workload(id); };
    auto now = co_await parts.store.read(read); // it may have become private meanwhile
    if (!now) {
        co_return now.error();
    }
    if (!now->is_private && row.trust_class == "untrusted") {
        if (auto published = parts.logs.publish(row.id); !published) {
            co_return published.error();
        }
    }
    co_return Answer{};
}

asio::awaitable<Status>
Pipeline::Engine::keep_created(store::WorkloadRow created, RunRef run, store::Effect effect) {
    created.uid = std::move(run.uid);
    created.state = store::WorkloadState::created;
    created.started = parts.clock.wall();
    effect.payload.clear(); // the manifest can be bound again from the decision
    heard[created.id] = std::chrono::steady_clock::now();
    auto keep = [effect, created, context = report_context()](store::Rows& rows) -> Status {
        auto now = rows.workload(created.id);
        if (!now) {
            return now.error();
        }
        if (store::is_terminal(now->state)) { // superseded meanwhile: its removal is in this lane
            return rows.update_effect(effect);
        }
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
        begin_learning(std::move(seen.mapped()));
    }
    co_return kept;
}

asio::awaitable<Status>
Pipeline::Engine::give_up(store::WorkloadRow row, Refusal refusal, store::Effect effect) {
    parts.log.error(
        "workload not started",
        {{"workload", row.id},
         {"state", std::string{store::to_string(refusal.state)}},
         {"why", refusal.why}}
    );
    Outcome outcome;
    outcome.message = std::move(refusal.why);
    row.state = refusal.state;
    row.outcome = to_json(outcome);
    auto end = [row, effect, context = report_context(), leftover = refusal.leftover](
                   store::Rows& rows
               ) -> Status {
        if (auto settled = settle(rows, row, context, leftover); !settled) {
            return settled;
        }
        return rows.update_effect(effect);
    };
    auto ended = co_await parts.store.write(end);
    if (ended) {
        ++figures.workloads[std::string{store::to_string(row.state)}];
        situations.erase(row.id);
    }
    co_return ended;
}

/// The run ends by itself then, as far as its executor lets it; finish() knows why.
asio::awaitable<Status> Pipeline::Engine::cancel(store::Effect effect, Deadline until) {
    auto read = [id = effect.workload](store::Rows& rows) { return rows.workload(id); };
    auto row = co_await parts.store.read(read);
    if (!row) {
        co_return row.error();
    }
    Executor* on = executor_named(row->executor);
    if (on != nullptr && !store::is_terminal(row->state)) {
        if (auto admitted = admit(row->executor); !admitted) {
            co_return admitted;
        }
        RunRef run{row->id, row->uid};
        auto cancelled = co_await on->cancel(std::move(run), until);
        note(*this, row->executor, cancelled);
        if (!cancelled) {
            co_return cancelled;
        }
        heard.erase(row->id); // looked at again soon
    }
    effect.state = store::EffectState::done;
    auto keep = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto kept = co_await parts.store.write(keep);
    co_return kept;
}

asio::awaitable<Status> Pipeline::Engine::release(store::Effect effect, Deadline until) {
    auto read = [id = effect.workload](store::Rows& rows) { return rows.workload(id); };
    auto row = co_await parts.store.read(read);
    if (!row) {
        co_return row.error();
    }
    if (Executor* on = executor_named(row->executor); on != nullptr) {
        if (auto admitted = admit(row->executor); !admitted) {
            co_return admitted;
        }
        RunRef run{row->id, row->uid.empty() ? effect.payload : row->uid};
        auto work = effect.kind == "discard" ? on->discard(std::move(run), until)
                                             : on->release(std::move(run), until);
        auto released = co_await std::move(work);
        note(*this, row->executor, released);
        if (!released) {
            co_return released;
        }
    }
    situations.erase(row->id);
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

/// Written down before it is sent: whoever comes next knows that it may be on its way. Read before
/// it is sent, always: a store that is older than the present would say it again.
asio::awaitable<Status> Pipeline::Engine::report(store::Effect effect, Deadline until) {
    auto post = post_from_json(effect.payload);
    if (!post) {
        co_return post.error();
    }
    if (auto admitted = admit(reporter_name); !admitted) {
        co_return admitted;
    }
    effect.attempts = std::max(effect.attempts, 1U);
    effect.not_before = parts.clock.wall() + landing_of_another;
    auto mark = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto marked = co_await parts.store.write(mark);
    if (!marked) {
        co_return marked;
    }
    auto is_posted = co_await parts.reporter.is_posted(*post, until);
    note(*this, reporter_name, is_posted);
    if (!is_posted) {
        co_return is_posted.error();
    }
    if (auto hit = SEAKEEPER_FAILPOINT("F13"); !hit) {
        co_return hit;
    }
    if (SEAKEEPER_BROKEN("I3")) {
        [[maybe_unused]] auto first = co_await parts.reporter.post(*post, until);
    }
    if (!*is_posted) {
        auto sent = co_await parts.reporter.post(*post, until);
        note(*this, reporter_name, sent);
        if (!sent) {
            co_return sent;
        }
    }
    if (auto hit = SEAKEEPER_FAILPOINT("F14"); !hit) {
        co_return hit;
    }
    parts.log.info("reported", {{"project", post->project}, {"workload", effect.workload}});
    effect.state = store::EffectState::done;
    auto keep = [effect](store::Rows& rows) { return rows.update_effect(effect); };
    auto kept = co_await parts.store.write(keep);
    [[maybe_unused]] auto after = SEAKEEPER_FAILPOINT("F15");
    co_return kept;
}

} // namespace seakeeper::pipeline
