// SPDX-License-Identifier: Apache-2.0
#include "http/wire.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace seakeeper::http {
namespace {

using asio::ip::tcp;
using boost::system::error_code;

/// A blocked operation is cancelled again after this, should the first time have come between two
/// steps of a composed one.
constexpr std::chrono::milliseconds insist{20};

bool is_alert_about_our_certificate(const error_code& error) {
    if (error.category() != asio::error::get_ssl_category()) {
        return false;
    }
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        return true;
    default:
        return false;
    }
}

/// SSL_set_tlsext_host_name is a macro with an old cast.
bool offer_name(SSL* ssl, const std::string& name) {
    char* text = const_cast<char*>(name.c_str());
    return SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, text) == 1;
}

/// Who is asked and by what rules.
struct Peer {
    std::string host;
    std::uint16_t port = 0;
    std::string certified_name;
    std::optional<asio::ssl::context> tls;

    std::string text() const { return host + ":" + std::to_string(port); }
};

class SocketWire final : public Wire, public std::enable_shared_from_this<SocketWire> {
public:
    SocketWire(const asio::any_io_executor& executor, std::shared_ptr<Peer> peer)
        : peer_{std::move(peer)}, socket_{executor}, alarm_{executor} {}

    asio::awaitable<Status> connect(tcp::endpoint endpoint, Deadline until);
    asio::awaitable<Status> shake_hands(Deadline until);

    asio::awaitable<Result<std::size_t>>
    read_some(char* into, std::size_t size, Deadline until) override;
    asio::awaitable<Written> write(std::string_view bytes, Deadline until) override;
    bool is_quiet() override;

private:
    /// While it lives, the deadline cancels what the socket does.
    class Watchdog {
    public:
        Watchdog(SocketWire& wire, Deadline until) : wire_{wire} { wire_.arm(until.time()); }
        Watchdog(const Watchdog&) = delete;
        Watchdog& operator=(const Watchdog&) = delete;
        ~Watchdog() {
            ++wire_.turn_;
            wire_.alarm_.cancel();
        }

    private:
        SocketWire& wire_;
    };

    void arm(SteadyTime time);
    void schedule(SteadyTime time);
    Error failure(std::string_view doing, const error_code& error) const;
    Status prepare_tls();

    std::shared_ptr<Peer> peer_; ///< shared by all connections: owns the TLS context they use
    tcp::socket socket_;
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
    asio::steady_timer alarm_;
    std::uint64_t turn_ = 0;
    bool is_late_ = false;
};

void SocketWire::arm(SteadyTime time) {
    ++turn_;
    is_late_ = false;
    schedule(time);
}

void SocketWire::schedule(SteadyTime time) {
    alarm_.expires_at(time);
    alarm_.async_wait([weak = weak_from_this(), turn = turn_](const error_code& error) {
        const auto self = weak.lock();
        if (error || !self || self->turn_ != turn) {
            return;
        }
        self->is_late_ = true;
        error_code ignored;
        self->socket_.cancel(ignored);
        self->schedule(std::chrono::steady_clock::now() + insist);
    });
}

Error SocketWire::failure(std::string_view doing, const error_code& error) const {
    const std::string what = std::string{doing} + " " + peer_->text() + ": ";
    if (error == asio::error::operation_aborted) {
        return is_late_ ? Error{Errc::timed_out, what + "timed out"}
                        : Error{Errc::cancelled, what + "cancelled"};
    }
    if (is_alert_about_our_certificate(error)) {
        return Error{
            Errc::unauthenticated, what + "it refuses our certificate: " + error.message()};
    }
    if (error == asio::ssl::error::stream_truncated || error == asio::error::eof) {
        return Error{Errc::unavailable, what + "it closed the connection"};
    }
    return Error{Errc::unavailable, what + error.message()};
}

asio::awaitable<Status> SocketWire::connect(tcp::endpoint endpoint, Deadline until) {
    const Watchdog watchdog{*this, until};
    error_code error;
    socket_.close(error);
    co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
    if (error) {
        co_return failure("connecting to", error);
    }
    socket_.set_option(tcp::no_delay{true}, error);
    co_return Status{};
}

Status SocketWire::prepare_tls() {
    tls_.emplace(socket_, *peer_->tls);
    SSL* ssl = tls_->native_handle();
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
    const std::string& name = peer_->certified_name;
    if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) {
        return {};
    }
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size()) != 1
        || !offer_name(ssl, name)) {
        return Error{Errc::invalid_argument, "preparing TLS to " + peer_->text() + ": bad name"};
    }
    return {};
}

asio::awaitable<Status> SocketWire::shake_hands(Deadline until) {
    if (!peer_->tls) {
        co_return Status{};
    }
    if (auto prepared = prepare_tls(); !prepared) {
        co_return prepared;
    }
    const Watchdog watchdog{*this, until};
    error_code error;
    co_await tls_->async_handshake(
        asio::ssl::stream_base::client, asio::redirect_error(asio::use_awaitable, error)
    );
    if (!error) {
        co_return Status{};
    }
    const long verdict = SSL_get_verify_result(tls_->native_handle());
    if (verdict != X509_V_OK) {
        co_return Error{
            Errc::untrusted_peer,
            "connecting to " + peer_->text() + ": its certificate is not accepted for "
                + quoted(peer_->certified_name) + ": " + X509_verify_cert_error_string(verdict)};
    }
    co_return failure("shaking hands by TLS with", error);
}

asio::awaitable<Result<std::size_t>>
SocketWire::read_some(char* into, std::size_t size, Deadline until) {
    const Watchdog watchdog{*this, until};
    error_code error;
    std::size_t count = 0;
    const asio::mutable_buffer buffer{into, size};
    if (tls_) {
        count = co_await tls_->async_read_some(
            buffer, asio::redirect_error(asio::use_awaitable, error)
        );
    } else {
        count = co_await socket_.async_read_some(
            buffer, asio::redirect_error(asio::use_awaitable, error)
        );
    }
    if (error == asio::error::eof) {
        co_return std::size_t{0};
    }
    if (error && count == 0) {
        co_return failure("reading from", error);
    }
    co_return count;
}

asio::awaitable<Written> SocketWire::write(std::string_view bytes, Deadline until) {
    const Watchdog watchdog{*this, until};
    error_code error;
    Written written;
    const asio::const_buffer buffer{bytes.data(), bytes.size()};
    if (tls_) {
        written.bytes = co_await asio::async_write(
            *tls_, buffer, asio::redirect_error(asio::use_awaitable, error)
        );
    } else {
        written.bytes = co_await asio::async_write(
            socket_, buffer, asio::redirect_error(asio::use_awaitable, error)
        );
    }
    if (error) {
        written.error = failure("writing to", error);
    }
    co_return written;
}

bool SocketWire::is_quiet() {
    error_code error;
    char byte = 0;
    const asio::mutable_buffer buffer{&byte, 1};
    socket_.non_blocking(true, error);
    if (error) {
        return false;
    }
    socket_.receive(buffer, tcp::socket::message_peek, error);
    return error == asio::error::would_block;
}

/// The answer of a name server; its own lifetime, because a resolver's thread cannot be called
/// back.
struct Lookup {
    explicit Lookup(const asio::any_io_executor& executor) : resolver{executor}, ready{executor} {}
    tcp::resolver resolver;
    asio::steady_timer ready;
    std::vector<tcp::endpoint> endpoints;
    error_code error;
    bool is_done = false;
};

class SocketConnector final : public Connector {
public:
    SocketConnector(asio::any_io_executor executor, std::shared_ptr<Peer> peer)
        : executor_{std::move(executor)}, peer_{std::move(peer)} {}

    asio::awaitable<Result<std::shared_ptr<Wire>>> connect(Deadline until) override;

private:
    asio::awaitable<Result<std::vector<tcp::endpoint>>> resolve(Deadline until);

    asio::any_io_executor executor_;
    std::shared_ptr<Peer> peer_;
};

asio::awaitable<Result<std::vector<tcp::endpoint>>> SocketConnector::resolve(Deadline until) {
    error_code error;
    const auto address = asio::ip::make_address(peer_->host, error);
    if (!error) {
        co_return std::vector<tcp::endpoint>{tcp::endpoint{address, peer_->port}};
    }
    // Shared with the handler, which may come after we gave up waiting.
    const auto lookup = std::make_shared<Lookup>(executor_);
    lookup->ready.expires_at(until.time());
    lookup->resolver.async_resolve(
        peer_->host,
        std::to_string(peer_->port),
        [lookup](const error_code& failed, const tcp::resolver::results_type& found) {
            lookup->error = failed;
            for (const auto& entry : found) {
                lookup->endpoints.push_back(entry.endpoint());
            }
            lookup->is_done = true;
            lookup->ready.cancel();
        }
    );
    co_await lookup->ready.async_wait(asio::redirect_error(asio::use_awaitable, error));
    const std::string doing = "resolving " + quoted(peer_->host) + ": ";
    if (!lookup->is_done) {
        const Errc code = until.passed() ? Errc::timed_out : Errc::cancelled;
        co_return Error{code, doing + (code == Errc::timed_out ? "timed out" : "cancelled")};
    }
    if (lookup->error || lookup->endpoints.empty()) {
        co_return Error{Errc::unavailable, doing + lookup->error.message()};
    }
    co_return std::move(lookup->endpoints);
}

asio::awaitable<Result<std::shared_ptr<Wire>>> SocketConnector::connect(Deadline until) {
    auto endpoints = co_await resolve(until);
    if (!endpoints) {
        co_return endpoints.error();
    }
    const auto wire = std::make_shared<SocketWire>(executor_, peer_); // shared with its alarm
    Status connected;
    for (std::size_t i = 0; i < endpoints->size(); ++i) {
        // An address that swallows packets must leave time for the others.
        const auto left = until.time() - std::chrono::steady_clock::now();
        const Deadline share =
            until.capped(left / static_cast<std::int64_t>(endpoints->size() - i));
        connected = co_await wire->connect((*endpoints)[i], share);
        if (connected || connected.error().is(Errc::cancelled) || until.passed()) {
            break;
        }
    }
    if (!connected) {
        co_return connected.error();
    }
    auto greeted = co_await wire->shake_hands(until);
    if (!greeted) {
        co_return greeted.error();
    }
    co_return std::shared_ptr<Wire>{wire};
}

[[noreturn]] void refuse(const Options& options, std::string_view what) {
    throw Exception{Error{
        Errc::invalid_argument,
        "setting up TLS to " + options.host + ": " + std::string{what} + " cannot be read"}};
}

asio::const_buffer buffer_of(std::string_view text) {
    return {text.data(), text.size()};
}

asio::ssl::context make_context(const Options& options) {
    asio::ssl::context context{asio::ssl::context::tls_client};
    context.set_verify_mode(asio::ssl::verify_peer);
    error_code error;
    if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1) {
        refuse(options, "the protocol version");
    }
    if (options.ca_pem.empty()) {
        context.set_default_verify_paths(error);
    } else {
        context.add_certificate_authority(buffer_of(options.ca_pem), error);
        // As Go does: what the operator names is trusted, be it a root or not.
        X509_STORE_set_flags(
            SSL_CTX_get_cert_store(context.native_handle()), X509_V_FLAG_PARTIAL_CHAIN
        );
    }
    if (error) {
        refuse(options, "the certificate authority");
    }
    if (options.client_certificate_pem.empty()) {
        return context;
    }
    context.use_certificate_chain(buffer_of(options.client_certificate_pem), error);
    if (error) {
        refuse(options, "the client certificate");
    }
    context.use_private_key(
        buffer_of(options.client_key_pem.reveal()), asio::ssl::context::pem, error
    );
    if (error || SSL_CTX_check_private_key(context.native_handle()) != 1) {
        refuse(options, "the client key, or one that fits the certificate,");
    }
    return context;
}

} // namespace

std::shared_ptr<Connector> make_connector(asio::any_io_executor executor, const Options& options) {
    auto peer = std::make_shared<Peer>(); // shared by the connections, some outlive the connector
    peer->host = options.host;
    peer->port = options.port;
    peer->certified_name = options.tls_server_name.empty() ? options.host : options.tls_server_name;
    if (options.is_tls) {
        peer->tls.emplace(make_context(options));
    }
    return std::make_shared<SocketConnector>(std::move(executor), std::move(peer));
}

} // namespace seakeeper::http
