// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/gerrit/facts.hpp>

#include <algorithm>

namespace seakeeper::gerrit {

const RevisionFacts* ChangeFacts::revision(const CommitId& commit) const {
    const auto found = std::find_if(revisions.begin(), revisions.end(), [&](const auto& revision) {
        return revision.commit == commit;
    });
    return found == revisions.end() ? nullptr : &*found;
}

const RevisionFacts* ChangeFacts::current() const {
    return revision(current_revision);
}

const AccountFacts* Facts::account(AccountId id) const {
    for (const auto* fact : {&actor, &real_actor}) {
        if (*fact && (*fact)->id == id) {
            return &**fact;
        }
    }
    for (const auto& fact : accounts) {
        if (fact && fact->id == id) {
            return &*fact;
        }
    }
    return nullptr;
}

const std::vector<std::string>* Facts::groups_of(AccountId id) const {
    if (actor && actor->id == id && actor_groups) {
        return &*actor_groups;
    }
    for (const auto& fact : groups) {
        if (fact && fact->account == id) {
            return &fact->groups;
        }
    }
    return nullptr;
}

} // namespace seakeeper::gerrit
