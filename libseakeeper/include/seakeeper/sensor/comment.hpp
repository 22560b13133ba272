// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstddef>
#include <string_view>

// Comments of people as Gerrit sends them: "Patch Set 3: Code-Review+1\n\n(2 comments)\n\nTEXT".
// Only Gerrit writes the first line; votes are never read from it.
namespace seakeeper::sensor {

/// Longest line that is looked at as a command.
inline constexpr std::size_t command_bytes = 200;

/// What the person wrote: without Gerrit's first line and its "(N comments)" line. A view into
/// `comment`; the whole of it where it does not begin with Gerrit's header.
SEAKEEPER_API std::string_view own_words(std::string_view comment) noexcept;

/// The first line of own_words() that is not blank, trimmed. Empty where there is none, it is
/// longer than command_bytes, or it is a quotation (`>`).
SEAKEEPER_API std::string_view command_line(std::string_view comment) noexcept;

/// True if `line` is the command: equal but for ASCII case and the width of blanks between words.
SEAKEEPER_API bool is_command(std::string_view line, std::string_view command) noexcept;

} // namespace seakeeper::sensor
