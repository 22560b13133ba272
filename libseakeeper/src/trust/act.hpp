// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "vote.hpp"

#include <seakeeper/trust/classifier.hpp>

#include <optional>
#include <string_view>

// What an event claims that was done, in the words of the conditions: nothing here is evidence.
namespace seakeeper::trust {

enum class Act : std::uint8_t { none, vote, merge, ref_update, tag, upload };

Act act_of(const event::Event& event, const SiteOptions& options);

/// What a ref event says; null for all others.
const event::RefUpdate* ref_update_of(const event::Event& event);
bool is_branch(std::string_view ref);
bool is_tag(std::string_view ref);
/// 40 zeros or nothing at all: git's "no object".
bool is_no_commit(std::string_view revision);

/// Full name of the ref that the event is about, as the facts confirm it: the change's destination,
/// or the ref itself.
std::string_view destination_of(const event::Event& event, const gerrit::Facts& facts);

/// The newest message that Gerrit wrote at the merge; null: none.
const gerrit::MessageFacts* merge_message(const gerrit::ChangeFacts& change);

/// Whether the ref moved to the commit of this change, in its project and on its branch.
bool is_merge_of(const event::RefUpdate& update, const gerrit::ChangeFacts& change);

/// How a change that is MERGED came to be: act_merge, or the code that says why that is no review.
/// act_direct_push stands for a closed-by-push change that the site allows.
ReasonCode judge_merge(const gerrit::ChangeFacts& change, const SiteOptions& options);

/// The account that acted, by Gerrit's records, or why it is not known.
struct Actor {
    const gerrit::AccountFacts* account = nullptr;
    ReasonCode code = ReasonCode::actor_ok;
    bool is_on_behalf = false; ///< acted in another account's name, and is the real one
};
Actor actor_of(const event::Event& event, const gerrit::Facts& facts);

/// Whether a service user is listed, the account active; actor_ok if so.
ReasonCode judge_account(const gerrit::AccountFacts& account, const SiteOptions& options);

/// The message in which the actor of a vote cast it.
Cast cast_of(const ClassifierInput& input);

} // namespace seakeeper::trust
