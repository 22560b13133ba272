// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace seakeeper::gerrit {

namespace asio = boost::asio;

/// One line of a source, unparsed and without its newline.
struct StreamLine {
    std::string bytes;
    /// Counts connections from 1. Whenever it grows, lines were lost in between: back-fill.
    std::uint64_t epoch = 0;
    WallTime received{};
};

enum class StreamState {
    connecting, ///< first attempt, or another one after a failure
    connected,  ///< the command runs; lines may come
    waiting,    ///< pausing before the next attempt
    stopped,    ///< stop() was called, or the source is at its end
};
SEAKEEPER_API std::string_view to_string(StreamState state) noexcept;

struct StreamStatus {
    StreamState state = StreamState::connecting;
    std::uint64_t epoch = 0;             ///< of the current or last connection; 0: none yet
    std::optional<SteadyTime> last_byte; ///< anything from the peer, keepalive answers too
    std::optional<Error> reason;         ///< why the last connection or attempt ended
    std::uint64_t lines = 0;             ///< handed out or queued so far
    std::uint64_t oversize_lines = 0;    ///< dropped because they were above the limit
    std::size_t queued_lines = 0;        ///< received and not yet taken
};

/// Where raw event lines come from: the SSH stream, a file, standard input.
class SEAKEEPER_API EventSource {
public:
    virtual ~EventSource() = default;
    /// The next line in order of arrival. One caller at a time, on the source's executor.
    /// Errc::timed_out: none came by `until` (the source lives on); Errc::cancelled: stopped and
    /// drained. A lost connection is no error here: the source connects again by itself.
    virtual asio::awaitable<Result<StreamLine>> next_line(Deadline until) = 0;
    /// A snapshot; any thread.
    virtual StreamStatus status() const = 0;
    /// Ends the source without waiting for it; any thread. Queued lines can still be taken.
    virtual void stop() = 0;
};

} // namespace seakeeper::gerrit
