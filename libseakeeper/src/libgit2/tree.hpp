// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libgit2/handles.hpp"

#include <seakeeper/git/mirror.hpp>

#include <vector>

namespace seakeeper::libgit2 {

/// A commit of a mirror, read within the limits of `options`. Blocks on the disk only.
class Snapshot {
public:
    /// Errc::not_found unless the commit is here and was in the history of refs/meta/config: a
    /// commit of a branch or of a change under review is none, wherever its objects came from.
    static Result<Snapshot>
    open(git_repository& repository, const CommitId& commit, const git::MirrorOptions& options);

    /// The same for a commit of a change under review, wherever it came from.
    static Result<Snapshot> open_proposed(
        git_repository& repository, const CommitId& commit, const git::MirrorOptions& options
    );

    Result<git::Blob> read(const std::string& path) const;
    /// Every YAML file of the tree, within the limits of Definitions::proposed().
    Result<git::Files> files() const;
    Result<std::vector<std::string>> list(const std::string& folder) const;
    /// Whether `commit` is this one or before it; false when it is nowhere.
    Result<bool> descends_from(const CommitId& commit) const;

private:
    Snapshot(git_repository& repository, const git::MirrorOptions& options)
        : repository_{&repository}, options_{&options} {}
    Result<Owned<git_tree>> tree(const git_oid& id) const;
    Result<Owned<git_tree>> folder(std::string_view path) const;
    Result<const git_tree_entry*> entry(git_tree& tree, std::string_view name) const;
    Result<git::Blob> blob(const git_oid& id) const;
    Status add_files(const git_oid& folder, const std::string& path, git::Files& files) const;

    git_repository* repository_;
    const git::MirrorOptions* options_;
    Owned<git_odb> objects_;
    git_oid commit_{};
    git_oid root_{};
};

} // namespace seakeeper::libgit2
