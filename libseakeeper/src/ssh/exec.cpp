// SPDX-License-Identifier: Apache-2.0
#include "ssh/exec.hpp"

#include "ssh/agent.hpp"
#include "ssh/known_hosts.hpp"
#include "ssh/tcp.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>

#include <fmt/core.h>
#include <libssh/libssh.h>
#include <libssh/server.h> // ssh_send_keepalive

#include <algorithm>
#include <array>
#include <poll.h>
#include <unistd.h>

namespace seakeeper::ssh {
namespace {

struct Free {
    void operator()(ssh_session session) const {
        ssh_disconnect(session); // the peer's answers are not waited for: non-blocking
        ssh_free(session);
    }
    void operator()(ssh_channel channel) const { ssh_channel_free(channel); }
    void operator()(ssh_key key) const { ssh_key_free(key); }
};
template <class Handle>
using Owned = std::unique_ptr<std::remove_pointer_t<Handle>, Free>;

int refuse_passphrase(const char*, char*, std::size_t, int, int, void*) {
    return -1;
}

class LibsshExec final : public Exec {
public:
    LibsshExec(Login login, Wake& wake) : login_{std::move(login)}, wake_{wake} {}

    Status open(const std::string& command, Deadline until) {
        if (auto s = connect(until); !s) {
            return s;
        }
        if (auto s = check_host_key(); !s) {
            return s;
        }
        if (auto s = log_in(until); !s) {
            return s;
        }
        return execute(command, until);
    }

    void wait(SteadyTime until) override {
        using namespace std::chrono;
        // Never long: libssh may hold bytes that the descriptor no longer shows.
        const auto left = ceil<milliseconds>(until - steady_clock::now()).count();
        const bool has_unsent = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
        const short events = has_unsent ? POLLIN | POLLOUT : POLLIN;
        std::array<pollfd, 2> watched{
            pollfd{ssh_get_fd(session_.get()), events, 0}, pollfd{wake_.fd(), POLLIN, 0}};
        poll(watched.data(), watched.size(), static_cast<int>(std::clamp<long>(left, 0, 1000)));
        if (watched[1].revents != 0) {
            wake_.drain();
        }
    }

    Result<std::size_t> read(std::span<char> out) override {
        take_error_output();
        const int got = ssh_channel_read_nonblocking(
            channel_.get(), out.data(), static_cast<std::uint32_t>(out.size()), 0
        );
        if (got > 0) {
            return static_cast<std::size_t>(got);
        }
        if (got == SSH_EOF || ssh_channel_is_closed(channel_.get()) != 0) {
            return is_broken() ? failure("connection lost")
                               : Error{Errc::cancelled, "the command ended"};
        }
        if (got == SSH_ERROR || is_broken()) {
            return failure("connection lost");
        }
        return std::size_t{0};
    }

    Status idle() override {
        // Polling the empty stream serves the connection; polling the full one would not.
        take_error_output();
        if (is_broken()) {
            return failure("connection lost");
        }
        return {};
    }

    void probe() override {
        // libssh sends nothing while it still holds the answer to the last one.
        const auto sent = counter_.out_packets;
        const auto bytes = counter_.out_bytes;
        ssh_send_keepalive(session_.get());
        if (counter_.out_packets == sent && counter_.out_bytes == bytes) {
            ssh_send_keepalive(session_.get());
        }
    }

    std::uint64_t bytes_received() const override { return counter_.in_bytes; }

    Ending ending() override {
        const auto until = Deadline::in(std::chrono::milliseconds{500});
        while (!is_broken() && !until.passed() && !wake_.is_stopped()
               && ssh_channel_is_closed(channel_.get()) == 0) {
            wait(until.time());
            take_error_output();
        }
        const int status = ssh_channel_get_exit_status(channel_.get());
        return {status < 0 ? std::nullopt : std::optional{status}, error_output_};
    }

private:
    Error failure(std::string_view doing) const {
        return {
            Errc::unavailable, fmt::format("{}: {}", doing, quoted(ssh_get_error(session_.get())))};
    }

    bool is_broken() const { return ssh_is_connected(session_.get()) == 0; }

    /// Repeats a step of libssh until it no longer answers `again`.
    template <class Step>
    Result<int> drive(int again, Deadline until, Step step) {
        for (;;) {
            const int answer = step();
            if (answer != again) {
                return answer;
            }
            if (wake_.is_stopped()) {
                return Error{Errc::cancelled, "stopped"};
            }
            if (until.passed()) {
                return Error{Errc::timed_out, "no answer in time"};
            }
            if (has_keys_ && is_broken()) {
                return failure("connection lost");
            }
            wait(until.time());
        }
    }

    Status connect(Deadline until) {
        auto socket = connect_tcp(login_.host, login_.port, wake_, until);
        if (!socket) {
            return socket.error();
        }
        session_.reset(ssh_new());
        if (!session_) {
            ::close(*socket);
            return Error{Errc::io, "connecting: no memory"};
        }
        set_options(*socket);
        ssh_set_blocking(session_.get(), 0);
        ssh_set_counters(session_.get(), &counter_, nullptr);
        const auto done = drive(SSH_AGAIN, until, [&] { return ssh_connect(session_.get()); });
        if (!done) {
            return Error{done.error()}.within("key exchange");
        }
        if (*done != SSH_OK) {
            return failure("key exchange");
        }
        has_keys_ = true;
        return {};
    }

    void set_options(int socket) {
        const auto set = [&](ssh_options_e option, const void* value) {
            if (ssh_options_set(session_.get(), option, value) != SSH_OK) {
                throw Exception{failure("setting an option of SSH")};
            }
        };
        const bool read_config = false;
        const unsigned port = login_.port;
        set(SSH_OPTIONS_PROCESS_CONFIG, &read_config);
        set(SSH_OPTIONS_HOST, login_.host.c_str());
        set(SSH_OPTIONS_PORT, &port);
        set(SSH_OPTIONS_USER, login_.user.c_str());
        // Only so that libssh asks for a key type that is pinned; what decides is KnownHosts.
        set(SSH_OPTIONS_KNOWNHOSTS, login_.known_hosts_file.c_str());
        set(SSH_OPTIONS_GLOBAL_KNOWNHOSTS, login_.known_hosts_file.c_str());
        set(SSH_OPTIONS_FD, &socket);
    }

    Status check_host_key() {
        const auto known = KnownHosts::read(login_.known_hosts_file);
        if (!known) {
            return known.error();
        }
        ssh_key raw = nullptr;
        if (ssh_get_server_publickey(session_.get(), &raw) != SSH_OK) {
            return failure("reading the host key");
        }
        const Owned<ssh_key> key{raw};
        const auto blob = key_blob(raw);
        if (!blob) {
            return blob.error();
        }
        return known->check({login_.host, login_.port, *blob});
    }

    Status log_in(Deadline until) {
        const auto done = login_.key_file.empty() ? log_in_by_agent(until) : log_in_by_file(until);
        if (!done) {
            return done.error();
        }
        if (*done == SSH_AUTH_SUCCESS) {
            return {};
        }
        if (*done == SSH_AUTH_ERROR || is_broken()) {
            return failure("logging in");
        }
        return Error{
            Errc::unauthenticated,
            fmt::format(
                "logging in as {}: the server refuses the key {}",
                quoted(login_.user),
                login_.key_file.empty() ? login_.agent_key_file : login_.key_file
            )};
    }

    Result<int> log_in_by_file(Deadline until) {
        ssh_key raw = nullptr;
        const auto* file = login_.key_file.c_str();
        if (ssh_pki_import_privkey_file(file, nullptr, refuse_passphrase, nullptr, &raw)
            != SSH_OK) {
            return Error{
                Errc::io,
                fmt::format(
                    "reading the private key {}: not there, not a key or protected "
                    "by a passphrase",
                    login_.key_file
                )};
        }
        const Owned<ssh_key> key{raw};
        return drive(SSH_AUTH_AGAIN, until, [&] {
            return ssh_userauth_publickey(session_.get(), nullptr, raw);
        });
    }

    Result<int> log_in_by_agent(Deadline until) {
        ssh_key raw = nullptr;
        if (ssh_pki_import_pubkey_file(login_.agent_key_file.c_str(), &raw) != SSH_OK) {
            return Error{
                Errc::io,
                fmt::format(
                    "reading the public key {}: not there or not a key", login_.agent_key_file
                )};
        }
        const Owned<ssh_key> key{raw};
        const auto blob = key_blob(raw);
        if (!blob) {
            return blob.error();
        }
        auto agent = OneKeyAgent::start(*blob);
        if (!agent) {
            return agent.error();
        }
        ssh_set_agent_socket(session_.get(), (*agent)->release_client());
        return drive(SSH_AUTH_AGAIN, until, [&] {
            return ssh_userauth_agent(session_.get(), nullptr);
        });
    }

    static Result<std::string> key_blob(ssh_key key) {
        char* text = nullptr;
        if (ssh_pki_export_pubkey_base64(key, &text) != SSH_OK) {
            return Error{Errc::malformed, "a public key that libssh cannot write down"};
        }
        auto blob = from_base64(text);
        ssh_string_free_char(text);
        return blob;
    }

    Status execute(const std::string& command, Deadline until) {
        channel_.reset(ssh_channel_new(session_.get()));
        if (!channel_) {
            return failure("opening a channel");
        }
        const auto opened =
            drive(SSH_AGAIN, until, [&] { return ssh_channel_open_session(channel_.get()); });
        if (!opened) {
            return Error{opened.error()}.within("opening a channel");
        }
        if (*opened != SSH_OK) {
            return failure("opening a channel");
        }
        const auto started = drive(SSH_AGAIN, until, [&] {
            return ssh_channel_request_exec(channel_.get(), command.c_str());
        });
        if (!started) {
            return Error{started.error()}.within("starting the command");
        }
        return *started == SSH_OK ? Status{} : failure("starting the command");
    }

    void take_error_output() {
        std::array<char, 1024> bytes;
        const int got = ssh_channel_read_nonblocking(channel_.get(), bytes.data(), bytes.size(), 1);
        if (got > 0 && error_output_.size() < 2048) {
            error_output_.append(bytes.data(), static_cast<std::size_t>(got));
        }
    }

    Login login_;
    Wake& wake_;
    ssh_counter_struct counter_{};
    Owned<ssh_session> session_;
    Owned<ssh_channel> channel_;
    bool has_keys_ = false;
    std::string error_output_;
};

} // namespace

Result<std::unique_ptr<Exec>>
Exec::start(const Login& login, const std::string& command, Wake& wake, Deadline until) {
    auto exec = std::make_unique<LibsshExec>(login, wake);
    if (auto opened = exec->open(command, until); !opened) {
        return opened.error();
    }
    return std::unique_ptr<Exec>{std::move(exec)};
}

} // namespace seakeeper::ssh
