// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>

#include <string>
#include <string_view>

namespace seakeeper::gerrit {

/// "https://gerrit.example/r/c/demo/app/+/7/2" for people; `base` with or without trailing slash.
SEAKEEPER_API std::string change_url(
    std::string_view base, const ProjectName& project, ChangeNumber number, PatchSetNumber patch_set
);

/// "https://gerrit.example/r/demo/app", for git without credentials.
SEAKEEPER_API std::string anonymous_fetch_url(std::string_view base, const ProjectName& project);
/// "https://gerrit.example/r/a/demo/app", for git with Basic authentication.
SEAKEEPER_API std::string
authenticated_fetch_url(std::string_view base, const ProjectName& project);

/// "refs/changes/07/7/2": the two digits are the change number modulo 100.
SEAKEEPER_API RefName patch_set_ref(ChangeNumber number, PatchSetNumber patch_set);

} // namespace seakeeper::gerrit
