// SPDX-License-Identifier: Apache-2.0
#include "privilege.hpp"

#include "act.hpp"

#include <algorithm>

namespace seakeeper::trust {
namespace {

bool is_label_owned(const gerrit::LabelOriginFacts& origin, const SiteOptions& options) {
    const auto is_owner = [&](const ProjectName& project) {
        return std::find(options.label_owners.begin(), options.label_owners.end(), project.str())
               != options.label_owners.end();
    };
    return is_owner(origin.defined_in) && !origin.granted_in.empty()
           && std::all_of(origin.granted_in.begin(), origin.granted_in.end(), is_owner);
}

template <class T>
bool is_current(const gerrit::Fact<T>& fact, const Evidence& evidence) {
    return fact.value && evidence.now - fact.read_at <= evidence.options.rights_lifetime;
}

bool is_of(const ProjectName& row, const ProjectName& project, const Evidence& evidence) {
    return (row.empty() ? evidence.project : row) == project;
}

/// The account's row of the approval label; null: none.
const gerrit::VoteFacts* row_of(const PrivilegeQuestion& question, const Evidence& evidence) {
    if (question.change == nullptr) {
        return nullptr;
    }
    const auto label = question.change->labels.find(evidence.options.label);
    return label == question.change->labels.end() ? nullptr
                                                  : standing_vote(label->second, question.account);
}

enum class Activity : std::uint8_t { unknown, inactive, active };

/// One answer that says inactive outweighs all others.
Activity activity_of(const PrivilegeQuestion& question, const Evidence& evidence) {
    const auto id = question.account;
    const auto& facts = evidence.facts;
    const auto* row = row_of(question, evidence);
    auto found = row != nullptr && !row->is_voter_active ? Activity::inactive : Activity::unknown;
    const auto look_at = [&](const gerrit::Fact<gerrit::AccountFacts>& fact) {
        if (is_current(fact, evidence) && fact->id == id && found != Activity::inactive) {
            found = fact->is_active ? Activity::active : Activity::inactive;
        }
    };
    look_at(facts.actor);
    look_at(facts.real_actor);
    std::for_each(facts.accounts.begin(), facts.accounts.end(), look_at);
    return found;
}

const gerrit::LabelOriginFacts*
origin_of_label(const ProjectName& project, const Evidence& evidence) {
    for (const auto& origin : evidence.facts.label_origins) {
        if (is_current(origin, evidence) && origin->label == evidence.options.label
            && is_of(origin->project, project, evidence)) {
            return &*origin;
        }
    }
    return nullptr;
}

/// Empty: nobody asked, or the answer is no longer to be relied on.
std::optional<bool>
may_push(const PrivilegeQuestion& question, const RefName& ref, const Evidence& evidence) {
    for (const auto& access : evidence.facts.access) {
        if (is_current(access, evidence) && access->account == question.account
            && access->permission == "push" && access->ref == ref
            && is_of(access->project, question.project, evidence)) {
            return access->is_allowed;
        }
    }
    return std::nullopt;
}

const std::vector<std::string>* groups_of(AccountId account, const Evidence& evidence) {
    const auto& facts = evidence.facts;
    if (facts.actor && facts.actor->id == account && is_current(facts.actor_groups, evidence)) {
        return &*facts.actor_groups;
    }
    for (const auto& groups : facts.groups) {
        if (is_current(groups, evidence) && groups->account == account) {
            return &groups->groups;
        }
    }
    return nullptr;
}

/// Also of an oracle that has nothing to say here.
constexpr Privilege not_given{false, ReasonCode::privilege_missing};
constexpr Privilege not_read{false, ReasonCode::privilege_unread};

/// Gerrit computes permitted_voting_range anew for each reader, on open changes only.
Privilege by_vote_range(const PrivilegeQuestion& question, const Evidence& evidence) {
    const auto& options = evidence.options;
    const auto* row = row_of(question, evidence);
    if (row == nullptr || question.change->status != "NEW") {
        return not_given;
    }
    if (!row->permitted_max) {
        return not_read;
    }
    const auto largest = question.change->labels.at(options.label).max;
    if (largest <= 0 || *row->permitted_max < largest) {
        return not_given;
    }
    const auto* origin = origin_of_label(question.change->project, evidence);
    if (origin == nullptr) {
        return not_read;
    }
    return is_label_owned(*origin, options) ? Privilege{true, ReasonCode::privilege_by_vote_range}
                                            : Privilege{false, ReasonCode::label_not_owned};
}

Privilege by_marker(const PrivilegeQuestion& question, const Evidence& evidence) {
    Privilege refusal = not_given;
    for (const auto& branch : question.branches) {
        const auto marker = marker_of(evidence.options, branch);
        if (!marker) {
            continue;
        }
        const auto is_allowed = may_push(question, *marker, evidence);
        if (!is_allowed) {
            refusal = not_read;
        } else if (*is_allowed) {
            return {true, ReasonCode::privilege_by_marker};
        }
    }
    return refusal;
}

Privilege by_group(AccountId account, const Evidence& evidence) {
    const auto& trusted = evidence.options.trusted_groups;
    if (trusted.empty()) {
        return not_given;
    }
    const auto* groups = groups_of(account, evidence);
    if (groups == nullptr) {
        return not_read;
    }
    const bool is_member = std::any_of(groups->begin(), groups->end(), [&](const auto& uuid) {
        return std::find(trusted.begin(), trusted.end(), uuid) != trusted.end();
    });
    return is_member ? Privilege{true, ReasonCode::privilege_by_group} : not_given;
}

/// Of two refusals the one that tells more: what was not read may still be a yes.
bool outweighs(ReasonCode code, ReasonCode other) {
    const auto rank = [](ReasonCode it) {
        return it == ReasonCode::privilege_unread ? 2 : it == ReasonCode::label_not_owned ? 1 : 0;
    };
    return rank(code) > rank(other);
}

} // namespace

Evidence evidence_of(const ClassifierInput& input) {
    auto project = ProjectName::parse(input.event.project);
    return {
        input.facts,
        input.options,
        input.now,
        project ? std::move(project).value() : ProjectName{}};
}

Privilege ask_oracles(const PrivilegeQuestion& question, const Evidence& evidence) {
    switch (activity_of(question, evidence)) {
    case Activity::unknown:
        return not_read;
    case Activity::inactive:
        return not_given;
    case Activity::active:
        break;
    }
    Privilege refusal = not_given;
    for (const auto& answer :
         {by_vote_range(question, evidence),
          by_marker(question, evidence),
          by_group(question.account, evidence)}) {
        if (answer.is_given) {
            return answer;
        }
        if (outweighs(answer.code, refusal.code)) {
            refusal = answer;
        }
    }
    return refusal;
}

bool is_self_approval(
    const gerrit::ChangeFacts& change,
    const gerrit::RevisionFacts& revision,
    AccountId account,
    const SiteOptions& options
) {
    // Rebasing on behalf of the uploader adds nothing of one's own: Gerrit keeps the uploader so
    // that the one who rebased can still approve.
    const bool has_share = revision.real_uploader == account && revision.kind != "TRIVIAL_REBASE";
    if (!options.require_non_uploader || (revision.uploader != account && !has_share)) {
        return false;
    }
    return std::find(
               options.self_approvals.begin(),
               options.self_approvals.end(),
               SelfApproval{change.project, account}
           )
           == options.self_approvals.end();
}

bool is_approved(const gerrit::ChangeFacts& change, const Evidence& evidence) {
    const auto& options = evidence.options;
    const auto label = change.labels.find(options.label);
    const auto* revision = change.current();
    if (change.status != "NEW" || label == change.labels.end() || revision == nullptr
        || !is_protected(options, change.destination.str())) {
        return false;
    }
    const auto& votes = label->second.votes;
    return std::any_of(votes.begin(), votes.end(), [&](const gerrit::VoteFacts& vote) {
        if (vote.value != label->second.max
            || is_self_approval(change, *revision, vote.voter, options)) {
            return false;
        }
        const auto* account = evidence.facts.account(vote.voter);
        if (account == nullptr || judge_account(*account, options) != ReasonCode::actor_ok) {
            return false;
        }
        const PrivilegeQuestion question{vote.voter, &change, {change.destination}, change.project};
        return largest_vote_cast(change, revision->number, vote.voter, options.label).state
                   == CastState::cast
               && ask_oracles(question, evidence).is_given;
    });
}

} // namespace seakeeper::trust
