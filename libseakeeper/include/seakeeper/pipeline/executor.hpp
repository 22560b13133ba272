// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace seakeeper::pipeline {

namespace asio = boost::asio;

/// What is to run: an Argo Workflow as Seakeeper bound it, never a text somebody else wrote.
struct StartRequest {
    std::string workload; ///< also the Workflow's name
    std::string decision; ///< digest; stands on the Workflow for people
    std::string trust_class;
    std::string manifest; ///< JSON of the whole Workflow
};

/// A workload that an executor has.
struct RunRef {
    std::string workload;
    std::string uid; ///< of this execution; empty: not known
    friend bool operator==(const RunRef&, const RunRef&) = default;
};

enum class RunPhase : std::uint8_t {
    pending,
    running,
    succeeded,
    failed,
    error,     ///< could not be run to its end; also: ended in a state that cannot be believed
    cancelled, ///< stopped by us or deleted by somebody
    vanished,  ///< gone before its end was seen
};
constexpr bool is_over(RunPhase phase) {
    return phase >= RunPhase::succeeded;
}

/// A leaf of a run: one container.
struct RunStep {
    std::string node; ///< id, unique in the run; names its log
    std::string name; ///< as the definition's author calls it
    RunPhase phase = RunPhase::pending;
    std::optional<int> exit_code;
    std::string message;
    std::string pod{}; ///< whose log is the step's; empty: it never had one, or needs none
};

/// What an executor knows about a run now.
struct Observation {
    RunRef run;
    RunPhase phase = RunPhase::pending;
    std::string message;
    std::vector<RunStep> steps;
    std::optional<WallTime> started;
    std::optional<WallTime> finished;
};

/// Where workloads run. Used from the pipeline's thread only.
class SEAKEEPER_API Executor {
public:
    virtual ~Executor() = default;

    /// Starts it, or finds that it was started before, also for a decision of a store that was
    /// lost: what counts is the manifest. Errors: Errc::already_exists (the name is taken by
    /// something that is not this manifest's: never touched), Errc::malformed and Errc::refused
    /// (final), anything else may be tried again.
    virtual asio::awaitable<Result<RunRef>> start(StartRequest request, Deadline until) = 0;
    /// What has changed since the last call, or everything after a loss of contact; an empty list
    /// when nothing did by `until`. One caller at a time. Pod logs are followed meanwhile. An end
    /// is told as it was seen: confirm() says what it is worth.
    virtual asio::awaitable<Result<std::vector<Observation>>> observe(Deadline until) = 0;
    /// What it is now; Errc::not_found when the executor does not have it.
    virtual asio::awaitable<Result<Observation>> inspect(RunRef run, Deadline until) = 0;
    /// What the end of a run comes to: looked into as far as the executor can, its logs on disk.
    /// Any number of callers at a time, one for each run. By default what was observed.
    virtual asio::awaitable<Result<Observation>> confirm(Observation ended, Deadline /*until*/) {
        co_return ended;
    }
    /// Stops it; it will be observed as cancelled or failed. Not there: a success.
    virtual asio::awaitable<Status> cancel(RunRef run, Deadline until) = 0;
    /// Its outcome is stored: the executor may forget it. Not there: a success.
    virtual asio::awaitable<Status> release(RunRef run, Deadline until) = 0;
    /// It was given up: stops it and removes what it has left. Not there: a success.
    virtual asio::awaitable<Status> discard(RunRef run, Deadline until) = 0;
};

} // namespace seakeeper::pipeline
