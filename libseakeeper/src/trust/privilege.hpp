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

/// What privileges are judged from: rights that were read too long ago count as unread.
struct Evidence {
    const gerrit::Facts& facts;
    const SiteOptions& options;
    WallTime now;
    ProjectName project; ///< the event's: whose rights a row without project tells
};
Evidence evidence_of(const ClassifierInput& input);

/// Where the account's privilege is asked for.
struct PrivilegeQuestion {
    AccountId account{};
    const gerrit::ChangeFacts* change = nullptr; ///< whose vote range may tell; null: none
    std::vector<RefName> branches;               ///< whose marker refs may tell
    ProjectName project;                         ///< whose label and branches are meant
};

/// Any oracle that says yes suffices: the vote range on an OPEN change (label owned by the site),
/// push on the marker ref of a branch, a trusted group. None that is unread or outdated does, and
/// none of an account that is not known to be active.
Privilege ask_oracles(const PrivilegeQuestion& question, const Evidence& evidence);

/// Whether the change's current patch set carries a largest vote that a privileged account cast on
/// it, which is not its uploader: what makes an ancestor or companion as good as merged.
bool is_approved(const gerrit::ChangeFacts& change, const Evidence& evidence);

/// Whether `account` may not approve `revision` because it uploaded it.
bool is_self_approval(
    const gerrit::ChangeFacts& change,
    const gerrit::RevisionFacts& revision,
    AccountId account,
    const SiteOptions& options
);

} // namespace seakeeper::trust
