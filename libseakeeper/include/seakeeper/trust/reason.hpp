// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace seakeeper::trust {

/// The independent conditions of trust; docs/trust.md tells each.
enum class Condition : std::uint8_t {
    channel = 1, ///< C1  we talk to the Gerrit we mean
    actor,       ///< C2  who acted is one known, active account
    privilege,   ///< C3  Gerrit says that this account may approve
    act,         ///< C4  what it did gives trust
    code,        ///< C5  the commit to run is the one that was acted on
    ancestry,    ///< C6  all that lies below the commit is reviewed
    closure,     ///< C7  all that comes along with it is reviewed
    definition,  ///< C8  the definition is the tip of refs/meta/config
    visibility,  ///< C9  neither private nor work in progress, and readable
    policy,      ///< C10 the manifest is inside the allow-list
    plant,       ///< C11 there is a sound place to run it
    freshness,   ///< C12 the act is recent, and still true
};

/// "C1" to "C12".
SEAKEEPER_API std::string_view to_string(Condition condition) noexcept;
/// The condition of such a word; nothing for any other.
SEAKEEPER_API std::optional<Condition> condition_of(std::string_view word) noexcept;

/// Why a condition has its value: stable identifiers, never renamed, never used for another thing.
enum class ReasonCode : std::uint8_t {
    channel_ok,
    channel_unverified,
    wrong_instance,
    actor_ok,
    actor_missing,
    actor_unread,
    actor_mismatch,
    actor_inactive,
    service_user_not_listed,
    privilege_by_vote_range,
    privilege_by_marker,
    privilege_by_group,
    privilege_by_merge,
    privilege_missing,
    privilege_unread,
    label_not_owned,
    act_vote,
    act_merge,
    act_ref_update,
    act_direct_push,
    act_tag,
    act_upload,
    act_gives_no_trust,
    act_unread,
    destination_not_protected,
    no_vote_transition,
    label_missing,
    vote_not_maximal,
    vote_not_cast_on_patch_set,
    vote_on_behalf,
    approved_by_uploader,
    not_merged,
    merge_forced,
    merge_past_requirements,
    merge_by_direct_push,
    direct_push,
    tag_not_on_protected_branch,
    upload_by_other,
    content_by_other,
    retry_by_unprivileged,
    code_bound,
    code_unread,
    code_superseded,
    code_mismatch,
    event_has_no_code,
    ref_not_for_building,
    config_change_never_runs,
    change_abandoned,
    ref_deleted,
    ref_forced,
    ref_history_unread,
    tag_moved,
    ancestry_ok,
    ancestry_unread,
    not_in_protected_ref,
    ancestor_unknown,
    ancestor_outdated,
    ancestor_not_approved,
    closure_ok,
    closure_unread,
    closure_too_large,
    companion_not_approved,
    submodule_moved,
    dependency_circle,
    definition_ok,
    definition_unread,
    definition_tip_unread,
    definition_moved,
    definition_rewound,
    visible,
    visibility_unread,
    change_private,
    change_in_progress,
    related_not_readable,
    policy_ok,
    policy_unread,
    policy_refused,
    plant_ok,
    plant_not_ready,
    fresh,
    act_too_old,
    act_in_future,
    act_time_unknown,
    standing_unread,
    vote_withdrawn,
};

/// What there is to say about a reason code.
struct Reason {
    ReasonCode code;
    std::string_view id;      ///< "vote-not-cast-on-current-patch-set"
    Condition condition;      ///< whose verdict it belongs to
    std::string_view meaning; ///< one clause, for messages
    std::string_view remedy;  ///< what to do about it; empty where nothing is wrong
    bool is_good;             ///< the condition holds
    bool is_unread;           ///< a fact is missing: reading again may help
};

/// All of them, in the order of ReasonCode.
SEAKEEPER_API std::span<const Reason> reasons() noexcept;
SEAKEEPER_API const Reason& reason(ReasonCode code) noexcept;
/// The code of an identifier; nothing for an unknown one.
SEAKEEPER_API std::optional<ReasonCode> reason_code_of(std::string_view id) noexcept;

} // namespace seakeeper::trust
