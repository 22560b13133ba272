// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/review.hpp>

#include <map>
#include <string>

// What is sent, and what became of it. Pure.
namespace seakeeper::gerrit {

/// Texts sanitised and cut to what Gerrit takes. Idempotent.
ReviewInput fit_to_post(ReviewInput input);

/// The same review with its inline comments as lines of the message; what does not fit is counted.
ReviewInput with_comments_in_message(ReviewInput input);

/// Empty when every label that was sent was applied with its value.
std::string words_about_dropped(
    const std::map<std::string, int>& sent, const std::map<std::string, int>& applied
);

} // namespace seakeeper::gerrit
