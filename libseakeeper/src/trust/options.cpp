// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/trust/options.hpp>

#include <algorithm>

namespace seakeeper::trust {
namespace {

constexpr std::string_view branches = "refs/heads/";
constexpr std::string_view tags = "refs/tags/";

/// Where matching goes on after a star, if what follows it does not fit.
struct Retry {
    std::size_t glob = std::string_view::npos;
    std::size_t text = 0;
    bool crosses_slash = false;
};

} // namespace

// Two stars can be pending, the last `*` and the last `**`: the former cannot pass a slash, and
// then the latter takes one more character.
bool matches_glob(std::string_view glob, std::string_view text) noexcept {
    Retry star;
    Retry double_star;
    std::size_t g = 0;
    std::size_t t = 0;
    while (t < text.size() || g < glob.size()) {
        if (g < glob.size() && glob[g] == '*') {
            const bool is_double = g + 1 < glob.size() && glob[g + 1] == '*';
            g += is_double ? 2 : 1;
            (is_double ? double_star : star) = Retry{g, t, is_double};
            if (is_double) {
                star = Retry{};
            }
            continue;
        }
        if (g < glob.size() && t < text.size() && glob[g] == text[t]) {
            ++g;
            ++t;
            continue;
        }
        if (star.glob != std::string_view::npos && star.text < text.size()
            && text[star.text] != '/') {
            g = star.glob;
            t = ++star.text;
            continue;
        }
        if (double_star.glob == std::string_view::npos || double_star.text >= text.size()) {
            return false;
        }
        star = Retry{};
        g = double_star.glob;
        t = ++double_star.text;
    }
    return true;
}

bool is_protected(const SiteOptions& options, std::string_view ref) noexcept {
    if (!ref.starts_with(branches) && !ref.starts_with(tags)) {
        return false;
    }
    return std::any_of(
        options.protected_refs.begin(),
        options.protected_refs.end(),
        [ref](const std::string& glob) { return matches_glob(glob, ref); }
    );
}

std::optional<RefName> marker_of(const SiteOptions& options, const RefName& branch) {
    constexpr std::string_view hole = "BRANCH";
    const auto at = options.marker_ref.find(hole);
    if (!std::string_view{branch.str()}.starts_with(branches) || at == std::string::npos) {
        return std::nullopt;
    }
    auto text = options.marker_ref;
    text.replace(at, hole.size(), branch.str().substr(branches.size()));
    auto marker = RefName::parse(text);
    if (!marker) {
        return std::nullopt;
    }
    return std::move(marker).value();
}

} // namespace seakeeper::trust
