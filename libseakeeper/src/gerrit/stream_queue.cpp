// SPDX-License-Identifier: Apache-2.0
#include "gerrit/stream_queue.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace seakeeper::gerrit {

StreamQueue::StreamQueue(
    asio::any_io_executor executor, const StreamOptions& options, StateChanged changed
)
    : executor_{executor}, timer_{executor}, changed_{std::move(changed)},
      most_lines_{options.queue_lines}, most_bytes_{options.queue_bytes} {
}

bool StreamQueue::has_room_locked() const {
    return lines_.size() < most_lines_ && bytes_ < most_bytes_;
}

bool StreamQueue::has_room() const {
    const std::lock_guard lock{mutex_};
    return has_room_locked();
}

void StreamQueue::push(StreamLine line) {
    const std::lock_guard lock{mutex_};
    bytes_ += line.bytes.size();
    lines_.push_back(std::move(line));
    ++status_.lines;
    notify_locked();
}

void StreamQueue::heard(SteadyTime when) {
    const std::lock_guard lock{mutex_};
    status_.last_byte = when;
}

void StreamQueue::set_oversize(std::uint64_t lines) {
    const std::lock_guard lock{mutex_};
    status_.oversize_lines = lines;
}

std::uint64_t StreamQueue::begin_epoch() {
    const std::lock_guard lock{mutex_};
    return ++status_.epoch;
}

void StreamQueue::set_state(StreamState state, std::optional<Error> reason) {
    const std::lock_guard lock{mutex_};
    status_.state = state;
    if (reason) {
        status_.reason = std::move(reason);
    }
    if (state == StreamState::stopped) {
        notify_locked();
    }
    asio::post(executor_, [self = shared_from_this(), status = status_] {
        if (self->changed_) {
            self->changed_(status);
        }
    });
}

void StreamQueue::notify_locked() {
    if (std::exchange(is_awaited_, false)) {
        asio::post(executor_, [self = shared_from_this()] { self->timer_.cancel(); });
    }
}

StreamQueue::Taken StreamQueue::take() {
    const std::lock_guard lock{mutex_};
    Taken taken;
    if (lines_.empty()) {
        taken.is_over = status_.state == StreamState::stopped;
        is_awaited_ = !taken.is_over;
        return taken;
    }
    const bool was_full = !has_room_locked();
    taken.line = std::move(lines_.front());
    lines_.pop_front();
    bytes_ -= taken.line->bytes.size();
    taken.made_room = was_full && has_room_locked();
    return taken;
}

asio::awaitable<void> StreamQueue::wait(Deadline until) {
    timer_.expires_at(until.time());
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void StreamQueue::close() {
    changed_ = nullptr;
}

StreamStatus StreamQueue::status() const {
    const std::lock_guard lock{mutex_};
    StreamStatus now = status_;
    now.queued_lines = lines_.size();
    return now;
}

} // namespace seakeeper::gerrit
