// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/log.hpp>
#include <seakeeper/gerrit/event_source.hpp>
#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/pipeline/executor.hpp>
#include <seakeeper/pipeline/reporter.hpp>

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Fakes of every seam of the pipeline: they keep what they are told, answer from what the test put
// in, and fail when the test says so. None of them waits: where a real one would, they answer at
// once. One thread, unless told otherwise.
namespace seakeeper::testing {

namespace asio = boost::asio;

/// Stands still until it is moved.
class SEAKEEPER_API FakeClock final : public Clock {
public:
    explicit FakeClock(WallTime start) : wall_{start} {}
    WallTime wall() const override { return wall_; }
    SteadyTime steady() const override { return steady_; }
    void advance(std::chrono::milliseconds span);

private:
    WallTime wall_;
    SteadyTime steady_{};
};

/// Keeps what was logged. Any thread.
class SEAKEEPER_API RecordingLogger final : public Logger {
public:
    struct Entry {
        LogLevel level = LogLevel::debug;
        std::string event;
        std::vector<std::pair<std::string, std::string>> fields;
    };
    void
    log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override;
    std::vector<Entry> entries() const;
    /// Whether `text` occurs in any event, name or value: for secrets that must not.
    bool mentions(std::string_view text) const;

private:
    mutable std::mutex mutex_;
    std::vector<Entry> entries_;
};

/// Hands out lines in order, then ends (Errc::cancelled).
class SEAKEEPER_API FakeEventSource final : public gerrit::EventSource {
public:
    void add(std::string line, std::uint64_t epoch = 1);
    asio::awaitable<Result<gerrit::StreamLine>> next_line(Deadline until) override;
    gerrit::StreamStatus status() const override;
    void stop() override;

private:
    mutable std::mutex mutex_; // status and stop come from any thread
    std::deque<gerrit::StreamLine> lines_;
    gerrit::StreamStatus status_;
};

/// Answers by the change's number, or by "PROJECT REF" of a ref event; an event without an answer
/// gets facts that say so.
class SEAKEEPER_API FakeFactsSource final : public gerrit::FactsSource {
public:
    void put(const event::Event& event, gerrit::Facts facts);
    /// Every read fails with this until it is taken back.
    void fail_with(std::optional<Error> error);
    asio::awaitable<Result<gerrit::Facts>>
    read(event::Event event, gerrit::FactsRequest request, Deadline until) override;
    void observe(const event::Event& event) override;

    const std::vector<gerrit::FactsRequest>& requests() const noexcept { return requests_; }
    std::size_t observed() const noexcept { return observed_; }

private:
    std::map<std::string, gerrit::Facts> facts_;
    std::optional<Error> error_;
    std::vector<gerrit::FactsRequest> requests_;
    std::size_t observed_ = 0;
};

/// refs/meta/config of projects, as a straight line of commits.
class SEAKEEPER_API FakeDefinitions final : public git::Definitions {
public:
    using Files = std::map<std::string, std::string>;
    /// A new tip on top of the present one.
    CommitId push(const ProjectName& project, Files files);
    /// A new tip that forgets what was there.
    CommitId rewind(const ProjectName& project, Files files);
    void fail_with(std::optional<Error> error);
    /// A patch set of a change for refs/meta/config.
    void propose(const CommitId& commit, Files files);

    asio::awaitable<Result<CommitId>> tip(ProjectName project, Deadline until) override;
    asio::awaitable<Result<git::Blob>>
    read(ProjectName project, CommitId commit, std::string path, Deadline until) override;
    asio::awaitable<Result<std::vector<std::string>>>
    list(ProjectName project, CommitId commit, std::string folder, Deadline until) override;
    asio::awaitable<Result<bool>>
    is_fast_forward(ProjectName project, git::Step step, Deadline until) override;
    asio::awaitable<Result<git::Files>>
    proposed(ProjectName project, git::Proposal proposal, Deadline until) override;

private:
    struct History {
        std::vector<CommitId> line; ///< oldest first, tip last
    };
    const Files* files_at(const CommitId& commit) const;

    std::map<std::string, History> histories_;
    std::map<std::string, Files> files_;
    std::optional<Error> error_;
    std::size_t made_ = 0;
};

/// Runs nothing: the test says how each workload goes on.
class SEAKEEPER_API FakeExecutor final : public pipeline::Executor {
public:
    /// The next start of this workload fails.
    void refuse(std::string workload, Error error);
    /// The workload is seen in this phase by the next observation.
    void set(const std::string& workload, pipeline::RunPhase phase, std::string message = {});
    const std::vector<pipeline::StartRequest>& started() const noexcept { return started_; }
    const std::vector<std::string>& cancelled() const noexcept { return cancelled_; }
    const std::vector<std::string>& released() const noexcept { return released_; }

    asio::awaitable<Result<pipeline::RunRef>>
    start(pipeline::StartRequest request, Deadline until) override;
    asio::awaitable<Result<std::vector<pipeline::Observation>>> observe(Deadline until) override;
    asio::awaitable<Result<pipeline::Observation>>
    inspect(pipeline::RunRef run, Deadline until) override;
    asio::awaitable<Status> cancel(pipeline::RunRef run, Deadline until) override;
    asio::awaitable<Status> release(pipeline::RunRef run, Deadline until) override;
    asio::awaitable<Status> discard(pipeline::RunRef run, Deadline until) override;

private:
    std::map<std::string, Error> refusals_;
    std::map<std::string, std::string> decisions_;
    std::map<std::string, pipeline::Observation> runs_;
    std::vector<std::string> changed_;
    std::vector<pipeline::StartRequest> started_;
    std::vector<std::string> cancelled_;
    std::vector<std::string> released_;
};

/// Keeps what was posted.
class SEAKEEPER_API FakeReporter final : public pipeline::Reporter {
public:
    /// What a failed post left behind: nothing, or the post (its answer got lost).
    enum class Loss : std::uint8_t { not_posted, posted };
    /// The next post fails with this.
    void fail_next(Error error, Loss loss);
    const std::vector<pipeline::Post>& posts() const noexcept { return posts_; }

    asio::awaitable<Status> post(pipeline::Post post, Deadline until) override;
    asio::awaitable<Result<bool>> is_posted(pipeline::Post post, Deadline until) override;

private:
    std::optional<std::pair<Error, Loss>> failure_;
    std::vector<pipeline::Post> posts_;
};

} // namespace seakeeper::testing
