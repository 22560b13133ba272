// SPDX-License-Identifier: Apache-2.0
#include "core/json_text.hpp"

#include <seakeeper/decision/compare.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace seakeeper::decision {
namespace {

constexpr std::size_t shown_projects = 20;

void add(std::string& out, const TriggerDifference& each) {
    out += fmt::format(
        "{} ({}): {}, {} event{} of {} project{}\n",
        each.trigger,
        each.project,
        to_string(each.difference),
        each.events,
        each.events == 1 ? "" : "s",
        each.projects.size(),
        each.projects.size() == 1 ? "" : "s"
    );
    std::size_t shown = 0;
    std::string names;
    for (const auto& project : each.projects) {
        if (++shown > shown_projects) {
            names += fmt::format(" and {} more", each.projects.size() - shown_projects);
            break;
        }
        names += " " + project;
    }
    out += fmt::format("  projects:{}\n", names);
    for (const auto& example : each.examples) {
        out += fmt::format("  row {} {} ({})\n", example.row, example.subject, example.event);
        out += fmt::format("    before: {}\n    now:    {}\n", example.from, example.to);
    }
}

void write(JsonText& out, std::string_view name, const std::map<std::string, std::string>& faults) {
    out.key(name).open('{');
    for (const auto& [project, fault] : faults) {
        out.member(project, fault);
    }
    out.close('}');
}

void write(JsonText& out, const TriggerDifference& each) {
    out.open('{');
    out.member("project", each.project);
    out.member("trigger", each.trigger);
    out.member("difference", to_string(each.difference));
    out.member("events", static_cast<std::int64_t>(each.events));
    out.key("projects").open('[');
    for (const auto& project : each.projects) {
        out.text(project);
    }
    out.close(']').key("examples").open('[');
    for (const auto& example : each.examples) {
        out.open('{');
        out.member("row", static_cast<std::int64_t>(example.row));
        out.member("event", example.event);
        out.member("subject", example.subject);
        out.member("from", example.from);
        out.member("to", example.to);
        out.close('}');
    }
    out.close(']').close('}');
}

} // namespace

std::string to_text(const Comparison& comparison) {
    std::string out;
    for (const auto& [project, fault] : comparison.refused_now) {
        out += fmt::format("{} is refused now: nothing of it runs\n  {}\n", project, fault);
    }
    for (const auto& [project, fault] : comparison.refused_before) {
        out += fmt::format("{} was refused before: it runs again\n  {}\n", project, fault);
    }
    for (const auto& each : comparison.differences) {
        add(out, each);
    }
    if (comparison.is_same()) {
        out += "no difference\n";
    }
    out += fmt::format(
        "{} events, {} of projects whose triggers are the same; {} could not be told\n",
        comparison.events,
        comparison.unaffected,
        comparison.untold
    );
    return out;
}

std::string to_json(const Comparison& comparison) {
    JsonText out{4096};
    out.open('{');
    out.member("events", static_cast<std::int64_t>(comparison.events));
    out.member("unaffected", static_cast<std::int64_t>(comparison.unaffected));
    out.member("untold", static_cast<std::int64_t>(comparison.untold));
    write(out, "refusedBefore", comparison.refused_before);
    write(out, "refusedNow", comparison.refused_now);
    out.key("differences").open('[');
    for (const auto& each : comparison.differences) {
        write(out, each);
    }
    return out.close(']').close('}').take();
}

} // namespace seakeeper::decision
