// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/sensor/trigger.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::sensor {

std::string_view to_string(Subject subject) noexcept {
    switch (subject) {
    case Subject::project:
        return "project";
    case Subject::branch:
        return "branch";
    case Subject::ref:
        return "ref";
    case Subject::comment:
        return "comment";
    case Subject::topic:
        return "topic";
    }
    return "?";
}

std::string_view to_string(Role role) noexcept {
    switch (role) {
    case Role::author:
        return "author";
    case Role::uploader:
        return "uploader";
    case Role::owner:
        return "owner";
    }
    return "?";
}

bool operator==(const GroupCondition& a, const GroupCondition& b) {
    return a.join == b.join && a.members == b.members;
}

} // namespace seakeeper::sensor

namespace seakeeper {
inline namespace v0 {

template <>
Result<sensor::TriggerName> sensor::TriggerName::parse(std::string_view text) {
    constexpr std::size_t longest = 63;
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    const auto is_allowed = [&](char c) {
        return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
    };
    if (text.empty() || text.size() > longest || !is_alphanumeric(text.front())
        || !is_alphanumeric(text.back()) || !std::ranges::all_of(text, is_allowed)) {
        return Error{
            Errc::malformed,
            fmt::format(
                "the trigger name {}, accepted are 1 to 63 letters, digits, `-`, `_`, `.`, "
                "beginning and ending with a letter or digit",
                quoted(text, 80)
            )};
    }
    return sensor::TriggerName{text};
}

} // namespace v0
} // namespace seakeeper
