// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace seakeeper::local {

namespace asio = boost::asio;

/// How a process ended.
struct ProcessEnd {
    int exit_code = 0;
    std::string result; ///< its standard output's last 256 KiB, one final newline removed
    std::string fault;  ///< it was not the program that ended it: deadline, cancelled
    bool is_late = false;
};

/// One child process whose standard output and error go to a log. Used from the thread of its
/// executor only; the destructor kills what still runs.
class SEAKEEPER_API Process {
public:
    /// `argv[0]` is looked up in PATH. The log is appended to, up to `log_bytes`.
    static Result<std::unique_ptr<Process>> spawn(
        asio::any_io_executor executor,
        std::vector<std::string> argv,
        std::string log_path,
        std::size_t log_bytes
    );
    ~Process();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Reads its output until it has ended, and reaps it. Call once.
    asio::awaitable<ProcessEnd> wait(std::optional<Deadline> until);
    /// Ends it; `why` becomes the end's fault.
    void kill(std::string why);

private:
    Process(asio::any_io_executor executor, std::size_t log_bytes);
    void keep(std::string_view chunk);
    int reap();

    asio::posix::stream_descriptor output_;
    asio::posix::stream_descriptor pidfd_;
    int log_ = -1;
    int pid_ = -1;
    std::size_t log_left_;
    std::string result_;
    std::string fault_;
    bool is_late_ = false;
    bool is_sandbox_ = false;
};

/// Runs a short command and waits for it, blocking; what it wrote last is the error's text.
SEAKEEPER_API Status
run_to_end(const std::vector<std::string>& argv, std::chrono::milliseconds most);
/// Ends what killed processes of ours have left: sandboxes whose command line names a file of
/// `scratch`.
SEAKEEPER_API void end_leftovers(const std::string& scratch);
/// Starts a command that needs nobody: it goes on when we have ended.
SEAKEEPER_API void start_alone(const std::vector<std::string>& argv);

} // namespace seakeeper::local
