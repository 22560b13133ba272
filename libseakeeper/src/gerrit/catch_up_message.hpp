// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <optional>
#include <string>

// What a change message is the trace of (Gerrit 3.10 and 3.13: ChangeMessagesUtil, the ops that
// write them). Only the tag and the first line are Gerrit's own; what follows is people's.
namespace seakeeper::gerrit {

struct Meaning {
    event::Kind kind = event::Kind::unknown;
    bool is_event = false;    ///< the stream tells it
    bool is_complete = false; ///< the message says enough to tell it again
    event::Body body;
    std::optional<bool> wip;          ///< what the change became
    std::optional<std::string> topic; ///< what the change got
};
SEAKEEPER_API Meaning meaning_of(const MessageFacts& message);

/// "(2 comments)" under the first line: texts of events may stand there.
SEAKEEPER_API bool has_comments(const MessageFacts& message);
/// A patch set came with it.
SEAKEEPER_API bool is_upload(const MessageFacts& message);

} // namespace seakeeper::gerrit
