// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/sensor/pattern.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace seakeeper::sensor {

/// What a glob comes down to. Most are plain texts, prefixes and suffixes, which need no automaton.
enum class GlobShape : std::uint8_t { exact, prefix, suffix, regex };

struct Glob {
    GlobShape shape = GlobShape::exact;
    std::string text; ///< characters to compare with, or an expression for RE2
};

/// Errc::malformed for an unescaped bracket or brace and a lonely backslash at the end.
Result<Glob> read_glob(std::string_view glob, PatternStyle style);

} // namespace seakeeper::sensor
