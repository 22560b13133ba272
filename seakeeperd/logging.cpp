// SPDX-License-Identifier: Apache-2.0
#include "logging.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace seakeeper::daemon {
namespace {

spdlog::level::level_enum level_of(LogLevel level) {
    switch (level) {
    case LogLevel::debug:
        return spdlog::level::debug;
    case LogLevel::info:
        return spdlog::level::info;
    case LogLevel::warning:
        return spdlog::level::warn;
    case LogLevel::error:
        return spdlog::level::err;
    }
    return spdlog::level::err;
}

bool needs_quotes(std::string_view value) {
    return value.empty() || value.find_first_of(" \"\\=\n\r\t\x1b") != value.npos
           || !is_valid_utf8(value);
}

std::string as_text(std::string_view event, std::initializer_list<LogField> fields) {
    std::string line{event};
    for (const auto& field : fields) {
        line += fmt::format(
            " {}={}",
            field.key,
            needs_quotes(field.value) ? seakeeper::quoted(field.value, 2000) : field.value
        );
    }
    return line;
}

std::string
as_json(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
    boost::json::object record{{"level", to_string(level)}, {"event", event}};
    for (const auto& field : fields) {
        record[field.key] = sanitized(field.value, 16'000);
    }
    return boost::json::serialize(record);
}

class SpdLogger final : public Logger {
public:
    SpdLogger(LogFormat format, std::string_view level)
        : format_{format}, log_{"seakeeperd", std::make_shared<spdlog::sinks::stderr_sink_mt>()} {
        log_.set_pattern(format == LogFormat::json ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l %v");
        log_.set_level(spdlog::level::from_str(std::string{level}));
        log_.flush_on(spdlog::level::info);
    }

    void
    log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override {
        try {
            if (log_.should_log(level_of(level))) {
                log_.log(
                    level_of(level),
                    spdlog::string_view_t{
                        format_ == LogFormat::json ? as_json(level, event, fields)
                                                   : as_text(event, fields)}
                );
            }
        } catch (...) { // NOLINT: a log that cannot be written must not end the daemon
        }
    }

private:
    LogFormat format_;
    spdlog::logger log_;
};

} // namespace

std::unique_ptr<Logger> make_logger(LogFormat format, std::string_view level) {
    return std::make_unique<SpdLogger>(format, level);
}

} // namespace seakeeper::daemon
