// SPDX-License-Identifier: Apache-2.0
// C5: which commit runs, and that it is the one that was acted on.
#include "../act.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::trust {
namespace {

constexpr std::string_view config_ref = "refs/meta/config";

/// A code condition that holds, with the commit it binds.
struct Binding {
    ReasonCode code = ReasonCode::code_bound;
    std::optional<CommitId> commit;
};

Binding bind_text(std::string_view revision) {
    auto commit = CommitId::parse(revision);
    if (!commit) {
        return {ReasonCode::code_mismatch, std::nullopt};
    }
    return {ReasonCode::code_bound, std::move(commit).value()};
}

ReasonCode judge_destination(std::string_view ref) {
    if (ref == config_ref) {
        return ReasonCode::config_change_never_runs;
    }
    return is_branch(ref) || is_tag(ref) ? ReasonCode::code_bound
                                         : ReasonCode::ref_not_for_building;
}

Binding bind_tag(const event::RefUpdate& update, const gerrit::Facts& facts) {
    if (!is_no_commit(update.old_rev)) {
        return {ReasonCode::tag_moved, std::nullopt};
    }
    if (!facts.ref) {
        return {ReasonCode::code_unread, std::nullopt};
    }
    if (!facts.ref->tip) { // gone, or on a commit that no branch holds: those Gerrit does not show
        return {ReasonCode::ref_deleted, std::nullopt};
    }
    if (facts.ref->ref.str() != update.ref_name || !facts.ref->commit
        || facts.ref->tip->str() != update.new_rev) {
        return {ReasonCode::tag_moved, std::nullopt};
    }
    return {ReasonCode::code_bound, facts.ref->commit};
}

Binding bind_ref(const event::RefUpdate& update, const gerrit::Facts& facts) {
    if (const auto code = judge_destination(update.ref_name); code != ReasonCode::code_bound) {
        return {code, std::nullopt};
    }
    if (is_no_commit(update.new_rev)) {
        return {ReasonCode::ref_deleted, std::nullopt};
    }
    return is_tag(update.ref_name) ? bind_tag(update, facts) : bind_text(update.new_rev);
}

bool is_same_change(const event::Event& event, const gerrit::ChangeFacts& change) {
    return change.project.str() == event.change->project && change.number == event.change->number
           && (event.project.empty() || event.project == event.change->project)
           && (event.ref_name.empty() || event.ref_name == change.destination.str());
}

/// The merged commit is the branch's tip after the submission, which may be a merge commit.
Binding bind_merge(const event::ChangeMerged& merged, const gerrit::ChangeFacts& change) {
    return merged.new_rev ? bind_text(*merged.new_rev)
                          : Binding{ReasonCode::code_bound, change.current_revision};
}

Binding bind_patch_set(const event::Event& event, const gerrit::ChangeFacts& change) {
    const auto* current = change.current();
    if (current == nullptr) {
        return {ReasonCode::code_unread, std::nullopt};
    }
    const auto kind = event.kind();
    if (!event.patch_set) {
        const bool names_one = kind == event::Kind::patchset_created
                               || kind == event::Kind::comment_added
                               || kind == event::Kind::change_merged;
        return {
            names_one ? ReasonCode::event_has_no_code : ReasonCode::code_bound, current->commit};
    }
    const auto& given = *event.patch_set;
    if (given.revision == current->commit.str() && given.number == current->number) {
        return {ReasonCode::code_bound, current->commit};
    }
    const bool is_older = given.number < current->number;
    return {is_older ? ReasonCode::code_superseded : ReasonCode::code_mismatch, std::nullopt};
}

Binding bind_change(const event::Event& event, const gerrit::Facts& facts) {
    if (!event.change || event.kind() == event::Kind::change_deleted) {
        return {ReasonCode::event_has_no_code, std::nullopt};
    }
    if (!facts.change) {
        return {ReasonCode::code_unread, std::nullopt};
    }
    const auto& change = *facts.change;
    if (!is_same_change(event, change)) {
        return {ReasonCode::code_mismatch, std::nullopt};
    }
    if (const auto code = judge_destination(change.destination.str());
        code != ReasonCode::code_bound) {
        return {code, std::nullopt};
    }
    if (change.status == "ABANDONED" && event.kind() != event::Kind::change_abandoned) {
        return {ReasonCode::change_abandoned, std::nullopt};
    }
    auto bound = bind_patch_set(event, change);
    const auto* merged = std::get_if<event::ChangeMerged>(&event.body);
    return merged != nullptr && bound.code == ReasonCode::code_bound ? bind_merge(*merged, change)
                                                                     : bound;
}

Binding bind(const event::Event& event, const gerrit::Facts& facts) {
    if (const auto* update = ref_update_of(event)) {
        return bind_ref(*update, facts);
    }
    return bind_change(event, facts);
}

/// Whether a protected branch still holds what it held before the event.
ReasonCode judge_history(const ClassifierInput& input) {
    const auto* update = ref_update_of(input.event);
    if (update == nullptr || !is_branch(update->ref_name) || is_no_commit(update->old_rev)
        || !is_protected(input.options, update->ref_name)) {
        return ReasonCode::code_bound;
    }
    const auto& held = input.facts.previous_merged_into;
    if (!held) {
        return ReasonCode::ref_history_unread;
    }
    const bool is_kept = std::any_of(held->begin(), held->end(), [&](const RefName& ref) {
        return ref.str() == update->ref_name;
    });
    return is_kept ? ReasonCode::code_bound : ReasonCode::ref_forced;
}

} // namespace

ConditionVerdict judge_code(const ClassifierInput& input) {
    const auto bound = bind(input.event, input.facts);
    if (bound.code != ReasonCode::code_bound) {
        return denies(bound.code);
    }
    const auto history = judge_history(input);
    if (history == ReasonCode::ref_forced) {
        return denies(history);
    }
    if (history == ReasonCode::ref_history_unread) {
        return lowers(history);
    }
    return holds(ReasonCode::code_bound, fmt::format("commit {}", bound.commit->str()));
}

std::optional<CommitId> code_of(const event::Event& event, const gerrit::Facts& facts) {
    auto bound = bind(event, facts);
    return bound.code == ReasonCode::code_bound ? std::move(bound.commit) : std::nullopt;
}

} // namespace seakeeper::trust
