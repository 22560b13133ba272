// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <vector>

// A server of a few lines that does to its client what a test wants: blocking sockets, a thread for
// each connection.
namespace seakeeper::test {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Credentials {
    std::string certificate_file;
    std::string key_file;
    std::string client_ca_file; ///< empty: clients need no certificate
};

/// One connection as the script of a test sees it. Errors end the script by an exception.
class Session {
public:
    explicit Session(tcp::socket socket) : socket_{std::move(socket)} {}

    void greet(asio::ssl::context* tls) {
        if (tls != nullptr) {
            tls_.emplace(socket_, *tls);
            tls_->handshake(asio::ssl::stream_base::server);
        }
    }

    /// Head and body of the next request; empty when the client closed.
    std::string request() {
        std::string text;
        for (;;) {
            const auto end = text.find("\r\n\r\n");
            if (end != std::string::npos && text.size() >= end + 4 + body_size(text)) {
                return text;
            }
            const std::string more = read();
            if (more.empty()) {
                return {};
            }
            text += more;
        }
    }

    std::string read() {
        char block[16384];
        boost::system::error_code error;
        const auto buffer = asio::buffer(block);
        const std::size_t count =
            tls_ ? tls_->read_some(buffer, error) : socket_.read_some(buffer, error);
        return error ? std::string{} : std::string{block, count};
    }

    void write(const std::string& text) {
        if (tls_) {
            asio::write(*tls_, asio::buffer(text));
        } else {
            asio::write(socket_, asio::buffer(text));
        }
    }

    void answer(const std::string& body, const std::string& headers = {}) {
        write(
            "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + headers
            + "\r\n" + body
        );
    }

    /// The connection will end by RST when the script returns.
    void reset() { socket_.set_option(asio::socket_base::linger{true, 0}); }

private:
    static std::size_t body_size(const std::string& text) {
        const auto at = text.find("Content-Length: ");
        return at == std::string::npos ? 0 : std::stoul(text.substr(at + 16));
    }

    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

/// Runs `script` for each connection, with its number from 1. Ends with its destructor.
class Peer {
public:
    using Script = std::function<void(Session&, int)>;

    explicit Peer(Script script, std::optional<Credentials> credentials = {})
        : script_{std::move(script)}, acceptor_{context_, {asio::ip::address_v4::loopback(), 0}} {
        if (credentials) {
            tls_.emplace(asio::ssl::context::tls_server);
            tls_->use_certificate_chain_file(credentials->certificate_file);
            tls_->use_private_key_file(credentials->key_file, asio::ssl::context::pem);
            if (!credentials->client_ca_file.empty()) {
                tls_->load_verify_file(credentials->client_ca_file);
                tls_->set_verify_mode(
                    asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert
                );
            }
        }
        accepting_ = std::thread{[this] { accept(); }};
    }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() {
        is_over_ = true;
        boost::system::error_code ignored;
        tcp::socket wake{context_};
        wake.connect(acceptor_.local_endpoint(), ignored);
        accepting_.join();
        {
            const std::lock_guard lock{mutex_};
            for (const int socket : live_) {
                ::shutdown(socket, SHUT_RDWR);
            }
        }
        for (std::thread& session : sessions_) {
            session.join();
        }
    }

    std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
    int connections() const { return connections_; }
    int most_at_once() const { return most_at_once_; }

    /// Returns when every script has ended and closed its connection.
    void wait_until_closed() {
        std::unique_lock lock{mutex_};
        closed_.wait(lock, [&] { return at_once_ == 0; });
    }

private:
    void accept() {
        for (;;) {
            tcp::socket socket{context_};
            boost::system::error_code error;
            acceptor_.accept(socket, error);
            if (is_over_) {
                return;
            }
            const std::lock_guard lock{mutex_};
            live_.insert(socket.native_handle());
            const int number = ++connections_;
            sessions_.emplace_back([this, number, taken = std::move(socket)]() mutable {
                serve(std::move(taken), number);
            });
        }
    }

    void serve(tcp::socket socket, int number) {
        const int now = ++at_once_;
        int most = most_at_once_;
        while (most < now && !most_at_once_.compare_exchange_weak(most, now)) {
        }
        const int handle = socket.native_handle();
        std::optional<Session> session;
        try {
            session.emplace(std::move(socket));
            session->greet(tls_ ? &*tls_ : nullptr);
            script_(*session, number);
        } catch (const boost::system::system_error&) {
            // the client went away, or refused us: what it saw is what the test looks at
        }
        const std::lock_guard lock{mutex_};
        live_.erase(handle);
        session.reset();
        --at_once_;
        closed_.notify_all();
    }

    Script script_;
    asio::io_context context_;
    tcp::acceptor acceptor_;
    std::optional<asio::ssl::context> tls_;
    std::mutex mutex_;
    std::condition_variable closed_;
    std::atomic<bool> is_over_{false};
    std::atomic<int> connections_{0};
    std::atomic<int> at_once_{0};
    std::atomic<int> most_at_once_{0};
    std::set<int> live_; ///< to wake sessions that still read
    std::vector<std::thread> sessions_;
    std::thread accepting_;
};

} // namespace seakeeper::test
