// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/trust/reason.hpp>

#include <algorithm>
#include <array>

namespace seakeeper::trust {
namespace {

using enum Condition;
using R = ReasonCode;

constexpr Reason good(R code, std::string_view id, Condition condition, std::string_view meaning) {
    return {code, id, condition, meaning, "", true, false};
}
constexpr Reason
bad(R code,
    std::string_view id,
    Condition condition,
    std::string_view meaning,
    std::string_view remedy) {
    return {code, id, condition, meaning, remedy, false, false};
}
constexpr std::string_view ask_again =
    "Gerrit did not answer this question; it is asked again. If it "
    "stays, look at the daemon's rights and log.";
constexpr Reason
unread(R code, std::string_view id, Condition condition, std::string_view meaning) {
    return {code, id, condition, meaning, ask_again, false, true};
}

// clang-format off
constexpr std::array table{
    good(R::channel_ok, "channel-verified", channel, "event and facts come from the configured Gerrit"),
    bad(R::channel_unverified, "channel-unverified", channel, "the peer's host key or certificate was not verified",
        "Pin the host key in known_hosts_file, and serve Gerrit over TLS with a certificate that verifies."),
    bad(R::wrong_instance, "wrong-instance", channel, "the event comes from another Gerrit instance",
        "Correct trust.gerrit_instance, or point the daemon to the right server."),

    good(R::actor_ok, "actor-known", actor, "who acted is one known, active account"),
    bad(R::actor_missing, "actor-missing", actor, "the event names nobody who acted",
        "Actions of the server itself earn no trust; let a person act, or use the event of the merge."),
    unread(R::actor_unread, "actor-not-read", actor, "the acting account could not be read"),
    bad(R::actor_mismatch, "actor-mismatch", actor, "the event names another account than Gerrit's records",
        "Nothing to do where the event is stale; else report it to the site's security team."),
    bad(R::actor_inactive, "actor-inactive", actor, "the acting account is not active",
        "Activate the account, or let an active one act."),
    bad(R::service_user_not_listed, "service-user-not-listed", actor, "a service user acted that the site does not list",
        "List its numeric account id in trust.service_users, or let a person act."),

    good(R::privilege_by_vote_range, "may-give-largest-vote", privilege, "Gerrit lets this account give the label's largest value"),
    good(R::privilege_by_marker, "may-push-marker-ref", privilege, "Gerrit lets this account push the marker ref of the branch"),
    good(R::privilege_by_group, "in-trusted-group", privilege, "the account is in a group that the site trusts"),
    good(R::privilege_by_merge, "may-submit", privilege, "Gerrit let this account submit to the branch"),
    bad(R::privilege_missing, "privilege-missing", privilege, "Gerrit gives this account no right to approve here",
        "Let somebody approve who may; or give the account the right in Gerrit."),
    unread(R::privilege_unread, "privilege-not-read", privilege, "whether the account may approve could not be read"),
    bad(R::label_not_owned, "label-not-owned", privilege, "a project that the site does not list defines the label or grants it",
        "Keep label and rights in a project of trust.label_owners, or use the marker ref or a trusted group."),

    good(R::act_vote, "approved", act, "a vote of the largest value was cast on the current patch set"),
    good(R::act_merge, "merged-by-review", act, "Gerrit merged the change after review into a protected ref"),
    good(R::act_ref_update, "ref-moved-by-merge", act, "the protected branch moved by a reviewed merge"),
    good(R::act_direct_push, "direct-push-allowed", act, "the site trusts direct pushes to this ref"),
    good(R::act_tag, "tag-on-protected-branch", act, "a new tag on a commit of a protected branch"),
    good(R::act_upload, "upload-allowed", act, "the site trusts uploads of privileged accounts"),
    bad(R::act_gives_no_trust, "act-gives-no-trust", act, "this kind of event is no approval",
        "Use a trigger on the vote or on the merge, or run it untrusted. A recheck is no approval."),
    unread(R::act_unread, "act-not-read", act, "what was done could not be confirmed"),
    bad(R::destination_not_protected, "destination-not-protected", act, "the branch is not one of the protected refs",
        "Add the branch to trust.protected if pushing to it needs review; else run it untrusted."),
    bad(R::no_vote_transition, "no-vote-in-this-event", act, "this comment cast no vote; votes that stand from before do not count",
        "Vote with the comment."),
    bad(R::label_missing, "label-missing", act, "the change does not have the approval label",
        "Define the label of trust.label for this project."),
    bad(R::vote_not_maximal, "vote-not-maximal", act, "the vote is below the label's largest value",
        "An approval with the label's largest value is needed."),
    bad(R::vote_not_cast_on_patch_set, "vote-not-cast-on-current-patch-set", act,
        "the vote was copied from another patch set, or given elsewhere",
        "Review the current patch set and vote again on it."),
    bad(R::vote_on_behalf, "vote-on-behalf", act, "somebody voted in another account's name",
        "The approver has to vote in person."),
    bad(R::approved_by_uploader, "approved-by-uploader", act, "who uploaded the patch set approved it",
        "Let another person approve; a bot can be excepted in trust.self_approvals by project and account id."),
    bad(R::not_merged, "not-merged", act, "Gerrit does not say that the change is merged",
        "Nothing to do where the event is stale."),
    bad(R::merge_forced, "merge-forced", act, "the change was merged past its submit requirements (push with %submit)",
        "Submit after review."),
    bad(R::merge_past_requirements, "merged-without-requirements", act, "a submit requirement of the merged change was not met",
        "Submit after review, with all requirements met."),
    bad(R::merge_by_direct_push, "merged-by-direct-push", act, "a direct push closed the change",
        "Submit the change; or set trust.allow_direct_push."),
    bad(R::direct_push, "direct-push", act, "the branch moved by no merge that we know of",
        "Merge by review, and trigger on change-merged; or set trust.allow_direct_push."),
    bad(R::tag_not_on_protected_branch, "tag-not-on-protected-branch", act, "no protected branch holds the tagged commit",
        "Tag a commit that is merged."),
    bad(R::upload_by_other, "uploaded-for-another", act, "the patch set was uploaded in another account's name",
        "The privileged account has to upload in person."),
    bad(R::content_by_other, "content-of-another-uploader", act, "the patch set repeats content that another account uploaded",
        "Review it and vote."),
    bad(R::retry_by_unprivileged, "retry-by-unprivileged", act, "who asked for another attempt may not approve here",
        "Let somebody ask who may approve."),

    good(R::code_bound, "code-bound", code, "the commit to run is the one that was acted on"),
    unread(R::code_unread, "code-not-read", code, "which commit is current could not be read"),
    bad(R::code_superseded, "patch-set-superseded", code, "a newer patch set is current",
        "Nothing to do: the newer patch set is judged by its own events."),
    bad(R::code_mismatch, "code-mismatch", code, "Gerrit does not know this commit for this change, project and branch",
        "Nothing to do where the change was moved; else report it to the site's security team."),
    bad(R::event_has_no_code, "no-code", code, "the event names no commit that could run",
        "Use a trigger on an event of a patch set, a merge or a ref."),
    bad(R::ref_not_for_building, "ref-not-for-building", code, "only branches and tags are built",
        "Push to a branch, or for review."),
    bad(R::config_change_never_runs, "config-never-runs", code, "refs/meta/config is checked, never run",
        "Nothing to do."),
    bad(R::change_abandoned, "change-abandoned", code, "the change is abandoned", "Restore the change."),
    bad(R::ref_deleted, "ref-deleted", code, "the ref was deleted, or is a tag that no branch of Gerrit's holds",
        "Nothing to do where it was deleted; else tag a commit that is merged."),
    bad(R::ref_forced, "ref-forced", code, "a protected branch was rewound by a forced push",
        "Tell the site's security team; push a merge on top of the branch."),
    unread(R::ref_history_unread, "ref-history-not-read", code, "whether the branch was rewound could not be read"),
    bad(R::tag_moved, "tag-moved", code, "the tag was moved; tags are immutable here", "Make a new tag."),

    good(R::ancestry_ok, "ancestry-reviewed", ancestry, "all that lies below the commit is merged or approved"),
    unread(R::ancestry_unread, "ancestry-not-read", ancestry, "the commits below could not all be read"),
    bad(R::not_in_protected_ref, "not-in-protected-ref", ancestry, "the protected ref does not hold the commit",
        "Nothing to do where the branch has moved on; else merge it by review."),
    bad(R::ancestor_unknown, "ancestor-unknown", ancestry, "a commit below is neither merged nor of a change",
        "Push that commit for review, or rebase onto the branch."),
    bad(R::ancestor_outdated, "ancestor-outdated", ancestry, "a commit below is an old patch set or of a closed change",
        "Rebase onto the current patch set or onto the branch."),
    bad(R::ancestor_not_approved, "ancestor-not-approved", ancestry, "a change below is not approved",
        "Let the change below be approved on its current patch set; this one is decided again then."),

    good(R::closure_ok, "companions-reviewed", closure, "all that comes along is merged or approved"),
    unread(R::closure_unread, "companions-not-read", closure, "what comes along could not be read"),
    bad(R::closure_too_large, "too-many-companions", closure, "more changes come along than are looked at",
        "Merge some of them first, or take the change out of the topic."),
    bad(R::companion_not_approved, "companion-not-approved", closure, "a change that comes along is not approved",
        "Let it be approved on its current patch set; in the same project and branch this one is decided again then, else comment recheck. Or take it out of topic or footer."),
    bad(R::submodule_moved, "submodule-moved", closure, "the patch set moves a submodule or .gitmodules",
        "Trigger on the merge; or set trust.allow_submodules."),
    bad(R::dependency_circle, "dependency-circle", closure, "a Depends-On footer leads back to the change itself",
        "Take one of the footers out."),

    good(R::definition_ok, "definition-at-tip", definition, "the definition is the tip of refs/meta/config"),
    unread(R::definition_unread, "definition-not-read", definition, "the definition could not be read"),
    unread(R::definition_tip_unread, "definition-tip-not-read", definition, "the tip of refs/meta/config could not be read"),
    bad(R::definition_moved, "definition-moved", definition, "refs/meta/config moved since the definition was read",
        "It is decided again with the new definition; if it moved after the decision, comment recheck."),
    bad(R::definition_rewound, "definition-rewound", definition, "refs/meta/config was rewound: the last tip seen is not below it",
        "A project owner has to look at its history; an operator accepts the new tip with seakeeperd accept-config."),

    good(R::visible, "visible", visibility, "the change is public and ready"),
    unread(R::visibility_unread, "visibility-not-read", visibility, "whether the change is private could not be read"),
    bad(R::change_private, "change-private", visibility, "the change is private", "Private changes are not built here."),
    bad(R::change_in_progress, "work-in-progress", visibility, "the change is work in progress", "Mark it ready for review, then comment recheck or vote again."),
    bad(R::related_not_readable, "needs-something-unreadable", visibility, "something that the change needs cannot be found",
        "Check parents, topic and Depends-On footers; they must exist and be public."),

    good(R::policy_ok, "policy-accepted", policy, "the manifest is inside the allow-list"),
    bad(R::policy_unread, "policy-not-judged", policy, "the manifest was not judged",
        "Correct the definition; seakeeperd check says where."),
    bad(R::policy_refused, "policy-refused", policy, "the manifest is outside the allow-list",
        "Correct the definition; seakeeperd check says where, and what is accepted."),

    good(R::plant_ok, "plant-ready", plant, "there is a sound place for trusted runs"),
    bad(R::plant_not_ready, "plant-not-ready", plant, "there is no sound place for trusted runs",
        "Configure a trusted executor that shares nothing with the untrusted one; the detail says what is wrong."),

    good(R::fresh, "fresh", freshness, "the act is recent and still true"),
    bad(R::act_too_old, "act-too-old", freshness, "the act is older than the site lets it count",
        "Vote again; for a merge let a privileged person run it by hand."),
    bad(R::act_in_future, "act-in-future", freshness, "the act lies in the future",
        "Synchronise the clocks of Gerrit and of the daemon."),
    bad(R::act_time_unknown, "act-time-unknown", freshness, "Gerrit's records do not say when it was done",
        "Nothing to do but to act again."),
    unread(R::standing_unread, "standing-not-read", freshness, "whether the vote still stands could not be read"),
    bad(R::vote_withdrawn, "vote-withdrawn", freshness, "the vote does not stand any more",
        "Vote again if that was not meant."),
};
// clang-format on

constexpr bool is_in_order() {
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (static_cast<std::size_t>(table[i].code) != i) {
            return false;
        }
    }
    return true;
}
static_assert(is_in_order(), "the table has to follow ReasonCode");
static_assert(table.back().code == R::vote_withdrawn, "the last reason code has a row");

constexpr std::array<std::string_view, 12> condition_names{
    "C1", "C2", "C3", "C4", "C5", "C6", "C7", "C8", "C9", "C10", "C11", "C12"};

} // namespace

std::string_view to_string(Condition condition) noexcept {
    const auto index = static_cast<std::size_t>(condition) - 1;
    return index < condition_names.size() ? condition_names[index] : "C?";
}

std::optional<Condition> condition_of(std::string_view word) noexcept {
    const auto found = std::find(condition_names.begin(), condition_names.end(), word);
    if (found == condition_names.end()) {
        return std::nullopt;
    }
    return static_cast<Condition>(found - condition_names.begin() + 1);
}

std::span<const Reason> reasons() noexcept {
    return table;
}

const Reason& reason(ReasonCode code) noexcept {
    const auto index = static_cast<std::size_t>(code);
    return table[index < table.size() ? index : 0];
}

std::optional<ReasonCode> reason_code_of(std::string_view id) noexcept {
    const auto found =
        std::find_if(table.begin(), table.end(), [id](const Reason& row) { return row.id == id; });
    if (found == table.end()) {
        return std::nullopt;
    }
    return found->code;
}

} // namespace seakeeper::trust
