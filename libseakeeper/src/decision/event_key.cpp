// SPDX-License-Identifier: Apache-2.0
#include "gerrit/catch_up_message.hpp"
#include "gerrit/times.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <compare>

namespace seakeeper::decision {
namespace {

/// An event is told after its message was written, later where the server is busy.
constexpr std::int64_t earliest = -2;
constexpr std::int64_t latest = 30;

/// How well a message fits an event; the smallest fits best.
struct Fit {
    bool is_other_text = false; ///< a comment on the patch set stands in the event instead
    std::int64_t seconds_apart = 0;
    auto operator<=>(const Fit&) const = default;
};

std::optional<Fit> fit_of(const event::Event& event, const gerrit::MessageFacts& message) {
    const auto meaning = gerrit::meaning_of(message);
    if (meaning.kind != event.kind()) {
        return std::nullopt;
    }
    Fit fit;
    const auto* told = std::get_if<event::CommentAdded>(&event.body);
    const auto* written = std::get_if<event::CommentAdded>(&meaning.body);
    if (told != nullptr && written != nullptr && told->comment != written->comment) {
        fit.is_other_text = true;
        if (!gerrit::has_comments(message)) {
            return std::nullopt;
        }
    }
    const auto seconds = gerrit::seconds_of(message.date);
    if (!event.created_on || !seconds) {
        return fit;
    }
    const auto late = *event.created_on - *seconds;
    fit.seconds_apart = late < 0 ? -late : late;
    return late >= earliest && late <= latest ? std::optional{fit} : std::nullopt;
}

} // namespace

std::vector<std::string>
event_keys(const event::Event& event, const gerrit::Facts& facts, std::string_view bytes) {
    if (auto key = event::semantic_key(event)) {
        return {std::move(*key)};
    }
    std::vector<std::pair<Fit, std::string>> found;
    if (event::needs_message_id(event.kind()) && facts.change) {
        for (const auto& message : facts.change->messages) {
            if (const auto fit = fit_of(event, message)) {
                found.emplace_back(
                    *fit, event::message_key(event.project, facts.change->number, message.id)
                );
            }
        }
    }
    std::ranges::stable_sort(found, {}, [](const auto& each) { return each.first; });
    std::vector<std::string> keys;
    for (auto& [fit, key] : found) {
        if (!fit.is_other_text || found.front().first.is_other_text) {
            keys.push_back(std::move(key));
        }
    }
    if (keys.empty()) { // no message tells it: it may come by a stream alone
        keys.push_back("line|" + sha256_hex(bytes));
    }
    return keys;
}

std::string subject_key(const event::Event& event) {
    if (event.change) {
        return fmt::format("{}~{}", event.project, value_of(event.change->number));
    }
    return fmt::format("{}~{}", event.project, event.ref_name);
}

bool is_own_doing(const event::Event& event, const sensor::Self& self) {
    if (self.username.empty() || !event.actor || event.actor->username != self.username) {
        return false;
    }
    switch (event.kind()) {
    case event::Kind::patchset_created:
    case event::Kind::change_merged:
    case event::Kind::ref_updated:
    case event::Kind::batch_ref_updated:
    case event::Kind::project_created:
        return false;
    default:
        return true;
    }
}

} // namespace seakeeper::decision
