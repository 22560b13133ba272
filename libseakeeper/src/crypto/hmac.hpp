// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

/// RFC 2104 over SHA-1, 20 bytes: only for formats that prescribe it (hashed names in known_hosts).
SEAKEEPER_API std::string hmac_sha1(std::string_view key, std::string_view bytes);

} // namespace v0
} // namespace seakeeper
