// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/pipeline/explain.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

constexpr std::size_t short_digits = 12;
constexpr std::size_t shown_forced = 100;

std::string time_text(WallTime time) {
    auto text = to_rfc3339(time);
    text[10] = ' ';
    return text;
}

std::string_view word_of(store::InboxState state) {
    switch (state) {
    case store::InboxState::open:
        return "waits to be decided";
    case store::InboxState::decided:
        return "decided";
    case store::InboxState::duplicate:
        return "was told before";
    case store::InboxState::ignored:
        return "ignored";
    case store::InboxState::rejected:
        return "rejected";
    }
    return "";
}

std::string_view word_of(store::EffectState state) {
    switch (state) {
    case store::EffectState::pending:
        return "not posted yet";
    case store::EffectState::done:
        return "posted";
    case store::EffectState::dead:
        return "GIVEN UP";
    }
    return "";
}

std::string place_text(const TriggerAnswer& trigger) {
    return fmt::format("{}:{}:{}", trigger.place.file, trigger.place.line, trigger.place.column);
}

void add_trigger(std::string& out, const TriggerAnswer& trigger) {
    switch (trigger.outcome) {
    case sensor::Outcome::matched:
        out += fmt::format("  {:<16} matched\n", trigger.name);
        return;
    case sensor::Outcome::not_matched:
        out += fmt::format(
            "  {:<16} did not match: {}  ({})\n", trigger.name, trigger.why, place_text(trigger)
        );
        return;
    case sensor::Outcome::needs_facts:
        out += fmt::format(
            "  {:<16} could not be told: {}  ({})\n", trigger.name, trigger.why, place_text(trigger)
        );
        return;
    }
}

void add_condition(std::string& out, const ConditionAnswer& answer, trust::Class requested) {
    const auto& verdict = answer.verdict;
    const auto& reason = trust::reason(verdict.code);
    const bool holds = verdict.value >= requested;
    out += fmt::format(
        "      {:<4}{:<8} {}{}{}\n",
        trust::to_string(verdict.condition),
        holds ? "holds" : "allows " + std::string{trust::to_string(verdict.value)},
        reason.id,
        verdict.detail.empty() ? "" : ": ",
        verdict.detail
    );
    if (!holds) {
        out += fmt::format("          {}. {}\n", reason.meaning, reason.remedy);
    }
    for (const auto& fact : answer.facts) {
        out += fmt::format(
            "          {}{} {}{}\n",
            fact.what,
            fact.failure.empty() ? "" : " NOT READ (" + fact.failure + ")",
            fact.source,
            fact.read_at == WallTime{} ? "" : " at " + time_text(fact.read_at)
        );
    }
}

void add_workload(std::string& out, const DecisionAnswer& answer) {
    if (!answer.workload) {
        out += "    nothing was started\n";
        return;
    }
    const auto& row = *answer.workload;
    out += fmt::format("    run {} on {}: {}\n", row.id, row.executor, store::to_string(row.state));
    out += fmt::format("      decided  {}\n", time_text(row.decided));
    if (row.started) {
        out += fmt::format("      started  {}\n", time_text(*row.started));
    }
    if (row.finished) {
        out += fmt::format("      finished {}\n", time_text(*row.finished));
    }
    if (!answer.outcome.empty()) {
        out += fmt::format("      {}\n", answer.outcome);
    }
    for (const auto& step : answer.broken) {
        out += fmt::format("      broken: {}\n", step);
    }
}

void add_class(std::string& out, const decision::Record& record) {
    const bool runs = record.runs_as != trust::Class::denied;
    if (!runs) {
        out += fmt::format(
            "    DOES NOT RUN: asked for {}, is {}\n",
            trust::to_string(record.requested),
            trust::to_string(record.verdict)
        );
    } else {
        out += fmt::format(
            "    runs as {}, asked for {}{}\n",
            trust::to_string(record.runs_as),
            trust::to_string(record.requested),
            record.fallback ? ", which was not earned: " + trust::to_string(record.verdict) : ""
        );
    }
    for (const auto& fault : record.faults) {
        out += fmt::format("    fault: {}\n", fault);
    }
}

void add_decision(std::string& out, const DecisionAnswer& answer) {
    const auto& record = answer.record;
    out += fmt::format(
        "\n  DECISION about {}, {} at {}\n",
        record.trigger,
        answer.digest.substr(0, short_digits),
        time_text(record.decided_at)
    );
    add_class(out, record);
    out += fmt::format(
        "    definition {}@{}:{}\n",
        record.definition.project,
        record.definition.commit.substr(0, short_digits),
        record.definition.path
    );
    for (const auto& condition : answer.conditions) {
        add_condition(out, condition, record.requested);
    }
    for (const auto& [name, value] : answer.forced) {
        const bool is_long = value.size() > shown_forced;
        out += fmt::format(
            "    forced on: {} = {}{}\n", name, value.substr(0, shown_forced), is_long ? "..." : ""
        );
    }
    for (const auto& gate : answer.gates) {
        out += fmt::format(
            "    judged again at {} ({}): {}\n",
            decision::to_string(gate.gate),
            time_text(gate.judged_at),
            trust::to_string(gate.verdict)
        );
    }
    add_workload(out, answer);
    out += answer.recomputed.empty()
               ? "    recomputed from its stored inputs: the same record, byte for byte\n"
               : fmt::format("    RECOMPUTED DIFFERENTLY: {}\n", answer.recomputed);
}

void add_event(std::string& out, const EventAnswer& answer) {
    const auto& entry = answer.entry;
    const auto& who = answer.event.actor;
    out += fmt::format(
        "\n@{} {} {}{}: {}{}\n",
        entry.sequence,
        time_text(entry.line.received),
        answer.event.type.empty() ? "no event" : answer.event.type,
        who && who->username ? " by " + quoted(*who->username, 40) : "",
        word_of(entry.state),
        entry.note.empty() || entry.note == answer.key ? "" : " (" + entry.note + ")"
    );
    if (!answer.key.empty()) {
        out += fmt::format("  event {}\n", answer.key);
    }
    for (const auto& each : answer.configuration) {
        out += fmt::format("  configuration {}\n", each);
    }
    for (const auto& trigger : answer.triggers) {
        add_trigger(out, trigger);
    }
    if (!answer.gap.empty()) {
        out += fmt::format("  triggers: {}\n", answer.gap);
    }
    for (const auto& decision : answer.decisions) {
        add_decision(out, decision);
    }
}

void add_report(std::string& out, const ReportAnswer& answer) {
    std::string votes;
    for (const auto& vote : answer.post.votes) {
        votes += fmt::format(" {}{:+}", vote.label, vote.value);
    }
    out += fmt::format(
        "\nREPORT of {}:{} {}{}\n",
        time_text(answer.due),
        votes.empty() ? " message," : votes + ",",
        word_of(answer.state),
        answer.last_error.empty() ? "" : ": " + answer.last_error
    );
    std::string_view rest = answer.post.message;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        out += fmt::format("  | {}\n", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
}

} // namespace

std::string to_text(const Explanation& explanation) {
    std::string out = fmt::format(
        "{}: {} event{}\n",
        explanation.asked,
        explanation.events.size(),
        explanation.events.size() == 1 ? "" : "s"
    );
    for (const auto& event : explanation.events) {
        add_event(out, event);
    }
    for (const auto& report : explanation.reports) {
        add_report(out, report);
    }
    return out;
}

} // namespace seakeeper::pipeline
