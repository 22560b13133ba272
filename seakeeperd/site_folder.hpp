// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/configuration.hpp>

#include <string>
#include <vector>

// A site on disk (docs/site-folder.md): the operator's file and every project's refs/meta/config,
// as folders or as bare repositories. For commands that need no Gerrit.
namespace seakeeper::daemon {

struct SiteFolder {
    decision::Options options;
    std::vector<decision::ConfigTip> tips;
};

/// `path` is the operator's file, or a folder with `site.yaml`; without one the embedded mode's
/// options apply. `project` not empty: the folder is the refs/meta/config of that project alone.
Result<SiteFolder> read_site_folder(const std::string& path, const std::string& project);

/// All projects below a folder: a bare repository is one, and a folder with a `seakeeper.yaml` or
/// `project.config`; their paths are their names.
Result<std::vector<decision::ConfigTip>>
read_tips(const std::string& folder, const std::string& project);

/// The whole file, or standard input for "-".
Result<std::string> read_text(const std::string& path);

} // namespace seakeeper::daemon
