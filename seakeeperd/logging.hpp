// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>

#include <memory>
#include <string_view>

namespace seakeeper::daemon {

/// How records are written to standard error.
enum class LogFormat {
    text, ///< time level event key=value: for people and journals
    json, ///< one object a line
};

/// Records by spdlog, from any thread. `level`: debug, info, warning or error.
std::unique_ptr<Logger> make_logger(LogFormat format, std::string_view level);

} // namespace seakeeper::daemon
