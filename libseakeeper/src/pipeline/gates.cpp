// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"
#include "pipeline/stored_decision.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/trust/requirements.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace seakeeper::pipeline {
namespace {

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

/// What differs from the facts of the decision, which may be lost.
void compare(decision::GateRecord& gate, const std::string& before, const std::string& now) {
    boost::system::error_code fault;
    const auto decided = boost::json::parse(before, fault);
    const auto judged = fault ? boost::json::value{} : boost::json::parse(now, fault);
    if (!fault && decided.is_object() && judged.is_object()) {
        gate.differences = decision::differences(decided.get_object(), judged.get_object());
    }
}

} // namespace

/// From memory, or, after a restart, from what the decision's record names.
asio::awaitable<Result<std::shared_ptr<const Situation>>>
Pipeline::Engine::situation_of(store::WorkloadRow row, Deadline until) {
    if (const auto found = situations.find(row.id); found != situations.end()) {
        co_return found->second;
    }
    auto read = [digest = row.decision](store::Rows& rows) { return read_decision(rows, digest); };
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
        return is_of_facts(input) || input.what == "definition";
    });
    situation->facts_digest = digest_of_facts(stored->record);
    if (auto facts = facts_from_text(stored->facts)) {
        situation->rests_on = rests_on(*facts);
    }
    if (!stored->retry_event.empty()) {
        auto asked = event::parse(stored->retry_event);
        auto facts = facts_from_text(stored->retry_facts);
        if (!asked || !facts) {
            co_return asked ? facts.error() : asked.error();
        }
        situation->asker = std::make_shared<const Asker>(Asker{std::move(*asked), *facts});
    }
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

/// Facts of the event and, of another attempt, of who asked for it.
asio::awaitable<Result<Reread>>
Pipeline::Engine::read_again(std::shared_ptr<const Situation> situation, Deadline until) {
    std::vector<const sensor::Trigger*> triggers{situation->trigger()};
    auto request = decision::facts_needed(situation->event, triggers, options.decisions);
    if (!request) {
        co_return Error{Errc::corrupt, "judging again: its trigger does not want its event"};
    }
    Reread again;
    auto facts = co_await parts.facts.read(situation->event, std::move(*request), until);
    if (!facts) {
        co_return facts.error();
    }
    again.facts = std::move(*facts);
    auto used = co_await histories_of(situation->view, until);
    if (!used) {
        co_return used.error();
    }
    for (auto& config : *used) {
        again.histories.push_back(std::move(config.history));
    }
    if (situation->asker) {
        const auto& asked = situation->asker->event;
        auto about = trust::retry_requirements(asked, options.decisions.trust);
        auto of_asker = co_await parts.facts.read(asked, std::move(about), until);
        if (!of_asker) {
            co_return of_asker.error();
        }
        again.asker = std::move(*of_asker);
    }
    auto stored = [digest = situation->facts_digest](store::Rows& rows) {
        return rows.input(digest);
    };
    auto before = co_await parts.store.read(stored);
    again.before = before ? std::move(*before) : std::string{};
    co_return again;
}

asio::awaitable<Result<Passed>>
Pipeline::Engine::pass(decision::Gate gate, store::WorkloadRow row, Deadline until) {
    auto found = co_await situation_of(row, until);
    if (!found) {
        co_return found.error();
    }
    const auto situation = *found;
    const auto runs_as = situation->record.runs_as;
    const auto age = std::chrono::steady_clock::now() - situation->facts_at;
    if (gate == decision::Gate::before_create && runs_as == trust::Class::untrusted
        && age < options.gate_age) {
        co_return Passed{runs_as, {}};
    }
    auto again = co_await read_again(situation, until);
    if (!again) {
        co_return again.error();
    }
    const std::vector definitions{situation->definition};
    decision::DecideInput input{
        .event = situation->event,
        .facts = again->facts,
        .options = options.decisions,
        .event_key = situation->event_key,
        .inputs = situation->inputs,
        .definitions = definitions,
        .histories = again->histories,
        .channel = options.channel,
        .plant = options.plant,
        .attempt = row.attempt,
        .now = parts.clock.wall()};
    if (situation->asker) {
        input.retry.emplace(situation->asker->event, again->asker);
    }
    auto judged = judge(gate, *situation, again->facts, input);
    compare(judged.gate, again->before, judged.facts.bytes);
    const auto& verdict = judged.gate.verdict;
    const auto left = decision::class_after(situation->record, {judged.gate});
    const bool is_hopeless = row.decided + options.patience < parts.clock.wall();
    // Of a run under way what cannot be read any more counts as gone.
    if (gate != decision::Gate::while_running && left < runs_as
        && trust::is_for_want_of_facts(verdict) && !is_hopeless) {
        co_return Error{Errc::unavailable, "judging again: " + trust::to_string(verdict)};
    }
    Passed passed{left, left < runs_as ? trust::to_string(verdict) : std::string{}};
    auto kept = co_await keep_verdict(std::move(judged), row.decision, left);
    if (!kept) {
        co_return kept.error();
    }
    co_return passed;
}

asio::awaitable<Status>
Pipeline::Engine::keep_verdict(Judged judged, std::string decided, trust::Class left) {
    const store::VerdictRow row{
        std::move(decided),
        std::string{decision::to_string(judged.gate.gate)},
        std::string{trust::to_string(left)},
        decision::to_json(judged.gate),
        judged.gate.judged_at,
        judged.facts.digest};
    auto keep = [facts = std::move(judged.facts), row](store::Rows& rows) -> Status {
        if (auto put = rows.put_input(facts); !put) {
            return put;
        }
        return rows.append_verdict(row);
    };
    auto kept = co_await parts.store.write(keep);
    co_return kept;
}

} // namespace seakeeper::pipeline
