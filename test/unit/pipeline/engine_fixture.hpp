// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run.hpp"

#include <seakeeper/event/parse.hpp>
#include <seakeeper/pipeline/pipeline.hpp>
#include <seakeeper/pipeline/rehearsal.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <stdexcept>

// Every seam of the pipeline as a fake that keeps state and records calls.
namespace seakeeper::test {

namespace asio = boost::asio;

class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "seakeeper-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) {
            throw std::runtime_error("mkdtemp");
        }
        path_ = name;
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

private:
    std::filesystem::path path_;
};

/// To standard error where SEAKEEPER_TEST_LOG is set.
class TestLog final : public Logger {
public:
    void
    log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override {
        if (std::getenv("SEAKEEPER_TEST_LOG") == nullptr) {
            return;
        }
        std::cerr << to_string(level) << " " << event;
        for (const auto& field : fields) {
            std::cerr << " " << field.key << "=" << field.value;
        }
        std::cerr << std::endl;
    }
};

/// The scenes' clock, going on from there.
class SceneClock final : public Clock {
public:
    WallTime wall() const override {
        const auto passed = std::chrono::steady_clock::now() - start_;
        return testing::scene_time()
               + std::chrono::duration_cast<std::chrono::milliseconds>(passed);
    }
    SteadyTime steady() const override { return std::chrono::steady_clock::now(); }

private:
    SteadyTime start_ = std::chrono::steady_clock::now();
};

/// Lets the others go on.
inline asio::awaitable<void> a_moment() {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor, std::chrono::milliseconds{2}};
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// Lines that are there from the start, then the end.
class FakeSource final : public gerrit::EventSource {
public:
    asio::awaitable<Result<gerrit::StreamLine>> next_line(Deadline) override {
        while (lines.empty() && is_held) {
            co_await a_moment();
        }
        if (lines.empty() && !later.empty()) {
            co_await a_moment();
            if (!may_go_on()) {
                co_return Error{Errc::timed_out, "not yet"};
            }
            lines.swap(later);
        }
        if (lines.empty()) {
            co_return Error{Errc::cancelled, "at the end"};
        }
        gerrit::StreamLine line;
        line.bytes = lines.front();
        line.epoch = 1;
        line.received = testing::scene_time();
        lines.pop_front();
        co_return line;
    }
    gerrit::StreamStatus status() const override {
        gerrit::StreamStatus status;
        status.queued_lines = lines.size();
        return status;
    }
    void stop() override {
        lines.clear();
        is_held = false;
    }

    std::deque<std::string> lines;
    bool is_held = false;          ///< no line does not mean the end
    std::deque<std::string> later; ///< come when may_go_on says so
    std::function<bool()> may_go_on;
};

class FakeFacts final : public gerrit::FactsSource {
public:
    asio::awaitable<Result<gerrit::Facts>>
    read(event::Event event, gerrit::FactsRequest request, Deadline) override {
        ++reads;
        if (failures > 0) {
            --failures;
            co_return Error{Errc::unavailable, "gerrit is down"};
        }
        gerrit::Facts facts;
        if (event.type == "project") {
            facts.parents.value = std::vector<ProjectName>{};
        } else {
            facts = later && reads > later_after ? *later : now;
        }
        const auto found =
            event.change ? by_change.find(value_of(event.change->number)) : by_change.end();
        if (found != by_change.end()) {
            facts = found->second;
        }
        const auto* added = std::get_if<event::CommentAdded>(&event.body);
        for (const auto& [text, told] : by_comment) {
            if (added != nullptr && added->comment && added->comment->ends_with(text)) {
                facts = told;
            }
        }
        if (request.configs) {
            gerrit::Fact<gerrit::ConfigFacts> config;
            config.value = gerrit::ConfigFacts{ProjectName::parse(event.project).value(), tip};
            facts.configs = {config};
            facts.parents.value = std::vector<ProjectName>{};
        }
        co_return facts;
    }
    void observe(const event::Event&) override {}

    gerrit::Facts now;
    std::map<std::uint32_t, gerrit::Facts> by_change; ///< before `now`
    std::map<std::string, gerrit::Facts> by_comment;  ///< by what the comment ends in, before that
    std::optional<gerrit::Facts> later;               ///< answered after `later_after` reads
    int later_after = 0;
    int failures = 0;
    int reads = 0;
    CommitId tip = testing::commit("config");
};

class FakeDefinitions final : public git::Definitions {
public:
    asio::awaitable<Result<CommitId>> tip(ProjectName, Deadline) override {
        co_return testing::commit("config");
    }
    asio::awaitable<Result<git::Blob>>
    read(ProjectName, CommitId, std::string path, Deadline) override {
        const auto found = files.find(path);
        if (found == files.end()) {
            co_return Error{Errc::not_found, "no such file"};
        }
        co_return git::Blob{std::string(40, 'b'), found->second};
    }
    asio::awaitable<Result<std::vector<std::string>>>
    list(ProjectName, CommitId, std::string, Deadline) override {
        co_return std::vector<std::string>{};
    }
    asio::awaitable<Result<bool>> is_fast_forward(ProjectName, git::Step step, Deadline) override {
        co_return rewound.count(step.to.str()) == 0;
    }

    asio::awaitable<Result<git::Files>> proposed(ProjectName, git::Proposal, Deadline) override {
        co_return proposal;
    }

    std::map<std::string, std::string> files;
    git::Files proposal;
    std::set<std::string> rewound; ///< commits that do not follow what was before
};

/// Runs end as `ends` says, at the first observation after their start.
class FakeExecutor final : public pipeline::Executor {
public:
    asio::awaitable<Result<pipeline::RunRef>>
    start(pipeline::StartRequest request, Deadline) override {
        ++starts;
        if (on_start) {
            on_start(request);
        }
        while (starts < slow_until) {
            co_await a_moment();
        }
        if (!start_errors.empty()) {
            auto error = start_errors.front();
            start_errors.pop_front();
            co_return error;
        }
        pipeline::RunRef run{request.workload, "uid-" + request.workload};
        if (created.emplace(request.workload, request).second || is_telling_again) {
            pipeline::Observation seen;
            seen.run = run;
            seen.phase = end;
            if (end == pipeline::RunPhase::failed) {
                seen.steps.push_back({"node-1", "unit", end, 3, "exit code 3"});
            }
            waiting.insert(waiting.end(), tellings, seen);
        }
        co_return run;
    }
    asio::awaitable<Result<std::vector<pipeline::Observation>>> observe(Deadline until) override {
        if (waiting.empty() || is_silent) {
            co_await a_moment();
        }
        (void)until;
        std::vector<pipeline::Observation> seen;
        if (!is_silent) {
            seen.swap(waiting);
        }
        co_return seen;
    }
    asio::awaitable<Result<pipeline::Observation>> inspect(pipeline::RunRef, Deadline) override {
        co_return Error{Errc::not_found, "no such run"};
    }
    asio::awaitable<Status> cancel(pipeline::RunRef run, Deadline) override {
        cancelled.push_back(run.workload);
        std::erase_if(waiting, [&](const auto& each) { return each.run == run; });
        pipeline::Observation seen;
        seen.run = std::move(run);
        seen.phase = pipeline::RunPhase::failed; // as Argo tells it
        waiting.push_back(std::move(seen));
        is_silent = false;
        co_return Status{};
    }
    asio::awaitable<Status> release(pipeline::RunRef run, Deadline) override {
        released.push_back(run.workload);
        co_return Status{};
    }

    asio::awaitable<Status> discard(pipeline::RunRef run, Deadline) override {
        discarded.push_back(run.workload);
        co_return Status{};
    }

    std::function<void(const pipeline::StartRequest&)> on_start;
    pipeline::RunPhase end = pipeline::RunPhase::succeeded;
    std::size_t tellings = 1; ///< how often each end is observed
    bool is_silent = false;
    bool is_telling_again = false; ///< what is there already, at its next start
    int starts = 0;
    int slow_until = 0; ///< starts under way end when so many have begun
    std::deque<Error> start_errors;
    std::map<std::string, pipeline::StartRequest> created;
    std::vector<pipeline::Observation> waiting;
    std::vector<std::string> released;
    std::vector<std::string> cancelled;
    std::vector<std::string> discarded;
};

class FakeReporter final : public pipeline::Reporter {
public:
    asio::awaitable<Status> post(pipeline::Post post, Deadline) override {
        if (!errors.empty()) {
            const auto error = errors.front();
            errors.pop_front();
            if (error.is(Errc::unknown_outcome)) {
                posts.push_back(post); // it took effect, and the answer was lost
            }
            co_return error;
        }
        posts.push_back(std::move(post));
        co_return Status{};
    }
    asio::awaitable<Result<bool>> is_posted(pipeline::Post post, Deadline) override {
        for (const auto& each : posts) {
            if (each.markers == post.markers) {
                co_return true;
            }
        }
        co_return false;
    }

    std::deque<Error> errors;
    std::vector<pipeline::Post> posts;
};

inline constexpr const char* workflow_yaml = R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata: {generateName: test-}
spec:
  entrypoint: main
  templates:
    - name: main
      container: {image: registry.example/tools, command: [sh, -c, make test]}
)";

inline constexpr const char* config_yaml = R"(triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    workflow: test.yaml
    report: {label: Verified, success: +1, failure: -1}
)";

/// A site in memory but for its store.
class Site {
public:
    Site() {
        definitions.files = {{"seakeeper.yaml", config_yaml}, {"test.yaml", workflow_yaml}};
        auto& decisions = options.decisions;
        decisions.server = "test";
        decisions.project_url = "https://gerrit.example/";
        decisions.self.username = "seakeeper";
        workflow::Site place;
        place.namespace_ = "ci-untrusted";
        place.service_account = "runner";
        place.executor_service_account = "executor";
        place.node_selector = {{"pool", "untrusted"}};
        place.instance_id = "test";
        decisions.untrusted = decision::Executor{"ci", place};
        decisions.untrusted_policy.trust_class = trust::Class::untrusted;
        decisions.trusted_policy.trust_class = trust::Class::trusted;
        options.channel.is_peer_verified = true;
        options.logs_url = "https://ci.example/logs";
    }

    void happens(const testing::Scene& scene) {
        source.lines.push_back(event::serialize(scene.event));
        facts.now = scene.facts;
    }

    /// As after a disk was lost.
    void lose_store() {
        for (const auto* end : {"", "-wal", "-shm"}) {
            std::filesystem::remove(folder.file(std::string{"store.db"} + end));
        }
    }

    /// One life of the daemon, until all that came in has ended.
    Status live(asio::io_context& context) {
        auto store = store::open({folder.file("store.db"), {}}).value();
        pipeline::LogFolder logs{folder.file("logs")};
        pipeline::Parts parts{
            source,
            facts,
            definitions,
            {{"ci", &executor}},
            reporter,
            *store,
            logs,
            clock,
            log,
            with_history,
            &rehearsal};
        if (options.decisions.trusted) {
            parts.executors.push_back({options.decisions.trusted->name, &trusted});
        }
        pipeline::Pipeline pipeline{context.get_executor(), std::move(parts), options};
        if (is_retrying_dead) {
            REQUIRE(run(context, pipeline.retry_dead()));
        }
        auto status = run(context, pipeline.run());
        figures = pipeline.figures();
        return status;
    }

    Folder folder;
    SceneClock clock;
    TestLog log;
    FakeSource source;
    FakeFacts facts;
    FakeDefinitions definitions;
    FakeExecutor executor;
    FakeExecutor trusted; ///< in use where options.decisions.trusted is set
    FakeReporter reporter;
    gerrit::History* with_history = nullptr;
    bool is_retrying_dead = false;
    pipeline::Rehearsal rehearsal{folder.file("store.db")};
    pipeline::Options options;
    pipeline::Figures figures;
};

} // namespace seakeeper::test
