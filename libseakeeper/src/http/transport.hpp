// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>
#include <seakeeper/core/secret.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// HTTP/1.1 as the two clients need it. Beast, Asio's SSL and OpenSSL stand behind it in one
// translation unit; everybody else compiles against these few types.
namespace seakeeper::http {

namespace asio = boost::asio;

struct Header {
    std::string name;
    std::string value;
};

struct Request {
    std::string method = "GET";
    std::string target; ///< path and query, already percent-encoded
    std::vector<Header> headers;
    std::string body;
    /// Whether sending it twice does no harm: only such a request is sent again by the pool when a
    /// kept-alive connection turns out dead after bytes were written.
    bool is_idempotent = true;
};

struct Response {
    int status = 0;
    std::vector<Header> headers;
    std::string body;

    /// The first header of that name (case does not matter), or empty.
    SEAKEEPER_API std::string_view header(std::string_view name) const;
    /// Retry-After in seconds or as a date (RFC 9110 10.2.3), never negative.
    SEAKEEPER_API std::optional<std::chrono::seconds> retry_after(const Clock& clock) const;
};

/// A body that arrives for as long as the server likes: watches and logs.
class SEAKEEPER_API BodyStream {
public:
    virtual ~BodyStream() = default;
    /// Some bytes; empty at the regular end. Errc::timed_out when nothing came by `until` (the
    /// stream stays usable), Errc::unavailable when the connection broke or the body was cut short.
    virtual asio::awaitable<Result<std::string>> read(Deadline until) = 0;
};

struct StreamedResponse {
    Response head; ///< its body is filled only when status is not 2xx
    std::unique_ptr<BodyStream> body;
};

/// One server. Used from the thread of its executor only. Operations under way may outlive it.
class SEAKEEPER_API Transport {
public:
    virtual ~Transport() = default;
    /// Any status is a success here; gzip is undone. Errors: timed_out, unavailable, malformed (not
    /// HTTP), limit_exceeded, untrusted_peer (its certificate), unauthenticated (it refused ours),
    /// invalid_argument (a line break in a header), cancelled. A request that is not idempotent
    /// ends with unknown_outcome instead whenever some of it may have been sent.
    virtual asio::awaitable<Result<Response>> send(Request request, Deadline until) = 0;
    /// Like send, on a connection of its own; `until` bounds the time to the header. For idempotent
    /// requests. The stream may outlive the transport.
    virtual asio::awaitable<Result<StreamedResponse>> open(Request request, Deadline until) = 0;
};

struct Options {
    bool is_tls = true;
    std::string host;
    std::uint16_t port = 443;
    std::string tls_server_name; ///< empty: host. What the certificate must be valid for
    std::string ca_pem;          ///< empty: the machine's trust store
    std::string client_certificate_pem;
    Secret client_key_pem;
    std::size_t connections = 6;   ///< kept alive at most; more wait their turn
    std::chrono::seconds idle{20}; ///< a kept-alive connection older than this is not used again
    std::size_t body_bytes = 32u << 20; ///< of an answer, after decoding
    std::string user_agent = "seakeeper";
};

/// A pool of kept-alive connections to one server. TLS >= 1.2, always verified; redirects are
/// answers, never followed. Throws Exception for certificates or keys that cannot be read.
SEAKEEPER_API std::unique_ptr<Transport>
make_transport(asio::any_io_executor executor, Options options);

/// An absolute URL, taken apart: http and https only, no user information, no fragment.
struct Url {
    bool is_tls = true;
    std::string host;
    std::uint16_t port = 443;
    std::string path; ///< without a trailing slash
};
SEAKEEPER_API Result<Url> parse_url(std::string_view text);

/// One path segment or query value, percent-encoded (RFC 3986 unreserved characters stay).
SEAKEEPER_API std::string percent_encoded(std::string_view text);

} // namespace seakeeper::http
