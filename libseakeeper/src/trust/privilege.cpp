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

/// Gerrit computes permitted_voting_range anew for each reader, on open changes only.
Privilege by_vote_range(
    const PrivilegeQuestion& question, const gerrit::Facts& facts, const SiteOptions& options
) {
    if (question.change == nullptr || question.change->status != "NEW") {
        return {};
    }
    const auto label = question.change->labels.find(options.label);
    if (label == question.change->labels.end()) {
        return {};
    }
    const auto* row = standing_vote(label->second, question.account);
    if (row == nullptr || !row->permitted_max) {
        return {};
    }
    if (!row->is_voter_active || label->second.max <= 0
        || *row->permitted_max < label->second.max) {
        return {false, ReasonCode::privilege_missing};
    }
    const auto* origin = facts.label_origin(options.label);
    if (origin == nullptr) {
        return {};
    }
    return is_label_owned(*origin, options) ? Privilege{true, ReasonCode::privilege_by_vote_range}
                                            : Privilege{false, ReasonCode::label_not_owned};
}

Privilege by_marker(
    const PrivilegeQuestion& question, const gerrit::Facts& facts, const SiteOptions& options
) {
    Privilege found;
    for (const auto& branch : question.branches) {
        const auto marker = marker_of(options, branch);
        const auto answer =
            marker ? facts.may(question.account, "push", *marker) : std::optional<bool>{};
        if (answer.value_or(false)) {
            return {true, ReasonCode::privilege_by_marker};
        }
        if (answer) {
            found.code = ReasonCode::privilege_missing;
        }
    }
    return found;
}

Privilege by_group(AccountId account, const gerrit::Facts& facts, const SiteOptions& options) {
    const auto* groups = facts.groups_of(account);
    if (groups == nullptr || options.trusted_groups.empty()) {
        return {};
    }
    const bool is_member = std::any_of(groups->begin(), groups->end(), [&](const auto& uuid) {
        return std::find(options.trusted_groups.begin(), options.trusted_groups.end(), uuid)
               != options.trusted_groups.end();
    });
    return {is_member, is_member ? ReasonCode::privilege_by_group : ReasonCode::privilege_missing};
}

} // namespace

Privilege ask_oracles(
    const PrivilegeQuestion& question, const gerrit::Facts& facts, const SiteOptions& options
) {
    const auto* account = facts.account(question.account);
    if (account != nullptr && !account->is_active) {
        return {false, ReasonCode::privilege_missing};
    }
    Privilege worst;
    for (const auto& answer :
         {by_vote_range(question, facts, options),
          by_marker(question, facts, options),
          by_group(question.account, facts, options)}) {
        if (answer.is_given) {
            return answer;
        }
        if (worst.code != ReasonCode::label_not_owned
            && answer.code != ReasonCode::privilege_unread) {
            worst = answer;
        }
    }
    return worst;
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

bool is_approved(
    const gerrit::ChangeFacts& change, const gerrit::Facts& facts, const SiteOptions& options
) {
    const auto label = change.labels.find(options.label);
    const auto* revision = change.current();
    if (change.status != "NEW" || label == change.labels.end() || revision == nullptr
        || !is_protected(options, change.destination.str())) {
        return false;
    }
    const auto& votes = label->second.votes;
    return std::any_of(votes.begin(), votes.end(), [&](const gerrit::VoteFacts& vote) {
        if (vote.value != label->second.max || !vote.is_voter_active
            || is_self_approval(change, *revision, vote.voter, options)) {
            return false;
        }
        const auto* account = facts.account(vote.voter);
        if (account == nullptr || judge_account(*account, options) != ReasonCode::actor_ok) {
            return false;
        }
        const PrivilegeQuestion question{vote.voter, &change, {change.destination}};
        return largest_vote_cast(change, revision->number, vote.voter, options.label).state
                   == CastState::cast
               && ask_oracles(question, facts, options).is_given;
    });
}

} // namespace seakeeper::trust
