// SPDX-License-Identifier: Apache-2.0
#include "sensor/evaluate.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/sensor/comment.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::sensor {

namespace {

using event::Event;
using event::Kind;

constexpr std::size_t shown = 5;        // of a list
constexpr std::size_t shown_bytes = 80; // of a text of the event

std::string list_of(const std::vector<std::string>& texts) {
    std::string result;
    for (std::size_t i = 0; i < texts.size() && i < shown; ++i) {
        result += (i == 0 ? "" : ", ") + texts[i];
    }
    return texts.size() > shown ? fmt::format("{}, ... ({} in all)", result, texts.size()) : result;
}

std::string_view none_or_one(bool holds) {
    return holds ? "is one of" : "is none of";
}

std::string reason(const Condition& condition, const Context& context);

std::string approvals_of(const Event& event) {
    const auto* comment = std::get_if<event::CommentAdded>(&event.body);
    std::string result;
    if (comment != nullptr && comment->approvals) {
        for (const event::Approval& approval : *comment->approvals) {
            if (approval.old_value) {
                result += fmt::format(
                    "{}{} {:+} (was {:+})",
                    result.empty() ? "" : ", ",
                    quoted(approval.type, shown_bytes),
                    approval.value,
                    *approval.old_value
                );
            }
        }
    }
    return result.empty() ? "no vote" : result;
}

/// What of the event the entries of its kind looked at.
std::string details_of(const EventCondition& condition, const Event& event) {
    const auto has = [&](auto member) {
        return std::ranges::any_of(condition.any, [&](const EventPattern& entry) {
            return entry.kind == event.kind() && member(entry);
        });
    };
    std::string result;
    const auto* comment = std::get_if<event::CommentAdded>(&event.body);
    if (comment != nullptr && has([](const EventPattern& e) { return !e.commands.empty(); })) {
        const std::string_view line =
            comment->comment ? command_line(*comment->comment) : std::string_view{};
        result += line.empty() ? " without a command line"
                               : " whose first line is " + quoted(line, shown_bytes);
    }
    if (has([](const EventPattern& e) { return e.vote.has_value(); })) {
        result +=
            fmt::format("{} that casts {}", result.empty() ? "" : " and", approvals_of(event));
    }
    if (const auto* updated = std::get_if<event::RefUpdated>(&event.body)) {
        constexpr std::string_view words[] = {"created", "updated", "deleted"};
        result +=
            fmt::format(" ({})", words[static_cast<std::size_t>(ref_change_of(updated->update))]);
    }
    return result;
}

std::string describe(const EventCondition& condition, const Context& context, bool holds) {
    std::vector<std::string> entries;
    for (const EventPattern& entry : condition.any) {
        entries.push_back(entry.text);
    }
    return fmt::format(
        "events: {}{} {} {}",
        context.event.kind() == Kind::unknown ? quoted(context.event.type, shown_bytes)
                                              : std::string{event::to_string(context.event.kind())},
        details_of(condition, context.event),
        none_or_one(holds),
        list_of(entries)
    );
}

std::string describe(const TextCondition& condition, const Context& context, bool holds) {
    const auto text = text_of(condition.subject, context.event);
    const std::string_view name = to_string(condition.subject);
    if (!text) {
        return fmt::format("{0}: the event has no {0}", name);
    }
    if (condition.subject == Subject::comment) {
        return fmt::format(
            "comment: {} {} {}",
            quoted(*text, shown_bytes),
            holds ? "contains one of" : "contains none of",
            list_of(condition.patterns.texts())
        );
    }
    return fmt::format(
        "{}: {} {} {}",
        name,
        quoted(*text, shown_bytes),
        none_or_one(holds),
        list_of(condition.patterns.texts())
    );
}

template <class Texts>
std::string describe_members(const CollectionCondition& condition, const Texts& all) {
    const bool is_paths = condition.collection == Collection::paths;
    const std::string_view name = is_paths ? "paths" : "hashtags";
    std::vector<std::string_view> texts;
    for (const std::string& text : all) {
        if (!is_magic_path(condition.collection, text)) {
            texts.push_back(text);
        }
    }
    const auto first = [&](const PatternList& patterns, bool wanted) {
        return std::ranges::find_if(texts, [&](std::string_view text) {
            return patterns.matches(text) == wanted;
        });
    };
    if (!condition.any.empty() && first(condition.any, true) == texts.end()) {
        return fmt::format(
            "{}: none of {} {} is any of {}",
            name,
            texts.size(),
            is_paths ? "files" : "hashtags",
            list_of(condition.any.texts())
        );
    }
    if (!condition.all.empty() && texts.empty()) {
        return fmt::format("{}: there are none", name);
    }
    if (const auto odd = first(condition.all, false);
        !condition.all.empty() && odd != texts.end()) {
        return fmt::format(
            "{}: {} is none of {}", name, quoted(*odd, shown_bytes), list_of(condition.all.texts())
        );
    }
    if (const auto bad = first(condition.none, true); bad != texts.end()) {
        return fmt::format(
            "{}: {} is one of {}", name, quoted(*bad, shown_bytes), list_of(condition.none.texts())
        );
    }
    return fmt::format("{}: {} are as asked", name, texts.size());
}

std::string describe(const CollectionCondition& condition, const Context& context, bool /*holds*/) {
    static const std::vector<std::string> nothing;
    if (condition.collection == Collection::hashtags) {
        const auto& change = context.event.change;
        return describe_members(
            condition, change && change->hashtags ? *change->hashtags : nothing
        );
    }
    if (!context.event.patch_set || context.facts == nullptr || !context.facts->files) {
        return fmt::format(
            "paths: {} has no patch set, hence no files", event::to_string(context.event.kind())
        );
    }
    return describe_members(condition, *context.facts->files);
}

std::string describe_key(
    std::string_view key, const PatternList& patterns, const std::optional<std::string>& text
) {
    if (patterns.empty() || (text && patterns.matches(*text))) {
        return {};
    }
    return fmt::format(
        "{} {} is none of {}",
        key,
        text ? quoted(*text, shown_bytes) : "(absent)",
        list_of(patterns.texts())
    );
}

std::string describe(const AccountCondition& condition, const Context& context, bool holds) {
    const std::string_view role = to_string(condition.role);
    const event::Account* account = account_of(context.event, condition.role);
    if (account == nullptr) {
        return fmt::format("{}: the event names no such account", role);
    }
    if (holds) {
        return fmt::format(
            "{}: {} is the account asked for",
            role,
            quoted(account->username.value_or(account->email.value_or("?")), shown_bytes)
        );
    }
    std::string key = describe_key("e-mail", condition.account.email, account->email);
    if (key.empty()) {
        key = describe_key("user name", condition.account.username, account->username);
    }
    if (key.empty()) {
        key = "in none of the groups " + list_of(condition.account.groups);
    }
    return fmt::format("{}: {}", role, key);
}

std::string describe(const FlagCondition& condition, const Context& context, bool holds) {
    const std::string_view name = condition.flag == Flag::wip ? "wip" : "private";
    if (!context.event.change) {
        return fmt::format("{}: the event has no change", name);
    }
    const bool is_set = holds == condition.wanted;
    return fmt::format(
        "{0}: the change is {1}{0}, asked is {2}", name, is_set ? "" : "not ", condition.wanted
    );
}

std::string text_of(const VotePattern& vote) {
    std::string values;
    for (const int value : vote.values) {
        values += fmt::format("{}{:+}", values.empty() ? "" : " or ", value);
    }
    constexpr std::string_view from[] = {
        "", " from its uploader", " from another than its uploader"};
    return fmt::format("{}{}{}", vote.label, values, from[static_cast<std::size_t>(vote.from)]);
}

std::string describe(const VotesCondition& condition, const Context& context, bool holds) {
    if (!context.event.change) {
        return "votes: the event has no change";
    }
    std::string missing;
    for (const VotePattern& vote : condition.votes) {
        VotesCondition one;
        one.votes.push_back(vote);
        const bool stands =
            decide(Condition{Condition::Test{std::move(one)}}, context) == Answer::yes;
        if (stands == holds) {
            missing += (missing.empty() ? "" : ", ") + text_of(vote);
        }
    }
    return fmt::format(
        "votes: {} {} on the change now", missing, holds ? "stands" : "does not stand"
    );
}

std::string
describe(const ByPersonCondition& /*condition*/, const Context& context, bool /*holds*/) {
    return fmt::format(
        "events: the message carries the tag {}: what programs write is no command",
        quoted(tag_of_message(context), shown_bytes)
    );
}

std::string describe(const GroupCondition& group, const Context& context, bool holds) {
    if (group.join == Join::any && !holds) {
        std::string reasons;
        for (const Condition& member : group.members) {
            reasons += (reasons.empty() ? "" : "; ") + reason(member, context);
        }
        return fmt::format("any: none holds ({})", reasons);
    }
    // One member decides: the first that holds below `not` and `any`, that does not below `all`.
    const Answer decisive = group.join == Join::all ? Answer::no : Answer::yes;
    const auto first = std::ranges::find_if(group.members, [&](const Condition& member) {
        return decide(member, context) == decisive;
    });
    const std::string_view name = group.join == Join::none ? "not: " : "";
    if (first == group.members.end()) {
        return fmt::format("{}: as asked", group.join == Join::none ? "not" : "all");
    }
    return fmt::format("{}{}", name, reason(*first, context));
}

/// Why the condition holds, or does not; it is decided.
std::string reason(const Condition& condition, const Context& context) {
    const bool holds = !std::holds_alternative<ByPersonCondition>(condition.test)
                       && decide(condition, context) == Answer::yes;
    return std::visit(
        [&](const auto& test) { return describe(test, context, holds); }, condition.test
    );
}

struct NamedNeed {
    Needs need;
    std::string_view name;
};
constexpr NamedNeed names[] = {
    {Needs::change, "the change's labels and messages"},
    {Needs::files, "the files of the patch set"},
    {Needs::actor_groups, "the groups of who acted"},
    {Needs::uploader_groups, "the groups of the uploader"},
    {Needs::owner_groups, "the groups of the owner"},
};

std::string failure_of(Needs need, const gerrit::Facts* facts) {
    if (facts == nullptr) {
        return {};
    }
    switch (need) {
    case Needs::change:
    case Needs::uploader_groups:
        return facts->change.failure;
    case Needs::files:
        return facts->files.failure;
    case Needs::actor_groups:
        return facts->actor_groups.failure;
    case Needs::owner_groups:
        return facts->owner_groups.failure;
    case Needs::nothing:
        break;
    }
    return {};
}

std::string waiting_for(Needs needs, const gerrit::Facts* facts) {
    std::string result;
    for (const NamedNeed& one : names) {
        if (!includes(needs, one.need)) {
            continue;
        }
        const std::string failure = failure_of(one.need, facts);
        result += fmt::format(
            "{}{}{}",
            result.empty() ? "" : ", ",
            one.name,
            failure.empty() ? "" : fmt::format(" (not read: {})", failure)
        );
    }
    return "not decided until Gerrit tells " + result;
}

} // namespace

std::string explain(const Match& match, const Event& event, const gerrit::Facts* facts) {
    static const Trigger no_trigger;
    switch (match.outcome) {
    case Outcome::matched:
        return "matched";
    case Outcome::needs_facts:
        return waiting_for(match.needs, facts);
    case Outcome::not_matched:
        break;
    }
    if (match.condition == nullptr) {
        return "events: the comment is our own";
    }
    return reason(*match.condition, Context{no_trigger, event, facts});
}

} // namespace seakeeper::sensor
