// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// How texts are compared. A pattern that begins with `^` is RE2 (linear time, no look-around) and
// must end with `$`: it describes the whole text. Every other pattern is a glob, also of the whole
// text: `*` any characters, `?` one character, `\` takes the next character as it is. In names
// (branch, ref, project, topic, e-mail, ...) `*` crosses `/`, as in Gerrit's own `refs/heads/*`; in
// paths `*` and `?` stop at `/`, `**` does not, and `**/` also stands for no folder at all.
// `[` and `{` are refused unless escaped: a list says the same.
namespace seakeeper::sensor {

enum class PatternStyle : std::uint8_t {
    name, ///< `*` crosses `/`
    path, ///< `*` stops at `/`
    text, ///< RE2 without anchors, searched anywhere: comment texts
};

/// A list of patterns, compiled once. Matches a text that any of them describes: plain texts by
/// binary search, globs by hand, all regular expressions of the list as one automaton.
/// Immutable and cheap to copy (the compiled form is shared by all copies); any thread.
class SEAKEEPER_API PatternList {
public:
    PatternList() = default;
    bool matches(std::string_view text) const;
    /// As the author wrote them, in that order.
    const std::vector<std::string>& texts() const noexcept;
    bool empty() const noexcept { return texts().empty(); }
    PatternStyle style() const noexcept;
    /// By what was written.
    friend bool operator==(const PatternList& a, const PatternList& b) noexcept {
        return a.style() == b.style() && a.texts() == b.texts();
    }

private:
    friend class PatternPool;
    struct Compiled;
    std::shared_ptr<const Compiled> compiled_; // shared by equal lists of all projects
};

/// Compiles pattern lists and hands the same compiled list out again for equal texts, so that a
/// site of thousands of projects holds each only once. One thread; lists outlive their pool.
class SEAKEEPER_API PatternPool {
public:
    /// Errc::malformed with what is wrong and what to write instead; nothing is wrong with a list
    /// each of whose texts passes `check`, but for its total size.
    Result<PatternList> compile(std::vector<std::string> texts, PatternStyle style);
    /// Success, or what is wrong with this one pattern.
    static Status check(std::string_view text, PatternStyle style);
    /// Lists that somebody still uses.
    std::size_t size() const;

private:
    std::map<std::string, std::weak_ptr<const PatternList::Compiled>, std::less<>> lists_;
};

} // namespace seakeeper::sensor
