// SPDX-License-Identifier: Apache-2.0
#include "sensor/evaluate.hpp"

#include <seakeeper/sensor/comment.hpp>

namespace seakeeper::sensor {

using event::Event;
using gerrit::Facts;

namespace {

constexpr std::string_view heads = "refs/heads/";

} // namespace

RefChange ref_change_of(const event::RefUpdate& update) noexcept {
    if (update.new_rev == zero_commit) {
        return RefChange::deleted;
    }
    return update.old_rev == zero_commit ? RefChange::created : RefChange::updated;
}

std::optional<std::string_view> text_of(Subject subject, const Event& event) noexcept {
    switch (subject) {
    case Subject::project:
        return event.project.empty() ? std::nullopt
                                     : std::optional<std::string_view>{event.project};
    case Subject::branch:
        if (event.change) {
            return event.change->branch;
        }
        if (event.ref_name.starts_with(heads)) {
            return std::string_view{event.ref_name}.substr(heads.size());
        }
        return std::nullopt;
    case Subject::ref:
        return event.ref_name.empty() ? std::nullopt
                                      : std::optional<std::string_view>{event.ref_name};
    case Subject::comment: {
        const auto* comment = std::get_if<event::CommentAdded>(&event.body);
        if (comment == nullptr || !comment->comment) {
            return std::nullopt;
        }
        return own_words(*comment->comment);
    }
    case Subject::topic:
        if (!event.change || !event.change->topic || event.change->topic->empty()) {
            return std::nullopt;
        }
        return *event.change->topic;
    }
    return std::nullopt;
}

const event::Account* account_of(const Event& event, Role role) noexcept {
    const std::optional<event::Account>* account = nullptr;
    if (role == Role::author) {
        account = &event.actor;
    } else if (role == Role::uploader && event.patch_set) {
        account = &event.patch_set->uploader;
    } else if (role == Role::owner && event.change) {
        account = &event.change->owner;
    }
    return account != nullptr && account->has_value() ? &**account : nullptr;
}

std::optional<bool> is_same_account(const event::Account& a, const event::Account& b) noexcept {
    if (a.username && b.username) {
        return *a.username == *b.username;
    }
    if (a.email && b.email) {
        return *a.email == *b.email;
    }
    return std::nullopt;
}

bool is_magic_path(Collection collection, std::string_view path) noexcept {
    return collection == Collection::paths && (path == "/COMMIT_MSG" || path == "/MERGE_LIST");
}

const std::vector<std::string>* groups_of(const Context& context, Role role) noexcept {
    const Facts* facts = context.facts;
    if (facts == nullptr) {
        return nullptr;
    }
    if (role == Role::author) {
        return facts->actor_groups ? &*facts->actor_groups : nullptr;
    }
    if (role == Role::owner) {
        return facts->owner_groups ? &*facts->owner_groups : nullptr;
    }
    if (!facts->change || !context.event.patch_set) {
        return nullptr;
    }
    for (const gerrit::RevisionFacts& revision : facts->change->revisions) {
        if (revision.commit.str() == context.event.patch_set->revision) {
            return facts->groups_of(revision.uploader);
        }
    }
    return nullptr;
}

} // namespace seakeeper::sensor
