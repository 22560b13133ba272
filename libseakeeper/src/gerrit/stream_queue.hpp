// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/stream.hpp>

#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <mutex>
#include <optional>

namespace seakeeper::gerrit {

/// Between the reading thread and the executor: lines one way, state the other. Shared by the
/// stream and by what it posted, which may run after the stream is gone.
class StreamQueue : public std::enable_shared_from_this<StreamQueue> {
public:
    StreamQueue(asio::any_io_executor executor, const StreamOptions& options, StateChanged changed);

    // By the reading thread.
    bool has_room() const;
    void push(StreamLine line);
    void heard(SteadyTime when);
    void set_state(StreamState state, std::optional<Error> reason = {});
    void set_oversize(std::uint64_t lines);
    /// Counts a new connection and gives its number.
    std::uint64_t begin_epoch();

    // On the executor.
    struct Taken {
        std::optional<StreamLine> line;
        bool made_room = false; ///< the reader may be waiting for it
        bool is_over = false;   ///< nothing more will come
    };
    Taken take();
    /// Until a line may be there or `until`.
    asio::awaitable<void> wait(Deadline until);
    /// No callback from now on.
    void close();

    // Any thread.
    StreamStatus status() const;

private:
    bool has_room_locked() const;
    void notify_locked();

    asio::any_io_executor executor_;
    asio::steady_timer timer_; ///< executor only
    StateChanged changed_;     ///< executor only
    const std::size_t most_lines_;
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::deque<StreamLine> lines_;
    std::size_t bytes_ = 0;
    bool is_awaited_ = false;
    StreamStatus status_;
};

} // namespace seakeeper::gerrit
