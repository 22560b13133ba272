// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <chrono>
#include <string>

namespace seakeeper {
inline namespace v0 {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where "now" comes from. Wall time only for records, logs and ages against a peer's clock;
/// steady time for every timeout. Safe to call from any thread.
class SEAKEEPER_API Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime wall() const = 0;
    virtual SteadyTime steady() const = 0;
};

/// The machine's clocks; lives for ever.
SEAKEEPER_API const Clock& system_clock();

/// The time by which an operation has to be over. Passed down unchanged, so that the parts of an
/// operation share one budget.
class Deadline {
public:
    static Deadline in(std::chrono::steady_clock::duration span) {
        return Deadline{std::chrono::steady_clock::now() + span};
    }
    static Deadline at(SteadyTime time) { return Deadline{time}; }

    SteadyTime time() const noexcept { return time_; }
    bool passed() const { return std::chrono::steady_clock::now() >= time_; }
    /// The nearer of this and `span` from now.
    Deadline capped(std::chrono::steady_clock::duration span) const {
        const auto other = std::chrono::steady_clock::now() + span;
        return Deadline{other < time_ ? other : time_};
    }

private:
    explicit Deadline(SteadyTime time) : time_{time} {}
    SteadyTime time_;
};

/// "2026-11-22T15:04:05.123Z".
SEAKEEPER_API std::string to_rfc3339(WallTime time);

} // namespace v0
} // namespace seakeeper
