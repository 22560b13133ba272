// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/compare.hpp>
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

namespace seakeeper::decision {
namespace {

using sensor::Outcome;
using sensor::Trigger;

/// A trigger in both configurations; null: not there.
struct Pair {
    const Trigger* from = nullptr;
    const Trigger* to = nullptr;
};

/// A project in both.
struct Project {
    std::shared_ptr<const ProjectView> from;
    std::shared_ptr<const ProjectView> to;
    std::vector<Pair> changed; ///< triggers that are not the same
};

/// What one side says about an event and a trigger.
struct Answer {
    Outcome outcome = Outcome::not_matched;
    bool runs = false;
    trust::Class runs_as = trust::Class::denied;
    std::string words;
    bool waits = false;
};

bool is_same_file(SiteConfiguration& from, SiteConfiguration& to, const Pair& pair) {
    const auto before = from.definition(pair.from->definition);
    const auto after = to.definition(pair.to->definition);
    return before->digest == after->digest && before->fault == after->fault
           && before->at.path == after->at.path;
}

bool is_same_rule(const Trigger& a, const Trigger& b) {
    return a.definition.project == b.definition.project && a.requested == b.requested
           && a.otherwise_untrusted == b.otherwise_untrusted
           && a.wants_deployable == b.wants_deployable && a.parameters == b.parameters
           && a.report == b.report && a.conditions == b.conditions && a.kinds == b.kinds;
}

class Comparing {
public:
    Comparing(
        SiteConfiguration& from,
        SiteConfiguration& to,
        const gerrit::RecordedStream& events,
        const CompareOptions& options
    )
        : from_{from, circumstances_of_a_file(from.options())},
          to_{to, circumstances_of_a_file(to.options())}, events_{events}, options_{options},
          has_same_options_{from.options_digest() == to.options_digest()} {}

    Status line(std::size_t index);
    Comparison take();

private:
    Project& project(const ProjectName& name);
    Status event(event::Event event, const gerrit::RecordedLine& line);
    Status judge(
        const std::vector<Pair>& pairs, const event::Event& event, const gerrit::RecordedLine& line
    );
    Answer answer(
        Setting& side,
        const Trigger* trigger,
        const event::Event& event,
        gerrit::Facts& facts,
        WallTime now
    );
    void note(
        const Pair& pair,
        const Answer& from,
        const Answer& to,
        const event::Event& event,
        const gerrit::RecordedLine& line,
        const std::string& key
    );
    void
    add(const Pair& pair,
        Difference difference,
        DifferenceExample example,
        const std::string& project);

    Setting from_;
    Setting to_;
    const gerrit::RecordedStream& events_;
    CompareOptions options_;
    bool has_same_options_;
    std::unordered_map<std::string, Project> projects_;
    std::unordered_set<std::string> taken_;
    std::map<std::tuple<std::string, std::string, Difference>, TriggerDifference> found_;
    Comparison made_;
};

Project& Comparing::project(const ProjectName& name) {
    const auto [at, is_new] = projects_.try_emplace(name.str());
    auto& project = at->second;
    if (!is_new) {
        return project;
    }
    project.from = from_.site.view(name);
    project.to = to_.site.view(name);
    if (project.from->fault && !project.to->fault) {
        made_.refused_before[name.str()] = project.from->fault->message;
    }
    if (project.to->fault && !project.from->fault) {
        made_.refused_now[name.str()] = project.to->fault->message;
    }
    std::map<std::string, Pair> pairs;
    for (const auto& trigger : project.from->sensor.triggers) {
        pairs[trigger->name.str()].from = trigger.get();
    }
    for (const auto& trigger : project.to->sensor.triggers) {
        pairs[trigger->name.str()].to = trigger.get();
    }
    for (const auto& [trigger, pair] : pairs) {
        const bool is_same = has_same_options_ && pair.from != nullptr && pair.to != nullptr
                             && is_same_rule(*pair.from, *pair.to)
                             && is_same_file(from_.site, to_.site, pair);
        if (!is_same) {
            project.changed.push_back(pair);
        }
    }
    return project;
}

Answer Comparing::answer(
    Setting& side,
    const Trigger* trigger,
    const event::Event& event,
    gerrit::Facts& facts,
    WallTime now
) {
    Answer answer;
    if (trigger == nullptr) {
        answer.words = "there is no such trigger";
        return answer;
    }
    const auto& options = side.site.options();
    const auto match = sensor::evaluate(*trigger, event, &facts, options.self);
    answer.outcome = match.outcome;
    if (match.outcome != Outcome::matched) {
        answer.words = sensor::explain(match, event, &facts);
        answer.waits = match.outcome == Outcome::needs_facts;
        return answer;
    }
    const auto project = ProjectName::parse(event.project);
    side.site.put_into(facts, *project, now);
    const auto definition = side.site.definition(trigger->definition);
    const DecideInput input{
        .event = event,
        .facts = facts,
        .options = options,
        .event_key = {},
        .inputs = {},
        .definitions = std::span{&definition, 1},
        .histories = {},
        .channel = side.circumstances.channel,
        .plant = side.circumstances.plant,
        .now = now};
    const auto decision = decide(input, *trigger);
    const auto& record = decision.record;
    answer.runs = decision.workflow.has_value();
    answer.runs_as = record.runs_as;
    answer.waits = is_for_want_of_facts(std::span{&decision, 1});
    answer.words = answer.runs ? fmt::format("runs {}", trust::to_string(record.runs_as))
                   : record.faults.empty() ? "does not run: " + trust::to_string(record.verdict)
                                           : "does not run: " + record.faults.front();
    return answer;
}

void Comparing::add(
    const Pair& pair, Difference difference, DifferenceExample example, const std::string& project
) {
    const auto& trigger = pair.to != nullptr ? *pair.to : *pair.from;
    auto& found = found_[{trigger.definition.project.str(), trigger.name.str(), difference}];
    found.project = trigger.definition.project.str();
    found.trigger = trigger.name.str();
    found.difference = difference;
    ++found.events;
    found.projects.insert(project);
    if (found.examples.size() < options_.examples) {
        found.examples.push_back(std::move(example));
    }
}

std::string report_words(const sensor::ReportSpec& report) {
    if (report.is_silent) {
        return "reports nothing";
    }
    return report.label
               ? fmt::format("reports {} {:+}/{:+}", *report.label, report.success, report.failure)
               : std::string{"reports in words"};
}

void Comparing::note(
    const Pair& pair,
    const Answer& from,
    const Answer& to,
    const event::Event& event,
    const gerrit::RecordedLine& line,
    const std::string& key
) {
    const auto tell = [&](Difference difference, std::string before, std::string after) {
        add(pair,
            difference,
            {line.row, key, subject_key(event), std::move(before), std::move(after)},
            event.project);
    };
    if (from.runs != to.runs) {
        tell(to.runs ? Difference::starts : Difference::no_longer, from.words, to.words);
        return;
    }
    if (!from.runs) {
        return;
    }
    if (from.runs_as != to.runs_as) {
        tell(Difference::another_class, from.words, to.words);
    }
    if (pair.from->report != pair.to->report) {
        tell(
            Difference::another_report,
            report_words(pair.from->report),
            report_words(pair.to->report)
        );
    }
    if (pair.from->parameters != pair.to->parameters || !is_same_file(from_.site, to_.site, pair)) {
        tell(
            Difference::another_content,
            pair.from->definition.path,
            pair.to->definition.path
                + (pair.from->parameters == pair.to->parameters ? "" : " with other parameters")
        );
    }
}

Status Comparing::judge(
    const std::vector<Pair>& pairs, const event::Event& event, const gerrit::RecordedLine& line
) {
    const auto name = gerrit::recorded_name(event);
    const auto readings = events_.readings(name);
    const auto now =
        line.received.value_or(WallTime{std::chrono::seconds{event.created_on.value_or(0)}});
    std::vector<std::pair<Answer, Answer>> answers;
    std::string key;
    for (std::size_t i = 0; i < std::max<std::size_t>(readings, 1); ++i) {
        gerrit::Facts facts;
        facts.change.failure = facts.actor.failure = "not in the recording";
        if (readings > 0) {
            auto read = events_.reading(name, i);
            if (!read) {
                return read.error();
            }
            facts = std::move(*read);
        }
        const auto keys = event_keys(event, facts, line.bytes);
        const auto free = std::find_if(keys.begin(), keys.end(), [this](const auto& each) {
            return !taken_.contains(each);
        });
        if (free == keys.end()) {
            --made_.events;
            return {};
        }
        key = *free;
        answers.clear();
        bool waits = false;
        for (const auto& pair : pairs) {
            auto before = answer(from_, pair.from, event, facts, now);
            auto after = answer(to_, pair.to, event, facts, now);
            waits |= before.waits || after.waits;
            answers.emplace_back(std::move(before), std::move(after));
        }
        if (!waits) {
            break;
        }
    }
    taken_.insert(key);
    bool is_untold = false;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
        const auto& [before, after] = answers[i];
        is_untold |=
            before.outcome == Outcome::needs_facts || after.outcome == Outcome::needs_facts;
        note(pairs[i], before, after, event, line, key);
    }
    made_.untold += is_untold ? 1 : 0;
    return {};
}

Status Comparing::event(event::Event event, const gerrit::RecordedLine& line) {
    const auto name = ProjectName::parse(event.project);
    if (!name || event.kind() == event::Kind::dropped_output
        || is_own_doing(event, to_.site.options().self)) {
        return {};
    }
    ++made_.events;
    auto& about = project(*name);
    if (about.changed.empty()) {
        ++made_.unaffected;
        return {};
    }
    std::vector<Pair> open;
    for (const auto& pair : about.changed) {
        const auto may_match = [&](const Trigger* trigger, const Options& options) {
            return trigger != nullptr
                   && sensor::evaluate(*trigger, event, nullptr, options.self).outcome
                          != Outcome::not_matched;
        };
        if (may_match(pair.from, from_.site.options()) || may_match(pair.to, to_.site.options())) {
            open.push_back(pair);
        }
    }
    if (open.empty()) {
        return {};
    }
    return judge(open, event, line);
}

Status Comparing::line(std::size_t index) {
    auto line = events_.line(index);
    if (!line) {
        return line.error();
    }
    auto parsed = event::parse(line->bytes);
    if (!parsed) { // rejected under both
        return {};
    }
    for (auto& part : event::split_batch(std::move(*parsed))) {
        if (auto done = event(std::move(part), *line); !done) {
            return done;
        }
    }
    return {};
}

Comparison Comparing::take() {
    for (auto& [key, difference] : found_) {
        made_.differences.push_back(std::move(difference));
    }
    return std::move(made_);
}

} // namespace

std::string_view to_string(Difference difference) noexcept {
    switch (difference) {
    case Difference::starts:
        return "starts";
    case Difference::no_longer:
        return "no longer starts";
    case Difference::another_class:
        return "class changes";
    case Difference::another_report:
        return "report changes";
    case Difference::another_content:
        return "runs something else";
    }
    return "starts";
}

Result<Comparison> compare(
    SiteConfiguration& from,
    SiteConfiguration& to,
    const gerrit::RecordedStream& events,
    const CompareOptions& options
) {
    Comparing comparing{from, to, events, options};
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (auto done = comparing.line(i); !done) {
            return done.error();
        }
    }
    return comparing.take();
}

} // namespace seakeeper::decision
