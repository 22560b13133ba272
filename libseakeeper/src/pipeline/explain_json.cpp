// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/pipeline/explain.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace seakeeper::pipeline {
namespace {

namespace json = boost::json;

constexpr std::string_view inbox_words[] = {"open", "decided", "duplicate", "ignored", "rejected"};
constexpr std::string_view effect_words[] = {"pending", "posted", "given-up"};
constexpr std::string_view outcome_words[] = {"matched", "not-matched", "needs-facts"};

json::value time_of(const std::optional<WallTime>& time) {
    return time ? json::value{to_rfc3339(*time)} : json::value{};
}

template <class T, class Make>
json::array array_of(const std::vector<T>& values, Make make) {
    json::array array;
    for (const auto& value : values) {
        array.emplace_back(make(value));
    }
    return array;
}

json::object of_trigger(const TriggerAnswer& trigger) {
    return json::object{
        {"trigger", trigger.name},
        {"project", trigger.project},
        {"outcome", outcome_words[static_cast<std::size_t>(trigger.outcome)]},
        {"why", trigger.why},
        {"file", trigger.place.file},
        {"line", trigger.place.line},
        {"column", trigger.place.column}};
}

json::object of_fact(const decision::FactSource& fact) {
    return json::object{
        {"what", fact.what},
        {"source", fact.source},
        {"failure", fact.failure},
        {"readAt", to_rfc3339(fact.read_at)}};
}

json::object of_condition(const ConditionAnswer& answer) {
    const auto& reason = trust::reason(answer.verdict.code);
    return json::object{
        {"condition", trust::to_string(answer.verdict.condition)},
        {"allows", trust::to_string(answer.verdict.value)},
        {"code", reason.id},
        {"meaning", reason.meaning},
        {"remedy", reason.remedy},
        {"detail", answer.verdict.detail},
        {"facts", array_of(answer.facts, of_fact)}};
}

json::value of_workload(const DecisionAnswer& answer) {
    if (!answer.workload) {
        return {};
    }
    const auto& row = *answer.workload;
    return json::object{
        {"name", row.id},
        {"state", store::to_string(row.state)},
        {"executor", row.executor},
        {"uid", row.uid},
        {"decided", to_rfc3339(row.decided)},
        {"started", time_of(row.started)},
        {"finished", time_of(row.finished)},
        {"message", answer.outcome},
        {"broken", array_of(answer.broken, [](const auto& step) { return json::value(step); })}};
}

json::object of_decision(const DecisionAnswer& answer) {
    json::object forced;
    for (const auto& [name, value] : answer.forced) {
        forced[name] = json::parse(value);
    }
    const auto gate = [](const decision::GateRecord& each) {
        return json::parse(decision::to_json(each));
    };
    return json::object{
        {"digest", answer.digest},
        {"record", json::parse(decision::to_json(answer.record))},
        {"why", trust::to_string(answer.record.verdict)},
        {"conditions", array_of(answer.conditions, of_condition)},
        {"forced", std::move(forced)},
        {"gates", array_of(answer.gates, gate)},
        {"workload", of_workload(answer)},
        {"isRecomputed", answer.recomputed.empty()},
        {"difference", answer.recomputed}};
}

json::object of_event(const EventAnswer& answer) {
    const auto& who = answer.event.actor;
    return json::object{
        {"sequence", answer.entry.sequence},
        {"received", to_rfc3339(answer.entry.line.received)},
        {"type", answer.event.type},
        {"subject", answer.entry.subject},
        {"actor", who && who->username ? json::value(*who->username) : json::value{}},
        {"key", answer.key},
        {"state", inbox_words[static_cast<std::size_t>(answer.entry.state)]},
        {"note", answer.entry.note},
        {"configuration",
         array_of(answer.configuration, [](const auto& each) { return json::value(each); })},
        {"triggers", array_of(answer.triggers, of_trigger)},
        {"gap", answer.gap},
        {"decisions", array_of(answer.decisions, of_decision)}};
}

json::object of_report(const ReportAnswer& answer) {
    const auto vote = [](const LabelVote& each) {
        return json::object{{"label", each.label}, {"value", each.value}};
    };
    return json::object{
        {"due", to_rfc3339(answer.due)},
        {"state", effect_words[static_cast<std::size_t>(answer.state)]},
        {"revision", answer.post.revision},
        {"votes", array_of(answer.post.votes, vote)},
        {"message", answer.post.message},
        {"attempts", answer.attempts},
        {"lastError", answer.last_error}};
}

} // namespace

std::string to_json(const Explanation& explanation) {
    return json::serialize(json::object{
        {"asked", explanation.asked},
        {"events", array_of(explanation.events, of_event)},
        {"reports", array_of(explanation.reports, of_report)}});
}

} // namespace seakeeper::pipeline
