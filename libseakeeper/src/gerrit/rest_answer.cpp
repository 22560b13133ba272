// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_answer.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seakeeper::gerrit {

namespace json = boost::json;

namespace {

constexpr std::string_view magic_prefix = ")]}'";
constexpr std::size_t json_depth = 64;

bool is_success(int status) {
    return status >= 200 && status < 300;
}

bool begins_with_type(std::string_view content_type, std::string_view wanted) {
    return content_type.size() >= wanted.size()
           && std::equal(wanted.begin(), wanted.end(), content_type.begin(), [](char a, char b) {
                  return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b);
              });
}

Error not_gerrit(const Answer& answer) {
    return Error{
        Errc::unavailable,
        fmt::format(
            "answered {} with {} instead of Gerrit's JSON: a login page or a proxy stands in front",
            answer.status,
            quoted(answer.content_type, 60)
        )};
}

Error error_of(const Answer& answer, Repeatable repeatable) {
    const auto errc = errc_of_status(answer.status, repeatable);
    if (begins_with_type(answer.content_type, "text/html")) {
        return Error{errc, fmt::format("answered {} with a web page", answer.status)};
    }
    auto words = answer.body;
    while (words.ends_with('\n')) {
        words.remove_suffix(1);
    }
    return Error{errc, fmt::format("answered {}: {}", answer.status, quoted(words, 300))};
}

Result<std::string_view> without_prefix(const Answer& answer) {
    if (!answer.body.starts_with(magic_prefix)) {
        return Error{
            Errc::malformed,
            "the answer lacks Gerrit's prefix )]}': " + quoted(answer.body.substr(0, 80), 80)};
    }
    const auto line_end = answer.body.find('\n');
    if (line_end == std::string_view::npos) {
        return Error{Errc::unavailable, "the answer was cut short"};
    }
    return answer.body.substr(line_end + 1);
}

Error json_error(const boost::system::error_code& code) {
    if (code == json::error::incomplete) {
        return Error{Errc::unavailable, "the answer was cut short"};
    }
    if (code == json::error::too_deep) {
        return Error{
            Errc::limit_exceeded, fmt::format("the answer is nested deeper than {}", json_depth)};
    }
    return Error{Errc::malformed, "the answer is not JSON: " + code.message()};
}

} // namespace

Errc errc_of_status(int status, Repeatable repeatable) noexcept {
    const auto lost = repeatable == Repeatable::yes ? Errc::unavailable : Errc::unknown_outcome;
    switch (status) {
    case 400:
    case 422:
        return Errc::invalid_argument;
    case 401:
        return Errc::unauthenticated;
    case 403:
        return Errc::permission_denied;
    case 404:
        return Errc::not_found;
    case 405:
    case 409:
    case 412:
        return Errc::conflict;
    case 408:
        return Errc::timed_out;
    case 413:
        return Errc::limit_exceeded;
    case 429:
        return Errc::throttled;
    case 501:
        return Errc::unsupported;
    case 503:
        return Errc::unavailable;
    default:
        break;
    }
    if (status >= 500) {
        return lost;
    }
    if (status >= 400) {
        return status == 499 ? lost : Errc::invalid_argument;
    }
    return status >= 300 ? Errc::unauthenticated : Errc::malformed; // 3xx: on its way to a login
}

Result<json::value> json_of(const Answer& answer, Repeatable repeatable) {
    if (!is_success(answer.status)) {
        return error_of(answer, repeatable);
    }
    if (answer.status == 204 && answer.body.empty()) {
        return json::value{};
    }
    if (!begins_with_type(answer.content_type, "application/json")) {
        return not_gerrit(answer);
    }
    const auto text = without_prefix(answer);
    if (!text) {
        return text.error();
    }
    boost::system::error_code code;
    json::parse_options options;
    options.max_depth = json_depth;
    auto value = json::parse(json::string_view{text->data(), text->size()}, code, {}, options);
    if (code) {
        return json_error(code);
    }
    return value;
}

Result<std::string> content_of(const Answer& answer) {
    if (!is_success(answer.status)) {
        return error_of(answer, Repeatable::yes);
    }
    if (!begins_with_type(answer.content_type, "text/plain")) {
        return not_gerrit(answer);
    }
    return from_base64(answer.body);
}

Result<std::string> text_of(const Answer& answer) {
    if (!is_success(answer.status)) {
        return error_of(answer, Repeatable::yes);
    }
    // Plugin events-log says text/html and sends lines of JSON.
    if (!answer.body.empty() && answer.body.front() != '{') {
        return not_gerrit(answer);
    }
    return std::string{answer.body};
}

std::optional<std::chrono::milliseconds>
delay_before_retry(const RetryPolicy& policy, const Failure& failure, double random) {
    const bool may_help = failure.errc == Errc::unavailable || failure.errc == Errc::timed_out
                          || failure.errc == Errc::throttled;
    if (!may_help || failure.attempt >= policy.attempts) {
        return std::nullopt;
    }
    const int doublings = std::min(failure.attempt - 1, 20);
    const auto ceiling = std::min<std::int64_t>(
        policy.longest.count(), policy.first.count() * (std::int64_t{1} << doublings)
    );
    std::chrono::milliseconds delay{
        std::llround(std::floor(static_cast<double>(ceiling) * random))};
    if (failure.retry_after) {
        if (*failure.retry_after > policy.longest) {
            return std::nullopt;
        }
        delay = std::max<std::chrono::milliseconds>(delay, *failure.retry_after);
    }
    return delay;
}

std::string without_secret(std::string text, std::string_view secret) {
    if (secret.size() < 4) { // would eat ordinary letters
        return text;
    }
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
        text.replace(at, secret.size(), "[secret]");
        at += 8;
    }
    return text;
}

} // namespace seakeeper::gerrit
