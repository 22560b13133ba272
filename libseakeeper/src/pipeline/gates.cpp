// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/parse.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace seakeeper::pipeline {

/// What a gate said, and what it was said from.
struct Judged {
    decision::GateRecord gate;
    store::Input facts;
};

namespace {

/// Record and event bytes of a decision, as they were stored.
struct Stored {
    decision::Record record;
    std::string event;
};

Result<Stored> read_stored(store::Rows& rows, const std::string& digest) {
    auto row = rows.decision(digest);
    if (!row) {
        return row.error();
    }
    auto record = decision::record_from_json(row->record);
    if (!record) {
        return record.error();
    }
    Stored stored;
    stored.record = std::move(*record);
    for (const auto& input : stored.record.inputs) {
        if (input.what == "event") {
            auto bytes = rows.input(input.digest);
            if (!bytes) {
                return bytes.error();
            }
            stored.event = std::move(*bytes);
        }
    }
    return stored;
}

Result<sensor::Definition> definition_of(const decision::Record& record) {
    auto project = ProjectName::parse(record.definition.project);
    if (!project) {
        return project.error();
    }
    auto commit = CommitId::parse(record.definition.commit);
    if (!commit) {
        return commit.error();
    }
    return sensor::Definition{std::move(*project), std::move(*commit), record.definition.path};
}

Judged judge(
    decision::Gate gate,
    const Situation& situation,
    const gerrit::Facts& facts,
    const decision::DecideInput& base
) {
    Judged judged;
    judged.facts.bytes = boost::json::serialize(gerrit::to_json(facts));
    judged.facts.digest = sha256_hex(judged.facts.bytes);
    auto input = base;
    input.inputs.push_back({"facts", "", judged.facts.digest});
    judged.gate = decision::judge_gate(gate, situation.record, input, *situation.trigger());
    return judged;
}

} // namespace

/// From memory, or, after a restart, from what the decision's record names.
asio::awaitable<Result<std::shared_ptr<const Situation>>>
Pipeline::Engine::situation_of(store::WorkloadRow row, Deadline until) {
    if (const auto found = situations.find(row.id); found != situations.end()) {
        co_return found->second;
    }
    auto read = [digest = row.decision](store::Rows& rows) { return read_stored(rows, digest); };
    auto stored = co_await parts.store.read(read);
    if (!stored) {
        co_return stored.error();
    }
    auto event = event::parse(stored->event);
    if (!event) {
        co_return event.error();
    }
    auto project = ProjectName::parse(row.project);
    if (!project) {
        co_return project.error();
    }
    auto situation = std::make_shared<Situation>();
    situation->event = std::move(*event);
    situation->event_key = stored->record.event_key;
    situation->inputs = stored->record.inputs;
    std::erase_if(situation->inputs, [](const auto& input) {
        return input.what == "facts" || input.what == "definition";
    });
    auto view = co_await projects.view_of(*project, situation->inputs, until);
    if (!view) {
        co_return view.error();
    }
    situation->view = std::move(*view);
    auto at = definition_of(stored->record);
    if (!at) {
        co_return at.error();
    }
    auto definition = co_await projects.definition(*at, until);
    if (!definition) {
        co_return definition.error();
    }
    situation->definition = std::move(*definition);
    situation->record = std::move(stored->record);
    std::shared_ptr<const Situation> made = std::move(situation);
    if (made->trigger() == nullptr) {
        co_return Error{
            Errc::corrupt,
            fmt::format("judging {} again: its trigger is not in its configuration", row.id)};
    }
    situations[row.id] = made;
    co_return made;
}

asio::awaitable<Result<trust::Class>>
Pipeline::Engine::pass(decision::Gate gate, store::WorkloadRow row, Deadline until) {
    auto found = co_await situation_of(row, until);
    if (!found) {
        co_return found.error();
    }
    const auto situation = *found;
    const auto age = std::chrono::steady_clock::now() - situation->facts_at;
    const bool is_untrusted = situation->record.runs_as == trust::Class::untrusted;
    if (gate == decision::Gate::before_create && is_untrusted && age < options.gate_age) {
        co_return situation->record.runs_as;
    }
    auto again = co_await judge_again(gate, situation, row.attempt, until);
    if (!again) {
        co_return again.error();
    }
    if (!*again) {
        co_return trust::Class::denied;
    }
    auto judged = std::make_shared<const Judged>(std::move(**again));
    const auto& verdict = judged->gate.verdict;
    const auto left = decision::class_after(situation->record, {judged->gate});
    const bool is_hopeless = row.decided + options.patience < parts.clock.wall();
    if (left < situation->record.runs_as && trust::is_for_want_of_facts(verdict) && !is_hopeless) {
        co_return Error{Errc::unavailable, "judging again: " + trust::to_string(verdict)};
    }
    store::VerdictRow stored{
        row.decision,
        std::string{decision::to_string(gate)},
        std::string{trust::to_string(left)},
        decision::to_json(judged->gate),
        judged->gate.judged_at};
    auto keep = [judged, stored](store::Rows& rows) -> Status {
        if (auto put = rows.put_input(judged->facts); !put) {
            return put;
        }
        return rows.append_verdict(stored);
    };
    auto kept = co_await parts.store.write(keep);
    if (!kept) {
        co_return kept.error();
    }
    co_return left;
}

asio::awaitable<Result<std::optional<Judged>>> Pipeline::Engine::judge_again(
    decision::Gate gate,
    std::shared_ptr<const Situation> situation,
    std::uint32_t attempt,
    Deadline until
) {
    std::vector<const sensor::Trigger*> triggers{situation->trigger()};
    auto request = decision::facts_needed(situation->event, triggers, options.decisions);
    if (!request) {
        co_return std::optional<Judged>{};
    }
    auto facts = co_await parts.facts.read(situation->event, std::move(*request), until);
    if (!facts) {
        co_return facts.error();
    }
    auto history = co_await history_of(situation->trigger()->definition, until);
    if (!history) {
        co_return history.error();
    }
    const std::vector<decision::ConfigHistory> histories{*history};
    const std::vector definitions{situation->definition};
    const decision::DecideInput input{
        .event = situation->event,
        .facts = *facts,
        .options = options.decisions,
        .event_key = situation->event_key,
        .inputs = situation->inputs,
        .definitions = definitions,
        .histories = histories,
        .channel = options.channel,
        .plant = options.plant,
        .attempt = attempt,
        .now = parts.clock.wall()};
    co_return std::optional<Judged>{judge(gate, *situation, *facts, input)};
}

} // namespace seakeeper::pipeline
