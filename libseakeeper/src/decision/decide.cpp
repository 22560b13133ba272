// SPDX-License-Identifier: Apache-2.0
#include "subject.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/trust/requirements.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::decision {
namespace {

using trust::Class;

const PreparedDefinition* find(const DecideInput& input, const sensor::Definition& at) {
    for (const auto& prepared : input.definitions) {
        if (prepared && prepared->at == at) {
            return prepared.get();
        }
    }
    return nullptr;
}

trust::DefinitionState
state_of(const DecideInput& input, const sensor::Definition& at, const PreparedDefinition* file) {
    trust::DefinitionState state;
    state.project = at.project;
    if (file != nullptr && file->fault.empty()) {
        state.commit = at.commit;
    }
    for (const auto& history : input.histories) {
        const bool is_rewound = history.last_seen && !history.is_descendant_of_last_seen;
        // What any project of the chain says decides which triggers there are.
        if (is_rewound || history.project == at.project) {
            state.last_seen = history.last_seen;
            state.is_descendant_of_last_seen = history.is_descendant_of_last_seen;
            state.rewound = is_rewound ? history.project : ProjectName{};
        }
        if (is_rewound) {
            break;
        }
    }
    return state;
}

trust::PolicyState policy_of(const PreparedDefinition* file, Class requested) {
    trust::PolicyState state;
    if (file == nullptr || !file->fault.empty()) {
        return state;
    }
    const auto& findings =
        requested == Class::trusted ? file->trusted_findings : file->untrusted_findings;
    state.is_accepted = findings.empty();
    if (!findings.empty()) {
        state.finding = workflow::to_string(findings.front());
    }
    return state;
}

trust::PlantState plant_of(const DecideInput& input) {
    auto plant = input.plant;
    if (!input.options.trusted) {
        plant.is_ready = false;
        plant.fault = "no executor of class trusted is configured";
    }
    return plant;
}

trust::Verdict judge(const DecideInput& input, const sensor::Definition& at, Class requested) {
    const auto* file = find(input, at);
    trust::ClassifierInput question{
        input.event,
        input.facts,
        input.options.trust,
        requested,
        input.channel,
        state_of(input, at, file),
        policy_of(file, requested),
        plant_of(input),
        input.retry,
        input.now};
    return trust::classify(question);
}

Class class_asked_for(const sensor::Trigger& trigger) {
    return trigger.requested == sensor::RequestedClass::trusted ? Class::trusted : Class::untrusted;
}

Record begin_record(const DecideInput& input, const sensor::Trigger& trigger) {
    Record record;
    record.server = input.options.server;
    record.event_key = input.event_key;
    record.event_type = input.event.type;
    record.trigger = trigger.name.str();
    record.requested = class_asked_for(trigger);
    record.otherwise =
        trigger.otherwise_untrusted ? trust::Otherwise::untrusted : trust::Otherwise::nothing;
    record.attempt = input.attempt;
    record.decided_at = input.now;
    record.inputs = input.inputs;
    const auto& at = trigger.definition;
    record.definition = {at.project.str(), at.commit.str(), at.path, {}};
    if (const auto* file = find(input, at)) {
        record.definition.blob = file->blob;
        if (!file->digest.empty()) {
            record.inputs.push_back(
                {"definition",
                 fmt::format("{}@{}:{}", at.project.str(), at.commit.str(), at.path),
                 file->digest}
            );
        }
    }
    return record;
}

/// The class it runs as, with the second verdict where the first was not enough.
void settle_class(const DecideInput& input, const sensor::Trigger& trigger, Record& record) {
    record.verdict = judge(input, trigger.definition, record.requested);
    record.runs_as = trust::runs_as(record.requested, record.otherwise, record.verdict.value);
    const bool falls_back =
        record.requested == Class::trusted && record.runs_as == Class::untrusted;
    if (!falls_back) {
        return;
    }
    record.fallback = judge(input, trigger.definition, Class::untrusted);
    record.runs_as = trust::meet(record.runs_as, record.fallback->value);
}

/// Why a definition cannot be used, one sentence each.
void add_faults(const PreparedDefinition* file, Record& record) {
    if (file == nullptr) {
        record.faults.push_back(
            fmt::format("{}:{} was not read", record.definition.project, record.definition.path)
        );
        return;
    }
    if (!file->fault.empty()) {
        record.faults.push_back(file->fault);
        return;
    }
    const bool was_for_trusted =
        record.requested == Class::trusted && record.otherwise == trust::Otherwise::nothing;
    const auto& findings = was_for_trusted ? file->trusted_findings : file->untrusted_findings;
    for (const auto& finding : findings) {
        record.faults.push_back(workflow::to_string(finding));
    }
}

workflow::WorkloadKey key_of(const Record& record) {
    workflow::WorkloadKey key;
    key.server = record.server;
    key.project = record.subject.project;
    key.change = record.subject.change;
    key.revision = record.subject.revision;
    key.definition_commit = record.definition.commit;
    key.workflow = record.definition.path;
    key.trust_class = record.runs_as;
    key.trigger = record.trigger + "|" + record.event_key;
    key.attempt = record.attempt;
    return key;
}

workflow::WorkloadBinding
binding_of(const Record& record, const sensor::Trigger& trigger, workflow::EventValues values) {
    workflow::WorkloadBinding binding;
    binding.workload = record.workload;
    binding.definition = fmt::format(
        "{}@{}:{}", record.definition.project, record.definition.commit, record.definition.path
    );
    binding.values = std::move(values);
    for (const auto& parameter : trigger.parameters) {
        binding.parameters.insert_or_assign(parameter.name, parameter.value);
    }
    return binding;
}

/// What is written down.
Decision sealed(Record record) {
    Decision decision;
    decision.json = to_json(record);
    decision.digest = sha256_hex(decision.json);
    decision.record = std::move(record);
    return decision;
}

Decision refused(Record record, std::string fault) {
    record.faults.push_back(std::move(fault));
    record.runs_as = Class::denied;
    record.workload.clear();
    return sealed(std::move(record));
}

/// For what it runs as.
Result<workflow::BoundWorkflow>
fill(const PreparedDefinition& file, Class runs_as, const workflow::WorkloadBinding& binding) {
    const auto& form = runs_as == Class::trusted ? file.trusted_form : file.untrusted_form;
    if (!form) {
        return Error{
            Errc::invalid_argument, "binding a workload: its definition was prepared for others"};
    }
    return *form ? (*form)->fill(binding) : (*form).error();
}

/// The manifest carries the digest of the record that says it runs; where it cannot be made,
/// another record is written that says so.
Decision bind_workload(
    const DecideInput& input,
    const sensor::Trigger& trigger,
    const Executor& executor,
    Record record
) {
    const auto subject = subject_of(input, *record.verdict.code);
    if (!subject) {
        return refused(std::move(record), "the event's project or ref has no valid name");
    }
    record.subject = record_of(*subject);
    record.workload = workflow::workload_id(key_of(record));
    auto binding = binding_of(record, trigger, workflow::event_values(input.event, *subject));
    const auto* file = find(input, trigger.definition);
    auto decision = sealed(std::move(record));
    binding.decision = decision.digest;
    auto bound = fill(*file, decision.record.runs_as, binding);
    if (!bound) {
        return refused(std::move(decision.record), bound.error().message);
    }
    decision.executor = executor.name;
    decision.workflow.emplace(std::move(bound).value());
    return decision;
}

/// The patch set that the event is about, for what is to be said on the change: the code that would
/// run, or, where none may, the one that the event names, if the change has it.
std::optional<CommitId> commit_spoken_of(const DecideInput& input, const trust::Verdict& verdict) {
    if (verdict.code) {
        return verdict.code;
    }
    if (!input.event.patch_set || !input.event.change || !input.facts.change) {
        return std::nullopt;
    }
    const auto& change = *input.facts.change;
    auto named = CommitId::parse(input.event.patch_set->revision);
    const bool is_ours = named && change.project.str() == input.event.change->project
                         && change.number == input.event.change->number
                         && change.revision(*named) != nullptr;
    return is_ours ? std::optional{std::move(*named)} : std::nullopt;
}

} // namespace

Decision decide(const DecideInput& input, const sensor::Trigger& trigger) {
    auto record = begin_record(input, trigger);
    settle_class(input, trigger, record);
    if (record.runs_as == Class::denied) {
        add_faults(find(input, trigger.definition), record);
        if (const auto commit = commit_spoken_of(input, record.verdict)) {
            if (const auto subject = subject_of(input, *commit)) {
                record.subject = record_of(*subject);
            }
        }
        return sealed(std::move(record));
    }
    const auto& executor =
        record.runs_as == Class::trusted ? input.options.trusted : input.options.untrusted;
    if (!executor) {
        return refused(std::move(record), "no executor of its class is configured");
    }
    return bind_workload(input, trigger, *executor, std::move(record));
}

std::vector<TriggerMatch> match(const DecideInput& input, const sensor::Sensor& sensor) {
    std::vector<TriggerMatch> matches;
    matches.reserve(sensor.triggers.size());
    for (const auto& trigger : sensor.triggers) {
        matches.push_back(
            {trigger.get(),
             sensor::evaluate(*trigger, input.event, &input.facts, input.options.self)}
        );
    }
    return matches;
}

std::vector<Decision> decide_all(const DecideInput& input, const sensor::Sensor& sensor) {
    std::vector<Decision> decisions;
    for (const auto& trigger : sensor.triggers) {
        const auto answer =
            sensor::evaluate(*trigger, input.event, &input.facts, input.options.self);
        if (answer.outcome == sensor::Outcome::matched) {
            decisions.push_back(decide(input, *trigger));
        }
    }
    return decisions;
}

std::optional<gerrit::FactsRequest> facts_needed(
    const event::Event& event,
    std::span<const sensor::Trigger* const> triggers,
    const Options& options
) {
    std::optional<gerrit::FactsRequest> request;
    for (const auto* trigger : triggers) {
        const auto answer = sensor::evaluate(*trigger, event, nullptr, options.self);
        if (answer.outcome == sensor::Outcome::not_matched) {
            continue;
        }
        auto needed = trust::requirements(event, class_asked_for(*trigger), options.trust);
        needed |= sensor::request_for(answer.needs);
        if (request) {
            *request |= needed;
        } else {
            request = std::move(needed);
        }
    }
    return request;
}

GateRecord judge_gate(
    Gate gate, const Record& record, const DecideInput& input, const sensor::Trigger& trigger
) {
    GateRecord judged;
    judged.gate = gate;
    judged.decision = digest_of(record);
    judged.inputs = input.inputs;
    judged.judged_at = input.now;
    judged.verdict = judge(input, trigger.definition, record.runs_as);
    // What it runs must still be what was decided; another commit is another workload.
    const bool is_same_code =
        judged.verdict.code && judged.verdict.code->str() == record.subject.revision;
    if (!is_same_code) {
        judged.verdict.value = Class::denied;
    }
    judged.verdict.value = trust::meet(judged.verdict.value, record.runs_as);
    return judged;
}

} // namespace seakeeper::decision
