// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

// The only door to zlib, zstd and brotli. Bytes may be hostile: output is bounded, nothing throws.
namespace seakeeper::compression {

/// One or more gzip members. Errc::malformed (damaged, cut short, or bytes after the end),
/// Errc::limit_exceeded when more than `limit` bytes would come out.
SEAKEEPER_API Result<std::string> gunzip(std::string_view bytes, std::size_t limit);
/// Zstandard frames; errors as gunzip.
SEAKEEPER_API Result<std::string> unzstd(std::string_view bytes, std::size_t limit);
/// One brotli stream; errors as gunzip.
SEAKEEPER_API Result<std::string> unbrotli(std::string_view bytes, std::size_t limit);
/// Tells the three apart by their first bytes, as Argo does (util/file: 1f 8b is gzip, 28 b5 2f fd
/// zstd, everything else brotli).
SEAKEEPER_API Result<std::string> decompress(std::string_view bytes, std::size_t limit);

} // namespace seakeeper::compression
