// SPDX-License-Identifier: Apache-2.0
#include "pipeline/effect_plan.hpp"

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::pipeline;
using namespace std::chrono_literals;

namespace {

store::Effect effect_of(const char* kind, std::uint32_t attempts) {
    store::Effect effect;
    effect.kind = kind;
    effect.attempts = attempts;
    return effect;
}

} // namespace

TEST_SUITE_BEGIN("effects");

TEST_CASE("a further try waits longer each time, spread by chance, a minute at the most") {
    const Error down{Errc::unavailable, "down"};
    CHECK(plan_after(effect_of("create", 0), down, 0).wait == 250ms);
    CHECK(plan_after(effect_of("create", 0), down, 0.5).wait == 375ms);
    CHECK(plan_after(effect_of("create", 3), down, 0).wait == 2'000ms);
    CHECK(plan_after(effect_of("create", 400), down, 0.999).wait <= 60s);
    CHECK(plan_after(effect_of("create", 400), down, 0).wait >= 30s);
}

TEST_CASE("a report that nobody will ever accept is dead, everything else is tried again") {
    struct Row {
        const char* kind;
        Errc errc;
        Next next;
    };
    for (const auto& [kind, errc, next] : {
             Row{"report", Errc::permission_denied, Next::dead},
             Row{"report", Errc::not_found, Next::dead},
             Row{"report", Errc::unavailable, Next::retry},
             Row{"report", Errc::unauthenticated, Next::retry},
             Row{"create", Errc::quota_exceeded, Next::retry},
             Row{"release", Errc::permission_denied, Next::retry},
         }) {
        CAPTURE(kind);
        CHECK(plan_after(effect_of(kind, 1), Error{errc, "x"}, 0).next == next);
    }
}

TEST_CASE("a report whose outcome is unknown is not looked for while it may be on its way") {
    const Error lost{Errc::unknown_outcome, "reset"};
    CHECK(plan_after(effect_of("report", 1), lost, 0).wait == 3'000ms);
    CHECK(plan_after(effect_of("report", 1), lost, 0, 30s).wait == 120s);
    CHECK(plan_after(effect_of("create", 1), lost, 0, 30s).wait == 500ms); // its name tells
}

TEST_CASE("a peer that fails five times in a row rests, and one call finds out whether it is back"
) {
    Breaker breaker;
    auto now = SteadyTime{} + 1h;
    for (int i = 0; i < 4; ++i) {
        breaker.failed(now);
        CHECK(breaker.admits(now));
    }
    breaker.failed(now);
    CHECK(breaker.is_open());
    CHECK_FALSE(breaker.admits(now + 999ms));
    CHECK(breaker.admits(now + 1s));
    CHECK_FALSE(breaker.admits(now + 1s)); // the others wait for it
    breaker.failed(now + 2s);
    CHECK_FALSE(breaker.admits(now + 3s)); // twice as long
    CHECK(breaker.admits(now + 4s));
    breaker.succeeded();
    CHECK_FALSE(breaker.is_open());
    CHECK(breaker.admits(now + 4s));
}

TEST_CASE("a run that nobody begins, or nobody ends, is given up within a bound") {
    store::WorkloadRow row;
    RunLimits limits;
    limits.taken_within = 600s;
    limits.deadline = 3'600s;
    limits.slack = 600s;
    const WallTime now{1'000'000s};
    CHECK(overdue(row, false, limits, now).empty()); // not created yet
    row.started = now - 600s;
    CHECK(overdue(row, false, limits, now).empty());
    row.started = now - 601s;
    CHECK_FALSE(overdue(row, false, limits, now).empty());
    CHECK(overdue(row, true, limits, now).empty());
    row.started = now - 4'201s;
    CHECK_FALSE(overdue(row, true, limits, now).empty());
    limits.deadline = 0s;
    CHECK(overdue(row, true, limits, now).empty());
}

TEST_SUITE_END();
