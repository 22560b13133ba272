// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "libgit2/handles.hpp"

#include <seakeeper/core/clock.hpp>
#include <seakeeper/git/mirror.hpp>

#include <functional>

namespace seakeeper::libgit2 {

/// How one fetch reaches its server; borrowed for the call.
struct Peer {
    const git::MirrorOptions& options;
    std::string url;                  ///< of the project
    std::function<bool()> is_stopped; ///< asked now and then
    Deadline until;
};

/// The URL of a project below `base_url`; percent-encoded for http and https.
std::string project_url(const std::string& base_url, const ProjectName& project);

/// Brings the commit that `ref` of a change holds here, under no name that makes it configuration.
/// Blocks.
Status fetch_change(git_repository& repository, const Peer& peer, const RefName& ref);

/// Asks for refs/meta/config and brings its commit and history here unless it is here. Blocks.
Result<CommitId> fetch_config(git_repository& repository, const Peer& peer);

} // namespace seakeeper::libgit2
