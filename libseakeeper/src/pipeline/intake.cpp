// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/supersede.hpp"

#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t batch_lines = 256;

std::string_view word_of(store::InboxState state) {
    switch (state) {
    case store::InboxState::open:
        return "open";
    case store::InboxState::decided:
        return "decided";
    case store::InboxState::duplicate:
        return "duplicate";
    case store::InboxState::ignored:
        return "ignored";
    case store::InboxState::rejected:
        return "rejected";
    }
    return "open";
}

} // namespace

store::Imprint imprint_of(const event::Event& event) {
    auto left = gerrit::imprint_of(event);
    store::Imprint imprint;
    imprint.key = left.key.value_or("");
    if (left.trace) {
        auto& trace = *left.trace;
        imprint.trace =
            store::Trace{std::move(trace.project), trace.change, std::move(trace.digest), trace.at};
    }
    if (left.move) {
        auto& move = *left.move;
        imprint.move =
            store::RefTip{std::move(move.project), std::move(move.ref), std::move(move.tip)};
    }
    imprint.created_project = std::move(left.created_project);
    return imprint;
}

asio::awaitable<void> Pipeline::Engine::take_in() {
    while (!is_stopping) {
        if (open.size() >= options.high_water) {
            co_await pause(executor, 100ms);
            continue;
        }
        const auto until = Deadline::in(5s);
        auto line = co_await parts.source.next_line(until);
        if (!line && line.error().is(Errc::timed_out)) {
            continue;
        }
        if (!line) {
            break; // stopped and drained
        }
        auto taken = co_await take_batch(std::move(*line));
        if (!taken) {
            break; // only when stopping
        }
    }
    is_source_over = true;
    worked.ring();
    outbox.ring();
}

asio::awaitable<Status> Pipeline::Engine::take_batch(gerrit::StreamLine first) {
    std::vector<store::RawLine> batch;
    batch.push_back({std::move(first.bytes), first.received, static_cast<std::int64_t>(first.epoch)}
    );
    while (batch.size() < batch_lines && parts.source.status().queued_lines > 0) {
        const auto at_once = Deadline::in(1ms);
        auto next = co_await parts.source.next_line(at_once);
        if (!next) {
            break;
        }
        batch.push_back(
            {std::move(next->bytes), next->received, static_cast<std::int64_t>(next->epoch)}
        );
    }
    if (auto hit = SEAKEEPER_FAILPOINT("F1"); !hit) { // as if the line was never read
        co_return Status{};
    }
    std::vector<std::string> no_keys;
    auto kept = co_await keep_lines(std::move(batch), std::move(no_keys));
    co_return kept;
}

/// Lines of catch-up, each with the key of its fact: a stream's line of it comes too late now.
asio::awaitable<Status> Pipeline::Engine::take_recovered(std::vector<RecoveredLine> lines) {
    while (open.size() >= options.high_water && !is_stopping) {
        co_await pause(executor, 100ms);
    }
    std::vector<store::RawLine> batch;
    std::vector<std::string> keys;
    for (auto& line : lines) {
        batch.push_back({std::move(line.bytes), parts.clock.wall(), 0});
        keys.push_back(std::move(line.key));
    }
    auto kept = co_await keep_lines(std::move(batch), std::move(keys));
    co_return kept;
}

asio::awaitable<Status>
Pipeline::Engine::keep_lines(std::vector<store::RawLine> lines, std::vector<std::string> keys) {
    auto shared = std::make_shared<const std::vector<store::RawLine>>(std::move(lines));
    auto append = [shared, keys](store::Rows& rows) -> Result<store::Sequence> {
        auto end = rows.append(*shared);
        if (!end) {
            return end;
        }
        auto sequence = *end - static_cast<store::Sequence>(shared->size());
        for (const auto& key : keys) {
            if (auto claimed = rows.claim(key, ++sequence); !claimed) {
                return claimed.error();
            }
        }
        return end;
    };
    [[maybe_unused]] auto before = SEAKEEPER_FAILPOINT("F2.before");
    auto last = co_await parts.store.write(append);
    [[maybe_unused]] auto after = SEAKEEPER_FAILPOINT("F2.after");
    while (!last && !is_stopping) { // read from the source, so it must not be dropped
        figures.is_store_writable = false;
        parts.log.error("inbox not written", {{"error", last.error().message}});
        co_await pause(executor, 2s);
        last = co_await parts.store.write(append);
    }
    if (!last) {
        co_return last.error();
    }
    figures.is_store_writable = true;
    auto sequence = *last - static_cast<store::Sequence>(shared->size());
    for (const auto& line : *shared) {
        sort_in(++sequence, line);
    }
    start_lanes();
    co_return Status{};
}

void Pipeline::Engine::sort_in(store::Sequence sequence, const store::RawLine& line) {
    open.emplace(sequence, line.received);
    auto parsed = event::parse(line.bytes);
    Item item;
    item.sequence = sequence;
    item.bytes = line.bytes;
    item.received = line.received;
    if (!parsed) {
        unfinished[sequence] = 1;
        tasks.spawn("reject", reject(std::move(item), parsed.error().message));
        return;
    }
    parts.facts.observe(*parsed);
    const bool is_batch = parsed->kind() == event::Kind::batch_ref_updated;
    auto events = event::split_batch(std::move(*parsed));
    unfinished[sequence] = static_cast<int>(std::max<std::size_t>(events.size(), 1));
    if (events.empty()) {
        tasks.spawn("nothing", end_nothing(std::move(item)));
        return;
    }
    for (auto& event : events) {
        auto part = item;
        part.event = std::move(event);
        if (is_batch) {
            part.bytes = event::serialize(part.event);
        }
        sort_in_event(std::move(part));
    }
}

asio::awaitable<void> Pipeline::Engine::reject(Item item, std::string why) {
    parts.log.warning(
        "line rejected", {{"sequence", std::to_string(item.sequence)}, {"error", why}}
    );
    auto done = co_await end(std::move(item), store::InboxState::rejected, std::move(why));
    if (!done) { // stays open, and is rejected again after the next start
        parts.log.error("inbox not written", {{"error", done.error().message}});
    }
}

/// A batch of ref updates none of which we may see.
asio::awaitable<void> Pipeline::Engine::end_nothing(Item item) {
    auto done = co_await end(std::move(item), store::InboxState::ignored, "no ref that we may see");
    if (!done) { // stays open until the next start
        parts.log.error("inbox not written", {{"error", done.error().message}});
    }
}

void Pipeline::Engine::sort_in_event(Item item) {
    if (item.event.kind() == event::Kind::ref_updated && item.event.ref_name == git::config_ref) {
        projects.forget(item.event.project);
    }
    if (item.event.kind() == event::Kind::private_state_changed) {
        tasks.spawn("logs of a private change", close_logs(item.event)); // waits for no lane
    }
    const auto lane = decision::subject_key(item.event);
    auto& queue = lanes[lane];
    queue.push_back(std::move(item));
    if (queue.size() == 1 && lanes_running.count(lane) == 0) {
        lanes_waiting.push_back(lane);
    }
}

void Pipeline::Engine::start_lanes() {
    while (!lanes_waiting.empty() && lanes_running.size() < options.lanes && !is_stopping) {
        auto lane = std::move(lanes_waiting.front());
        lanes_waiting.pop_front();
        lanes_running.insert(lane);
        tasks.spawn("lane", work_lane(std::move(lane)));
    }
}

asio::awaitable<void> Pipeline::Engine::work_lane(std::string lane) {
    auto& queue = lanes[lane]; // stays: only this coroutine erases it
    while (!queue.empty() && !is_stopping) {
        auto item = queue.front();
        const auto tries = queue.front().tries++;
        const bool is_done = co_await work_item(std::move(item));
        if (is_done) {
            queue.pop_front();
            continue;
        }
        co_await pause(executor, pause_after(tries));
    }
    lanes_running.erase(lane);
    if (queue.empty()) {
        lanes.erase(lane);
    }
    start_lanes();
    worked.ring();
}

/// What the event may have changed comes before what it starts.
asio::awaitable<Status> Pipeline::Engine::look_at(Item item) {
    const auto until = Deadline::in(options.call);
    auto revoked = co_await revoke(item.event, until);
    if (!revoked) {
        co_return revoked;
    }
    const auto* moved = std::get_if<event::RefUpdated>(&item.event.body);
    if (moved != nullptr && moved->update.ref_name == git::config_ref) {
        auto forward = co_await tips.moved(moved->update, until);
        if (!forward) {
            co_return forward.error();
        }
        if (!*forward) {
            parts.log.error(
                "configuration rewound",
                {{"project", moved->update.project},
                 {"was", moved->update.old_rev},
                 {"is", moved->update.new_rev},
                 {"meaning", "its trusted runs are halted; see seakeeperd accept-config"}}
            );
        }
    }
    auto done = co_await decide(std::move(item));
    co_return done;
}

/// False: to be tried again.
asio::awaitable<bool> Pipeline::Engine::work_item(Item item) {
    const auto sequence = item.sequence;
    Status done;
    if (item.event.kind() == event::Kind::dropped_output) {
        if (catch_up) {
            catch_up->gap("dropped-output", options.catch_up.after_drop);
        }
        done = co_await end(std::move(item), store::InboxState::ignored, "dropped-output");
    } else if (decision::is_own_doing(item.event, options.decisions.self)) {
        done = co_await end(std::move(item), store::InboxState::ignored, "our own");
    } else {
        done = co_await caught(look_at(std::move(item)));
    }
    if (!done) {
        parts.log.warning(
            "event postponed",
            {{"sequence", std::to_string(sequence)}, {"error", done.error().message}}
        );
    }
    co_return done.has_value();
}

asio::awaitable<Status>
Pipeline::Engine::end(Item item, store::InboxState state, std::string note) {
    const auto sequence = item.sequence;
    const bool is_part = unfinished[sequence] > 1; // of a batch
    auto subject = item.event.project.empty() ? std::string{} : decision::subject_key(item.event);
    const store::InboxEnd ended{sequence, state, std::move(note), std::move(subject)};
    auto imprint = imprint_of(item.event);
    if (state == store::InboxState::duplicate) {
        imprint.trace.reset(); // the other line's key stands for it
    }
    auto write_end = [ended,
                      imprint,
                      is_part,
                      considered = is_part ? nullptr : item.considered,
                      newer = new_patch_set(item.event),
                      context = report_context()](store::Rows& rows) -> Status {
        if (auto kept = rows.remember(imprint, ended.sequence); !kept) {
            return kept;
        }
        if (newer) {
            if (auto done = supersede(rows, *newer, context); !done) {
                return done;
            }
        }
        if (considered) {
            if (auto put = write(rows, *considered); !put) {
                return put;
            }
        }
        return is_part ? Status{} : rows.end_line(ended);
    };
    auto done = co_await parts.store.write(write_end);
    if (done && is_part && unfinished[sequence] <= 1) { // the other parts ended meanwhile
        auto end_line = [ended](store::Rows& rows) { return rows.end_line(ended); };
        done = co_await parts.store.write(end_line);
    }
    if (done) {
        count_end(sequence, state);
    }
    co_return done;
}

void Pipeline::Engine::count_end(store::Sequence sequence, store::InboxState state) {
    ++figures.events[std::string{word_of(state)}];
    if (--unfinished[sequence] <= 0) {
        unfinished.erase(sequence);
        open.erase(sequence);
    }
    worked.ring();
}

} // namespace seakeeper::pipeline
