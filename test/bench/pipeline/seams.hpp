// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/event_source.hpp>
#include <seakeeper/pipeline/executor.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <charconv>
#include <deque>
#include <map>

// The two ends of a measured pipeline: lines that come when the benchmark says so, and an executor
// that is watched. Everything between them is what the daemon runs.
namespace seakeeper::bench {

namespace asio = boost::asio;

/// A stream whose lines are offered by hand, on the pipeline's thread.
class OfferedLines final : public gerrit::EventSource {
public:
    explicit OfferedLines(asio::any_io_executor executor) : arrival_{std::move(executor)} {}

    void offer(std::string bytes) {
        lines_.push_back({std::move(bytes), 1, system_clock().wall()});
        arrival_.cancel();
    }
    asio::awaitable<Result<gerrit::StreamLine>> next_line(Deadline until) override {
        if (lines_.empty() && !is_stopped_) {
            arrival_.expires_at(until.time());
            boost::system::error_code ignored;
            co_await arrival_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (lines_.empty()) {
            const auto code = is_stopped_ ? Errc::cancelled : Errc::timed_out;
            co_return Error{code, "waiting for an offered line: none came"};
        }
        auto line = std::move(lines_.front());
        lines_.pop_front();
        co_return line;
    }
    gerrit::StreamStatus status() const override {
        gerrit::StreamStatus status;
        status.state = is_stopped_ ? gerrit::StreamState::stopped : gerrit::StreamState::connected;
        status.epoch = 1;
        status.queued_lines = lines_.size();
        return status;
    }
    void stop() override {
        is_stopped_ = true;
        arrival_.cancel();
    }

private:
    asio::steady_timer arrival_;
    std::deque<gerrit::StreamLine> lines_;
    bool is_stopped_ = false;
};

/// When a change's Workflow was asked for, and when the answer was there.
struct Started {
    SteadyTime asked;
    SteadyTime answered;
};

/// Passes everything on and looks at the clock.
class WatchedExecutor final : public pipeline::Executor {
public:
    explicit WatchedExecutor(pipeline::Executor& inner) : inner_{inner} {}

    asio::awaitable<Result<pipeline::RunRef>>
    start(pipeline::StartRequest request, Deadline until) override {
        const auto change = change_of(request.manifest);
        const auto asked = std::chrono::steady_clock::now();
        if (manifest.empty()) {
            manifest = request.manifest;
        }
        auto run = co_await inner_.start(std::move(request), until);
        if (run) {
            started[change] = {asked, std::chrono::steady_clock::now()};
        } else {
            last_error = run.error().message;
        }
        co_return run;
    }
    asio::awaitable<Result<std::vector<pipeline::Observation>>> observe(Deadline until) override {
        return inner_.observe(until);
    }
    asio::awaitable<Result<pipeline::Observation>>
    inspect(pipeline::RunRef run, Deadline until) override {
        return inner_.inspect(std::move(run), until);
    }
    asio::awaitable<Result<pipeline::Observation>>
    confirm(pipeline::Observation ended, Deadline until) override {
        return inner_.confirm(std::move(ended), until);
    }
    asio::awaitable<Status> cancel(pipeline::RunRef run, Deadline until) override {
        return inner_.cancel(std::move(run), until);
    }
    asio::awaitable<Status> release(pipeline::RunRef run, Deadline until) override {
        return inner_.release(std::move(run), until);
    }
    asio::awaitable<Status> discard(pipeline::RunRef run, Deadline until) override {
        return inner_.discard(std::move(run), until);
    }

    std::map<std::uint32_t, Started> started; ///< by number of the change
    std::string manifest;                     ///< of the first
    std::string last_error;

private:
    /// From the environment that was bound into it.
    static std::uint32_t change_of(std::string_view manifest) {
        constexpr std::string_view variable = R"("SEAKEEPER_CHANGE","value":")";
        const auto at = manifest.find(variable);
        std::uint32_t number = 0;
        if (at != manifest.npos) {
            const auto text = manifest.substr(at + variable.size(), 10);
            std::from_chars(text.data(), text.data() + text.size(), number);
        }
        return number;
    }

    pipeline::Executor& inner_;
};

} // namespace seakeeper::bench
