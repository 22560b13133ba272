// SPDX-License-Identifier: Apache-2.0
#include "gerrit/stream_plan.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace seakeeper::gerrit {
namespace {

using std::chrono::milliseconds;

bool is_word(const std::string& text) {
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || c == '-';
    });
}

bool needs_a_person(const Error& reason) {
    return reason.is(Errc::untrusted_peer) || reason.is(Errc::unauthenticated)
           || reason.is(Errc::permission_denied) || reason.is(Errc::io)
           || reason.is(Errc::malformed);
}

} // namespace

Result<std::string> stream_command(const std::vector<std::string>& types) {
    std::string command = "gerrit stream-events";
    for (const auto& type : types) {
        if (!is_word(type)) {
            return Error{
                Errc::invalid_argument,
                fmt::format(
                    "subscribing to event type {}: not a word of letters, digits "
                    "and '-'",
                    quoted(type)
                )};
        }
        command += " -s " + type;
    }
    return command;
}

milliseconds pause_before_retry(
    const StreamOptions& options, const Error& reason, unsigned failures, double random
) {
    const double longest = static_cast<double>(options.longest_pause.count());
    if (needs_a_person(reason)) {
        return milliseconds{static_cast<long>(longest * (1 - 0.1 * random))};
    }
    double bound = static_cast<double>(options.first_pause.count());
    for (unsigned i = 1; i < failures && bound < longest; ++i) {
        bound *= 2;
    }
    return milliseconds{static_cast<long>(std::min(bound, longest) * random)};
}

Watch watch_silence(
    const StreamOptions& options,
    SteadyTime last_byte,
    std::optional<SteadyTime> last_probe,
    SteadyTime now
) {
    const auto dead = last_byte + options.silence;
    if (now >= dead) {
        return {Watch::Action::give_up, now};
    }
    const auto sign_of_life = std::max(last_byte, last_probe.value_or(last_byte));
    const auto probe = sign_of_life + options.keepalive;
    if (now >= probe) {
        return {Watch::Action::probe, std::min(now + options.keepalive, dead)};
    }
    return {Watch::Action::wait, std::min(probe, dead)};
}

Error reason_of(const ssh::Exec::Ending& ending) {
    auto text = ending.error_output;
    text.erase(text.find_last_not_of("\r\n \t") + 1);
    const auto said = text.empty() ? std::string{} : ": " + quoted(text);
    if (!ending.exit_status) {
        return {Errc::unavailable, "the server ended the connection" + said};
    }
    if (text.find("not permitted") != text.npos) {
        return {
            Errc::permission_denied,
            fmt::format("the user lacks the capability Stream Events{}", said)};
    }
    return {
        Errc::unavailable,
        fmt::format("stream-events ended with exit status {}{}", *ending.exit_status, said)};
}

} // namespace seakeeper::gerrit
