// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

/// Text from a peer, made safe to show in a message or log: in double quotes, control and bidi
/// characters and invalid UTF-8 escaped, cut to about `limit` bytes at a character boundary.
SEAKEEPER_API std::string quoted(std::string_view text, std::size_t limit = 200);

/// True for well-formed UTF-8 (no surrogates, no overlong forms, nothing above U+10FFFF).
SEAKEEPER_API bool is_valid_utf8(std::string_view text) noexcept;

/// Text for readers of a Gerrit message or page: valid UTF-8, no C0/C1 controls but newline and
/// tab, no bidi or zero-width characters (each becomes U+FFFD), no ANSI sequences, at most `limit`
/// bytes. Idempotent.
SEAKEEPER_API std::string sanitized(std::string_view text, std::size_t limit);

} // namespace v0
} // namespace seakeeper
