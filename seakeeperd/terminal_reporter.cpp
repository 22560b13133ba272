// SPDX-License-Identifier: Apache-2.0
#include "terminal_reporter.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/trust/reason.hpp>

#include <fmt/format.h>

#include <cstdio>

namespace seakeeper::daemon {
namespace {

/// Trusted: who acted and what was done; else what holds the class down.
std::string why(const trust::Verdict& verdict) {
    if (verdict.value != trust::Class::trusted) {
        return trust::to_string(verdict);
    }
    std::string text = "trusted";
    for (const auto& each : verdict.conditions) {
        const bool is_telling = each.condition == trust::Condition::privilege
                                || each.condition == trust::Condition::act;
        if (is_telling) {
            text += fmt::format(
                "{} {}{}",
                text == "trusted" ? ":" : ";",
                trust::reason(each.code).id,
                each.detail.empty() ? "" : " (" + each.detail + ")"
            );
        }
    }
    return text;
}

std::string headline(const event::Event& event) {
    const auto who = event.actor ? event.actor->username.value_or("") : std::string{};
    auto text = event.type + (who.empty() ? "" : " by " + who);
    if (event.change) {
        text += fmt::format(
            " on change {} {}", value_of(event.change->number), quoted(event.change->subject)
        );
    } else if (!event.ref_name.empty()) {
        text += " of " + event.ref_name;
    }
    return text;
}

} // namespace

void tell_on_terminal(const pipeline::Telling& telling) {
    if (telling.decisions.empty() && !telling.event.change) {
        fmt::print("EVENT {}: no trigger\n", headline(telling.event));
        return;
    }
    fmt::print("\nEVENT {}\n", headline(telling.event));
    for (const auto& [trigger, match] : telling.matches) {
        if (match.outcome != sensor::Outcome::matched) {
            const auto reason = sensor::explain(match, telling.event, &telling.facts);
            fmt::print("    {:<10} not matched  {}\n", trigger->name.str(), reason);
        }
    }
    for (const auto& each : telling.decisions) {
        const auto& record = each.record;
        fmt::print(
            "    {:<10} {:<12} {}\n",
            record.trigger,
            each.workflow ? trust::to_string(record.runs_as) : "DOES NOT RUN",
            record.requested == trust::Class::untrusted && each.workflow
                ? "its trigger asks for untrusted"
                : why(record.verdict)
        );
        if (each.workflow) {
            fmt::print("    {:<10} runs as {}\n", "", record.workload);
        }
    }
    std::fflush(stdout);
}

pipeline::asio::awaitable<Status> TerminalReporter::post(pipeline::Post post, Deadline) {
    std::string votes;
    for (const auto& vote : post.votes) {
        votes += fmt::format(" {}{:+d}", vote.label, vote.value);
    }
    fmt::print(
        "\nWOULD POST on {} change {}{}\n",
        post.project,
        value_of(post.change),
        votes.empty() ? " (no vote)" : ":" + votes
    );
    std::string_view rest = post.message;
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        fmt::print("    | {}\n", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    std::fflush(stdout);
    printed_.insert(std::move(post.markers));
    co_return Status{};
}

pipeline::asio::awaitable<Result<bool>> TerminalReporter::is_posted(pipeline::Post post, Deadline) {
    co_return !post.markers.empty() && printed_.contains(post.markers);
}

} // namespace seakeeper::daemon
