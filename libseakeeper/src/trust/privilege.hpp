// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/trust/classifier.hpp>

#include <string>
#include <vector>

namespace seakeeper::trust {

/// What the oracles say about one account.
struct Privilege {
    bool is_given = false;
    ReasonCode code = ReasonCode::privilege_unread;
};

/// Where the account's privilege is asked for.
struct PrivilegeQuestion {
    AccountId account{};
    const gerrit::ChangeFacts* change = nullptr; ///< whose vote range may tell; null: none
    std::vector<RefName> branches;               ///< whose marker refs may tell
};

/// Any oracle that says yes suffices: the vote range on an OPEN change (label owned by the site),
/// push on the marker ref of a branch, a trusted group. None that is unread does.
Privilege ask_oracles(
    const PrivilegeQuestion& question, const gerrit::Facts& facts, const SiteOptions& options
);

/// Whether the change's current patch set carries a largest vote that a privileged account cast on
/// it, which is not its uploader: what makes an ancestor or companion as good as merged.
bool is_approved(
    const gerrit::ChangeFacts& change, const gerrit::Facts& facts, const SiteOptions& options
);

/// Whether `account` may not approve `revision` because it uploaded it.
bool is_self_approval(
    const gerrit::ChangeFacts& change,
    const gerrit::RevisionFacts& revision,
    AccountId account,
    const SiteOptions& options
);

} // namespace seakeeper::trust
