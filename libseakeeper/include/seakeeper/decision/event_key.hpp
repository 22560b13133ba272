// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/sensor/sensor.hpp>

#include <string>
#include <string_view>
#include <vector>

// What an event is about and whether it is new: asked before any trigger is. Pure.
namespace seakeeper::decision {

/// Keys that an event may have, best first: its semantic key, else those of the change messages
/// that it may be about (of its kind, same text or one that a patch set comment hides, -2 to +30 s;
/// the nearest first), else the digest of its bytes. Several messages may fit equal comments: the
/// first key that no other line has taken is the event's. Never empty.
SEAKEEPER_API std::vector<std::string>
event_keys(const event::Event& event, const gerrit::Facts& facts, std::string_view bytes);

/// "PROJECT~NUMBER" of a change event, "PROJECT~REF" of any other: what has to be decided in order,
/// and how people ask for it.
SEAKEEPER_API std::string subject_key(const event::Event& event);

/// What we did to a change is no reason to do more; what we merged or pushed may be.
SEAKEEPER_API bool is_own_doing(const event::Event& event, const sensor::Self& self);

} // namespace seakeeper::decision
