// SPDX-License-Identifier: Apache-2.0
#include "pipeline/effect_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

/// A request that was cut off may still be worked on: a loaded Gerrit 3.10.2 was seen to post 87 s
/// after it was asked.
constexpr std::chrono::milliseconds landing = 3'000ms;
constexpr std::chrono::milliseconds first_rest = 1'000ms;
constexpr std::chrono::milliseconds longest_rest = 60'000ms;

/// Of a report that will never be accepted.
bool is_lost_cause(const Error& error) {
    return is_final(error) || error.is(Errc::not_found) || error.is(Errc::permission_denied)
           || error.is(Errc::corrupt) || error.is(Errc::conflict);
}

} // namespace

bool is_peers_fault(const Error& error) {
    return error.is(Errc::unavailable) || error.is(Errc::timed_out) || error.is(Errc::throttled)
           || error.is(Errc::unknown_outcome) || error.is(Errc::io);
}

bool is_final(const Error& error) {
    return error.is(Errc::already_exists) || error.is(Errc::malformed) || error.is(Errc::refused)
           || error.is(Errc::invalid_argument) || error.is(Errc::limit_exceeded)
           || error.is(Errc::unsupported);
}

EffectPlan plan_after(
    const store::Effect& effect, const Error& error, double jitter, std::chrono::milliseconds took
) {
    if (effect.kind == "report" && is_lost_cause(error)) {
        return {Next::dead, 0ms};
    }
    const auto doublings = std::min<std::uint32_t>(effect.attempts, 7);
    const auto longest = std::min<std::int64_t>(longest_rest.count(), 500LL << doublings);
    std::chrono::milliseconds wait{
        longest / 2 + static_cast<std::int64_t>(static_cast<double>(longest / 2) * jitter)};
    if (effect.kind == "report" && error.is(Errc::unknown_outcome)) {
        wait = std::max({wait, landing, 4 * took});
    }
    return {Next::retry, wait};
}

bool Breaker::admits(SteadyTime now) {
    if (!is_open()) {
        return true;
    }
    if (now < rests_until_) {
        return false;
    }
    rests_until_ = now + longest_rest; // the others wait for the one that tries
    return true;
}

void Breaker::succeeded() {
    failures_ = 0;
}

void Breaker::failed(SteadyTime now) {
    ++failures_;
    if (is_open()) {
        const auto doublings = std::min(failures_ - limit, 6U);
        rests_until_ = now + std::min(longest_rest, first_rest * (1 << doublings));
    }
}

std::string
overdue(const store::WorkloadRow& row, bool is_taken, const RunLimits& limits, WallTime now) {
    if (!row.started) {
        return {};
    }
    const auto age = now - *row.started;
    if (!is_taken && age > limits.taken_within) {
        return fmt::format(
            "Its controller did not begin it within {} s.", limits.taken_within.count()
        );
    }
    if (limits.deadline > 0s && age > limits.deadline + limits.slack) {
        return fmt::format(
            "It ran past its deadline of {} s, and its controller did not end it.",
            limits.deadline.count()
        );
    }
    return {};
}

} // namespace seakeeper::pipeline
