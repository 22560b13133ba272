// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <initializer_list>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

enum class LogLevel { debug, info, warning, error };

/// One structured member of a log record. Peer text may stand in a value: the sink escapes it.
struct LogField {
    std::string_view key;
    std::string value;
};

/// Where log records go: the program's choice (seakeeperd: spdlog). Implementations are safe to
/// call from any thread and do not throw.
class SEAKEEPER_API Logger {
public:
    virtual ~Logger() = default;
    /// `event` is a stable lower-case phrase ("gerrit stream connected"); what varies is a field.
    virtual void
    log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept = 0;

    void debug(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
        log(LogLevel::debug, event, fields);
    }
    void info(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
        log(LogLevel::info, event, fields);
    }
    void warning(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
        log(LogLevel::warning, event, fields);
    }
    void error(std::string_view event, std::initializer_list<LogField> fields = {}) noexcept {
        log(LogLevel::error, event, fields);
    }
};

/// Drops everything; lives for ever.
SEAKEEPER_API Logger& no_log();

SEAKEEPER_API std::string_view to_string(LogLevel level) noexcept;

} // namespace v0
} // namespace seakeeper
