// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace seakeeper::event {

/// Limits on one line; part of the contract (docs/limits.md).
struct ParseLimits {
    std::size_t line_bytes = 1 << 20;
    std::size_t depth = 64;
};

/// Reads one line (without its newline). Unknown kinds and members are kept, numbers given as
/// strings are accepted where Gerrit ever sent them. Errors: limit_exceeded; malformed for what is
/// not one JSON object of valid UTF-8 without duplicate keys, or has a member of another type than
/// Gerrit's. Never throws; any thread.
SEAKEEPER_API Result<Event> parse(std::string_view line, const ParseLimits& limits = {});

/// One line of JSON (without newline) that parse() reads to an equal value.
SEAKEEPER_API std::string serialize(const Event& event);

} // namespace seakeeper::event
