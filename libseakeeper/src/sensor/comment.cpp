// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/sensor/comment.hpp>

namespace seakeeper::sensor {

namespace {

bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\r';
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

/// Takes the first line off `rest`.
std::string_view take_line(std::string_view& rest) noexcept {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line;
}

std::size_t digits_at(std::string_view text) noexcept {
    std::size_t count = 0;
    while (count < text.size() && text[count] >= '0' && text[count] <= '9') {
        ++count;
    }
    return count;
}

/// "Patch Set 12: ..." (Gerrit 3.10 - 3.13: the first line of every comment-added).
bool is_header(std::string_view line) noexcept {
    constexpr std::string_view words = "Patch Set ";
    if (!line.starts_with(words)) {
        return false;
    }
    line.remove_prefix(words.size());
    const std::size_t count = digits_at(line);
    return count > 0 && line.substr(count).starts_with(':');
}

/// "(3 comments)" or "(1 comment)".
bool is_count(std::string_view line) noexcept {
    line = trimmed(line);
    if (!line.starts_with('(')) {
        return false;
    }
    line.remove_prefix(1);
    const std::size_t count = digits_at(line);
    const std::string_view rest = line.substr(count);
    return count > 0 && (rest == " comments)" || rest == " comment)");
}

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Takes the first word off `rest`.
std::string_view take_word(std::string_view& rest) noexcept {
    rest = trimmed(rest);
    std::size_t end = 0;
    while (end < rest.size() && !is_blank(rest[end])) {
        ++end;
    }
    const std::string_view word = rest.substr(0, end);
    rest.remove_prefix(end);
    return word;
}

bool is_same_word(std::string_view a, std::string_view b) noexcept {
    if (a.size() != b.size()) {
        return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) {
            return false;
        }
    }
    return true;
}

} // namespace

std::string_view own_words(std::string_view comment) noexcept {
    std::string_view rest = comment;
    if (!is_header(take_line(rest))) {
        return comment;
    }
    std::string_view after_count = rest;
    while (!after_count.empty()) {
        const std::string_view line = take_line(after_count);
        if (is_count(line)) {
            return after_count;
        }
        if (!trimmed(line).empty()) {
            break;
        }
    }
    return rest;
}

std::string_view command_line(std::string_view comment) noexcept {
    std::string_view rest = own_words(comment);
    while (!rest.empty()) {
        const std::string_view line = take_line(rest);
        const std::string_view words = trimmed(line);
        if (words.empty()) {
            continue;
        }
        return line.size() > command_bytes || words.starts_with('>') ? std::string_view{} : words;
    }
    return {};
}

bool is_command(std::string_view line, std::string_view command) noexcept {
    while (true) {
        const std::string_view said = take_word(line);
        const std::string_view wanted = take_word(command);
        if (said.empty() || wanted.empty()) {
            return said.empty() && wanted.empty();
        }
        if (!is_same_word(said, wanted)) {
            return false;
        }
    }
}

} // namespace seakeeper::sensor
