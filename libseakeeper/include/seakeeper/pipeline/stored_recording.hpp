// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/recording.hpp>
#include <seakeeper/store/history.hpp>

#include <functional>
#include <string_view>

namespace seakeeper::pipeline {

/// The rows of a recording (docs/recording.md) from what a store holds: every line of the inbox
/// behind `after`, and the facts that were read about it, where they are stored. `write` gets one
/// row at a time, with its newline.
SEAKEEPER_API Status write_recording(
    store::History& history,
    store::Sequence after,
    gerrit::Privacy privacy,
    const std::function<void(std::string_view)>& write
);

} // namespace seakeeper::pipeline
