// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

using Sha256 = std::array<std::uint8_t, 32>;

/// SHA-256 by libcrypto. Any thread.
SEAKEEPER_API Sha256 sha256(std::string_view bytes);
/// The same as 64 lower-case hexadecimal digits.
SEAKEEPER_API std::string sha256_hex(std::string_view bytes);
/// RFC 4648 base32 in lower case without padding: fit for DNS names.
SEAKEEPER_API std::string base32_lower(std::span<const std::uint8_t> bytes);
/// RFC 4648 base64 with padding.
SEAKEEPER_API std::string base64(std::string_view bytes);
/// Errc::malformed unless `text` is padded base64 (line breaks are ignored).
SEAKEEPER_API Result<std::string> from_base64(std::string_view text);

} // namespace v0
} // namespace seakeeper
