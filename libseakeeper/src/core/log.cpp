// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/log.hpp>

namespace seakeeper {
namespace {

class NoLog final : public Logger {
public:
    void log(LogLevel, std::string_view, std::initializer_list<LogField>) noexcept override {}
};

} // namespace

inline namespace v0 {

Logger& no_log() {
    static NoLog logger;
    return logger;
}

std::string_view to_string(LogLevel level) noexcept {
    switch (level) {
    case LogLevel::debug:
        return "debug";
    case LogLevel::info:
        return "info";
    case LogLevel::warning:
        return "warning";
    case LogLevel::error:
        return "error";
    }
    return "error";
}

} // namespace v0
} // namespace seakeeper
