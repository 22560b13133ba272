// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/gerrit/event_source.hpp>
#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/pipeline/catch_up.hpp>
#include <seakeeper/pipeline/config_review.hpp>
#include <seakeeper/pipeline/executor.hpp>
#include <seakeeper/pipeline/log_folder.hpp>
#include <seakeeper/pipeline/reporter.hpp>
#include <seakeeper/pipeline/retention.hpp>
#include <seakeeper/store/store.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

// The engine: moves rows from the inbox to the report. All that it does to others goes through the
// seams it is given.
namespace seakeeper::pipeline {

class Rehearsal;

struct NamedExecutor {
    std::string name; ///< as decision::Options names it
    Executor* executor = nullptr;
};

/// What a pipeline is made of; everything outlives it.
struct Parts {
    gerrit::EventSource& source;
    gerrit::FactsSource& facts;
    git::Definitions& definitions;
    std::vector<NamedExecutor> executors;
    Reporter& reporter;
    store::Store& store;
    const LogFolder& logs;
    const Clock& clock;
    Logger& log;
    /// Where missed events are looked for; none: a recording misses nothing.
    gerrit::History* history = nullptr;
    /// Tells changes of refs/meta/config what they would change; null: they are not told.
    Rehearsal* rehearsal = nullptr;
};

/// What was found about an event, for people who watch. Borrowed for the call.
struct Telling {
    const event::Event& event;
    const gerrit::Facts& facts;
    std::span<const decision::TriggerMatch> matches; ///< of every trigger that applies
    std::span<const decision::Decision> decisions;   ///< of those that matched
};

enum class Mode : std::uint8_t {
    act,
    shadow, ///< decides and records; creates and posts nothing
};

struct Options {
    decision::Options decisions;
    trust::ChannelState channel;
    trust::PlantState plant;
    Mode mode = Mode::act;
    std::optional<ConfigReview> config_review; ///< none: message and comments only
    /// The comment with which a person asks for another attempt of trusted runs; empty: none does.
    std::string retry_command = "recheck";
    std::string logs_url;   ///< "https://ci.example/logs": links of messages; empty: none
    std::size_t lanes = 64; ///< events of different changes that are worked on at a time
    /// Effects on peers under way at a time; an eighth while events wait for a lane.
    std::size_t effects = 16;
    std::size_t outcomes = 32;       ///< runs whose news are dealt with at a time
    std::size_t high_water = 20'000; ///< lines in memory; above it the source is not read
    std::chrono::seconds configuration_age{60}; ///< then refs/meta/config is asked for again
    std::chrono::seconds call{30};              ///< for one call to a peer
    std::chrono::seconds patience{
        900}; ///< for facts that cannot be read; then they count as absent
    std::chrono::milliseconds gate_age{
        2'000};                            ///< untrusted: facts so fresh are not read again at G1
    std::chrono::seconds check_every{120}; ///< runs that were not heard of so long are looked at
    std::chrono::seconds start_within{3'600}; ///< else a workload is given up, and told
    std::chrono::seconds taken_within{600};   ///< its controller gives no sign: given up
    std::chrono::seconds deadline_slack{600}; ///< beyond a run's own deadline: given up
    CatchUpOptions catch_up;
    RetentionOptions retention;
    /// Called for every event that was decided about; its own cost is the caller's. May be empty.
    std::function<void(const Telling&)> on_decided;
};

/// Counts since the start, and how it stands now.
struct Figures {
    std::map<std::string, std::uint64_t> events;    ///< by how their inbox row ended
    std::map<std::string, std::uint64_t> decisions; ///< by class
    std::map<std::string, std::uint64_t> workloads; ///< by terminal state
    std::map<std::string, std::uint64_t> effects;   ///< "create done", "report retried", ...
    std::uint64_t open_lines = 0;
    std::uint64_t open_workloads = 0;
    std::uint64_t dead_effects = 0;         ///< given up; a person has to look
    std::vector<std::string> resting_peers; ///< not called for a while, after failures in a row
    std::chrono::milliseconds behind_gerrit{
        0}; ///< age of what is not dealt with, or of the silence
    CatchUpFigures catch_up;
    RetentionFigures retention;
    bool is_stream_connected = false;
    bool are_executors_reached = false;
    bool is_store_writable = true;
};

/// One of it runs on one store. Used from the thread of its executor.
class SEAKEEPER_API Pipeline final {
public:
    Pipeline(asio::any_io_executor executor, Parts parts, Options options);
    Pipeline(const Pipeline&) = delete;
    Pipeline& operator=(const Pipeline&) = delete;
    ~Pipeline();

    /// Resumes what an earlier process left, then works until stop(), or until the source is at
    /// its end and all that came of it has ended. Call once; the pipeline outlives it.
    asio::awaitable<Status> run();
    /// Takes no more in, lets what is under way end for up to `grace`, parks the rest in the store.
    void stop(std::chrono::milliseconds grace = std::chrono::milliseconds{2'000});

    Figures figures() const;
    /// Tries again what was given up; how many effects that are.
    asio::awaitable<Result<std::int64_t>> retry_dead();

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

} // namespace seakeeper::pipeline
