// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gerrit/times.hpp"

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Who acted, and about what. Pure.
namespace seakeeper::gerrit {

/// The account behind `actor`, or why it cannot be told. Gerrit lets an account act as another
/// (on_behalf_of, Submit As, rebase on behalf of the uploader); events show the impersonated one,
/// only the change's messages and revisions the real one (3.10.2 and 3.13.5).
struct RealActor {
    std::optional<AccountId> id;
    std::string failure;
};
RealActor
real_actor_of(const event::Event& event, const Fact<ChangeFacts>& change, AccountId actor);

/// The commits whose containing branches tell whether the event's code is merged: the patch set's,
/// and newRev of change-merged and ref-updated. Empty: the event has none.
std::vector<CommitId> commits_of(const event::Event& event);

/// Holders of a maximal vote on one of `labels`, each once.
void add_voters(
    const ChangeFacts& change,
    const std::vector<std::string>& labels,
    std::vector<AccountId>& voters
);

} // namespace seakeeper::gerrit
