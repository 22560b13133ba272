// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace seakeeper {
inline namespace v0 {

/// A text that was validated once, when it was made: there is no other way to get one.
/// Default-constructed it is empty, which no factory returns.
template <class Tag>
class Name {
public:
    Name() = default;
    /// Errc::malformed with the rule that was broken.
    static Result<Name> parse(std::string_view text);

    const std::string& str() const noexcept { return text_; }
    bool empty() const noexcept { return text_.empty(); }
    friend auto operator<=>(const Name&, const Name&) = default;

private:
    explicit Name(std::string_view text) : text_{text} {}
    std::string text_;
};

/// A Gerrit project: `a/b`, no leading or trailing slash, no `.git` suffix, no empty, `.` or `..`
/// segment, no control character, none of `\:*?"<>|%#` , at most 512 bytes, valid UTF-8.
using ProjectName = Name<struct ProjectTag>;
/// A full git ref name, `refs/...`, by the rules of git-check-ref-format, at most 1,024 bytes.
using RefName = Name<struct RefTag>;
/// 40 lower-case hexadecimal digits, not all zero.
using CommitId = Name<struct CommitTag>;

template <>
SEAKEEPER_API Result<ProjectName> ProjectName::parse(std::string_view text);
template <>
SEAKEEPER_API Result<RefName> RefName::parse(std::string_view text);
template <>
SEAKEEPER_API Result<CommitId> CommitId::parse(std::string_view text);

/// Gerrit's change number: unique on one server.
enum class ChangeNumber : std::uint32_t {};
/// Gerrit's patch set number, from 1.
enum class PatchSetNumber : std::uint32_t {};
/// Gerrit's numeric account id: the only identity that trust is decided on.
enum class AccountId : std::uint32_t {};

constexpr std::uint32_t value_of(ChangeNumber n) {
    return static_cast<std::uint32_t>(n);
}
constexpr std::uint32_t value_of(PatchSetNumber n) {
    return static_cast<std::uint32_t>(n);
}
constexpr std::uint32_t value_of(AccountId n) {
    return static_cast<std::uint32_t>(n);
}

/// git's "no object": 40 zeros; stands for created or deleted in ref updates.
inline constexpr std::string_view zero_commit = "0000000000000000000000000000000000000000";

} // namespace v0
} // namespace seakeeper

template <class Tag>
struct std::hash<seakeeper::Name<Tag>> {
    std::size_t operator()(const seakeeper::Name<Tag>& name) const noexcept {
        return std::hash<std::string>{}(name.str());
    }
};
