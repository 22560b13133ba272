// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seakeeper::event {

/// Cuts a byte stream into lines. Lines end in "\n" or "\r\n"; empty ones are skipped; a line above
/// the limit is dropped up to its newline and counted once. Holds at most the limit plus the bytes
/// of the last push(). Not for several threads at once.
class SEAKEEPER_API Framer {
public:
    explicit Framer(std::size_t line_bytes = 1 << 20) : line_bytes_{line_bytes} {}

    /// Adds bytes as they came. Call next() until it has no more before pushing again.
    void push(std::string_view bytes);
    /// The next complete line without its end; valid until push(), clear() or destruction.
    std::optional<std::string_view> next();
    /// Forgets a partial line (the connection ended); the count stays.
    void clear() noexcept;

    /// Lines dropped since construction because they were above the limit.
    std::uint64_t oversize_lines() const noexcept { return oversize_lines_; }
    /// Bytes of the line that is not complete yet.
    std::size_t pending_bytes() const noexcept { return buffer_.size() - begin_; }

private:
    void clear_buffer() noexcept;

    std::size_t line_bytes_;
    std::string buffer_;
    std::size_t begin_ = 0;   ///< of the first line not handed out
    std::size_t scanned_ = 0; ///< no newline before this
    bool is_skipping_ = false;
    std::uint64_t oversize_lines_ = 0;
};

} // namespace seakeeper::event
