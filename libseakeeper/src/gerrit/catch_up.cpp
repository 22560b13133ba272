// SPDX-License-Identifier: Apache-2.0
#include "gerrit/times.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/key.hpp>
#include <seakeeper/gerrit/catch_up.hpp>

#include <algorithm>

namespace seakeeper::gerrit {
namespace {

constexpr std::string_view zero_commit = "0000000000000000000000000000000000000000";
constexpr std::int64_t earliest = -2;
constexpr std::int64_t latest = 30;

bool is_followed(std::string_view ref) {
    return ref.starts_with("refs/heads/") || ref.starts_with("refs/tags/")
           || ref == "refs/meta/config";
}

/// A message of a change and an event that may be about it.
struct Pair {
    std::int64_t apart = 0;
    std::size_t found = 0;
    std::size_t trace = 0;
};

bool may_be_of(const std::optional<Trace>& wanted, const Trace& trace) {
    if (!wanted || trace.digest != wanted->digest || trace.change != wanted->change
        || trace.project != wanted->project) {
        return false;
    }
    const auto late = trace.at - wanted->at;
    return late >= earliest && late <= latest;
}

std::vector<Pair>
possible_pairs(const std::vector<Recovered>& found, std::span<const Trace> traces) {
    std::vector<Pair> pairs;
    for (std::size_t i = 0; i < found.size(); ++i) {
        for (std::size_t j = 0; j < traces.size(); ++j) {
            if (!may_be_of(found[i].trace, traces[j]) && !may_be_of(found[i].plain, traces[j])) {
                continue;
            }
            const auto late = traces[j].at - found[i].trace->at;
            pairs.push_back({late < 0 ? -late : late, i, j});
        }
    }
    std::ranges::stable_sort(pairs, {}, &Pair::apart);
    return pairs;
}

} // namespace

Imprint imprint_of(const event::Event& event) {
    Imprint imprint;
    if (const auto* updated = std::get_if<event::RefUpdated>(&event.body)) {
        const auto& update = updated->update;
        if (!is_followed(update.ref_name)) {
            return imprint; // of changes: nobody catches up with these
        }
        const bool is_gone = update.new_rev == zero_commit;
        imprint.move = RefMove{update.project, update.ref_name, is_gone ? "" : update.new_rev};
    }
    imprint.key = event::semantic_key(event);
    if (event.kind() == event::Kind::project_created) {
        imprint.created_project = event.project;
    }
    if (event::needs_message_id(event.kind()) && !imprint.key) {
        imprint.trace = trace_of(event, event.kind());
    }
    return imprint;
}

std::optional<Trace> trace_of(const event::Event& event, event::Kind kind) {
    if (!event.change || !event.created_on) {
        return std::nullopt;
    }
    const auto* added = std::get_if<event::CommentAdded>(&event.body);
    std::string text{event::to_string(kind)};
    text += '\n';
    text += added != nullptr && added->comment ? *added->comment : std::string{};
    return Trace{
        event.project,
        value_of(event.change->number),
        sha256_hex(text).substr(0, 24),
        *event.created_on};
}

std::vector<Recovered> account_for(
    std::vector<Recovered> found, std::span<const std::string> known, std::span<const Trace> traces
) {
    std::erase_if(found, [&](const Recovered& each) {
        return std::ranges::find(known, each.key) != known.end();
    });
    std::vector<bool> is_found_told(found.size());
    std::vector<bool> is_trace_used(traces.size());
    for (const auto& pair : possible_pairs(found, traces)) {
        if (!is_found_told[pair.found] && !is_trace_used[pair.trace]) {
            is_found_told[pair.found] = true;
            is_trace_used[pair.trace] = true;
        }
    }
    std::vector<Recovered> left;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!is_found_told[i]) {
            left.push_back(std::move(found[i]));
        }
    }
    return left;
}

RefChanges ref_changes(
    const ProjectName& project,
    const std::map<std::string, std::string>& known,
    std::span<const RefTip> listed
) {
    RefChanges changes;
    std::size_t still_there = 0;
    for (const auto& [ref, tip] : listed) {
        const auto at = known.find(ref.str());
        still_there += at == known.end() ? 0 : 1;
        if (at != known.end() && at->second == tip) {
            continue;
        }
        event::Event event;
        event.type = event::to_string(event::Kind::ref_updated);
        event.project = project.str();
        event.ref_name = ref.str();
        event::RefUpdate update;
        update.project = project.str();
        update.ref_name = ref.str();
        update.old_rev = at == known.end() ? std::string{zero_commit} : at->second;
        update.new_rev = tip;
        event.body = event::RefUpdated{std::move(update)};
        event.extra[event::recovered_member] = true;
        changes.events.push_back(std::move(event));
    }
    changes.gone = known.size() - still_there;
    return changes;
}

event::Event project_created(const ProjectName& project) {
    event::Event event;
    event.type = event::to_string(event::Kind::project_created);
    event.project = project.str();
    event.body = event::ProjectCreated{};
    event.extra[event::recovered_member] = true;
    return event;
}

std::optional<UpdateWindow> next_window(const UpdateWindow& last, const ChangePage& page) {
    if (!page.has_more || page.changes.empty()) {
        return std::nullopt;
    }
    auto next = last;
    const auto oldest = seconds_of(page.changes.back().updated);
    const auto bound = std::chrono::floor<std::chrono::seconds>(last.before);
    if (oldest && WallTime{std::chrono::seconds{*oldest}} < bound) {
        next.before = WallTime{std::chrono::seconds{*oldest}};
        next.start = 0;
    } else {
        next.start += static_cast<std::uint32_t>(page.changes.size());
    }
    return next;
}

std::optional<std::int64_t> newest_update(const ChangePage& page) {
    std::optional<std::int64_t> newest;
    for (const auto& change : page.changes) {
        const auto seconds = seconds_of(change.updated);
        if (seconds && (!newest || *seconds > *newest)) {
            newest = seconds;
        }
    }
    return newest;
}

} // namespace seakeeper::gerrit
