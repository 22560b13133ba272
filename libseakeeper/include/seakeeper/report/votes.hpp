// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

// A label's vote on a patch set is a function of all workloads of that patch set that report to
// that label: failure as soon as one fails, success only when all have succeeded, nothing before.
namespace seakeeper::report {

enum class Standing : std::uint8_t {
    open,      ///< decided, waiting or running
    succeeded, ///< ended well
    failed,    ///< ended badly, or could not be run to its end
    void_,     ///< ended without an answer: cancelled by us, refused by a gate
};

/// One workload of a patch set, as far as its label cares.
struct LabelRun {
    std::string workload;
    std::string trigger;
    std::int64_t order = 0; ///< of decision; of one trigger the last replaces all before it
    Standing standing = Standing::open;
    bool is_told = false; ///< its end stands in a message already
    int success_vote = 0;
    int failure_vote = 0;
    friend bool operator==(const LabelRun&, const LabelRun&) = default;
};

/// What is to be said about a label now.
struct LabelPlan {
    bool is_due = false;           ///< something is to be posted
    std::optional<int> vote;       ///< to be cast with it; none: the label is left alone
    std::vector<std::string> tell; ///< workloads whose end the message tells, in order of decision
    std::vector<std::string> drop; ///< ended and replaced: nothing is said of them any more
    std::vector<std::string> wait; ///< triggers that are still open
    friend bool operator==(const LabelPlan&, const LabelPlan&) = default;
};

/// The plan for the runs of one label on one patch set, in any order. Of one set of runs at most
/// two posts come: one when the first fails while others run, one when all have ended. A retry
/// (the same trigger again) takes its predecessor's place, and the count begins anew. Pure.
SEAKEEPER_API LabelPlan plan_label(std::span<const LabelRun> runs);

/// The plan for runs that report without a label: each is told when it ends.
SEAKEEPER_API LabelPlan plan_without_label(std::span<const LabelRun> runs);

} // namespace seakeeper::report
