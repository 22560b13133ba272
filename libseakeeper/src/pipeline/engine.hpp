// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "pipeline/acts.hpp"
#include "pipeline/catch_up.hpp"
#include "pipeline/commit.hpp"
#include "pipeline/config_tips.hpp"
#include "pipeline/effect_plan.hpp"
#include "pipeline/projects.hpp"
#include "pipeline/reports.hpp"
#include "pipeline/retention.hpp"
#include "pipeline/tasks.hpp"

#include <seakeeper/decision/check.hpp>
#include <seakeeper/pipeline/pipeline.hpp>

#include <deque>
#include <map>
#include <memory>
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
    std::shared_ptr<const Considered> considered; ///< to be kept when it ends
};

/// Who asked for another attempt, and what is known about them.
struct Asker {
    event::Event event;
    gerrit::Facts facts;
};

/// What a decision was made in: kept for its gates, made again from the store after a restart.
struct Situation {
    event::Event event;
    std::string event_key;
    std::vector<decision::InputRef> inputs; ///< all but the facts
    std::shared_ptr<const ProjectView> view;
    std::shared_ptr<const decision::PreparedDefinition> definition;
    decision::Record record;
    std::vector<ChangeName> rests_on;   ///< open changes that the class depends on
    std::string facts_digest;           ///< of those it was decided from
    std::shared_ptr<const Asker> asker; ///< of another attempt
    SteadyTime facts_at{};

    const sensor::Trigger* trigger() const;
};

/// All that is known about an event right before it is decided.
struct Gathered {
    Item item;
    std::shared_ptr<const ProjectView> view;
    std::vector<std::shared_ptr<const sensor::Trigger>> triggers; ///< that are asked
    gerrit::Facts facts;
    std::vector<std::shared_ptr<const decision::PreparedDefinition>> definitions;
    std::vector<decision::ConfigHistory> histories;
    std::vector<UsedConfig> configs;
    std::vector<store::Input> blobs;
    std::vector<decision::InputRef> inputs;
    std::vector<std::string> keys; ///< best first
    SteadyTime facts_at{};
    std::uint32_t attempt = 1;
    std::shared_ptr<const Asker> asker; ///< of another attempt
    bool is_only_for_trust = false;     ///< a decision that is not trusted is not worth keeping
    std::vector<Gathered> again;        ///< earlier acts that this event lets be decided again
};

Considered considered_of(const Gathered& gathered, std::string key);

/// What a gate left of a class, and why.
struct Passed {
    trust::Class left = trust::Class::denied;
    std::string why;
};

/// What a gate judges from.
struct Reread {
    gerrit::Facts facts;
    gerrit::Facts asker; ///< about who asked, of another attempt
    std::vector<decision::ConfigHistory> histories;
    std::string before; ///< the facts of the decision, as stored; empty: lost
};
struct Judged {
    decision::GateRecord gate;
    store::Input facts;
};

const sensor::Trigger* find_trigger(const sensor::Sensor& sensor, std::string_view name);
/// Inputs that another gate reads anew.
bool is_of_facts(const decision::InputRef& input);
std::string digest_of_facts(const decision::Record& record);

/// Why a workload is not started, and what it ends as.
struct Refusal {
    store::WorkloadState state = store::WorkloadState::refused;
    std::string why;
    Leftover leftover = Leftover::keep; ///< remove: it may have been created all the same
};

/// What the store keeps of an event that was dealt with.
store::Imprint imprint_of(const event::Event& event);

/// The pipeline's inside: intake.cpp, deciding.cpp, effects.cpp, gates.cpp and outcomes.cpp each
/// hold one stage.
struct Pipeline::Engine {
    Engine(asio::any_io_executor where, Parts what, Options how);

    // pipeline.cpp
    asio::awaitable<Status> run();
    asio::awaitable<Status> resume();
    asio::awaitable<void> park();
    bool is_idle() const;
    /// Tells catch-up when lines may have been lost on their way.
    void notice_gaps();
    void begin_catch_up();

    // intake.cpp: lines into the inbox, and from there into lanes
    asio::awaitable<void> take_in();
    asio::awaitable<Status> take_batch(gerrit::StreamLine first);
    asio::awaitable<Status> take_recovered(std::vector<RecoveredLine> lines);
    /// Into the inbox and from there into lanes; `keys` are claimed, one for each line, or empty.
    asio::awaitable<Status>
    keep_lines(std::vector<store::RawLine> lines, std::vector<std::string> keys);
    void sort_in(store::Sequence sequence, const store::RawLine& line);
    void sort_in_event(Item item);
    asio::awaitable<void> reject(Item item, std::string why);
    asio::awaitable<void> end_nothing(Item item);
    void start_lanes();
    asio::awaitable<void> work_lane(std::string lane);
    asio::awaitable<bool> work_item(Item item);
    asio::awaitable<Status> look_at(Item item);
    asio::awaitable<Status> end(Item item, store::InboxState state, std::string note);
    void count_end(store::Sequence sequence, store::InboxState state);

    // deciding.cpp: from an event to committed decisions
    asio::awaitable<Status> decide(Item item);
    asio::awaitable<Result<bool>> gather(Gathered& gathered, Deadline until);
    asio::awaitable<Status> end_unwanted(Gathered gathered);
    asio::awaitable<Status> read_definitions(Gathered& gathered, Deadline until);
    asio::awaitable<Result<std::vector<UsedConfig>>>
    histories_of(std::shared_ptr<const ProjectView> view, Deadline until);

    // committing.cpp: decisions become durable
    struct Made;
    asio::awaitable<Status> commit(Gathered gathered);
    Made make(const Gathered& gathered, const std::string& key);
    decision::DecideInput input_of(const Gathered& gathered, std::string key) const;
    std::vector<decision::Decision> decide_all(const Gathered& gathered, std::string key) const;
    void remember(const Gathered& gathered, const std::vector<decision::Decision>& decisions);
    void tell(const Gathered& gathered, std::span<const decision::Decision> decisions) const;
    asio::awaitable<Status> refuse_project(Item item, Error fault);

    // recognition.cpp: what a store that is gone had done
    /// Ends the workloads whose end was told before.
    asio::awaitable<Status> recognize(std::vector<Commit::Entry>& entries);

    // gates.cpp: judging again
    asio::awaitable<Result<std::shared_ptr<const Situation>>>
    situation_of(store::WorkloadRow row, Deadline until);
    /// The class it may have now; the verdict is stored.
    asio::awaitable<Result<Passed>>
    pass(decision::Gate gate, store::WorkloadRow row, Deadline until);
    asio::awaitable<Result<Reread>>
    read_again(std::shared_ptr<const Situation> situation, Deadline until);
    asio::awaitable<Status> keep_verdict(Judged judged, std::string decided, trust::Class left);

    // retrying.cpp: earlier acts, decided again
    asio::awaitable<Status> gather_again(Gathered& gathered, Deadline until);
    asio::awaitable<Result<std::optional<Gathered>>>
    gather_act(Act act, std::shared_ptr<const Asker> asker, Deadline until);

    // revocation.cpp: facts that change while a run is under way
    asio::awaitable<Status> revoke(event::Event event, Deadline until);
    asio::awaitable<Status> revoke_run(store::WorkloadRow row, std::string why);
    asio::awaitable<void> close_logs(event::Event event);

    // config_review.cpp: changes of refs/meta/config are checked, never run
    struct Checked {
        std::vector<decision::Finding> findings;
        git::Files files;
    };
    asio::awaitable<Status> review_config(Item item);
    asio::awaitable<Result<Checked>>
    findings_of(ProjectName project, git::Proposal proposal, Deadline until);

    // config_difference.cpp: what a proposal would have done to the events of late
    struct Concerned;
    asio::awaitable<Result<std::string>>
    difference_of(ProjectName project, git::Proposal proposal, git::Files files, Deadline until);
    asio::awaitable<Result<Concerned>>
    concerned_by(ProjectName project, std::vector<ProjectName> names, Deadline until);
    asio::awaitable<Status>
    add_definitions(std::shared_ptr<const ProjectView> view, Concerned& concerned, Deadline until);

    // outbox.cpp: which effect is due
    asio::awaitable<void> work_outbox();
    void begin(store::Effect effect);
    void begin_fresh();
    std::size_t effects_at_a_time() const;
    /// Remembers the creates of what was just committed, to be begun without asking the store.
    void begin_soon(Commit& commit);
    asio::awaitable<Status> attempt(store::Effect effect);
    asio::awaitable<void> perform(store::Effect effect);
    asio::awaitable<void>
    conclude(store::Effect effect, Status done, std::chrono::milliseconds took);
    /// Whether a peer (an executor, "gerrit") is to be called now.
    Status admit(const std::string& peer);
    void note_peer(const std::string& peer, const Error* error);
    asio::awaitable<Result<std::int64_t>> retry_dead();

    // effects.cpp: one after the other
    asio::awaitable<Status> create(store::Effect effect, Deadline until);
    asio::awaitable<Status> cancel(store::Effect effect, Deadline until);
    asio::awaitable<Status> release(store::Effect effect, Deadline until);
    asio::awaitable<Status> report(store::Effect effect, Deadline until);
    asio::awaitable<Result<std::optional<Refusal>>>
    refusal_of(store::WorkloadRow row, Deadline until);
    asio::awaitable<Status>
    keep_created(store::WorkloadRow created, RunRef run, store::Effect effect);
    /// Ends a workload that never ran, and `effect` with it.
    asio::awaitable<Status> give_up(store::WorkloadRow row, Refusal refusal, store::Effect effect);

    // outcomes.cpp: what executors say
    asio::awaitable<void> watch(NamedExecutor from);
    asio::awaitable<void> check_silent(NamedExecutor on);
    asio::awaitable<void> take_note(Observation seen);
    void begin_learning(Observation seen);
    asio::awaitable<void> learn_all(Observation seen);
    asio::awaitable<Status> learn(Observation seen);
    asio::awaitable<Result<Observation>> confirm(store::WorkloadRow row, Observation seen);
    asio::awaitable<Status>
    finish(store::WorkloadRow row, Observation seen, Leftover leftover = Leftover::keep);
    RunLimits limits_of(const store::WorkloadRow& row) const;

    Executor* executor_named(const std::string& name) const;
    ReportContext report_context() const { return {options.logs_url, parts.clock.wall()}; }

    asio::any_io_executor executor;
    Parts parts;
    Options options;
    store::Input options_input; ///< of every decision
    Projects projects;
    ConfigTips tips;
    Tasks tasks;
    Bell outbox;  ///< there may be something to do
    Bell worked;  ///< something has ended
    Bell learned; ///< there is room in `learning`
    Figures figures;
    Retention retention;
    std::unique_ptr<CatchUp> catch_up; ///< none where there is no Gerrit to ask
    std::uint64_t noticed_epoch = 0;   ///< of the stream
    std::uint64_t noticed_oversize = 0;
    std::chrono::milliseconds clocks_apart{0}; ///< wall less steady, when last looked at

    std::unordered_map<std::string, std::deque<Item>> lanes; ///< by change or ref, oldest first
    std::set<std::string> lanes_running;
    std::deque<std::string> lanes_waiting;
    std::map<store::Sequence, WallTime> open;  ///< lines in memory that are not dealt with
    std::map<store::Sequence, int> unfinished; ///< items of a line that are not dealt with
    std::set<std::int64_t> performing;         ///< effects
    std::deque<store::Effect> fresh;           ///< see begin_soon(); the store has them as well
    std::map<std::string, Breaker> breakers;   ///< by peer
    std::unordered_map<std::string, std::shared_ptr<const Situation>> situations; ///< by workload
    std::map<std::string, SteadyTime> heard;  ///< of open workloads
    std::map<std::string, Observation> early; ///< came before their create was stored
    /// Runs that are being learned of, with what was seen of them since.
    std::map<std::string, std::optional<Observation>> learning;
    std::set<std::string> reached; ///< executors that answered last time
    std::chrono::milliseconds grace{2'000};
    bool is_stopping = false;
    bool is_source_over = false;
};

} // namespace seakeeper::pipeline
