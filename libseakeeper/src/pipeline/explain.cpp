// SPDX-License-Identifier: Apache-2.0
#include "pipeline/reports.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/pipeline/explain.hpp>
#include <seakeeper/workflow/definition.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seakeeper::pipeline {
namespace {

using decision::InputRef;

std::optional<std::int64_t> number_in(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size() || number < 0) {
        return std::nullopt;
    }
    return number;
}

bool is_digest(std::string_view text) {
    return text.size() >= 8 && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

/// Takes ",PS" or "/PS" off.
std::optional<std::uint32_t> take_patch_set(std::string_view& id) {
    const auto at = id.find_last_of(",/");
    if (at == id.npos || at == 0) {
        return std::nullopt;
    }
    const auto number = number_in(id.substr(at + 1));
    const bool is_behind_number = id[at - 1] >= '0' && id[at - 1] <= '9';
    if (!number || !is_behind_number || *number > 100'000) {
        return std::nullopt;
    }
    id = id.substr(0, at);
    return static_cast<std::uint32_t>(*number);
}

/// What of the manifest the definition does not say: ours.
std::vector<std::pair<std::string, std::string>>
forced_on(const decision::Decision& made, const workflow::Definition& definition) {
    std::vector<std::pair<std::string, std::string>> forced;
    const auto add =
        [&](const char* part, const boost::json::object& ours, const boost::json::object& theirs) {
            for (const auto& member : ours) {
                const auto* other = theirs.if_contains(member.key());
                if (other == nullptr || *other != member.value()) {
                    forced.emplace_back(
                        fmt::format("{}.{}", part, std::string_view{member.key()}),
                        boost::json::serialize(member.value())
                    );
                }
            }
        };
    const auto object_at = [](const boost::json::object& of, std::string_view key) {
        const auto* value = of.if_contains(key);
        return value != nullptr && value->is_object() ? value->get_object() : boost::json::object{};
    };
    boost::system::error_code fault;
    const auto value = boost::json::parse(made.workflow->json, fault);
    if (fault || !value.is_object()) {
        return forced;
    }
    const auto& manifest = value.get_object();
    add("metadata", object_at(manifest, "metadata"), object_at(definition.tree(), "metadata"));
    add("spec", object_at(manifest, "spec"), definition.spec());
    std::erase_if(forced, [](const auto& each) { return each.first == "spec.templates"; });
    return forced;
}

/// Puts one explanation together.
class Explaining {
public:
    explicit Explaining(store::History& history)
        : history_{history},
          recomputation_{[&history](const std::string& digest) { return history.input(digest); }} {}

    Status add(store::InboxEntry entry);
    Status add_reports(const std::string& subject);
    Explanation take() { return std::move(made_); }
    Explanation& made() { return made_; }

private:
    Status add_event(const store::InboxEntry& entry, event::Event event, std::string bytes);
    Status add_triggers(EventAnswer& answer, const std::string& bytes);
    Result<std::vector<InputRef>> inputs_of(const EventAnswer& answer);
    Result<DecisionAnswer> decision_of(const store::DecisionRow& row);
    void add_workload(DecisionAnswer& answer);

    store::History& history_;
    decision::Recomputation recomputation_;
    Explanation made_;
};

std::string key_of(const store::InboxEntry& entry, const event::Event& event) {
    if (auto key = event::semantic_key(event)) {
        return *key;
    }
    const bool is_key = entry.note.find('|') != std::string::npos
                        && (entry.state == store::InboxState::decided
                            || entry.state == store::InboxState::duplicate);
    return is_key ? entry.note : std::string{};
}

Status Explaining::add(store::InboxEntry entry) {
    auto event = event::parse(entry.line.bytes);
    if (!event) { // rejected: the note says why
        EventAnswer answer;
        answer.gap = event.error().message;
        answer.entry = std::move(entry);
        made_.events.push_back(std::move(answer));
        return {};
    }
    const bool is_batch = event->kind() == event::Kind::batch_ref_updated;
    for (auto& part : event::split_batch(std::move(*event))) {
        auto bytes = is_batch ? event::serialize(part) : entry.line.bytes;
        if (auto added = add_event(entry, std::move(part), std::move(bytes)); !added) {
            return added;
        }
    }
    return {};
}

Status
Explaining::add_event(const store::InboxEntry& entry, event::Event event, std::string bytes) {
    EventAnswer answer;
    answer.entry = entry;
    answer.key = key_of(entry, event);
    answer.event = std::move(event);
    if (entry.state == store::InboxState::decided && !answer.key.empty()) {
        auto rows = history_.decisions_of(answer.key);
        if (!rows) {
            return rows.error();
        }
        for (const auto& row : *rows) {
            auto decision = decision_of(row);
            if (!decision) {
                return decision.error();
            }
            answer.decisions.push_back(std::move(*decision));
        }
    }
    if (auto added = add_triggers(answer, bytes); !added) {
        return added;
    }
    made_.events.push_back(std::move(answer));
    return {};
}

/// Of its first decision, or of what it was considered from; empty: neither is stored.
Result<std::vector<InputRef>> Explaining::inputs_of(const EventAnswer& answer) {
    if (!answer.decisions.empty()) {
        auto inputs = answer.decisions.front().record.inputs;
        std::erase_if(inputs, [](const InputRef& input) { return input.what == "definition"; });
        return inputs;
    }
    auto rows = history_.considered(answer.entry.sequence);
    if (!rows) {
        return rows.error();
    }
    for (const auto& row : *rows) {
        if (rows->size() > 1 && !row.event_key.empty() && row.event_key != answer.key) {
            continue;
        }
        auto list = history_.input(row.list);
        if (!list) {
            return list.error();
        }
        return decision::inputs_from_json(*list);
    }
    return std::vector<InputRef>{};
}

Status Explaining::add_triggers(EventAnswer& answer, const std::string& bytes) {
    auto inputs = inputs_of(answer);
    if (!inputs) {
        return inputs.error();
    }
    if (inputs->empty()) {
        answer.gap = answer.entry.state == store::InboxState::decided
                         ? "what it was decided from is not stored"
                         : "no trigger was asked";
        return {};
    }
    auto links = decision::links_of(*inputs);
    if (!links) {
        return links.error();
    }
    for (const auto& link : *links) {
        answer.configuration.push_back(link.project.str() + "@" + link.commit.str());
    }
    auto considered = recomputation_.consider(*inputs, bytes);
    if (!considered) {
        answer.gap = considered.error().message;
        return {};
    }
    for (const auto& each : considered->matches) {
        TriggerAnswer trigger;
        trigger.name = each.trigger->name.str();
        trigger.project = each.trigger->definition.project.str();
        trigger.place = each.trigger->place;
        trigger.outcome = each.match.outcome;
        if (each.match.outcome != sensor::Outcome::matched) {
            trigger.why = sensor::explain(each.match, considered->event, &considered->facts);
            if (each.match.condition != nullptr && each.match.condition->line > 0) {
                trigger.place.line = each.match.condition->line;
                trigger.place.column = each.match.condition->column;
            }
        }
        answer.triggers.push_back(std::move(trigger));
    }
    for (auto& decision : answer.decisions) {
        for (const auto& verdict : decision.record.verdict.conditions) {
            decision.conditions.push_back(
                {verdict, decision::facts_behind(verdict.condition, considered->facts)}
            );
        }
    }
    return {};
}

Result<DecisionAnswer> Explaining::decision_of(const store::DecisionRow& row) {
    auto record = decision::record_from_json(row.record);
    if (!record) {
        return record.error();
    }
    DecisionAnswer answer;
    answer.digest = row.digest;
    answer.record = std::move(*record);
    auto again = recomputation_.again(answer.record);
    auto definition = recomputation_.definition_of(answer.record);
    if (!again) {
        answer.recomputed = again.error().message;
    } else if (auto same = decision::same_record(answer.record, again->record); !same) {
        answer.recomputed = same.error().message;
    }
    if (again && again->workflow && definition) {
        auto written = workflow::Definition::parse((*definition)->bytes, "definition");
        if (written) {
            answer.forced = forced_on(*again, *written);
        }
    }
    auto verdicts = history_.verdicts(row.digest);
    if (!verdicts) {
        return verdicts.error();
    }
    for (const auto& each : *verdicts) {
        auto gate = decision::gate_from_json(each.detail);
        if (!gate) {
            return gate.error();
        }
        answer.gates.push_back(std::move(*gate));
    }
    add_workload(answer);
    return answer;
}

void Explaining::add_workload(DecisionAnswer& answer) {
    if (answer.record.workload.empty()) {
        return;
    }
    auto workload = history_.workload(answer.record.workload);
    if (!workload) { // shadow mode decides and creates nothing
        return;
    }
    const auto outcome = outcome_from_json(workload->outcome);
    answer.outcome = outcome.message;
    for (const auto& step : outcome.broken) {
        answer.broken.push_back(
            step.exit_code ? fmt::format("{} (exit code {})", step.name, *step.exit_code)
                           : step.name
        );
    }
    answer.workload = std::move(*workload);
}

Status Explaining::add_reports(const std::string& subject) {
    auto effects = history_.effects_in(subject);
    if (!effects) {
        return effects.error();
    }
    for (const auto& effect : *effects) {
        auto post = effect.kind == "report" ? post_from_json(effect.payload)
                                            : Result<Post>{Error{Errc::unsupported, ""}};
        if (post) {
            made_.reports.push_back(
                {std::move(*post),
                 effect.state,
                 effect.not_before,
                 effect.attempts,
                 effect.last_error}
            );
        }
    }
    return {};
}

bool is_about(const store::InboxEntry& entry, std::uint32_t patch_set) {
    const auto event = event::parse(entry.line.bytes);
    return event && event->patch_set && value_of(event->patch_set->number) == patch_set;
}

Result<Explanation> of_subject(
    store::History& history, const std::string& subject, std::optional<std::uint32_t> patch_set
) {
    auto entries = history.lines_about(subject);
    if (!entries) {
        return entries.error();
    }
    Explaining explaining{history};
    for (auto& entry : *entries) {
        if (!patch_set || is_about(entry, *patch_set)) {
            if (auto added = explaining.add(std::move(entry)); !added) {
                return added.error();
            }
        }
    }
    if (explaining.made().events.empty()) {
        return Error{
            Errc::not_found,
            fmt::format("explaining {}: no event about it is stored", quoted(subject))};
    }
    if (auto added = explaining.add_reports(subject); !added) {
        return added.error();
    }
    return explaining.take();
}

Result<Explanation>
of_change(store::History& history, std::uint32_t number, std::optional<std::uint32_t> patch_set) {
    auto subjects = history.subjects_of(number);
    if (!subjects) {
        return subjects.error();
    }
    if (subjects->size() > 1) {
        return Error{
            Errc::conflict,
            fmt::format(
                "explaining change {}: {} and {} have it; accepted is PROJECT~{}",
                number,
                subjects->at(0),
                subjects->at(1),
                number
            )};
    }
    if (subjects->empty()) {
        return Error{
            Errc::not_found, fmt::format("explaining change {}: no event of it is stored", number)};
    }
    return of_subject(history, subjects->front(), patch_set);
}

Result<Explanation> of_line(store::History& history, store::Sequence sequence) {
    auto entry = history.line(sequence);
    if (!entry) {
        return entry.error();
    }
    Explaining explaining{history};
    const auto subject = entry->subject;
    if (auto added = explaining.add(std::move(*entry)); !added) {
        return added.error();
    }
    if (auto added = explaining.add_reports(subject); !added) {
        return added.error();
    }
    return explaining.take();
}

/// Of the event with this key; only that decision, if a digest is given.
Result<Explanation>
of_key(store::History& history, const std::string& key, const std::string& digest) {
    auto sequence = history.sequence_of(key);
    if (!sequence) {
        return sequence.error();
    }
    auto made = of_line(history, *sequence);
    if (!made) {
        return made;
    }
    std::erase_if(made->events, [&](const EventAnswer& event) { return event.key != key; });
    if (digest.empty()) {
        return made;
    }
    std::string workload = "(none)";
    for (auto& event : made->events) {
        std::erase_if(event.decisions, [&](const auto& each) { return each.digest != digest; });
        for (const auto& each : event.decisions) {
            workload = each.record.workload.empty() ? workload : each.record.workload;
        }
    }
    std::erase_if(made->reports, [&](const ReportAnswer& report) {
        return report.post.message.find(workload) == std::string::npos;
    });
    return made;
}

Result<Explanation> of_decision(store::History& history, Result<store::DecisionRow> row) {
    if (!row) {
        return row.error();
    }
    return of_key(history, row->event_key, row->digest);
}

Result<Explanation> explain_id(store::History& history, std::string_view id) {
    if (id.starts_with('@')) {
        const auto sequence = number_in(id.substr(1));
        if (sequence) {
            return of_line(history, *sequence);
        }
    }
    if (workflow::is_workload_id(id)) {
        auto workload = history.workload(id);
        if (!workload) {
            return workload.error();
        }
        return of_decision(history, history.decision(workload->decision));
    }
    if (id.find('|') != id.npos) {
        return of_key(history, std::string{id}, {});
    }
    auto rest = id;
    const auto patch_set = take_patch_set(rest);
    if (const auto number = number_in(rest); number && *number <= UINT32_MAX) {
        return of_change(history, static_cast<std::uint32_t>(*number), patch_set);
    }
    if (rest.find('~') != rest.npos) {
        return of_subject(history, std::string{rest}, patch_set);
    }
    if (is_digest(id)) {
        return of_decision(history, history.decision(id));
    }
    return Error{
        Errc::invalid_argument,
        fmt::format(
            "explaining {}: found none of PROJECT~NUMBER, NUMBER, PROJECT~NUMBER,PATCHSET, "
            "@SEQUENCE, "
            "an event's key, a workload's name and a decision's digest",
            quoted(id)
        )};
}

} // namespace

Result<Explanation> explain(store::History& history, std::string_view id) {
    auto made = explain_id(history, id);
    if (made) {
        made->asked = id;
    }
    return made;
}

} // namespace seakeeper::pipeline
