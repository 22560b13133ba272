// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "pipeline/commit.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/recognition.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/event_key.hpp>

#include <fmt/format.h>

#include <algorithm>

// Decisions become durable, with all that follows from them, in one transaction.
namespace seakeeper::pipeline {
namespace {

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

/// Said once for each set of reasons: another reason is news.
std::string notice_key(const decision::Record& record) {
    auto key = fmt::format(
        "{}|{}|{}|{}|{}",
        record.subject.project,
        record.subject.change,
        record.subject.revision,
        record.trigger,
        record.definition.commit
    );
    for (const auto* condition : trust::limiting(record.verdict)) {
        key += fmt::format("|{}", trust::reason(condition->code).id);
    }
    return key;
}

/// Whether a change is told that nothing runs. Not of an upload that was outdated when it was
/// looked at: the newer patch set has its own runs.
bool is_worth_saying(const decision::Record& record, const event::Event& event) {
    const auto held = trust::limiting(record.verdict);
    const bool is_outdated = std::any_of(held.begin(), held.end(), [](const auto* condition) {
        return condition->code == trust::ReasonCode::code_superseded;
    });
    return record.subject.change != 0 && !record.subject.revision.empty()
           && !(is_outdated && event.kind() == event::Kind::patchset_created);
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
    if (record.requested == trust::Class::trusted && record.subject.change != 0) {
        entry.act = act_of(record, decision.digest);
        entry.waits_for = waited_for(record, gathered.facts);
    }
    const auto* trigger = find_trigger(gathered.view->sensor, record.trigger);
    if (trigger == nullptr || mode == Mode::shadow) {
        return entry;
    }
    if (decision.workflow) {
        const bool is_private = gathered.facts.change && gathered.facts.change->is_private;
        entry.workload = workload_of(decision, *trigger, is_private);
        entry.manifest = decision.workflow->json;
        if (gathered.facts.change) {
            entry.claimed = claimed_end(*gathered.facts.change, record.workload);
        }
    } else if (!trigger->report.is_silent && is_worth_saying(record, gathered.item.event)) {
        const auto& subject = record.subject;
        entry.notice = Notice{
            subject.project,
            subject.change,
            subject.revision,
            notice_key(record),
            denial_of(record)};
    }
    return entry;
}

/// Gerrit answered, and did not tell: after so many tries that is its answer. (Where it does not
/// answer at all, reading the facts has failed before.)
constexpr std::uint32_t tries_for_facts = 5;

/// The configuration moved since it was read; or a merge that Gerrit's index may not show yet.
bool may_change_soon(const decision::Record& record) {
    const auto held = trust::limiting(record.verdict);
    return std::any_of(held.begin(), held.end(), [](const auto* condition) {
        return condition->code == trust::ReasonCode::definition_moved
               || condition->code == trust::ReasonCode::direct_push;
    });
}

/// Reading again may give another class: facts were missing, or the configuration has moved since
/// it was read. Nothing: decide.
std::optional<Error>
reason_to_wait(const std::vector<decision::Decision>& decisions, std::uint32_t tries) {
    for (const auto& each : decisions) {
        const auto& record = each.record;
        // A definition with faults was read; reading it again will not mend it.
        const bool wants_facts =
            record.faults.empty() && trust::is_for_want_of_facts(record.verdict);
        if (tries < tries_for_facts && record.runs_as < record.requested
            && (wants_facts || may_change_soon(record))) {
            return Error{Errc::unavailable, "deciding: " + trust::to_string(record.verdict)};
        }
    }
    return std::nullopt;
}

} // namespace

decision::DecideInput Pipeline::Engine::input_of(const Gathered& gathered, std::string key) const {
    decision::DecideInput input{
        .event = gathered.item.event,
        .facts = gathered.facts,
        .options = options.decisions,
        .event_key = std::move(key),
        .inputs = gathered.inputs,
        .definitions = gathered.definitions,
        .histories = gathered.histories,
        .channel = options.channel,
        .plant = options.plant,
        .attempt = gathered.attempt,
        .now = parts.clock.wall()};
    if (gathered.asker) {
        input.retry.emplace(gathered.asker->event, gathered.asker->facts);
    }
    return input;
}

std::vector<decision::Decision>
Pipeline::Engine::decide_all(const Gathered& gathered, std::string key) const {
    const auto input = input_of(gathered, std::move(key));
    std::vector<decision::Decision> decisions;
    for (const auto& trigger : gathered.triggers) {
        const auto answer =
            sensor::evaluate(*trigger, input.event, &input.facts, options.decisions.self);
        if (answer.outcome == sensor::Outcome::matched) {
            decisions.push_back(decision::decide(input, *trigger));
        }
    }
    return decisions;
}

/// Decisions about the event and those that it lets be made again, ready to be written.
struct Pipeline::Engine::Made {
    std::vector<decision::Decision> decisions;
    std::vector<decision::Decision> again; ///< by index of Gathered::again; without a record: none
    Commit commit;
};

Pipeline::Engine::Made Pipeline::Engine::make(const Gathered& gathered, const std::string& key) {
    Made made;
    made.decisions = decide_all(gathered, key);
    made.commit.key = key;
    made.commit.end = {
        gathered.item.sequence,
        store::InboxState::decided,
        key,
        decision::subject_key(gathered.item.event)};
    if (made.decisions.empty()) {
        made.commit.considered = considered_of(gathered, key);
    }
    made.commit.ends_line = unfinished[gathered.item.sequence] <= 1;
    made.commit.imprint = imprint_of(gathered.item.event);
    if (key.starts_with("msg|")) {
        made.commit.imprint.trace.reset(); // counted by its key, not once more
    }
    made.commit.newer = new_patch_set(gathered.item.event);
    made.commit.context = report_context();
    const auto add = [&](const Gathered& about, const std::vector<decision::Decision>& decisions) {
        made.commit.blobs.insert(made.commit.blobs.end(), about.blobs.begin(), about.blobs.end());
        if (!decisions.empty()) {
            made.commit.configs.insert(
                made.commit.configs.end(), about.configs.begin(), about.configs.end()
            );
        }
        for (const auto& decision : decisions) {
            made.commit.entries.push_back(entry_of(decision, about, options.mode));
        }
    };
    add(gathered, made.decisions);
    for (const auto& original : gathered.again) {
        auto decisions = decide_all(original, original.keys.front());
        if (original.is_only_for_trust) {
            std::erase_if(decisions, [](const decision::Decision& each) {
                return each.record.runs_as != trust::Class::trusted;
            });
        }
        add(original, decisions);
        made.again.push_back(
            decisions.empty() ? decision::Decision{} : std::move(decisions.front())
        );
    }
    return made;
}

asio::awaitable<Status> Pipeline::Engine::commit(Gathered gathered) {
    std::string key;
    for (const auto& candidate : gathered.keys) {
        key = candidate;
        auto made = std::make_shared<Made>(make(gathered, key));
        if (auto wait = reason_to_wait(made->decisions, gathered.item.tries)) {
            projects.forget(gathered.item.event.project);
            co_return std::move(*wait);
        }
        auto recognized = co_await recognize(made->commit.entries);
        if (!recognized) {
            co_return recognized;
        }
        if (auto hit = SEAKEEPER_FAILPOINT("F4.before"); !hit) {
            co_return hit;
        }
        auto transaction = [made](store::Rows& rows) { return write(rows, made->commit); };
        auto written = co_await parts.store.write(transaction);
        [[maybe_unused]] auto after = SEAKEEPER_FAILPOINT("F4.after");
        if (!written) {
            co_return written.error();
        }
        if (*written) {
            if (!made->commit.ends_line && unfinished[gathered.item.sequence] <= 1) {
                // The other parts ended meanwhile. Should this fail, the next start does it.
                auto end_line = [made](store::Rows& rows) {
                    return rows.end_line(made->commit.end);
                };
                [[maybe_unused]] auto ended = co_await parts.store.write(end_line);
            }
            begin_soon(made->commit);
            remember(gathered, made->decisions);
            for (std::size_t i = 0; i < made->again.size(); ++i) {
                if (!made->again[i].digest.empty()) {
                    remember(gathered.again[i], {made->again[i]});
                }
            }
            tell(gathered, made->decisions);
            count_end(gathered.item.sequence, store::InboxState::decided);
            co_return Status{};
        }
    }
    auto duplicate = std::move(gathered.item);
    auto done = co_await end(std::move(duplicate), store::InboxState::duplicate, std::move(key));
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
            {{"project", gathered.item.event.project},
             {"trigger", record.trigger},
             {"class", std::string{trust::to_string(record.runs_as)}},
             {"why", why_of(record)},
             {"key", record.event_key},
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
        std::erase_if(situation->inputs, is_of_facts);
        situation->view = gathered.view;
        for (const auto& definition : gathered.definitions) {
            if (definition->at.path == record.definition.path
                && definition->at.commit.str() == record.definition.commit) {
                situation->definition = definition;
            }
        }
        situation->record = record;
        situation->rests_on = rests_on(gathered.facts);
        situation->facts_digest = digest_of_facts(record);
        situation->asker = gathered.asker;
        situation->facts_at = gathered.facts_at;
        situations[record.workload] = std::move(situation);
    }
    outbox.ring();
}

} // namespace seakeeper::pipeline
