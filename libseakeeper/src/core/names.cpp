// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace seakeeper {
namespace {

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

/// Calls `check` for every segment between slashes; false as soon as one is refused.
template <class Check>
bool every_segment(std::string_view text, Check check) {
    std::size_t begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find('/', begin), text.size());
        if (!check(text.substr(begin, end - begin))) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

const char* project_fault(std::string_view text) {
    if (text.empty() || text.size() > 512) {
        return "it must have 1 to 512 bytes";
    }
    if (has_control(text) || !is_valid_utf8(text)) {
        return "it must be UTF-8 without control characters";
    }
    if (text.find_first_of("\\:*?\"<>|%#{}") != text.npos || text.front() == '-') {
        return "it must not start with '-' nor hold any of \\ : * ? \" < > | % # { }";
    }
    const auto sound = [](std::string_view segment) {
        return !segment.empty() && segment != "." && segment != ".." && !segment.ends_with(".git");
    };
    return every_segment(text, sound) ? nullptr : "a segment is empty, '.', '..' or ends in '.git'";
}

// git-check-ref-format(1)
const char* ref_fault(std::string_view text) {
    if (text.size() > 1024 || !text.starts_with("refs/")) {
        return "it must start with 'refs/' and have at most 1,024 bytes";
    }
    if (has_control(text) || !is_valid_utf8(text)) {
        return "it must be UTF-8 without control characters";
    }
    if (text.find_first_of(" ~^:?*[\\") != text.npos || text.find("..") != text.npos
        || text.find("@{") != text.npos || text.ends_with('.')) {
        return "git forbids ' ', '~', '^', ':', '?', '*', '[', '\\', '..', '@{' and a final '.'";
    }
    const auto sound = [](std::string_view segment) {
        return !segment.empty() && !segment.starts_with('.') && !segment.ends_with(".lock");
    };
    return every_segment(text, sound) ? nullptr
                                      : "a segment is empty, starts with '.' or ends in '.lock'";
}

const char* commit_fault(std::string_view text) {
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (text.size() != 40 || !std::ranges::all_of(text, is_hex) || text == zero_commit) {
        return "it must be 40 lower-case hexadecimal digits, not all zero";
    }
    return nullptr;
}

Error refused(std::string_view what, std::string_view text, const char* fault) {
    return {Errc::malformed, fmt::format("{} {}: {}", what, quoted(text), fault)};
}

} // namespace

inline namespace v0 {

template <>
Result<ProjectName> ProjectName::parse(std::string_view text) {
    if (const char* fault = project_fault(text)) {
        return refused("project name", text, fault);
    }
    return ProjectName{text};
}

template <>
Result<RefName> RefName::parse(std::string_view text) {
    if (const char* fault = ref_fault(text)) {
        return refused("ref name", text, fault);
    }
    return RefName{text};
}

template <>
Result<CommitId> CommitId::parse(std::string_view text) {
    if (const char* fault = commit_fault(text)) {
        return refused("commit id", text, fault);
    }
    return CommitId{text};
}

} // namespace v0
} // namespace seakeeper
