// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/circumstances.hpp>
#include <seakeeper/decision/event_key.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seakeeper::pipeline {
namespace {

/// What one transaction records about one event.
struct Commit {
    std::string key;
    store::InboxEnd end;
    bool ends_line = true;
    std::vector<store::Input> blobs;
    struct Entry {
        store::DecisionRow row;
        std::vector<std::string> inputs;
        std::optional<store::WorkloadRow> workload;
        std::string manifest;
        std::optional<Notice> notice;
        std::optional<store::Effect> create; ///< as it was stored
    };
    std::vector<Entry> entries;
    std::vector<std::pair<std::string, std::string>> values;
};

/// Creates in memory that are not begun; more wait in the store alone.
constexpr std::size_t fresh_limit = 256;

std::string config_key(const std::string& project) {
    return "config|" + project;
}

Status put_entry(store::Rows& rows, Commit::Entry& entry) {
    if (auto put = rows.put_decision(entry.row, entry.inputs); !put) {
        return put;
    }
    if (entry.notice) {
        if (auto said = say_once(rows, *entry.notice, entry.row.made); !said) {
            return said;
        }
    }
    if (!entry.workload) {
        return {};
    }
    auto put = rows.put_workload(*entry.workload);
    if (!put || !*put) { // it exists: decided before, by an event of the same key
        return put ? Status{} : Status{put.error()};
    }
    store::Effect create;
    create.kind = "create";
    create.workload = entry.workload->id;
    create.lane = entry.workload->id;
    create.payload = entry.manifest;
    create.not_before = entry.row.made;
    auto id = rows.put_effect(create);
    if (!id) {
        return id.error();
    }
    create.id = *id;
    entry.create = std::move(create);
    return {};
}

/// False: the event was dealt with before, by another line.
Result<bool> write(store::Rows& rows, Commit& commit) {
    auto claimed = rows.claim(commit.key, commit.end.sequence);
    if (!claimed || !*claimed) {
        return claimed;
    }
    for (const auto& blob : commit.blobs) {
        if (auto put = rows.put_input(blob); !put) {
            return put.error();
        }
    }
    for (auto& entry : commit.entries) {
        if (auto put = put_entry(rows, entry); !put) {
            return put.error();
        }
    }
    for (const auto& [key, value] : commit.values) {
        if (auto set = rows.set_value(key, value); !set) {
            return set.error();
        }
    }
    if (commit.ends_line) {
        if (auto ended = rows.end_line(commit.end); !ended) {
            return ended.error();
        }
    }
    return true;
}

std::string why_of(const decision::Record& record) {
    const auto& verdict = record.fallback ? *record.fallback : record.verdict;
    if (!record.fallback && record.requested == trust::Class::untrusted
        && record.runs_as == trust::Class::untrusted) {
        return "its trigger asks for untrusted";
    }
    auto words = trust::to_string(verdict);
    if (record.fallback) {
        words = "not trusted: " + trust::to_string(record.verdict);
    }
    return words.substr(0, 300);
}

/// Why nothing runs, for people.
std::string denial_of(const decision::Record& record) {
    std::string text = fmt::format("Seakeeper does not run {}", record.trigger);
    if (record.runs_as == trust::Class::denied) {
        text += fmt::format(
            ": asked for {}, is {}",
            trust::to_string(record.requested),
            trust::to_string(record.verdict)
        );
    }
    text += ".\n";
    for (const auto& fault : record.faults) {
        text += "\n" + fault;
    }
    return text;
}

store::WorkloadRow
workload_of(const decision::Decision& decision, const sensor::Trigger& trigger, bool is_private) {
    const auto& record = decision.record;
    store::WorkloadRow row;
    row.id = record.workload;
    row.decision = decision.digest;
    row.project = record.subject.project;
    row.change = record.subject.change;
    row.patch_set = record.subject.patch_set;
    row.revision = record.subject.revision;
    row.trigger = record.trigger;
    row.label = trigger.report.label.value_or("");
    row.success_vote = trigger.report.success;
    row.failure_vote = trigger.report.failure;
    row.note = trigger.report.message;
    row.tells_start = trigger.report.at_start;
    row.trust_class = trust::to_string(record.runs_as);
    row.why = why_of(record);
    row.attempt = record.attempt;
    row.is_private = is_private;
    row.executor = decision.executor;
    row.is_reported = trigger.report.is_silent;
    row.decided = record.decided_at;
    return row;
}

const sensor::Trigger* find_trigger(const sensor::Sensor& sensor, std::string_view name) {
    for (const auto& trigger : sensor.triggers) {
        if (trigger->name.str() == name) {
            return trigger.get();
        }
    }
    return nullptr;
}

Commit::Entry entry_of(const decision::Decision& decision, const Gathered& gathered, Mode mode) {
    const auto& record = decision.record;
    Commit::Entry entry;
    entry.row.digest = decision.digest;
    entry.row.event_key = record.event_key;
    entry.row.trigger = record.trigger;
    entry.row.trust_class = trust::to_string(record.runs_as);
    entry.row.workload = record.workload;
    entry.row.record = decision.json;
    entry.row.made = record.decided_at;
    for (const auto& input : record.inputs) {
        entry.inputs.push_back(input.digest);
    }
    const auto* trigger = find_trigger(gathered.view->sensor, record.trigger);
    if (trigger == nullptr || mode == Mode::shadow) {
        return entry;
    }
    if (decision.workflow) {
        const bool is_private = gathered.facts.change && gathered.facts.change->is_private;
        entry.workload = workload_of(decision, *trigger, is_private);
        entry.manifest = decision.workflow->json;
    } else if (record.subject.change != 0 && !record.subject.revision.empty() && !trigger->report.is_silent) {
        const auto key = fmt::format(
            "{}|{}|{}|{}|{}",
            record.subject.project,
            record.subject.change,
            record.subject.revision,
            record.trigger,
            record.definition.commit
        );
        const auto& subject = record.subject;
        entry.notice =
            Notice{subject.project, subject.change, subject.revision, key, denial_of(record)};
    }
    return entry;
}

} // namespace

const sensor::Trigger* Situation::trigger() const {
    return find_trigger(view->sensor, record.trigger);
}

asio::awaitable<Status> Pipeline::Engine::decide(Item item) {
    auto project = ProjectName::parse(item.event.project);
    if (!project) {
        auto done = co_await end(std::move(item), store::InboxState::ignored, "no project");
        co_return done;
    }
    const auto until = Deadline::in(options.call);
    auto view = co_await projects.view(*project, until);
    if (!view) {
        const bool is_hopeless = item.received + options.patience < parts.clock.wall();
        if (!is_hopeless) {
            co_return view.error();
        }
        parts.log.error("configuration not readable", {{"error", view.error().message}});
        auto note = view.error().message;
        auto done = co_await end(std::move(item), store::InboxState::decided, std::move(note));
        co_return done;
    }
    if ((*view)->fault) {
        auto done = co_await refuse_project(std::move(item), *(*view)->fault);
        co_return done;
    }
    Gathered gathered;
    gathered.item = std::move(item);
    gathered.view = *view;
    auto is_wanted = co_await gather(gathered, until);
    if (!is_wanted) {
        co_return is_wanted.error();
    }
    if (!*is_wanted) {
        tell(gathered, {});
        auto ignored = std::move(gathered.item);
        auto done = co_await end(std::move(ignored), store::InboxState::decided, "no trigger");
        co_return done;
    }
    auto done = co_await commit(std::move(gathered));
    co_return done;
}

/// False: no trigger wants the event.
asio::awaitable<Result<bool>> Pipeline::Engine::gather(Gathered& gathered, Deadline until) {
    std::vector<const sensor::Trigger*> triggers;
    for (const auto& trigger : gathered.view->sensor.triggers) {
        triggers.push_back(trigger.get());
    }
    const auto& event = gathered.item.event;
    auto request = decision::facts_needed(event, triggers, options.decisions);
    if (!request) {
        co_return false;
    }
    gathered.facts_at = std::chrono::steady_clock::now();
    auto facts = co_await parts.facts.read(event, std::move(*request), until);
    if (!facts) {
        co_return facts.error();
    }
    gathered.facts = std::move(*facts);
    auto read = co_await read_definitions(gathered, until);
    if (!read) {
        co_return read.error();
    }
    auto facts_json = boost::json::serialize(gerrit::to_json(gathered.facts));
    const auto put = [&](std::string what, std::string from, std::string bytes) {
        gathered.inputs.push_back({std::move(what), std::move(from), sha256_hex(bytes)});
        gathered.blobs.push_back({gathered.inputs.back().digest, std::move(bytes)});
    };
    put("event", "", gathered.item.bytes);
    put("facts", "", std::move(facts_json));
    gathered.inputs.push_back({"options", "", options_input.digest});
    gathered.blobs.push_back(options_input);
    put("circumstances", "", decision::to_json({options.channel, options.plant, gathered.histories})
    );
    for (const auto& file : gathered.view->files) {
        gathered.inputs.push_back(file->input);
        gathered.blobs.push_back({file->input.digest, file->bytes});
    }
    for (const auto& prepared : gathered.definitions) {
        if (!prepared->digest.empty()) { // decide() names it among the inputs
            gathered.blobs.push_back({prepared->digest, prepared->bytes});
        }
    }
    gathered.keys = decision::event_keys(event, gathered.facts, gathered.item.bytes);
    co_return true;
}

asio::awaitable<Status> Pipeline::Engine::read_definitions(Gathered& gathered, Deadline until) {
    std::set<std::string> projects_seen;
    for (const auto& trigger : gathered.view->sensor.triggers) {
        const auto& event = gathered.item.event;
        const auto match =
            sensor::evaluate(*trigger, event, &gathered.facts, options.decisions.self);
        const bool is_hopeless = gathered.item.received + options.patience < parts.clock.wall();
        if (match.outcome == sensor::Outcome::needs_facts && !is_hopeless) {
            co_return Error{
                Errc::unavailable,
                fmt::format(
                    "reading facts for trigger {}: {}",
                    trigger->name.str(),
                    gathered.facts.change.failure
                )};
        }
        if (match.outcome != sensor::Outcome::matched) {
            continue;
        }
        auto prepared = co_await projects.definition(trigger->definition, until);
        if (!prepared) {
            co_return prepared.error();
        }
        gathered.definitions.push_back(std::move(*prepared));
        if (!projects_seen.insert(trigger->definition.project.str()).second) {
            continue;
        }
        auto history = co_await history_of(trigger->definition, until);
        if (!history) {
            co_return history.error();
        }
        gathered.histories.push_back(std::move(*history));
    }
    co_return Status{};
}

asio::awaitable<Result<decision::ConfigHistory>>
Pipeline::Engine::history_of(sensor::Definition definition, Deadline until) {
    auto read = [key = config_key(definition.project.str())](store::Rows& rows) {
        return rows.value(key);
    };
    auto stored = co_await parts.store.read(read);
    if (!stored) {
        co_return stored.error();
    }
    decision::ConfigHistory history;
    history.project = definition.project;
    if (!*stored) {
        co_return history;
    }
    auto last = CommitId::parse(**stored);
    if (!last) {
        co_return last.error();
    }
    history.last_seen = *last;
    history.is_descendant_of_last_seen = *last == definition.commit;
    if (!history.is_descendant_of_last_seen) {
        const git::Step step{*last, definition.commit};
        auto forward = co_await parts.definitions.is_fast_forward(definition.project, step, until);
        if (!forward) {
            co_return forward.error();
        }
        history.is_descendant_of_last_seen = *forward;
    }
    co_return history;
}

std::vector<decision::Decision>
Pipeline::Engine::decide_all(const Gathered& gathered, std::string key) const {
    const decision::DecideInput input{
        .event = gathered.item.event,
        .facts = gathered.facts,
        .options = options.decisions,
        .event_key = std::move(key),
        .inputs = gathered.inputs,
        .definitions = gathered.definitions,
        .histories = gathered.histories,
        .channel = options.channel,
        .plant = options.plant,
        .now = parts.clock.wall()};
    return decision::decide_all(input, gathered.view->sensor);
}

asio::awaitable<Status> Pipeline::Engine::commit(Gathered gathered) {
    auto made = std::make_shared<Commit>();
    for (const auto& key : gathered.keys) {
        auto decisions = decide_all(gathered, key);
        const bool is_hopeless = gathered.item.received + options.patience < parts.clock.wall();
        if (decision::is_for_want_of_facts(decisions) && !is_hopeless) {
            co_return Error{
                Errc::unavailable,
                "deciding: " + trust::to_string(decisions.front().record.verdict)};
        }
        *made = {};
        made->key = key;
        made->end = {gathered.item.sequence, store::InboxState::decided, key};
        made->ends_line = unfinished[gathered.item.sequence] <= 1;
        made->blobs = gathered.blobs;
        for (const auto& decision : decisions) {
            made->entries.push_back(entry_of(decision, gathered, options.mode));
            const auto& definition = decision.record.definition;
            if (!definition.commit.empty()) {
                made->values.emplace_back(config_key(definition.project), definition.commit);
            }
        }
        auto transaction = [made](store::Rows& rows) { return write(rows, *made); };
        auto written = co_await parts.store.write(transaction);
        if (!written) {
            co_return written.error();
        }
        if (*written) {
            for (auto& entry : made->entries) {
                if (entry.create && fresh.size() < fresh_limit) {
                    fresh.push_back(*std::move(entry.create));
                }
            }
            remember(gathered, decisions);
            tell(gathered, decisions);
            count_end(gathered.item.sequence, store::InboxState::decided);
            co_return Status{};
        }
    }
    auto duplicate = std::move(gathered.item);
    auto done = co_await end(std::move(duplicate), store::InboxState::duplicate, made->key);
    co_return done;
}

void Pipeline::Engine::tell(const Gathered& gathered, std::span<const decision::Decision> decisions)
    const {
    if (!options.on_decided) {
        return;
    }
    const auto& event = gathered.item.event;
    const decision::DecideInput input{event, gathered.facts, options.decisions};
    const auto matches = decision::match(input, gathered.view->sensor);
    options.on_decided({event, gathered.facts, matches, decisions});
}

void Pipeline::Engine::remember(
    const Gathered& gathered, const std::vector<decision::Decision>& decisions
) {
    for (const auto& each : decisions) {
        const auto& record = each.record;
        ++figures.decisions[std::string{trust::to_string(record.runs_as)}];
        parts.log.info(
            "decided",
            {{"trigger", record.trigger},
             {"class", std::string{trust::to_string(record.runs_as)}},
             {"event", record.event_key},
             {"workload", record.workload},
             {"decision", each.digest}}
        );
        if (!each.workflow || options.mode == Mode::shadow) {
            continue;
        }
        auto situation = std::make_shared<Situation>();
        situation->event = gathered.item.event;
        situation->event_key = record.event_key;
        situation->inputs = gathered.inputs;
        std::erase_if(situation->inputs, [](const auto& input) { return input.what == "facts"; });
        situation->view = gathered.view;
        for (const auto& definition : gathered.definitions) {
            if (definition->at.path == record.definition.path
                && definition->at.commit.str() == record.definition.commit) {
                situation->definition = definition;
            }
        }
        situation->record = record;
        situation->facts_at = gathered.facts_at;
        situations[record.workload] = std::move(situation);
    }
    outbox.ring();
}

/// The configuration is wrong: nothing runs, and the change is told once for each state of it.
asio::awaitable<Status> Pipeline::Engine::refuse_project(Item item, Error fault) {
    const auto kind = item.event.kind();
    const bool is_worth_saying =
        kind == event::Kind::patchset_created || kind == event::Kind::comment_added;
    parts.log.error("configuration refused", {{"error", fault.message}});
    if (!is_worth_saying || !item.event.change || !item.event.patch_set
        || options.mode == Mode::shadow) {
        auto done = co_await end(std::move(item), store::InboxState::decided, fault.message);
        co_return done;
    }
    Notice notice;
    notice.project = item.event.project;
    notice.change = value_of(item.event.change->number);
    notice.revision = item.event.patch_set->revision;
    notice.text =
        "Seakeeper runs nothing for this project: its configuration is wrong.\n\n" + fault.message;
    notice.key = fmt::format("{}|{}|{}", notice.project, notice.change, fault.message);
    auto say = [notice, now = parts.clock.wall()](store::Rows& rows) {
        return say_once(rows, notice, now);
    };
    auto said = co_await parts.store.write(say);
    if (!said) {
        co_return said.error();
    }
    outbox.ring();
    auto done = co_await end(std::move(item), store::InboxState::decided, fault.message);
    co_return done;
}

} // namespace seakeeper::pipeline
