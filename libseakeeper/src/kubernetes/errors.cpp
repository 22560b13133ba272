// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/errors.hpp>

#include <boost/json/value.hpp>

#include <algorithm>

namespace seakeeper::kubernetes {
namespace {

bool holds(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// What a body says: a Status object's reason and message, or plain text.
struct Said {
    std::string reason;
    std::string message;
};

Said said_in(std::string_view body) {
    if (!body.starts_with('{')) {
        return Said{{}, std::string{body.substr(0, body.find_last_not_of("\r\n") + 1)}};
    }
    const auto status = parse_object(body);
    if (!status || text_at(*status, "kind") != "Status") {
        return Said{{}, std::string{body.substr(0, 1000)}};
    }
    return Said{std::string{text_at(*status, "reason")}, std::string{text_at(*status, "message")}};
}

/// Two failures of a write that come as 500 and yet will never succeed (etcd's limits).
bool is_too_large(const Said& said) {
    return holds(said.message, "request is too large") || holds(said.message, "ResourceExhausted");
}

/// A log asked for too early; the second form comes between scheduling and the kubelet's report.
bool is_not_started(const Said& said) {
    return holds(said.message, "is waiting to start")
           || (said.message.starts_with("container ") && said.message.ends_with(" is not available")
           );
}

Errc code_of_5xx(Verb verb, const Answer& answer, const Said& said) {
    if (is_too_large(said)) {
        return Errc::limit_exceeded;
    }
    if (verb == Verb::read || answer.retry_after || retry_after_of(answer.body)) {
        return Errc::unavailable;
    }
    return Errc::unknown_outcome;
}

Errc code_of(Verb verb, const Answer& answer, const Said& said) {
    switch (answer.status) {
    case 400:
        return is_not_started(said) ? Errc::unavailable : Errc::invalid_argument;
    case 401:
        return Errc::unauthenticated;
    case 403:
        // a quota on a kind that the controller manager has not counted yet passes as well
        return holds(said.message, "exceeded quota")
                       || holds(said.message, "status unknown for quota")
                   ? Errc::quota_exceeded
                   : Errc::permission_denied;
    case 404:
        return Errc::not_found;
    case 409:
        return said.reason == "AlreadyExists" ? Errc::already_exists : Errc::conflict;
    case 410:
        return Errc::gone;
    case 413:
        return Errc::limit_exceeded;
    case 429:
        return Errc::throttled;
    default:
        break;
    }
    if (answer.status >= 500) {
        return code_of_5xx(verb, answer, said);
    }
    return answer.status >= 400 ? Errc::invalid_argument : Errc::unsupported;
}

} // namespace

Error status_to_error(Verb verb, const Answer& answer) {
    const Said said = said_in(answer.body);
    std::string text = "the API server says " + std::to_string(answer.status);
    if (!said.reason.empty()) {
        text += " " + sanitized(said.reason, 60);
    }
    if (!said.message.empty()) {
        text += ": " + quoted(said.message, 600);
    }
    return Error{code_of(verb, answer, said), std::move(text)};
}

std::optional<std::chrono::milliseconds>
retry_delay(const Attempt& attempt, const RetryLimits& limits, double random) {
    if (attempt.number >= limits.tries) {
        return std::nullopt;
    }
    if (attempt.status) {
        const bool is_passing = *attempt.status == 429 || *attempt.status >= 500;
        if (!is_passing || !attempt.retry_after) {
            return std::nullopt;
        }
        return std::chrono::milliseconds{*attempt.retry_after};
    }
    if (attempt.transport_error != Errc::unavailable) {
        return std::nullopt;
    }
    return backoff_delay(attempt.number, limits, random);
}

std::chrono::milliseconds backoff_delay(int number, const RetryLimits& limits, double random) {
    const int doublings = std::clamp(number - 1, 0, 20);
    const auto full = std::min(limits.first * (std::int64_t{1} << doublings), limits.last);
    const auto spread = static_cast<double>(full.count()) * (0.5 + random / 2);
    return std::chrono::milliseconds{static_cast<std::int64_t>(spread)};
}

std::optional<std::chrono::seconds> retry_after_of(std::string_view body) {
    if (!body.starts_with('{')) {
        return std::nullopt;
    }
    const auto status = parse_object(body);
    const json::object* details = status ? object_at(*status, "details") : nullptr;
    const json::value* seconds =
        details == nullptr ? nullptr : details->if_contains("retryAfterSeconds");
    if (seconds == nullptr || !seconds->is_int64() || seconds->get_int64() < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds{std::min<std::int64_t>(seconds->get_int64(), 86'400)};
}

} // namespace seakeeper::kubernetes
