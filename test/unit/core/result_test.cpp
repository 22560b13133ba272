// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;

namespace {

Result<int> failing() {
    return Error{Errc::timed_out, "timed out after 10 s"};
}

} // namespace

TEST_CASE("an error says what was being done, to what, and why it failed") {
    auto result = failing();
    REQUIRE_FALSE(result);
    const Error error = std::move(result).error().within("fetching change 4711");
    CHECK(error.message == "fetching change 4711: timed out after 10 s");
    CHECK(error.is(Errc::timed_out));
    CHECK_THROWS_AS((void)failing().value(), Exception);
}

TEST_CASE("wall times are written as RFC 3339") {
    CHECK(
        to_rfc3339(WallTime{std::chrono::milliseconds{1795357260123}}) == "2026-11-22T14:21:00.123Z"
    );
}
