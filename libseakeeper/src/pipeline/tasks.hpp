// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/log.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <string>
#include <string_view>

namespace seakeeper::pipeline {

namespace asio = boost::asio;

/// Something for one to wait for: rings once, and is not lost when nobody waits yet.
class Bell final {
public:
    explicit Bell(asio::any_io_executor executor) : timer_{std::move(executor)} {}
    void ring();
    /// Until it rings or the deadline passes.
    asio::awaitable<void> wait(Deadline until);

private:
    asio::steady_timer timer_;
    bool is_rung_ = false;
};

/// Does nothing for a while.
asio::awaitable<void> pause(asio::any_io_executor executor, std::chrono::milliseconds span);
/// At least 0, less than 1.
double random_fraction();
/// How long to wait before a further try: doubles from half a second to a minute, with jitter.
std::chrono::milliseconds pause_after(std::uint32_t tries);

/// What `work` throws becomes its error, so that whoever waits for it can try again: Errc::io. A
/// cancellation is thrown on.
asio::awaitable<Status> caught(asio::awaitable<Status> work);

/// Coroutines that run beside their owner and end before it. One thread.
class Tasks final {
public:
    Tasks(asio::any_io_executor executor, Logger& log);

    /// `name` is for the log: what a thrown exception is reported with; a literal.
    void spawn(std::string_view name, asio::awaitable<void> task);
    std::size_t size() const noexcept { return running_.size(); }
    /// Cancels all that run; they end at their next await.
    void cancel();
    /// Until none runs or the deadline passes.
    asio::awaitable<void> drained(Deadline until);

private:
    asio::any_io_executor executor_;
    Logger& log_;
    Bell ended_;
    std::list<asio::cancellation_signal> running_;
};

} // namespace seakeeper::pipeline
