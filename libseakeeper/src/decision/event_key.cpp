// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>

#include <fmt/format.h>

#include <ctime>

namespace seakeeper::decision {
namespace {

/// Seconds since 1970 of "2026-11-22 16:01:02.000000000" (rest-api: timestamps are UTC).
std::optional<std::int64_t> seconds_of(const std::string& date) {
    std::tm parts{};
    const char* end = strptime(date.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
    if (end == nullptr) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(timegm(&parts));
}

const std::string* comment_of(const event::Event& event) {
    if (const auto* body = std::get_if<event::CommentAdded>(&event.body)) {
        return body->comment ? &*body->comment : nullptr;
    }
    return nullptr;
}

/// Gerrit writes the event and the message in one operation; their clocks are one.
bool may_have_left(
    const event::Event& event, const gerrit::MessageFacts& message, const std::string* comment
) {
    if (comment != nullptr && message.text != *comment) {
        return false;
    }
    const auto seconds = seconds_of(message.date);
    if (!event.created_on || !seconds) {
        return comment != nullptr;
    }
    const auto apart = *event.created_on - *seconds;
    return apart >= -2 && apart <= 2;
}

} // namespace

std::vector<std::string>
event_keys(const event::Event& event, const gerrit::Facts& facts, std::string_view bytes) {
    if (auto key = event::semantic_key(event)) {
        return {std::move(*key)};
    }
    std::vector<std::string> keys;
    if (event::needs_message_id(event.kind()) && facts.change) {
        const auto* comment = comment_of(event);
        for (const auto& message : facts.change->messages) {
            if (may_have_left(event, message, comment)) {
                keys.push_back(event::message_key(event.project, facts.change->number, message.id));
            }
        }
    }
    keys.push_back("line|" + sha256_hex(bytes));
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
