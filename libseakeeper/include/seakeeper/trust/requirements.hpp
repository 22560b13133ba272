// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/trust/classifier.hpp>

#include <string>
#include <vector>

// Which facts the classifier will look at, so that a reader asks Gerrit for those and no others.
namespace seakeeper::trust {

/// Facts that one request needs; whatever is false stays unread.
struct Requirements {
    bool change = false;
    bool actor = false; ///< and the account behind it
    bool ancestry = false;
    bool together = false;
    bool dependencies = false;
    bool merged_into = false;
    bool previous_merged_into = false;
    bool commit_parents = false;
    bool ref = false; ///< the ref as it is now
    bool configs = false;
    bool label_origins = false;
    friend bool operator==(const Requirements&, const Requirements&) = default;
};

/// What classify() needs for an event and a requested class. A pure function of kind and ref.
SEAKEEPER_API Requirements
requirements(const event::Event& event, Class requested, const SiteOptions& options);
/// Both together.
SEAKEEPER_API Requirements united(const Requirements& a, const Requirements& b);

/// A question about an account that only the first facts could raise.
struct AccountQuestion {
    AccountId account{};
    std::vector<RefName> push_refs; ///< check.access?perm=push on each (marker refs)
    bool groups = false;            ///< the account's groups
    bool details = false;           ///< the account itself: is it active
    friend bool operator==(const AccountQuestion&, const AccountQuestion&) = default;
};

/// Questions still open after the first round: accounts that acted or voted and whose privilege is
/// not known. Empty when nothing more can change the verdict. Sorted by account.
SEAKEEPER_API std::vector<AccountQuestion> open_questions(const ClassifierInput& input);

} // namespace seakeeper::trust
