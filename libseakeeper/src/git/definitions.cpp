// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/git/definitions.hpp>

#include <algorithm>

namespace seakeeper::git {
namespace {

/// Compares without regard to the case of ASCII letters; `word` is in lower case.
bool is_word(std::string_view text, std::string_view word) {
    return std::ranges::equal(text, word, [](char a, char b) {
        return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b;
    });
}

const char* segment_fault(std::string_view segment) {
    if (segment.empty()) {
        return "a segment is empty";
    }
    if (segment == "." || segment == "..") {
        return "a segment is '.' or '..'";
    }
    auto stem = segment;
    while (stem.ends_with('.') || stem.ends_with(' ')) {
        stem.remove_suffix(1);
    }
    if (is_word(stem, ".git") || is_word(stem, "git~1")) {
        return "a segment is '.git'";
    }
    return nullptr;
}

} // namespace

const char* path_fault(std::string_view path) noexcept {
    if (path.empty() || path.size() > 1'024) {
        return "it must have 1 to 1,024 bytes";
    }
    const auto is_forbidden = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
    };
    if (!is_valid_utf8(path) || std::ranges::any_of(path, is_forbidden)) {
        return "it must be UTF-8 without control characters and backslashes";
    }
    while (true) {
        const auto end = std::min(path.find('/'), path.size());
        if (const char* fault = segment_fault(path.substr(0, end))) {
            return fault;
        }
        if (end == path.size()) {
            return nullptr;
        }
        path.remove_prefix(end + 1);
    }
}

} // namespace seakeeper::git
