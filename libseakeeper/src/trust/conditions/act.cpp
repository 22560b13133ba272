// SPDX-License-Identifier: Apache-2.0
// C4: whether what was done gives trust.
#include "../act.hpp"

#include "../privilege.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::trust {
namespace {

ConditionVerdict either(ReasonCode code, std::string detail = {}) {
    return reason(code).is_good ? holds(code, std::move(detail)) : lowers(code, std::move(detail));
}

/// The approval label as this very action set it; null: it did not touch it.
const event::Approval* transition_of(const event::Event& event, std::string_view label) {
    const auto* comment = std::get_if<event::CommentAdded>(&event.body);
    if (comment == nullptr || !comment->approvals) {
        return nullptr;
    }
    const auto& approvals = *comment->approvals;
    const auto found = std::find_if(approvals.begin(), approvals.end(), [&](const auto& approval) {
        return approval.type == label && approval.old_value.has_value();
    });
    return found == approvals.end() ? nullptr : &*found;
}

ConditionVerdict judge_cast(const ClassifierInput& input, AccountId voter) {
    const auto& change = *input.facts.change;
    const auto* revision = change.current();
    if (revision == nullptr) {
        return lowers(ReasonCode::act_unread);
    }
    const auto number = value_of(revision->number);
    switch (cast_of(input).state) {
    case CastState::not_cast:
        return lowers(
            ReasonCode::vote_not_cast_on_patch_set, fmt::format("current is patch set {}", number)
        );
    case CastState::on_behalf:
        return lowers(ReasonCode::vote_on_behalf);
    case CastState::cast:
        break;
    }
    if (is_self_approval(change, *revision, voter, input.options)) {
        return lowers(ReasonCode::approved_by_uploader, fmt::format("account {}", value_of(voter)));
    }
    return holds(
        ReasonCode::act_vote,
        fmt::format(
            "{} by account {} on patch set {}", input.options.label, value_of(voter), number
        )
    );
}

ConditionVerdict judge_vote(const ClassifierInput& input) {
    const auto& options = input.options;
    const auto* transition = transition_of(input.event, options.label);
    if (transition == nullptr) {
        return lowers(ReasonCode::no_vote_transition);
    }
    const auto actor = actor_of(input.event, input.facts);
    if (!input.facts.change || actor.account == nullptr) {
        return lowers(ReasonCode::act_unread);
    }
    const auto& change = *input.facts.change;
    if (!is_protected(options, change.destination.str())) {
        return lowers(ReasonCode::destination_not_protected, change.destination.str());
    }
    const auto label = change.labels.find(options.label);
    if (label == change.labels.end()) {
        return lowers(ReasonCode::label_missing, options.label);
    }
    if (label->second.max <= 0 || transition->value != label->second.max) {
        return lowers(
            ReasonCode::vote_not_maximal,
            fmt::format("{:+d}, largest is {:+d}", transition->value, label->second.max)
        );
    }
    return judge_cast(input, actor.account->id);
}

ConditionVerdict judge_merge_act(const ClassifierInput& input) {
    if (!input.facts.change) {
        return lowers(ReasonCode::act_unread);
    }
    return either(judge_merge(*input.facts.change, input.options));
}

/// A branch moved: by the merge of a change whose patch set it now names, or past review. A merge
/// commit is nobody's patch set; its trusted triggers listen to change-merged.
ConditionVerdict judge_ref_update(const ClassifierInput& input) {
    const auto& update = *ref_update_of(input.event);
    if (!is_branch(update.ref_name) || !is_protected(input.options, update.ref_name)) {
        return lowers(ReasonCode::destination_not_protected);
    }
    if (input.options.allow_direct_push) {
        return holds(ReasonCode::act_direct_push);
    }
    const auto& fact = input.facts.change;
    if (!fact) {
        return lowers(fact.failure.empty() ? ReasonCode::direct_push : ReasonCode::act_unread);
    }
    if (!is_merge_of(update, *fact)) {
        return lowers(ReasonCode::direct_push);
    }
    const auto code = judge_merge(*fact, input.options);
    return either(code == ReasonCode::act_merge ? ReasonCode::act_ref_update : code);
}

ConditionVerdict judge_tag(const ClassifierInput& input) {
    const auto& merged = input.facts.merged_into;
    if (!merged) {
        return lowers(ReasonCode::act_unread);
    }
    const bool is_held = std::any_of(merged->begin(), merged->end(), [&](const RefName& ref) {
        return is_branch(ref.str()) && is_protected(input.options, ref.str());
    });
    return either(is_held ? ReasonCode::act_tag : ReasonCode::tag_not_on_protected_branch);
}

bool is_uploaded_by(const gerrit::RevisionFacts& revision, AccountId id) {
    return revision.uploader == id && revision.real_uploader.value_or(id) == id;
}

/// A rebase or a new message adds nothing: its content is that of the patch set before.
bool holds_only_content_of(
    const gerrit::ChangeFacts& change, const gerrit::RevisionFacts& current, AccountId id
) {
    for (auto revision = change.revisions.rbegin(); revision != change.revisions.rend();
         ++revision) {
        if (revision->number > current.number) {
            continue;
        }
        if (!is_uploaded_by(*revision, id)) {
            return false;
        }
        if (revision->kind == "REWORK") {
            return true;
        }
    }
    return false;
}

ConditionVerdict judge_upload(const ClassifierInput& input) {
    const auto actor = actor_of(input.event, input.facts);
    const auto* revision = input.facts.change ? input.facts.change->current() : nullptr;
    if (revision == nullptr || actor.account == nullptr) {
        return lowers(ReasonCode::act_unread);
    }
    if (!is_protected(input.options, input.facts.change->destination.str())) {
        return lowers(ReasonCode::destination_not_protected);
    }
    const auto& patch_set = input.event.patch_set;
    const auto id = actor.account->id;
    const bool is_in_person = is_uploaded_by(*revision, id) && patch_set && patch_set->uploader
                              && patch_set->uploader->username == actor.account->username;
    if (!is_in_person) {
        return lowers(ReasonCode::upload_by_other);
    }
    const bool is_own = holds_only_content_of(*input.facts.change, *revision, id);
    return either(is_own ? ReasonCode::act_upload : ReasonCode::content_by_other);
}

bool may_ask_for_retry(const ClassifierInput& input) {
    const auto& retry = *input.retry;
    const auto asker = actor_of(retry.event, retry.facts);
    if (asker.account == nullptr
        || judge_account(*asker.account, input.options) != ReasonCode::actor_ok) {
        return false;
    }
    // Gerrit lets some accounts write comments in the name of others.
    const auto& real = retry.facts.real_actor;
    if (!real || real->id != asker.account->id) {
        return false;
    }
    const auto& change = retry.facts.change;
    if (retry.event.project != input.event.project || !change
        || change->destination.str() != destination_of(input.event, input.facts)) {
        return false;
    }
    const Evidence evidence{retry.facts, input.options, input.now, change->project};
    const PrivilegeQuestion question{
        asker.account->id, &*change, {change->destination}, change->project};
    return ask_oracles(question, evidence).is_given;
}

} // namespace

ConditionVerdict judge_act(const ClassifierInput& input) {
    if (input.retry && !may_ask_for_retry(input)) {
        return lowers(ReasonCode::retry_by_unprivileged);
    }
    switch (act_of(input.event, input.options)) {
    case Act::vote:
        return judge_vote(input);
    case Act::merge:
        return judge_merge_act(input);
    case Act::ref_update:
        return judge_ref_update(input);
    case Act::tag:
        return judge_tag(input);
    case Act::upload:
        return judge_upload(input);
    case Act::none:
        break;
    }
    return lowers(ReasonCode::act_gives_no_trust);
}

} // namespace seakeeper::trust
