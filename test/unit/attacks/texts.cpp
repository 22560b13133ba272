// SPDX-License-Identifier: Apache-2.0
// Rows that end before there is a decision.
#include "gerrit/rest_answer.hpp"
#include "judge.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/event/framer.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>
#include <seakeeper/report/message.hpp>
#include <seakeeper/sensor/pattern.hpp>
#include <seakeeper/workflow/definition.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <functional>
#include <map>
#include <stdexcept>

namespace attacks {

using namespace seakeeper;
using trust::Class;

namespace {

constexpr std::string_view good_line =
    R"({"type":"project-created","projectName":"demo/app","headName":"refs/heads/master"})";

/// The hostile line, then a good one: the stream goes on.
json::object judge_line(const Row& row) {
    event::Framer framer;
    json::object outcome;
    json::array answers;
    framer.push(bytes_of(row.json.at("line")));
    const auto read = [&] {
        while (const auto line = framer.next()) {
            const auto parsed = event::parse(*line);
            answers.emplace_back(
                parsed ? "read as " + std::string{event::to_string(parsed->kind())}
                       : std::string{parsed.error().code.message()}
            );
        }
    };
    read();
    framer.push("\n" + std::string{good_line} + "\n");
    read();
    outcome["answers"] = std::move(answers);
    outcome["dropped"] = framer.oversize_lines();
    return outcome;
}

json::object judge_names(const Row& row) {
    const std::map<std::string, std::function<bool(const std::string&)>> readers{
        {"ref", [](const auto& text) { return RefName::parse(text).has_value(); }},
        {"project", [](const auto& text) { return ProjectName::parse(text).has_value(); }},
        {"commit", [](const auto& text) { return CommitId::parse(text).has_value(); }},
        {"path", [](const auto& text) { return git::path_fault(text) == nullptr; }},
    };
    json::array accepted;
    for (const auto& name : row.json.at("names").as_array()) {
        const auto& reader = readers.at(std::string{name.at("kind").as_string()});
        if (reader(bytes_of(name.at("text")))) {
            accepted.push_back(name);
        }
    }
    json::object outcome;
    outcome["accepted"] = std::move(accepted);
    return outcome;
}

json::array rules_of(const std::vector<workflow::Finding>& findings) {
    json::array rules;
    for (const auto& finding : findings) {
        rules.emplace_back(std::to_string(finding.place.line) + " " + finding.rule);
    }
    return rules;
}

json::object judge_definition(const Row& row) {
    const auto site = read_base("site");
    json::object outcome;
    const auto definition =
        workflow::Definition::parse(bytes_of(row.json.at("definition")), "ci/build.yaml");
    if (!definition) {
        outcome["fault"] = definition.error().message;
        return outcome;
    }
    for (const auto of : {Class::untrusted, Class::trusted}) {
        const std::string name{to_string(of)};
        const auto policy = policy_from(site.at(name + "_policy").as_object(), of);
        outcome[name] = rules_of(workflow::police(*definition, policy));
    }
    return outcome;
}

json::object judge_pattern(const Row& row) {
    const std::vector<std::string> patterns{bytes_of(row.json.at("pattern"))};
    sensor::PatternPool pool;
    const auto list = pool.compile(patterns, sensor::PatternStyle::text);
    json::object outcome;
    if (!list) {
        outcome["fault"] = list.error().message;
    } else {
        outcome["matches"] = list->matches(bytes_of(row.json.at("text")));
    }
    return outcome;
}

json::array found_in(const std::string& text, const json::array& wanted) {
    json::array found;
    for (const auto& part : wanted) {
        if (text.find(bytes_of(part)) != std::string::npos) {
            found.push_back(part);
        }
    }
    return found;
}

json::object judge_report(const Row& row) {
    report::RunReport run;
    run.workload = "sk-aaaa";
    run.trigger = "gate";
    run.state = "failed";
    run.trust_class = "untrusted";
    const auto& told = row.json.at("report").as_object();
    report::BrokenStep step;
    step.name = bytes_of(told.at("step"));
    step.message = bytes_of(told.at("message"));
    step.last_lines = bytes_of(told.at("log"));
    run.message = bytes_of(told.at("message"));
    run.broken.push_back(std::move(step));
    const auto text = report::compose(std::span{&run, 1});
    json::object outcome;
    outcome["is_utf8"] = is_valid_utf8(text);
    outcome["is_within_limit"] = text.size() <= report::message_bytes;
    outcome["is_clean"] = sanitized(text, text.size()) == text;
    outcome["ends_in_marker"] = text.ends_with("\n" + report::marker("sk-aaaa", "failed"));
    outcome["found"] = found_in(text, row.json.at("look_for").as_array());
    return outcome;
}

json::object judge_status(const Row& row) {
    const auto read = kubernetes::read_workflow_status(row.json.at("workflow").as_object());
    json::object outcome;
    if (!read) {
        outcome["fault"] = read.error().message;
        return outcome;
    }
    outcome["phase"] = kubernetes::to_string(read->phase);
    outcome["is_terminal"] = read->is_terminal();
    return outcome;
}

/// The one stage whose function is not public: the answers' reader of the Gerrit client.
json::object judge_answer(const Row& row) {
    const auto& told = row.json.at("answer").as_object();
    const auto type = bytes_of(told.at("content_type"));
    const auto body = bytes_of(told.at("body"));
    const gerrit::Answer answer{told.at("status").to_number<int>(), type, body};
    const auto read = gerrit::json_of(answer, gerrit::Repeatable::yes);
    json::object outcome;
    outcome["answer"] = read ? "read" : read.error().code.message();
    return outcome;
}

json::object judge_keys(const Row& row) {
    json::array keys;
    for (const auto& line : row.json.at("lines").as_array()) {
        const auto parsed = event::parse(bytes_of(line));
        keys.emplace_back(parsed ? event::semantic_key(*parsed).value_or("none") : "not read");
    }
    json::object outcome;
    outcome["keys"] = std::move(keys);
    return outcome;
}

} // namespace

json::object outcome_of_text(const Row& row) {
    const std::map<std::string, std::function<json::object(const Row&)>> stages{
        {"line", judge_line},
        {"names", judge_names},
        {"definition", judge_definition},
        {"pattern", judge_pattern},
        {"report", judge_report},
        {"status", judge_status},
        {"keys", judge_keys},
        {"answer", judge_answer},
    };
    const auto stage = stages.find(row.stage);
    if (stage == stages.end()) {
        throw std::runtime_error("no stage " + row.stage);
    }
    return stage->second(row);
}

} // namespace attacks
