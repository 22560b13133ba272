// SPDX-License-Identifier: Apache-2.0
#include "gerrit/review_text.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

namespace seakeeper::gerrit {

namespace {

constexpr std::size_t longest_listed_comment = 300;
constexpr std::size_t room_for_comments = 4'000;
/// Kept free for the line that counts what was left out.
constexpr std::size_t closing_line = 80;

std::string one_line(std::string_view text) {
    auto line = sanitized(text, longest_listed_comment);
    for (char& letter : line) {
        if (letter == '\n' || letter == '\t') {
            letter = ' ';
        }
    }
    return line;
}

std::string line_of(const ReviewComment& comment) {
    const auto path = one_line(comment.path);
    const auto text = one_line(comment.message);
    if (comment.line > 0) {
        return fmt::format("\n* {}:{}: {}", path, comment.line, text);
    }
    return fmt::format("\n* {}: {}", path, text);
}

} // namespace

ReviewInput fit_to_post(ReviewInput input) {
    input.message = sanitized(input.message, longest_review_text);
    for (auto& comment : input.comments) {
        comment.message = sanitized(comment.message, longest_review_text);
    }
    return input;
}

ReviewInput with_comments_in_message(ReviewInput input) {
    // Leaves room for the list: what failed where matters more than the tail of the words.
    input.message = sanitized(input.message, longest_review_text - room_for_comments);
    std::string list = "\n\nComments that Gerrit could not place:";
    std::size_t left_out = 0;
    for (const auto& comment : input.comments) {
        const auto line = line_of(comment);
        if (left_out > 0
            || input.message.size() + list.size() + line.size() + closing_line
                   > longest_review_text) {
            ++left_out;
            continue;
        }
        list += line;
    }
    if (left_out > 0) {
        list += fmt::format("\n* and {} more", left_out);
    }
    input.message += list;
    input.comments.clear();
    return fit_to_post(std::move(input));
}

std::string words_about_dropped(
    const std::map<std::string, int>& sent, const std::map<std::string, int>& applied
) {
    std::string dropped;
    for (const auto& [label, value] : sent) {
        const auto found = applied.find(label);
        if (found != applied.end() && found->second == value) {
            continue;
        }
        dropped += fmt::format("{}{}{:+d}", dropped.empty() ? "" : ", ", label, value);
    }
    if (dropped.empty()) {
        return dropped;
    }
    return fmt::format(
        "the message was posted, but Gerrit dropped {}: the project has no such label or the label "
        "no such value",
        dropped
    );
}

} // namespace seakeeper::gerrit
