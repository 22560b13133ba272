// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

// One SSH connection that runs one command, by libssh. Only this folder knows libssh.
namespace seakeeper::ssh {

/// Lets another thread interrupt what waits: an eventfd and a flag.
class Wake {
public:
    Wake();
    ~Wake();
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    /// Ends one wait; any thread.
    void poke() noexcept;
    /// Ends every wait from now on; any thread.
    void stop() noexcept;
    bool is_stopped() const noexcept { return is_stopped_; }
    /// Waits until poked, stopped or `until`.
    void wait(SteadyTime until) noexcept;

    int fd() const noexcept { return fd_; }
    void drain() noexcept;

private:
    int fd_;
    std::atomic<bool> is_stopped_ = false;
};

struct Login {
    std::string host;
    std::uint16_t port = 22;
    std::string user;
    std::string known_hosts_file;
    std::string key_file;       ///< empty: the agent's key named by agent_key_file
    std::string agent_key_file; ///< its public half
};

/// A command that runs on the other side. One thread; blocking calls end when `wake` is stopped.
class Exec {
public:
    /// Connects, compares the host key, logs in with one key and starts `command`. Errors:
    /// unavailable, timed_out, untrusted_peer, unauthenticated, cancelled, io.
    static Result<std::unique_ptr<Exec>>
    start(const Login& login, const std::string& command, Wake& wake, Deadline until);

    virtual ~Exec() = default;
    /// Waits until bytes came, `wake` was poked or `until`.
    virtual void wait(SteadyTime until) = 0;
    /// Bytes of standard output, 0 if there are none now. Errors: unavailable when the connection
    /// broke; cancelled at the regular end of the command.
    virtual Result<std::size_t> read(std::span<char> out) = 0;
    /// Serves the connection (answers, new keys) without taking output.
    virtual Status idle() = 0;
    /// Asks the peer for a sign of life; its answer shows in bytes_received().
    virtual void probe() = 0;
    virtual std::uint64_t bytes_received() const = 0;
    /// Waits shortly for the exit status after the end; standard error's beginning as text.
    struct Ending {
        std::optional<int> exit_status;
        std::string error_output;
    };
    virtual Ending ending() = 0;
};

} // namespace seakeeper::ssh
