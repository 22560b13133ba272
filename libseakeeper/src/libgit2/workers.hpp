// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace seakeeper::libgit2 {

namespace asio = boost::asio;

/// A few threads for calls that block. libgit2 1.5 cannot be given a timeout while it waits for a
/// peer, so a thread may stay stuck: it is left behind at the end, and keeps what it uses alive.
class Workers : public std::enable_shared_from_this<Workers> {
public:
    static std::shared_ptr<Workers> start(unsigned threads);

    void submit(std::function<void()> job);
    /// Jobs that see it should give up.
    bool is_stopped() const noexcept { return is_stopped_; }
    /// Drops what has not begun and waits up to `span` for what has.
    void stop(std::chrono::milliseconds span);

private:
    void work();

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<std::function<void()>> jobs_;
    unsigned running_ = 0;
    std::atomic<bool> is_stopped_ = false;
};

/// What one offloaded call gives back; touched on the executor only.
template <class T>
struct Slot {
    explicit Slot(const asio::any_io_executor& executor) : timer{executor} {}
    asio::steady_timer timer;
    std::optional<Result<T>> value;
};

/// Runs `job` on a worker and comes back to `executor` with its result, or with timed_out: the job
/// then goes on alone, and its result is dropped.
template <class T>
asio::awaitable<Result<T>> offload(
    std::shared_ptr<Workers> workers,
    asio::any_io_executor executor,
    std::function<Result<T>()> job,
    Deadline until
) {
    auto slot = std::make_shared<Slot<T>>(executor);
    workers->submit([slot, executor, job = std::move(job)] {
        auto value = job();
        asio::post(executor, [slot, value = std::move(value)]() mutable {
            slot->value = std::move(value);
            slot->timer.cancel();
        });
    });
    slot->timer.expires_at(until.time());
    while (!slot->value && !until.passed()) {
        co_await slot->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (slot->value) {
        co_return std::move(*slot->value);
    }
    co_return Error{Errc::timed_out, "no answer in time"};
}

} // namespace seakeeper::libgit2
