// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/framer.hpp>

namespace seakeeper::event {

void Framer::push(std::string_view bytes) {
    if (is_skipping_) {
        const auto end = bytes.find('\n');
        if (end == bytes.npos) {
            return;
        }
        bytes.remove_prefix(end + 1);
        is_skipping_ = false;
    }
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
    buffer_ += bytes;
}

std::optional<std::string_view> Framer::next() {
    for (;;) {
        const auto end = buffer_.find('\n', scanned_);
        if (end == buffer_.npos) {
            scanned_ = buffer_.size();
            // One more byte may be the '\r' of a line at the limit.
            if (buffer_.size() - begin_ > line_bytes_ + 1) {
                ++oversize_lines_;
                is_skipping_ = true;
                clear_buffer();
            }
            return std::nullopt;
        }
        std::string_view line{buffer_.data() + begin_, end - begin_};
        begin_ = scanned_ = end + 1;
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.size() > line_bytes_) {
            ++oversize_lines_;
        } else if (!line.empty()) {
            return line;
        }
    }
}

void Framer::clear() noexcept {
    clear_buffer();
    is_skipping_ = false;
}

void Framer::clear_buffer() noexcept {
    buffer_.clear();
    begin_ = scanned_ = 0;
}

} // namespace seakeeper::event
