// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/clock.hpp>

#include <fmt/core.h>

namespace seakeeper {
namespace {

class SystemClock final : public Clock {
public:
    WallTime wall() const override {
        return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

} // namespace

inline namespace v0 {

const Clock& system_clock() {
    static const SystemClock clock;
    return clock;
}

std::string to_rfc3339(WallTime time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{time - day};
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        clock.hours().count(),
        clock.minutes().count(),
        clock.seconds().count(),
        clock.subseconds().count()
    );
}

} // namespace v0
} // namespace seakeeper
