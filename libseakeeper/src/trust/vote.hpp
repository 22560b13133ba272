// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

// Votes that were cast, as against those that Gerrit copied: only the server-made first line of a
// change message tells (Gerrit 3.10.2, 3.13.5: PostReviewOp, tried on both).
namespace seakeeper::trust {

/// What the first line of a message says about a label.
struct LineVote {
    bool names_label = false; ///< the label occurs in it
    std::optional<int> value; ///< the value cast; 0: withdrawn; empty: no line that Gerrit writes
};

/// Reads "Patch Set 3: Code-Review+2 Verified+1" and "Uploaded patch set 3: Code-Review+2." for
/// patch set `number`.
LineVote read_vote_line(std::string_view text, PatchSetNumber number, std::string_view label);

enum class CastState : std::uint8_t {
    cast,      ///< in person, on this patch set, and not taken back
    on_behalf, ///< by somebody else in the voter's name
    not_cast,
};

struct Cast {
    CastState state = CastState::not_cast;
    const gerrit::MessageFacts* message = nullptr; ///< that says so
};

/// Whether `voter` cast the label's largest value on patch set `number` of the change.
Cast largest_vote_cast(
    const gerrit::ChangeFacts& change,
    PatchSetNumber number,
    AccountId voter,
    std::string_view label
);

/// The row of the voter's standing vote; null: none.
const gerrit::VoteFacts* standing_vote(const gerrit::LabelFacts& label, AccountId voter) noexcept;

} // namespace seakeeper::trust
