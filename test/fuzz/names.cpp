// SPDX-License-Identifier: Apache-2.0
// Names that are accepted keep git's and Gerrit's rules, by a second and slower reading of them.
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/git/definitions.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

using namespace seakeeper;

namespace {

void require(bool holds) {
    if (!holds) {
        std::abort();
    }
}

std::vector<std::string_view> segments_of(std::string_view text) {
    std::vector<std::string_view> segments;
    for (;;) {
        const auto slash = text.find('/');
        segments.push_back(text.substr(0, slash));
        if (slash == std::string_view::npos) {
            return segments;
        }
        text.remove_prefix(slash + 1);
    }
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    });
}

/// git-check-ref-format(1).
void check_ref(std::string_view text) {
    require(text.starts_with("refs/") && text.size() <= 1024 && !has_control(text));
    require(text.find_first_of(" ~^:?*[\\") == std::string_view::npos);
    require(text.find("..") == std::string_view::npos && text.find("@{") == std::string_view::npos);
    require(!text.ends_with('.') && !text.ends_with('/'));
    for (const auto segment : segments_of(text)) {
        require(!segment.empty() && segment.front() != '.' && !segment.ends_with(".lock"));
    }
}

void check_path(std::string_view text) {
    require(!text.empty() && text.size() <= 1024 && !has_control(text) && is_valid_utf8(text));
    require(text.find('\\') == std::string_view::npos);
    for (const auto segment : segments_of(text)) {
        require(!segment.empty() && segment != "." && segment != "..");
        std::string small{segment};
        std::transform(small.begin(), small.end(), small.begin(), [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        });
        require(small != ".git" && small != "git~1");
    }
}

void check_project(std::string_view text) {
    require(!text.empty() && text.size() <= 512 && !has_control(text) && is_valid_utf8(text));
    require(text.find_first_of("\\:*?\"<>|%#") == std::string_view::npos);
    require(!text.ends_with(".git"));
    for (const auto segment : segments_of(text)) {
        require(!segment.empty() && segment != "." && segment != "..");
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    if (const auto ref = RefName::parse(text)) {
        require(ref->str() == text);
        check_ref(text);
    }
    if (const auto project = ProjectName::parse(text)) {
        require(project->str() == text);
        check_project(text);
    }
    if (const auto commit = CommitId::parse(text)) {
        require(commit->str() == text && text.size() == 40 && text != zero_commit);
        require(text.find_first_not_of("0123456789abcdef") == std::string_view::npos);
    }
    if (git::path_fault(text) == nullptr) {
        check_path(text);
    }
    return 0;
}
