// SPDX-License-Identifier: Apache-2.0
#include "gerrit/stream_plan.hpp"
#include "gerrit/stream_queue.hpp"
#include "ssh/exec.hpp"

#include <seakeeper/event/framer.hpp>
#include <seakeeper/gerrit/stream.hpp>

#include <fmt/core.h>

#include <array>
#include <random>
#include <thread>
#include <utility>

namespace seakeeper::gerrit {
namespace {

using std::chrono::steady_clock;

class SshStream final : public EventSource {
public:
    SshStream(
        asio::any_io_executor executor, StreamOptions options, Logger& log, StateChanged changed
    )
        : options_{std::move(options)}, command_{stream_command(options_.types).value()}, log_{log},
          framer_{options_.line_bytes},
          queue_{std::make_shared<StreamQueue>(executor, options_, std::move(changed))},
          thread_{[this] { run(); }} {}

    ~SshStream() override {
        queue_->close();
        wake_.stop();
        thread_.join();
    }

    asio::awaitable<Result<StreamLine>> next_line(Deadline until) override {
        const auto queue = queue_;
        for (;;) {
            auto taken = queue->take();
            if (taken.made_room) {
                wake_.poke();
            }
            if (taken.line) {
                co_return std::move(*taken.line);
            }
            if (taken.is_over) {
                co_return Error{Errc::cancelled, "reading the event stream: stopped"};
            }
            if (until.passed()) {
                co_return Error{Errc::timed_out, "reading the event stream: no line in time"};
            }
            co_await queue->wait(until);
        }
    }

    StreamStatus status() const override { return queue_->status(); }
    void stop() override { wake_.stop(); }

private:
    // All of what follows is the reading thread's.

    void run() {
        unsigned failures = 0;
        while (!wake_.is_stopped()) {
            const auto lines_before = queue_->status().lines;
            const auto began = steady_clock::now();
            Error reason = connect_and_read();
            const bool was_useful = queue_->status().lines > lines_before
                                    || steady_clock::now() - began > options_.longest_pause;
            failures = was_useful ? 1 : failures + 1;
            if (!wake_.is_stopped()) {
                pause(std::move(reason), failures);
            }
        }
        queue_->set_state(StreamState::stopped);
        log_.info("gerrit stream stopped");
    }

    Error connect_and_read() {
        queue_->set_state(StreamState::connecting);
        const ssh::Login login{
            options_.host,
            options_.port,
            options_.user,
            options_.known_hosts_file,
            options_.key_file,
            options_.agent_key_file};
        const auto until = Deadline::in(options_.connect_timeout);
        auto started = [&]() -> Result<std::unique_ptr<ssh::Exec>> {
            try {
                return ssh::Exec::start(login, command_, wake_, until);
            } catch (const std::exception& e) {
                return Error{Errc::io, e.what()};
            }
        }();
        if (!started) {
            return started.error();
        }
        framer_.clear();
        const auto epoch = queue_->begin_epoch();
        queue_->heard(steady_clock::now());
        queue_->set_state(StreamState::connected);
        log_.info(
            "gerrit stream connected",
            {{"host", options_.host}, {"epoch", fmt::format("{}", epoch)}}
        );
        return read_lines(**started, epoch);
    }

    /// Reads until the connection is over and says why.
    Error read_lines(ssh::Exec& exec, std::uint64_t epoch) {
        SteadyTime last_byte = steady_clock::now();
        std::optional<SteadyTime> last_probe;
        std::uint64_t received = exec.bytes_received();
        while (!wake_.is_stopped()) {
            const auto moved = queue_->has_room() ? take_bytes(exec, epoch) : skip_turn(exec);
            if (!moved) {
                return moved.error().is(Errc::cancelled) ? reason_of(exec.ending()) : moved.error();
            }
            const auto now = steady_clock::now();
            if (exec.bytes_received() != received) {
                received = exec.bytes_received();
                last_byte = now;
                queue_->heard(now);
            }
            const auto watch = watch_silence(options_, last_byte, last_probe, now);
            if (watch.action == Watch::Action::give_up) {
                return {
                    Errc::timed_out,
                    fmt::format(
                        "no byte for {} ms, keepalive unanswered", options_.silence.count()
                    )};
            }
            if (watch.action == Watch::Action::probe) {
                last_probe = now;
                exec.probe();
            }
            if (*moved == 0) {
                exec.wait(watch.until);
            }
        }
        return {Errc::cancelled, "stopped"};
    }

    Result<std::size_t> take_bytes(ssh::Exec& exec, std::uint64_t epoch) {
        std::array<char, 32 * 1024> bytes;
        const auto got = exec.read(bytes);
        if (!got || *got == 0) {
            return got;
        }
        const WallTime received = system_clock().wall();
        framer_.push({bytes.data(), *got});
        while (const auto line = framer_.next()) {
            queue_->push({std::string{*line}, epoch, received});
        }
        if (framer_.oversize_lines() != oversize_lines_) {
            oversize_lines_ = framer_.oversize_lines();
            queue_->set_oversize(oversize_lines_);
            log_.warning(
                "gerrit stream line dropped",
                {{"limit", fmt::format("{}", options_.line_bytes)},
                 {"dropped", fmt::format("{}", oversize_lines_)}}
            );
        }
        return got;
    }

    /// The queue is full: what was sent stays in SSH's window.
    static Result<std::size_t> skip_turn(ssh::Exec& exec) {
        if (auto served = exec.idle(); !served) {
            return served.error();
        }
        return std::size_t{0};
    }

    void pause(Error reason, unsigned failures) {
        const double random = std::uniform_real_distribution<double>{0, 1}(random_);
        const auto span = pause_before_retry(options_, reason, failures, random);
        const auto fields = {
            LogField{"host", options_.host},
            LogField{"reason", reason.message},
            LogField{"pause_ms", fmt::format("{}", span.count())}};
        const bool is_alarm = reason.is(Errc::untrusted_peer);
        log_.log(
            is_alarm ? LogLevel::error : LogLevel::warning, "gerrit stream disconnected", fields
        );
        queue_->set_state(StreamState::waiting, std::move(reason));
        const auto until = steady_clock::now() + span;
        while (!wake_.is_stopped() && steady_clock::now() < until) {
            wake_.wait(until);
        }
    }

    const StreamOptions options_;
    const std::string command_;
    Logger& log_;
    ssh::Wake wake_;
    event::Framer framer_;
    std::uint64_t oversize_lines_ = 0;
    std::mt19937 random_{std::random_device{}()};
    std::shared_ptr<StreamQueue> queue_;
    std::thread thread_;
};

} // namespace

std::string_view to_string(StreamState state) noexcept {
    switch (state) {
    case StreamState::connecting:
        return "connecting";
    case StreamState::connected:
        return "connected";
    case StreamState::waiting:
        return "waiting";
    case StreamState::stopped:
        break;
    }
    return "stopped";
}

std::unique_ptr<EventSource> make_ssh_stream(
    asio::any_io_executor executor, StreamOptions options, Logger& log, StateChanged changed
) {
    if (options.host.empty() || options.user.empty() || options.known_hosts_file.empty()
        || (options.key_file.empty() && options.agent_key_file.empty())) {
        throw Exception{Error{
            Errc::invalid_argument,
            "setting up the event stream: host, user, known_hosts file and a key are needed"}};
    }
    return std::make_unique<SshStream>(
        std::move(executor), std::move(options), log, std::move(changed)
    );
}

} // namespace seakeeper::gerrit
