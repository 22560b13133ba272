// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/projects.hpp"
#include "pipeline/reports.hpp"
#include "pipeline/tasks.hpp"

#include <seakeeper/pipeline/pipeline.hpp>

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

namespace seakeeper::pipeline {

/// A part of a line that is worked on by itself: a batch of ref updates is several.
struct Item {
    store::Sequence sequence = 0;
    std::string bytes;
    event::Event event;
    WallTime received;
    std::uint32_t tries = 0;
};

/// What a decision was made in: kept for its gates, made again from the store after a restart.
struct Situation {
    event::Event event;
    std::string event_key;
    std::vector<decision::InputRef> inputs; ///< all but the facts
    std::shared_ptr<const ProjectView> view;
    std::shared_ptr<const decision::PreparedDefinition> definition;
    decision::Record record;
    SteadyTime facts_at{};

    const sensor::Trigger* trigger() const;
};

/// All that is known about an event right before it is decided.
struct Gathered {
    Item item;
    std::shared_ptr<const ProjectView> view;
    gerrit::Facts facts;
    std::vector<std::shared_ptr<const decision::PreparedDefinition>> definitions;
    std::vector<decision::ConfigHistory> histories;
    std::vector<store::Input> blobs;
    std::vector<decision::InputRef> inputs;
    std::vector<std::string> keys; ///< best first
    SteadyTime facts_at{};
};

/// The pipeline's inside: intake.cpp, deciding.cpp, effects.cpp, gates.cpp and outcomes.cpp each
/// hold one stage.
struct Pipeline::Engine {
    Engine(asio::any_io_executor where, Parts what, Options how);

    // pipeline.cpp
    asio::awaitable<Status> run();
    asio::awaitable<Status> resume();
    asio::awaitable<void> park();
    bool is_idle() const;

    // intake.cpp: lines into the inbox, and from there into lanes
    asio::awaitable<void> take_in();
    asio::awaitable<Status> take_batch(gerrit::StreamLine first);
    void sort_in(store::Sequence sequence, const store::RawLine& line);
    void sort_in_event(Item item);
    asio::awaitable<void> reject(Item item, std::string why);
    void start_lanes();
    asio::awaitable<void> work_lane(std::string lane);
    asio::awaitable<bool> work_item(Item item);
    asio::awaitable<Status> end(Item item, store::InboxState state, std::string note);
    void count_end(store::Sequence sequence, store::InboxState state);

    // deciding.cpp: from an event to committed decisions
    asio::awaitable<Status> decide(Item item);
    asio::awaitable<Result<bool>> gather(Gathered& gathered, Deadline until);
    asio::awaitable<Status> read_definitions(Gathered& gathered, Deadline until);
    asio::awaitable<Result<decision::ConfigHistory>>
    history_of(sensor::Definition definition, Deadline until);
    asio::awaitable<Status> commit(Gathered gathered);
    std::vector<decision::Decision> decide_all(const Gathered& gathered, std::string key) const;
    void remember(const Gathered& gathered, const std::vector<decision::Decision>& decisions);
    void tell(const Gathered& gathered, std::span<const decision::Decision> decisions) const;
    asio::awaitable<Status> refuse_project(Item item, Error fault);

    // gates.cpp: judging again
    asio::awaitable<Result<std::shared_ptr<const Situation>>>
    situation_of(store::WorkloadRow row, Deadline until);
    /// The class it may have now; the verdict is stored.
    asio::awaitable<Result<trust::Class>>
    pass(decision::Gate gate, store::WorkloadRow row, Deadline until);

    // effects.cpp: the outbox
    asio::awaitable<void> work_outbox();
    void begin(store::Effect effect);
    void begin_fresh();
    asio::awaitable<void> perform(store::Effect effect);
    asio::awaitable<Status> create(store::Effect effect, Deadline until);
    asio::awaitable<Status> release(store::Effect effect, Deadline until);
    asio::awaitable<Status> report(store::Effect effect, Deadline until);
    asio::awaitable<void> conclude(store::Effect effect, Status done);
    /// Ends a workload that never ran, and `effect` with it.
    asio::awaitable<Status> give_up(
        store::WorkloadRow row,
        store::WorkloadState state,
        std::string message,
        store::Effect effect
    );

    // outcomes.cpp: what executors say
    asio::awaitable<void> watch(NamedExecutor from);
    asio::awaitable<void> check_silent(NamedExecutor on);
    asio::awaitable<Status> learn(Observation seen);
    asio::awaitable<void> relearn(Observation seen);
    asio::awaitable<Status> finish(store::WorkloadRow row, Observation seen);

    Executor* executor_named(const std::string& name) const;
    ReportContext report_context() const { return {options.logs_url, parts.clock.wall()}; }

    asio::any_io_executor executor;
    Parts parts;
    Options options;
    store::Input options_input; ///< of every decision
    Projects projects;
    Tasks tasks;
    Bell outbox; ///< there may be something to do
    Bell worked; ///< something has ended
    Figures figures;

    std::unordered_map<std::string, std::deque<Item>> lanes; ///< by change or ref, oldest first
    std::set<std::string> lanes_running;
    std::deque<std::string> lanes_waiting;
    std::map<store::Sequence, WallTime> open;  ///< lines in memory that are not dealt with
    std::map<store::Sequence, int> unfinished; ///< items of a line that are not dealt with
    std::set<std::int64_t> performing;         ///< effects
    /// Creates of what was just decided: committed, alone in their lanes, due at once. Begun
    /// without asking the store for them; it has those that do not fit in here as well.
    std::deque<store::Effect> fresh;
    std::unordered_map<std::string, std::shared_ptr<const Situation>> situations; ///< by workload
    std::map<std::string, SteadyTime> heard;  ///< of open workloads
    std::map<std::string, Observation> early; ///< came before their create was stored
    std::set<std::string> reached;            ///< executors that answered last time
    std::chrono::milliseconds grace{2'000};
    bool is_stopping = false;
    bool is_source_over = false;
};

} // namespace seakeeper::pipeline
