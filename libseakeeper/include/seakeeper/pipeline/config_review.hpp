// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace seakeeper::pipeline {

/// The vote on changes of refs/meta/config that were checked; the bot needs the right to give it
/// there.
struct ConfigReview {
    std::string label;
    int success = 1;
    int failure = -1;
    friend bool operator==(const ConfigReview&, const ConfigReview&) = default;
};

} // namespace seakeeper::pipeline
