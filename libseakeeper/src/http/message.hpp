// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transport.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// HTTP/1.1 messages as bytes: no sockets here. Fed by the transport and by the fuzzer.
namespace seakeeper::http {

/// The request as it goes over the wire. Errc::invalid_argument when a part would break out of its
/// line, or the target is not an absolute path.
Result<std::string> serialized(const Options& options, const Request& request);

/// Reads one answer, skipping 1xx ones before it. Bytes may be hostile.
class ResponseReader {
public:
    /// `body_limit` none: the body is taken away as it comes (take_body).
    ResponseReader(std::string_view method, std::optional<std::size_t> body_limit);
    ~ResponseReader();
    ResponseReader(const ResponseReader&) = delete;
    ResponseReader& operator=(const ResponseReader&) = delete;

    /// Errc::malformed, Errc::limit_exceeded (header over 64 KiB, body over its limit).
    Status feed(std::string_view bytes);
    /// The server closed. Errc::unavailable when the answer is not complete.
    Status feed_end();

    bool has_begun() const noexcept; ///< some byte of the answer came
    bool has_header() const noexcept;
    bool is_done() const noexcept;
    /// Done, nothing left over, and the server keeps the connection.
    bool may_keep() const noexcept;
    Response& response() noexcept;
    std::string take_body();

private:
    class Parser;
    void begin();
    Status parse_some();

    bool is_head_;
    std::optional<std::size_t> body_limit_;
    std::unique_ptr<Parser> parser_;
    std::string pending_;
    bool has_begun_ = false;
};

/// Undoes Content-Encoding: gzip in place, at most `limit` bytes.
Status decode_content(Response& response, std::size_t limit);

} // namespace seakeeper::http
