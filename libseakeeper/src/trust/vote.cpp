// SPDX-License-Identifier: Apache-2.0
#include "vote.hpp"

#include <algorithm>
#include <charconv>

namespace seakeeper::trust {
namespace {

bool take(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The label as a word of its own: "Other-Code-Review+1" and "Code-Review-Bot+1" are other labels.
bool names(std::string_view line, std::string_view label) {
    if (label.empty()) {
        return false;
    }
    for (auto at = line.find(label); at != std::string_view::npos; at = line.find(label, at + 1)) {
        const auto before = line.substr(0, at);
        const auto after = line.substr(at + label.size());
        const bool begins =
            before.empty() || before.ends_with(' ') || before == "-" || before.ends_with(" -");
        const bool goes_on = !after.empty()
                             && (is_letter(after[0])
                                 || (after[0] == '-' && after.size() > 1 && is_letter(after[1])));
        if (begins && !goes_on) {
            return true;
        }
    }
    return false;
}

/// Removes "Patch Set N: " or "Uploaded patch set N: " (and the full stop that ends the latter).
bool take_header(std::string_view& line, PatchSetNumber number) {
    const bool is_upload = take(line, "Uploaded patch set ");
    if (!is_upload && !take(line, "Patch Set ")) {
        return false;
    }
    if (!take(line, std::to_string(value_of(number))) || !take(line, ": ")) {
        return false;
    }
    if (is_upload) {
        if (!line.ends_with('.')) {
            return false;
        }
        line.remove_suffix(1);
    }
    return true;
}

/// "Code-Review+2", "Code-Review-1", "-Code-Review": a value for that label.
std::optional<int> value_in(std::string_view token, std::string_view label) {
    if (token.size() == label.size() + 1 && token.front() == '-' && token.substr(1) == label) {
        return 0;
    }
    if (!take(token, label) || token.size() < 2 || (token[0] != '+' && token[0] != '-')) {
        return std::nullopt;
    }
    int value = 0;
    const auto* end = token.data() + token.size();
    const auto parsed = std::from_chars(token.data() + 1, end, value);
    if (parsed.ec != std::errc{} || parsed.ptr != end || value < 0) {
        return std::nullopt;
    }
    return token[0] == '-' ? -value : value;
}

} // namespace

LineVote read_vote_line(std::string_view text, PatchSetNumber number, std::string_view label) {
    auto line = text.substr(0, text.find('\n'));
    LineVote read;
    read.names_label = names(line, label);
    if (!read.names_label || !take_header(line, number)) {
        return read;
    }
    while (!line.empty()) {
        const auto end = std::min(line.find(' '), line.size());
        if (const auto value = value_in(line.substr(0, end), label)) {
            // Twice in one line: nothing that Gerrit writes.
            read.value = read.value ? std::optional<int>{0} : value;
        }
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return read;
}

Cast largest_vote_cast(
    const gerrit::ChangeFacts& change,
    PatchSetNumber number,
    AccountId voter,
    std::string_view label
) {
    const auto facts = change.labels.find(std::string{label});
    if (facts == change.labels.end() || facts->second.max <= 0) {
        return {};
    }
    for (auto message = change.messages.rbegin(); message != change.messages.rend(); ++message) {
        if (message->author != voter || message->patch_set != number) {
            continue;
        }
        const auto line = read_vote_line(message->text, number, label);
        if (!line.names_label) {
            continue;
        }
        if (line.value != facts->second.max) {
            return {CastState::not_cast, &*message};
        }
        const bool in_person = !message->real_author || message->real_author == voter;
        return {in_person ? CastState::cast : CastState::on_behalf, &*message};
    }
    return {};
}

const gerrit::VoteFacts* standing_vote(const gerrit::LabelFacts& label, AccountId voter) noexcept {
    const auto found = std::find_if(label.votes.begin(), label.votes.end(), [&](const auto& vote) {
        return vote.voter == voter;
    });
    return found == label.votes.end() ? nullptr : &*found;
}

} // namespace seakeeper::trust
