// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <functional>
#include <vector>

namespace seakeeper::gerrit {

struct AncestryWalk {
    ProjectName project;
    RefName destination; ///< where one commit belongs to several changes, this one's is meant
    std::vector<CommitId> start;                      ///< the parents of the patch set
    std::uint32_t limit = 32;                         ///< commits looked at
    std::function<bool(const RefName&)> is_protected; ///< empty: any branch ends the walk
};

struct WalkedAncestry {
    AncestryFacts facts;
    std::vector<AccountFacts> accounts; ///< described by the changes on the way
};

/// Breadth first, nearest first, each commit once, down to what is merged. `client` outlives it.
asio::awaitable<Result<WalkedAncestry>>
walk_ancestry(RestClient& client, AncestryWalk walk, Deadline until);

} // namespace seakeeper::gerrit
