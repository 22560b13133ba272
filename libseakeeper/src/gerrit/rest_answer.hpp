// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

// What an HTTP answer of Gerrit means. Pure.
namespace seakeeper::gerrit {

struct Answer {
    int status = 0;
    std::string_view content_type;
    std::string_view body;
};

/// Whether the request does no harm when it is sent twice.
enum class Repeatable { yes, no };

/// For statuses that are not 2xx (Gerrit 3.10: RestApiServlet). A lost or half-done write is
/// Errc::unknown_outcome where the request is not repeatable; 503 says that nothing was written.
Errc errc_of_status(int status, Repeatable repeatable) noexcept;

/// The JSON value of a 2xx answer; the error otherwise. Never throws.
Result<boost::json::value> json_of(const Answer& answer, Repeatable repeatable);
/// The bytes behind a `content` answer: base64, plain.
Result<std::string> content_of(const Answer& answer);

/// The body of a plugin's answer, of whatever type but a page for people.
Result<std::string> text_of(const Answer& answer);

struct Failure {
    Errc errc;
    int attempt = 1; ///< which attempt failed
    std::optional<std::chrono::seconds> retry_after;
};

/// How long to wait before the next attempt: exponential with full jitter (`random` in [0, 1)), not
/// below what the server asked for. Nothing: do not try again.
std::optional<std::chrono::milliseconds>
delay_before_retry(const RetryPolicy& policy, const Failure& failure, double random);

/// `text` without `secret`, should a peer have sent it back.
std::string without_secret(std::string text, std::string_view secret);

} // namespace seakeeper::gerrit
