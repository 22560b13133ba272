// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::http {

/// A GET or HEAD request; every other method is answered 405 before anybody sees it.
struct Question {
    std::string path; ///< percent-decoded, begins with '/', holds no NUL and no "/../"
    std::vector<std::pair<std::string, std::string>> query; ///< percent-decoded
    std::string authorization; ///< the header's value, empty without one

    SEAKEEPER_API std::string_view value(std::string_view name) const;
};

struct Answer {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
    /// Sent instead of `body`, as far as it is written now; a file that grows is cut at the size it
    /// had when sending began.
    std::string file;
};

/// Called on the server's executor; must not block.
using Answers = std::function<Answer(const Question&)>;

struct ServerLimits {
    std::size_t header_bytes = 8192;
    std::size_t connections = 64; ///< more are closed unanswered
    std::uint32_t seconds = 15;   ///< for a request, and again for each 64 KiB of an answer
};

/// Answers HTTP/1.1 on one address, one request a connection: status pages for machines and people
/// behind a proxy. No TLS, no bodies. Stops when destroyed.
class SEAKEEPER_API Server {
public:
    virtual ~Server() = default;
    /// The port in use: of interest where 0 was asked for.
    virtual std::uint16_t port() const = 0;
};

/// `address` as "127.0.0.1:8083" or "[::1]:8083". Errc::invalid_argument for what is no address,
/// Errc::io when it cannot be bound.
SEAKEEPER_API Result<std::unique_ptr<Server>> serve(
    boost::asio::any_io_executor executor,
    std::string_view address,
    Answers answers,
    ServerLimits limits = {}
);

} // namespace seakeeper::http
