// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::event {

/// Member of an event that catch-up made of a change message: its id.
inline constexpr std::string_view message_member = "seakeeperMessage";
/// Member of an event that no stream has told: true.
inline constexpr std::string_view recovered_member = "seakeeperRecovered";

/// Names the fact that an event tells, so that the stream, a catch-up by REST and a replay of one
/// fact give one key. Only what the event alone can name:
///   patchset-created    "ps|PROJECT|NUMBER|PATCHSET|REVISION"
///   change-merged       "merged|PROJECT|NUMBER|REVISION of the merged patch set"
///   change-deleted      "deleted|PROJECT|NUMBER"
///   ref-updated         "ref|PROJECT|REF|OLD|NEW"; catch-up sees A->C where the stream saw A->B->C
///   project-created     "project|PROJECT"
///   project-head-updated "head|PROJECT|OLD|NEW|SECONDS"
/// Empty for all others. Those that leave a change message (comment-added, abandoned, restored,
/// votes and reviewers removed, topic, hashtags, WIP, private) are named by its id, which equals
/// the newRev of the change's `.../meta` ref: read it by REST and use message_key(); catch-up names
/// it (message_member). batch-ref- updated: key each of split_batch(). Empty too where a member
/// that is part of the key is absent. Project and ref names cannot hold a `|` in Gerrit; one that
/// does gives no key.
SEAKEEPER_API std::optional<std::string> semantic_key(const Event& event);

/// "msg|PROJECT|NUMBER|ID": the key of whatever left change message `message_id`.
SEAKEEPER_API std::string
message_key(std::string_view project, ChangeNumber number, std::string_view message_id);

/// True for kinds that semantic_key() leaves to message_key().
SEAKEEPER_API bool needs_message_id(Kind kind) noexcept;

/// A batch-ref-updated as the ref-updated events that say the same (Gerrit sends both where both
/// are switched on, so their keys are equal). Any other event comes back alone and unchanged.
SEAKEEPER_API std::vector<Event> split_batch(Event event);

} // namespace seakeeper::event
