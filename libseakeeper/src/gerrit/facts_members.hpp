// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>

#include <type_traits>

// The members of every facts value with their JSON keys, in one place for writing and reading: a
// member that is listed here goes both ways, and the order of keys never changes.
namespace seakeeper::gerrit::facts_members {

/// `T` as the visitor sees it: const while writing.
template <class Visit, class T>
using Seen = std::conditional_t<Visit::is_writing, const T, T>;

template <class Visit>
void members(Visit& visit, Seen<Visit, AccountFacts>& it) {
    visit("id", it.id);
    visit("username", it.username);
    visit("name", it.name);
    visit("email", it.email);
    visit("is_active", it.is_active);
    visit("is_service_user", it.is_service_user);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, VoteFacts>& it) {
    visit("voter", it.voter);
    visit("value", it.value);
    visit("permitted_max", it.permitted_max);
    visit("is_voter_active", it.is_voter_active);
    visit("date", it.date);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, LabelFacts>& it) {
    visit("max", it.max);
    visit("min", it.min);
    visit("votes", it.votes);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, RevisionFacts>& it) {
    visit("commit", it.commit);
    visit("number", it.number);
    visit("uploader", it.uploader);
    visit("real_uploader", it.real_uploader);
    visit("kind", it.kind);
    visit("parents", it.parents);
    visit("ref", it.ref);
    visit("created", it.created);
    visit("message", it.message);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, MessageFacts>& it) {
    visit("id", it.id);
    visit("author", it.author);
    visit("real_author", it.real_author);
    visit("tag", it.tag);
    visit("date", it.date);
    visit("patch_set", it.patch_set);
    visit("text", it.text);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, SubmitRequirementFacts>& it) {
    visit("name", it.name);
    visit("status", it.status);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, ChangeFacts>& it) {
    visit("project", it.project);
    visit("number", it.number);
    visit("destination", it.destination);
    visit("change_id", it.change_id);
    visit("subject", it.subject);
    visit("status", it.status);
    visit("topic", it.topic);
    visit("hashtags", it.hashtags);
    visit("is_private", it.is_private);
    visit("is_work_in_progress", it.is_work_in_progress);
    visit("owner", it.owner);
    visit("submitter", it.submitter);
    visit("current_revision", it.current_revision);
    visit("revisions", it.revisions);
    visit("labels", it.labels);
    visit("messages", it.messages);
    visit("submit_requirements", it.submit_requirements);
    visit("meta_revision", it.meta_revision);
    visit("submitted", it.submitted);
    visit("updated", it.updated);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, AccessFacts>& it) {
    visit("account", it.account);
    visit("ref", it.ref);
    visit("permission", it.permission);
    visit("is_allowed", it.is_allowed);
    visit("project", it.project);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, AncestorFacts>& it) {
    visit("commit", it.commit);
    visit("parents", it.parents);
    visit("branches", it.branches);
    visit("change", it.change);
    visit("is_visible", it.is_visible);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, AncestryFacts>& it) {
    visit("commits", it.commits);
    visit("is_complete", it.is_complete);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, TogetherFacts>& it) {
    visit("changes", it.changes);
    visit("invisible", it.invisible);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, GroupFacts>& it) {
    visit("account", it.account);
    visit("groups", it.groups);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, RefFacts>& it) {
    visit("ref", it.ref);
    visit("tip", it.tip);
    visit("commit", it.commit);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, ConfigFacts>& it) {
    visit("project", it.project);
    visit("tip", it.tip);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, DependencyFacts>& it) {
    visit("relation", it.relation);
    visit("name", it.name);
    visit("change", it.change);
    visit("ancestry", it.ancestry);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, LabelOriginFacts>& it) {
    visit("label", it.label);
    visit("defined_in", it.defined_in);
    visit("granted_in", it.granted_in);
    visit("project", it.project);
}

template <class Visit>
void members(Visit& visit, Seen<Visit, Facts>& it) {
    visit("change", it.change);
    visit("actor", it.actor);
    visit("real_actor", it.real_actor);
    visit("actor_groups", it.actor_groups);
    visit("owner_groups", it.owner_groups);
    visit("accounts", it.accounts);
    visit("groups", it.groups);
    visit("access", it.access);
    visit("ancestry", it.ancestry);
    visit("files", it.files);
    visit("submitted_together", it.submitted_together);
    visit("ref", it.ref);
    visit("merged_into", it.merged_into);
    visit("previous_merged_into", it.previous_merged_into);
    visit("dependencies", it.dependencies);
    visit("label_origins", it.label_origins);
    visit("parents", it.parents);
    visit("configs", it.configs);
}

} // namespace seakeeper::gerrit::facts_members
