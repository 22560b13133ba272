// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/pipeline/executor.hpp>
#include <seakeeper/pipeline/reporter.hpp>
#include <seakeeper/report/message.hpp>
#include <seakeeper/store/rows.hpp>

#include <optional>
#include <span>
#include <string>

// From ended workloads to posts, within the transaction that ends them. Pure but for the rows.
namespace seakeeper::pipeline {

/// How a run ended, as it is stored with its workload.
struct Outcome {
    std::string message;
    std::vector<report::BrokenStep> broken; ///< log_url holds the node here
    std::vector<report::StepLog> others;    ///< and url here; the first few
};
std::string to_json(const Outcome& outcome);
Outcome outcome_from_json(std::string_view json);

std::string to_json(const Post& post);
Result<Post> post_from_json(std::string_view json);

struct ReportContext {
    std::string logs_url;
    WallTime now;
};

/// What becomes of what a run has left with its executor.
enum class Leftover : std::uint8_t {
    keep,   ///< for a while, as its executor does
    remove, ///< it was given up: stopped and removed
};
/// Stores that the executor may let a run go.
Status
put_release(store::Rows& rows, const store::WorkloadRow& row, Leftover leftover, WallTime now);

/// Stores that a workload has ended, that its executor may let it go, and the report that is due
/// now: the row's state, outcome and times are those to be written.
Status settle(
    store::Rows& rows,
    store::WorkloadRow ended,
    const ReportContext& context,
    Leftover leftover = Leftover::keep
);
/// Stores the message that a workload has begun, where its trigger wants one.
Status tell_start(store::Rows& rows, const store::WorkloadRow& row, const ReportContext& context);

/// Something to be said once on a change.
struct Notice {
    std::string project;
    std::uint32_t change = 0;
    std::string revision;
    std::string key; ///< the same key is said once
    std::string text;
    std::vector<LabelVote> votes{};
    std::vector<PostComment> comments{};
};
Status say_once(store::Rows& rows, const Notice& notice, WallTime now);

} // namespace seakeeper::pipeline
