// SPDX-License-Identifier: Apache-2.0
#include "gerrit/depends_on.hpp"

#include <algorithm>

namespace seakeeper::gerrit {

namespace {

constexpr std::string_view key = "depends-on:";

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool begins_with_key(std::string_view line) {
    return line.size() >= key.size()
           && std::equal(key.begin(), key.end(), line.begin(), [](char a, char b) {
                  return a == lower(b);
              });
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_number(std::string_view text) {
    return !text.empty() && text.size() <= 10
           && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_change_id(std::string_view text) {
    return text.size() == 41 && text[0] == 'I'
           && std::all_of(text.begin() + 1, text.end(), [](char c) {
                  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
              });
}

/// The number in ".../c/PROJECT/+/7/2", ".../#/c/7/" or ".../7" below our own address.
std::string_view number_in_path(std::string_view path) {
    if (const auto plus = path.find("/+/"); plus != std::string_view::npos) {
        path.remove_prefix(plus + 3);
    } else {
        for (const std::string_view prefix : {"#/c/", "c/"}) {
            if (path.starts_with(prefix)) {
                path.remove_prefix(prefix.size());
            }
        }
    }
    return path.substr(0, path.find('/'));
}

} // namespace

std::vector<std::string> depends_on_footers(std::string_view message) {
    std::vector<std::string> footers;
    while (!message.empty()) {
        const auto end = message.find('\n');
        const auto line = trimmed(message.substr(0, end));
        message = end == std::string_view::npos ? std::string_view{} : message.substr(end + 1);
        if (!begins_with_key(line)) {
            continue;
        }
        std::string footer{trimmed(line.substr(key.size()))};
        if (std::find(footers.begin(), footers.end(), footer) == footers.end()) {
            footers.push_back(std::move(footer));
        }
    }
    return footers;
}

std::string query_for_dependency(std::string_view footer, std::string_view web_url) {
    while (web_url.ends_with('/')) {
        web_url.remove_suffix(1);
    }
    if (is_change_id(footer) || is_number(footer)) {
        return "change:" + std::string{footer};
    }
    if (const auto tilde = footer.rfind('~'); tilde != std::string_view::npos) {
        const auto number = footer.substr(tilde + 1);
        return is_number(number) ? "change:" + std::string{number} : std::string{};
    }
    const bool is_ours = !web_url.empty() && footer.starts_with(web_url)
                         && footer.substr(web_url.size()).starts_with('/');
    if (!is_ours) {
        return {};
    }
    const auto number = number_in_path(footer.substr(web_url.size() + 1));
    return is_number(number) ? "change:" + std::string{number} : std::string{};
}

} // namespace seakeeper::gerrit
