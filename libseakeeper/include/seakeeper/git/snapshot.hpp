// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/git/definitions.hpp>

#include <map>
#include <string>
#include <string_view>

namespace seakeeper::git {

/// What a revision of refs/meta/config holds for us: `project.config` and every YAML file.
struct ConfigSnapshot {
    CommitId commit;
    std::map<std::string, Blob> files; ///< by path
};

/// Reads a repository on this machine's disk, bare or not; `revision` as gitrevisions(7) has it:
/// "refs/meta/config", "refs/changes/07/7/2", a commit id. At most 10,000 files of at most 1 MiB.
/// Blocks: for commands. Errors: not_found, limit_exceeded, io.
SEAKEEPER_API Result<ConfigSnapshot>
read_snapshot(const std::string& repository, const std::string& revision);

/// The object id that git gives these bytes as a blob.
SEAKEEPER_API std::string blob_id(std::string_view bytes);

} // namespace seakeeper::git
