// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"

#include <seakeeper/gerrit/link.hpp>

#include <fmt/format.h>

namespace seakeeper::gerrit {

namespace {

std::string_view without_slash(std::string_view base) {
    while (base.ends_with('/')) {
        base.remove_suffix(1);
    }
    return base;
}

/// Every segment encoded, the slashes between them kept: git and people read these.
std::string encoded_path(std::string_view project) {
    std::string path;
    while (true) {
        const auto slash = project.find('/');
        path += http::percent_encoded(project.substr(0, slash));
        if (slash == std::string_view::npos) {
            return path;
        }
        path += '/';
        project.remove_prefix(slash + 1);
    }
}

} // namespace

std::string change_url(
    std::string_view base, const ProjectName& project, ChangeNumber number, PatchSetNumber patch_set
) {
    return fmt::format(
        "{}/c/{}/+/{}/{}",
        without_slash(base),
        encoded_path(project.str()),
        value_of(number),
        value_of(patch_set)
    );
}

std::string anonymous_fetch_url(std::string_view base, const ProjectName& project) {
    return fmt::format("{}/{}", without_slash(base), encoded_path(project.str()));
}

std::string authenticated_fetch_url(std::string_view base, const ProjectName& project) {
    return fmt::format("{}/a/{}", without_slash(base), encoded_path(project.str()));
}

RefName patch_set_ref(ChangeNumber number, PatchSetNumber patch_set) {
    const auto change = value_of(number);
    const auto text =
        fmt::format("refs/changes/{:02}/{}/{}", change % 100, change, value_of(patch_set));
    return RefName::parse(text).value(); // always well-formed
}

} // namespace seakeeper::gerrit
