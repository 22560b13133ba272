// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/sensor/sensor.hpp>

#include <optional>
#include <string>
#include <string_view>

// The pieces that evaluate() and explain() share.
namespace seakeeper::sensor {

enum class Answer : std::uint8_t { no, yes, unknown };

struct Context {
    const Trigger& trigger;
    const event::Event& event;
    const gerrit::Facts* facts;
};

Answer decide(const Condition& condition, const Context& context);
bool matches(const EventPattern& pattern, const event::Event& event);

RefChange ref_change_of(const event::RefUpdate& update) noexcept;
/// Empty where the event has no such thing.
std::optional<std::string_view> text_of(Subject subject, const event::Event& event) noexcept;
const event::Account* account_of(const event::Event& event, Role role) noexcept;
/// By user name, else by e-mail; empty if neither is known of both.
std::optional<bool> is_same_account(const event::Account& a, const event::Account& b) noexcept;
bool is_magic_path(Collection collection, std::string_view path) noexcept;
/// Null: not read.
const std::vector<std::string>* groups_of(const Context& context, Role role) noexcept;
/// Tag of the change's message that the event tells of; empty if it has none, or none is found.
std::string_view tag_of_message(const Context& context) noexcept;

} // namespace seakeeper::sensor
