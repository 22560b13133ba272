// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

// What an answer of the API server means, and whether to ask again. Pure.
namespace seakeeper::kubernetes {

/// The parts of an HTTP answer that decide.
struct Answer {
    int status = 0;
    std::string_view
        body; ///< a Status object, or plain text (429 of priority and fairness), or HTML
    std::optional<std::chrono::seconds> retry_after; ///< the header
};

/// The failure that an answer of status >= 300 stands for. By HTTP code first, body second:
/// - 400, 422 and other 4xx: invalid_argument (400 of a log whose container has not
///   started: unavailable)
/// - 401: unauthenticated; 403: permission_denied, or quota_exceeded by its text
/// - 404: not_found; 409: already_exists or conflict, by its reason; 410: gone; 413: limit_exceeded
/// - 429: throttled, be its body a Status or plain text
/// - 500 with "request is too large" or ResourceExhausted: limit_exceeded, final though a 500
/// - other 5xx: unavailable for reads, and for writes when the server says when to retry; else
///   unknown_outcome
/// - 3xx: unsupported
enum class Verb : std::uint8_t { read, write };
SEAKEEPER_API Error status_to_error(Verb verb, const Answer& answer);

/// One attempt that failed.
struct Attempt {
    Verb verb = Verb::read;
    int number = 1;                                  ///< from 1
    std::optional<int> status;                       ///< none: no answer
    std::optional<std::chrono::seconds> retry_after; ///< header, or details.retryAfterSeconds
    Errc transport_error = Errc::unavailable;        ///< when there was no answer
};

struct RetryLimits {
    int tries = 10;
    std::chrono::milliseconds first{800};
    std::chrono::milliseconds last{30'000};
};

/// How long to wait before the next attempt, or none: give up. 429 and >= 500 are tried again only
/// when the server says when (client-go rest/with_retry.go); a lost connection only for reads and
/// for what was never sent. `random` in [0, 1).
SEAKEEPER_API std::optional<std::chrono::milliseconds>
retry_delay(const Attempt& attempt, const RetryLimits& limits, double random);

/// first * 2^(number-1), at most last, then spread over [1/2, 1] of it by `random` in [0, 1).
SEAKEEPER_API std::chrono::milliseconds
backoff_delay(int number, const RetryLimits& limits, double random);

/// details.retryAfterSeconds of a Status body, if it is one.
SEAKEEPER_API std::optional<std::chrono::seconds> retry_after_of(std::string_view body);

} // namespace seakeeper::kubernetes
