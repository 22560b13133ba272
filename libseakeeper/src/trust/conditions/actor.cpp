// SPDX-License-Identifier: Apache-2.0
// C2 and C3: who acted, and what Gerrit lets that account do.
#include "../act.hpp"
#include "../privilege.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

namespace seakeeper::trust {
namespace {

std::string words(const gerrit::AccountFacts& account) {
    return fmt::format("account {}", value_of(account.id));
}

/// Gerrit enforced Submit when it merged: evidence about who submitted in person.
bool is_proved_by_merge(const ClassifierInput& input, const Actor& actor) {
    const auto& change = input.facts.change;
    if (!change || actor.is_on_behalf
        || judge_merge(*change, input.options) != ReasonCode::act_merge) {
        return false;
    }
    switch (act_of(input.event, input.options)) {
    case Act::merge:
        return change->submitter == actor.account->id;
    case Act::ref_update:
        return is_merge_of(*ref_update_of(input.event), *change)
               && change->submitter == actor.account->id;
    case Act::vote:
        // The vote was followed by a proper merge of what was voted on: the merge is what counts.
        return change->submitter.has_value();
    default:
        return false;
    }
}

std::vector<RefName> branches_of(const ClassifierInput& input) {
    std::vector<RefName> branches;
    if (act_of(input.event, input.options) == Act::tag) {
        for (const auto& ref : input.facts.merged_into.value.value_or(std::vector<RefName>{})) {
            if (is_branch(ref.str()) && is_protected(input.options, ref.str())) {
                branches.push_back(ref);
            }
        }
        return branches;
    }
    if (auto ref = RefName::parse(destination_of(input.event, input.facts))) {
        branches.push_back(std::move(ref).value());
    }
    return branches;
}

} // namespace

ConditionVerdict judge_actor(const ClassifierInput& input) {
    const auto actor = actor_of(input.event, input.facts);
    if (actor.account == nullptr) {
        return lowers(actor.code);
    }
    const auto code = judge_account(*actor.account, input.options);
    return code == ReasonCode::actor_ok ? holds(code, words(*actor.account))
                                        : lowers(code, words(*actor.account));
}

ConditionVerdict judge_privilege(const ClassifierInput& input) {
    const auto actor = actor_of(input.event, input.facts);
    if (actor.account == nullptr) {
        return lowers(ReasonCode::privilege_unread);
    }
    if (is_proved_by_merge(input, actor)) {
        return holds(ReasonCode::privilege_by_merge, words(*actor.account));
    }
    const auto evidence = evidence_of(input);
    PrivilegeQuestion question{actor.account->id, nullptr, branches_of(input), evidence.project};
    if (input.facts.change && ref_update_of(input.event) == nullptr) {
        question.change = &*input.facts.change;
        question.project = question.change->project;
    }
    const auto privilege = ask_oracles(question, evidence);
    return privilege.is_given ? holds(privilege.code, words(*actor.account))
                              : lowers(privilege.code, words(*actor.account));
}

} // namespace seakeeper::trust
