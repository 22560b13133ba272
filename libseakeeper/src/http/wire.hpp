// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transport.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

// Bytes to and from one server, plain or through TLS, each operation with a deadline.
namespace seakeeper::http {

struct Written {
    std::size_t bytes = 0; ///< that the server may have seen
    std::optional<Error> error;
};

/// One connection. After an error other than timed_out of a read it is of no more use.
class Wire {
public:
    virtual ~Wire() = default;
    /// At least one byte, or 0 when the server closed in order. A TLS stream that ends without
    /// close_notify is Errc::unavailable.
    virtual asio::awaitable<Result<std::size_t>>
    read_some(char* into, std::size_t size, Deadline until) = 0;
    virtual asio::awaitable<Written> write(std::string_view bytes, Deadline until) = 0;
    /// True when nothing came in and the server has not closed: safe to use for another request.
    virtual bool is_quiet() = 0;
};

/// Makes connections to the one server of the options.
class Connector {
public:
    virtual ~Connector() = default;
    /// Resolved, connected, and for TLS verified. Errors: timed_out, unavailable, untrusted_peer,
    /// unauthenticated, cancelled.
    virtual asio::awaitable<Result<std::shared_ptr<Wire>>> connect(Deadline until) = 0;
};

/// Throws Exception for certificates or keys that cannot be read.
std::shared_ptr<Connector> make_connector(asio::any_io_executor executor, const Options& options);

} // namespace seakeeper::http
