// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <string>
#include <vector>

namespace seakeeper::pipeline {

/// Keys that an event may have, best first: its semantic key, else those of the change messages
/// that it may have left (same text where it has one, same second), else the digest of its bytes.
/// Several messages may fit two equal comments of one second: the first key that no other line has
/// taken is the event's. Never empty.
std::vector<std::string>
event_keys(const event::Event& event, const gerrit::Facts& facts, std::string_view bytes);

} // namespace seakeeper::pipeline
