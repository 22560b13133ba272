// SPDX-License-Identifier: Apache-2.0
#include "pipeline/tasks.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <random>

namespace seakeeper::pipeline {

void Bell::ring() {
    is_rung_ = true;
    timer_.cancel();
}

asio::awaitable<void> Bell::wait(Deadline until) {
    if (!is_rung_) {
        timer_.expires_at(until.time());
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    is_rung_ = false;
}

asio::awaitable<void> pause(asio::any_io_executor executor, std::chrono::milliseconds span) {
    asio::steady_timer timer{std::move(executor), span};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

double random_fraction() {
    thread_local std::minstd_rand random{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(random);
}

std::chrono::milliseconds pause_after(std::uint32_t tries) {
    const auto longest =
        std::min<std::int64_t>(60'000, 500LL << std::min<std::uint32_t>(tries, 10));
    const auto jitter = static_cast<double>(longest / 2) * random_fraction();
    return std::chrono::milliseconds{longest / 2 + static_cast<std::int64_t>(jitter)};
}

asio::awaitable<Status> caught(asio::awaitable<Status> work) {
    std::string what;
    try {
        auto done = co_await std::move(work);
        co_return done;
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            throw;
        }
        what = error.what();
    } catch (const std::exception& error) {
        what = error.what();
    }
    co_return Error{Errc::io, "unexpected: " + what};
}

Tasks::Tasks(asio::any_io_executor executor, Logger& log)
    : executor_{executor}, log_{log}, ended_{std::move(executor)} {
}

void Tasks::spawn(std::string_view name, asio::awaitable<void> task) {
    const auto self = running_.emplace(running_.end());
    auto finished = [this, self, name](std::exception_ptr thrown) {
        running_.erase(self);
        ended_.ring();
        if (!thrown) {
            return;
        }
        try {
            std::rethrow_exception(thrown);
        } catch (const boost::system::system_error& error) {
            if (error.code() != asio::error::operation_aborted) {
                log_.error("task failed", {{"task", std::string{name}}, {"error", error.what()}});
            }
        } catch (const std::exception& error) {
            log_.error("task failed", {{"task", std::string{name}}, {"error", error.what()}});
        }
    };
    asio::co_spawn(
        executor_, std::move(task), asio::bind_cancellation_slot(self->slot(), std::move(finished))
    );
}

void Tasks::cancel() {
    for (auto at = running_.begin(); at != running_.end();) {
        auto& signal = *at++;
        signal.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<void> Tasks::drained(Deadline until) {
    while (!running_.empty() && !until.passed()) {
        co_await ended_.wait(until);
    }
}

} // namespace seakeeper::pipeline
