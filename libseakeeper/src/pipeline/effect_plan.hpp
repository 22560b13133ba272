// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>
#include <seakeeper/store/rows.hpp>

#include <chrono>

// What becomes of an effect that did not succeed. Pure.
namespace seakeeper::pipeline {

/// Whether the peer is to blame: it did not answer, or said that it is too busy.
SEAKEEPER_API bool is_peers_fault(const Error& error);
/// Of a start that will never be accepted, however often it is tried.
SEAKEEPER_API bool is_final(const Error& error);

enum class Next : std::uint8_t {
    retry,
    dead, ///< a person has to look; kept, and tried again when told to
};
struct EffectPlan {
    Next next = Next::retry;
    std::chrono::milliseconds wait{0};
};
/// `jitter` in [0, 1); `took`: how long the attempt took. A report whose outcome is unknown waits
/// until what is under way has landed, before it is looked for: longer where Gerrit is slow.
SEAKEEPER_API EffectPlan plan_after(
    const store::Effect& effect,
    const Error& error,
    double jitter,
    std::chrono::milliseconds took = std::chrono::milliseconds{0}
);
/// As long waits a report that the process before this one may have sent.
inline constexpr std::chrono::milliseconds landing_of_another{10'000};

/// Rests a peer that fails: opens after five failures in a row, for a second, doubling to a minute;
/// then lets one call through, whose end decides. One for each peer.
class SEAKEEPER_API Breaker final {
public:
    /// Whether a call may be made now. True while it rests only for the one that tries.
    bool admits(SteadyTime now);
    void succeeded();
    void failed(SteadyTime now);
    bool is_open() const noexcept { return failures_ >= limit; }
    /// When the next call may be tried; meaningful while it is open.
    SteadyTime rests_until() const noexcept { return rests_until_; }

    static constexpr unsigned limit = 5;

private:
    unsigned failures_ = 0;
    SteadyTime rests_until_{};
};

/// Bounds on runs that do not move.
struct RunLimits {
    std::chrono::seconds taken_within{600}; ///< from its creation to a sign of its controller
    std::chrono::seconds deadline{0};       ///< the site's; its controller ends it by then
    std::chrono::seconds slack{600};        ///< what it may take to end it
};
/// Why a run that its executor has is given up; empty: it is not. `is_taken`: its controller has
/// given a sign.
SEAKEEPER_API std::string
overdue(const store::WorkloadRow& row, bool is_taken, const RunLimits& limits, WallTime now);

} // namespace seakeeper::pipeline
