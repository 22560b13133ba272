// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

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
    auto shared = std::make_shared<const std::vector<store::RawLine>>(std::move(batch));
    auto append = [shared](store::Rows& rows) { return rows.append(*shared); };
    auto last = co_await parts.store.write(append);
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
        parts.log.warning("gerrit dropped events", {{"epoch", std::to_string(sequence)}});
        done = co_await end(std::move(item), store::InboxState::ignored, "dropped-output");
    } else if (decision::is_own_doing(item.event, options.decisions.self)) {
        done = co_await end(std::move(item), store::InboxState::ignored, "our own");
    } else {
        done = co_await look_at(std::move(item));
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
    if (unfinished[sequence] > 1) { // a part of a batch
        count_end(sequence, state);
        co_return Status{};
    }
    auto subject = item.event.project.empty() ? std::string{} : decision::subject_key(item.event);
    const store::InboxEnd ended{sequence, state, std::move(note), std::move(subject)};
    auto write_end = [ended, considered = item.considered](store::Rows& rows) -> Status {
        if (considered) {
            if (auto put = write(rows, *considered); !put) {
                return put;
            }
        }
        return rows.end_line(ended);
    };
    auto done = co_await parts.store.write(write_end);
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
