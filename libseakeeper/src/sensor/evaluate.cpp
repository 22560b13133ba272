// SPDX-License-Identifier: Apache-2.0
#include "sensor/evaluate.hpp"

#include <seakeeper/sensor/comment.hpp>

#include <algorithm>

namespace seakeeper::sensor {

namespace {

using event::Event;
using event::Kind;
using gerrit::Facts;

constexpr Answer answer(bool holds) noexcept {
    return holds ? Answer::yes : Answer::no;
}

bool is_vote(const VotePattern& wanted, int value) {
    if (wanted.values.empty()) {
        return value != 0;
    }
    return std::ranges::find(wanted.values, value) != wanted.values.end();
}

/// Without an account nobody is the uploader, and nobody is not.
bool is_cast_by(Voter from, const Event& event) {
    if (from == Voter::any) {
        return true;
    }
    const event::Account* uploader = account_of(event, Role::uploader);
    if (!event.actor || uploader == nullptr) {
        return false;
    }
    const auto same = is_same_account(*event.actor, *uploader);
    return same.has_value() && *same == (from == Voter::uploader);
}

/// Only `old_value` tells that a vote was cast by this event; texts of comments never do.
bool casts_vote(const VotePattern& wanted, const Event& event) {
    const auto* comment = std::get_if<event::CommentAdded>(&event.body);
    if (comment == nullptr || !comment->approvals) {
        return false;
    }
    return std::ranges::any_of(*comment->approvals, [&](const event::Approval& approval) {
        return approval.old_value && approval.type == wanted.label
               && is_vote(wanted, approval.value) && is_cast_by(wanted.from, event);
    });
}

bool says_command(const std::vector<std::string>& commands, const Event& event) {
    const auto* comment = std::get_if<event::CommentAdded>(&event.body);
    if (comment == nullptr || !comment->comment) {
        return false;
    }
    const std::string_view line = command_line(*comment->comment);
    return !line.empty() && std::ranges::any_of(commands, [line](const std::string& command) {
        return is_command(line, command);
    });
}

bool changes_ref(const std::vector<RefChange>& wanted, const Event& event) {
    const auto* updated = std::get_if<event::RefUpdated>(&event.body);
    if (updated == nullptr) {
        return false;
    }
    const RefChange change = ref_change_of(updated->update);
    if (wanted.empty()) {
        return change != RefChange::deleted;
    }
    return std::ranges::find(wanted, change) != wanted.end();
}

bool describes(const PatternList& patterns, const std::optional<std::string>& text) {
    return patterns.empty() || (text && patterns.matches(*text));
}

bool describes(const AccountPattern& pattern, const event::Account& account) {
    return describes(pattern.email, account.email) && describes(pattern.username, account.username);
}

Answer decide(const TextCondition& condition, const Context& context) {
    const auto text = text_of(condition.subject, context.event);
    return answer(text && condition.patterns.matches(*text));
}

Answer decide(const EventCondition& condition, const Context& context) {
    return answer(std::ranges::any_of(condition.any, [&](const EventPattern& pattern) {
        return matches(pattern, context.event);
    }));
}

template <class Texts>
bool is_described(const CollectionCondition& condition, const Texts& texts) {
    const auto some = [&](const PatternList& patterns) {
        return std::ranges::any_of(texts, [&](const std::string& text) {
            return !is_magic_path(condition.collection, text) && patterns.matches(text);
        });
    };
    std::size_t counted = 0;
    bool is_each = true;
    for (const std::string& text : texts) {
        if (!is_magic_path(condition.collection, text)) {
            ++counted;
            is_each = is_each && (condition.all.empty() || condition.all.matches(text));
        }
    }
    return (condition.any.empty() || some(condition.any))
           && (condition.all.empty() || (counted > 0 && is_each))
           && (condition.none.empty() || !some(condition.none));
}

Answer decide(const CollectionCondition& condition, const Context& context) {
    static const std::vector<std::string> nothing;
    if (condition.collection == Collection::hashtags) {
        const auto& change = context.event.change;
        return answer(
            is_described(condition, change && change->hashtags ? *change->hashtags : nothing)
        );
    }
    if (!context.event.patch_set) {
        return Answer::no;
    }
    if (context.facts == nullptr || !context.facts->files) {
        return Answer::unknown;
    }
    return answer(is_described(condition, *context.facts->files));
}

Answer decide(const AccountCondition& condition, const Context& context) {
    const event::Account* account = account_of(context.event, condition.role);
    if (account == nullptr || !describes(condition.account, *account)) {
        return Answer::no;
    }
    if (condition.account.groups.empty()) {
        return Answer::yes;
    }
    const std::vector<std::string>* groups = groups_of(context, condition.role);
    if (groups == nullptr) {
        return Answer::unknown;
    }
    return answer(std::ranges::any_of(condition.account.groups, [&](const std::string& uuid) {
        return std::ranges::find(*groups, uuid) != groups->end();
    }));
}

Answer decide(const FlagCondition& condition, const Context& context) {
    const auto& change = context.event.change;
    if (!change) {
        return Answer::no;
    }
    const auto& flag = condition.flag == Flag::wip ? change->wip : change->is_private;
    return answer(flag.value_or(false) == condition.wanted);
}

bool stands(const VotePattern& wanted, const gerrit::ChangeFacts& change) {
    const auto label = change.labels.find(wanted.label);
    const gerrit::RevisionFacts* current = change.current();
    if (label == change.labels.end()) {
        return false;
    }
    return std::ranges::any_of(label->second.votes, [&](const gerrit::VoteFacts& vote) {
        const bool is_uploader = current != nullptr && vote.voter == current->uploader;
        const bool is_from =
            wanted.from == Voter::any
            || (current != nullptr && is_uploader == (wanted.from == Voter::uploader));
        return vote.value != 0 && is_vote(wanted, vote.value) && is_from;
    });
}

Answer decide(const VotesCondition& condition, const Context& context) {
    if (!context.event.change) {
        return Answer::no;
    }
    if (context.facts == nullptr || !context.facts->change) {
        return Answer::unknown;
    }
    return answer(std::ranges::all_of(condition.votes, [&](const VotePattern& wanted) {
        return stands(wanted, *context.facts->change);
    }));
}

Answer decide(const ByPersonCondition& condition, const Context& context) {
    if (context.event.kind() != Kind::comment_added) {
        return Answer::yes;
    }
    const auto let_in = [&](const Condition& other) {
        const auto* events = std::get_if<EventCondition>(&other.test);
        return events == nullptr
               || std::ranges::any_of(events->any, [&](const EventPattern& entry) {
                      return entry.commands.empty() && matches(entry, context.event);
                  });
    };
    if (!condition.reads_comment && std::ranges::all_of(context.trigger.conditions, let_in)) {
        return Answer::yes;
    }
    if (context.facts == nullptr || !context.facts->change) {
        return Answer::unknown;
    }
    return answer(!tag_of_message(context).starts_with("autogenerated:"));
}

Answer decide(const GroupCondition& group, const Context& context) {
    const Answer decisive = group.join == Join::all ? Answer::no : Answer::yes;
    bool is_open = false;
    for (const Condition& member : group.members) {
        const Answer one = decide(member, context);
        if (one == decisive) {
            return answer(group.join == Join::any);
        }
        is_open = is_open || one == Answer::unknown;
    }
    return is_open ? Answer::unknown : answer(group.join != Join::any);
}

} // namespace

Answer decide(const Condition& condition, const Context& context) {
    return std::visit([&](const auto& test) { return decide(test, context); }, condition.test);
}

bool matches(const EventPattern& pattern, const Event& event) {
    if (pattern.kind != event.kind()) {
        return false;
    }
    if (!pattern.commands.empty()) {
        return says_command(pattern.commands, event);
    }
    if (pattern.vote) {
        return casts_vote(*pattern.vote, event);
    }
    if (pattern.reviewer) {
        const auto* added = std::get_if<event::ReviewerAdded>(&event.body);
        return added != nullptr && added->reviewer
               && describes(*pattern.reviewer, *added->reviewer);
    }
    return event.kind() != Kind::ref_updated || changes_ref(pattern.ref_changes, event);
}

Match evaluate(const Trigger& trigger, const Event& event, const Facts* facts, const Self& self) {
    if (event.kind() == Kind::comment_added && event.actor && event.actor->username
        && !self.username.empty() && *event.actor->username == self.username) {
        return {};
    }
    const Context context{trigger, event, facts};
    for (auto condition = trigger.conditions.begin(); condition != trigger.conditions.end();
         ++condition) {
        const Answer one = decide(*condition, context);
        if (one == Answer::yes) {
            continue;
        }
        if (one == Answer::no) {
            return {Outcome::not_matched, Needs::nothing, &*condition};
        }
        Match waiting{Outcome::needs_facts, Needs::nothing, &*condition};
        for (auto later = condition; later != trigger.conditions.end(); ++later) {
            waiting.needs = waiting.needs | later->needs;
        }
        return waiting;
    }
    return {Outcome::matched, Needs::nothing, nullptr};
}

gerrit::FactsRequest request_for(Needs needs) {
    gerrit::FactsRequest request;
    request.uploader_groups = includes(needs, Needs::uploader_groups);
    request.change = includes(needs, Needs::change) || request.uploader_groups;
    request.files = includes(needs, Needs::files);
    request.actor_groups = includes(needs, Needs::actor_groups);
    request.owner_groups = includes(needs, Needs::owner_groups);
    request.change = request.change || request.owner_groups || request.files;
    request.actor = request.actor_groups || includes(needs, Needs::change);
    return request;
}

} // namespace seakeeper::sensor
