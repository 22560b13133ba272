// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/kubernetes/client.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// The lines of a watch: pure, for hostile bytes.
namespace seakeeper::kubernetes {

/// Cuts bytes at newlines.
class LineSplitter {
public:
    explicit LineSplitter(std::size_t line_bytes) : line_bytes_{line_bytes} {}

    void feed(std::string_view bytes);
    /// The next whole line that is not empty, without its newline; none: more bytes are needed.
    /// Errc::limit_exceeded when a line is too long.
    Result<std::optional<std::string>> next();

private:
    std::size_t line_bytes_;
    std::string bytes_;
    std::size_t begin_ = 0;   ///< of the current line
    std::size_t scanned_ = 0; ///< no newline before this
};

/// One event {"type", "object"}. An ERROR event becomes the failure its Status stands for (410:
/// Errc::gone). Errc::malformed for what is no event.
Result<WatchEvent> decode_watch_line(std::string_view line);

} // namespace seakeeper::kubernetes
