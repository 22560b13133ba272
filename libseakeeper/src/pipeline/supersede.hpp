// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/reports.hpp"

#include <seakeeper/event/event.hpp>

#include <optional>
#include <string>

// A newer patch set makes runs of the older ones pointless.
namespace seakeeper::pipeline {

/// A patch set that was uploaded.
struct NewPatchSet {
    std::string project;
    std::uint32_t change = 0;
    std::uint32_t number = 0;
};
/// Nothing for other events.
std::optional<NewPatchSet> new_patch_set(const event::Event& event);

/// Ends what has not begun of older patch sets, and stops what has.
Status supersede(store::Rows& rows, const NewPatchSet& newer, const ReportContext& context);

} // namespace seakeeper::pipeline
