// SPDX-License-Identifier: Apache-2.0
// Whatever a comment says: its command is a short single line of it, never a quotation.
#include <seakeeper/sensor/comment.hpp>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace sensor = seakeeper::sensor;
    const std::string_view comment{reinterpret_cast<const char*>(data), size};
    const auto words = sensor::own_words(comment);
    const auto line = sensor::command_line(comment);
    const bool is_inside = comment.find(words) != comment.npos && words.find(line) != words.npos;
    if (!is_inside || line.size() > sensor::command_bytes || line.find('\n') != line.npos
        || line.starts_with('>')) {
        std::abort();
    }
    if (!line.empty() && !sensor::is_command(line, line)) {
        std::abort();
    }
    return 0;
}
