// SPDX-License-Identifier: Apache-2.0
#include "judge.hpp"

#include <seakeeper/event/framer.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace attacks {

using namespace seakeeper;
using trust::Class;

namespace {

/// As the stream brings them: framed, parsed, a batch split.
std::vector<event::Event> events_of(const std::string& bytes) {
    event::Framer framer;
    framer.push(bytes + "\n");
    std::vector<event::Event> events;
    while (const auto line = framer.next()) {
        auto parsed = event::parse(*line);
        if (!parsed) {
            throw std::runtime_error("event: " + parsed.error().message);
        }
        for (auto& one : event::split_batch(std::move(parsed).value())) {
            events.push_back(std::move(one));
        }
    }
    return events;
}

gerrit::Facts facts_of(const json::object& told) {
    json::value facts = read_base(std::string{told.at("base").as_string()}).at("facts");
    facts = patched(std::move(facts), told.at("changes").as_array());
    auto read = gerrit::facts_from_json(facts.as_object());
    if (!read) {
        throw std::runtime_error(read.error().message);
    }
    return std::move(read).value();
}

event::Event only_event_of(const json::value& bytes) {
    auto events = events_of(bytes_of(bytes));
    if (events.size() != 1) {
        throw std::runtime_error("the row tells not one event");
    }
    return std::move(events.front());
}

std::string text_at(const json::value& manifest, const std::string& pointer) {
    boost::system::error_code error;
    const auto* found = manifest.find_pointer(pointer, error);
    return found == nullptr ? "absent" : json::serialize(*found);
}

/// Where it would run, and what the row wants to see of the object.
json::object created_by(const decision::Decision& decision, const World& world, const Row& row) {
    const auto& site = decision.executor == "trusted" ? world.options.trusted->site
                                                      : world.options.untrusted->site;
    const auto manifest = json::parse(decision.workflow->json);
    json::object created;
    created["namespace"] = text_at(manifest, "/metadata/namespace");
    created["serviceAccount"] = text_at(manifest, "/spec/serviceAccountName");
    created["nodeSelector"] = text_at(manifest, "/spec/nodeSelector");
    created["revision"] = decision.record.subject.revision.substr(0, 8);
    if (text_at(manifest, "/metadata/namespace") != '"' + site.namespace_ + '"') {
        throw std::runtime_error("the object is of another namespace than its executor");
    }
    if (const auto* pointers = row.json.if_contains("look_at")) {
        for (const auto& pointer : pointers->as_array()) {
            const std::string text{pointer.as_string()};
            created[text] = text_at(manifest, text);
        }
    }
    if (const auto* texts = row.json.if_contains("look_for")) {
        json::array found;
        for (const auto& text : texts->as_array()) {
            if (decision.workflow->json.find(bytes_of(text)) != std::string::npos) {
                found.push_back(text);
            }
        }
        created["found"] = std::move(found);
    }
    return created;
}

void note_codes(const trust::Verdict& verdict, std::vector<std::string>& codes) {
    for (const auto& condition : verdict.conditions) {
        codes.emplace_back(trust::reason(condition.code).id);
    }
}

json::array reasons_of(const trust::Verdict& verdict) {
    json::array reasons;
    for (const auto* condition : trust::limiting(verdict)) {
        reasons.emplace_back(
            std::string{to_string(condition->condition)} + " "
            + std::string{trust::reason(condition->code).id}
        );
    }
    return reasons;
}

/// Of a trusted verdict: what its trust stands on.
json::array grounds_of(const trust::Verdict& verdict) {
    json::array grounds;
    for (const auto& condition : verdict.conditions) {
        using enum trust::Condition;
        const auto& reason = trust::reason(condition.code);
        if (condition.condition == privilege || condition.condition == act) {
            grounds.emplace_back(reason.id);
        }
    }
    return grounds;
}

json::object told(const decision::Decision& decision, const World& world, const Row& row) {
    const auto& record = decision.record;
    json::object one;
    one["runs_as"] = to_string(record.runs_as);
    if (record.verdict.value == Class::trusted) {
        one["because"] = grounds_of(record.verdict);
    } else if (record.runs_as != record.requested) {
        one["says"] = trust::to_string(record.verdict);
        one["reasons"] = reasons_of(record.verdict);
    }
    if (record.fallback && record.runs_as == Class::denied) {
        one["fallback"] = reasons_of(*record.fallback);
    }
    if (!record.faults.empty()) {
        json::array faults;
        for (const auto& fault : record.faults) {
            faults.emplace_back(fault);
        }
        one["faults"] = std::move(faults);
    }
    if (decision.workflow) {
        one["creates"] = created_by(decision, world, row);
    } else {
        one["creates"] = nullptr;
    }
    return one;
}

/// The gates of a workload that was decided: the same event, facts and definition as they are then.
json::object judge_gates(
    const decision::DecideInput& input,
    const World& world,
    const Row& row,
    std::vector<std::string>& codes
) {
    const auto* later = row.json.if_contains("later");
    json::object gates;
    if (later == nullptr) {
        return gates;
    }
    auto then = input;
    json::value facts_then = gerrit::to_json(input.facts);
    const auto facts =
        gerrit::facts_from_json(
            patched(std::move(facts_then), later->at("changes").as_array()).as_object()
        )
            .value();
    const decision::DecideInput at_gate{
        input.event,
        facts,
        input.options,
        input.event_key,
        input.inputs,
        input.definitions,
        input.histories,
        input.channel,
        input.plant,
        input.retry,
        input.attempt,
        input.now};
    for (const auto& trigger : world.sensor.triggers) {
        const auto match =
            sensor::evaluate(*trigger, input.event, &input.facts, input.options.self);
        if (match.outcome != sensor::Outcome::matched) {
            continue;
        }
        const auto decided = decision::decide(input, *trigger);
        if (!decided.workflow) {
            continue;
        }
        const auto judged =
            decision::judge_gate(decision::Gate::before_create, decided.record, at_gate, *trigger);
        note_codes(judged.verdict, codes);
        json::object one;
        one["class"] = to_string(judged.verdict.value);
        one["reasons"] = reasons_of(judged.verdict);
        gates[trigger->name.str()] = std::move(one);
    }
    return gates;
}

/// What every trigger of the site says; those that do not match are left out.
json::object decide_row(const Row& row, const Switches& switches, std::vector<std::string>& codes) {
    const World world{row, switches};
    if (!world.fault.empty()) {
        return {{"configuration", world.fault}};
    }
    const auto& facts_told = row.json.at("facts").as_object();
    const auto facts = facts_of(facts_told);
    json::object triggers;
    json::object gates;
    for (const auto& event : events_of(bytes_of(row.json.at("event")))) {
        auto input = world.input(event, facts);
        std::optional<event::Event> asking;
        std::optional<gerrit::Facts> asked;
        if (const auto* retry = row.json.if_contains("retry")) {
            asking = only_event_of(retry->at("event"));
            asked = facts_of(retry->at("facts").as_object());
            input.retry.emplace(trust::RetryRequest{*asking, *asked});
        }
        for (const auto& match : decision::match(input, world.sensor)) {
            if (match.match.outcome != sensor::Outcome::matched) {
                continue;
            }
            const auto decision = decision::decide(input, *match.trigger);
            note_codes(decision.record.verdict, codes);
            if (decision.record.fallback) {
                note_codes(*decision.record.fallback, codes);
            }
            triggers[match.trigger->name.str()] = told(decision, world, row);
        }
        gates = judge_gates(input, world, row, codes);
    }
    json::object outcome;
    outcome["triggers"] = std::move(triggers);
    if (!gates.empty()) {
        outcome["gates"] = std::move(gates);
    }
    return outcome;
}

} // namespace

json::object outcome_of(const Row& row, const Switches& switches, std::vector<std::string>& codes) {
    return row.stage == "decision" ? decide_row(row, switches, codes) : outcome_of_text(row);
}

} // namespace attacks
