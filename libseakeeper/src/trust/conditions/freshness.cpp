// SPDX-License-Identifier: Apache-2.0
// C12: the act is recent, and still true.
#include "../act.hpp"
#include "../gerrit_time.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

namespace seakeeper::trust {
namespace {

std::optional<WallTime> time_of(const ClassifierInput& input) {
    const auto& change = input.facts.change;
    switch (act_of(input.event, input.options)) {
    case Act::vote: {
        const auto cast = cast_of(input);
        return cast.message == nullptr ? std::nullopt : gerrit_time(cast.message->date);
    }
    case Act::merge:
        return change ? gerrit_time(change->submitted) : std::nullopt;
    case Act::upload: {
        const auto* revision = change ? change->current() : nullptr;
        return revision == nullptr ? std::nullopt : gerrit_time(revision->created);
    }
    case Act::ref_update:
    case Act::tag:
        // Gerrit keeps no record of these that we may read; the event's own time has to do.
        if (!input.event.created_on || *input.event.created_on < 0
            || *input.event.created_on > 32'503'680'000) {
            return std::nullopt;
        }
        return WallTime{std::chrono::seconds{*input.event.created_on}};
    case Act::none:
        break;
    }
    return std::nullopt;
}

/// fresh where what was done still stands.
ReasonCode judge_standing(const ClassifierInput& input) {
    if (act_of(input.event, input.options) != Act::vote) {
        return ReasonCode::fresh;
    }
    const auto actor = actor_of(input.event, input.facts);
    if (!input.facts.change || actor.account == nullptr) {
        return ReasonCode::standing_unread;
    }
    const auto& labels = input.facts.change->labels;
    const auto label = labels.find(input.options.label);
    const auto* vote =
        label == labels.end() ? nullptr : standing_vote(label->second, actor.account->id);
    const bool stands = vote != nullptr && vote->value == label->second.max;
    return stands ? ReasonCode::fresh : ReasonCode::vote_withdrawn;
}

} // namespace

ConditionVerdict judge_freshness(const ClassifierInput& input) {
    if (const auto standing = judge_standing(input); standing != ReasonCode::fresh) {
        return lowers(standing);
    }
    const auto when = time_of(input);
    if (!when) {
        return lowers(ReasonCode::act_time_unknown);
    }
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(input.now - *when);
    if (age > input.options.act_lifetime) {
        return lowers(
            ReasonCode::act_too_old,
            fmt::format("{} s old, {} s count", age.count(), input.options.act_lifetime.count())
        );
    }
    if (age < -input.options.clock_skew) {
        return lowers(ReasonCode::act_in_future, fmt::format("{} s ahead", -age.count()));
    }
    return holds(ReasonCode::fresh);
}

} // namespace seakeeper::trust
