// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"
#include "pipeline/stopping.hpp"

#include <fmt/format.h>

#include <algorithm>

// Facts change while runs are under way. Events that may have changed them let the trusted runs
// they concern be judged again; one that would not be trusted any more is stopped. What was merged
// stays merged: those runs go on, and the gate before their result counts has the last word.
namespace seakeeper::pipeline {
namespace {

using event::Kind;

enum class Concern : std::uint8_t { nobody, change, configuration, everybody };

/// The label moved down, for whatever reason: a vote changed, a reviewer or a vote removed.
bool lowers(const std::optional<std::vector<event::Approval>>& approvals, std::string_view label) {
    return approvals
           && std::any_of(
               approvals->begin(),
               approvals->end(),
               [&](const event::Approval& approval) {
                   return approval.type == label && approval.old_value
                          && approval.value < *approval.old_value;
               }
           );
}

Concern concern_of_ref(const event::RefUpdate& update) {
    const std::string_view ref = update.ref_name;
    if (ref == git::config_ref) {
        return Concern::configuration; // definitions, and rights
    }
    // All-Users: the state of an account, or who is in a group.
    return ref.starts_with("refs/users/") || ref.starts_with("refs/groups/") ? Concern::everybody
                                                                             : Concern::nobody;
}

Concern concern_of(const event::Event& event, std::string_view label) {
    switch (event.kind()) {
    case Kind::patchset_created: // before its first patch set nothing could rest on a change
        return event.patch_set && value_of(event.patch_set->number) == 1 ? Concern::nobody
                                                                         : Concern::change;
    case Kind::vote_deleted:
    case Kind::reviewer_deleted:
    case Kind::change_abandoned:
    case Kind::change_deleted:
    case Kind::private_state_changed:
    case Kind::wip_state_changed:
    case Kind::topic_changed:
        return Concern::change;
    case Kind::comment_added:
        return lowers(std::get<event::CommentAdded>(event.body).approvals, label) ? Concern::change
                                                                                  : Concern::nobody;
    case Kind::ref_updated:
        return concern_of_ref(std::get<event::RefUpdated>(event.body).update);
    default:
        return Concern::nobody;
    }
}

/// Runs of what was merged or tagged are not stopped.
bool is_before_merge(const Situation& situation) {
    return situation.event.kind() == Kind::comment_added
           || situation.event.kind() == Kind::patchset_created;
}

bool is_concerned(const Situation& situation, Concern concern, const event::Event& event) {
    if (concern == Concern::change) {
        const ChangeName name{event.project, value_of(event.change->number)};
        const auto& rests = situation.rests_on;
        return std::find(rests.begin(), rests.end(), name) != rests.end();
    }
    if (concern == Concern::configuration) {
        const auto& files = situation.view->files;
        return std::any_of(files.begin(), files.end(), [&](const auto& file) {
            return file->layer->project.str() == event.project;
        });
    }
    return concern == Concern::everybody;
}

bool becomes_private(const event::Event& event) {
    return event.kind() == Kind::private_state_changed && event.change
           && event.change->is_private.value_or(false);
}

} // namespace

asio::awaitable<Status> Pipeline::Engine::revoke(event::Event event, Deadline until) {
    const auto concern = concern_of(event, options.decisions.trust.label);
    if (options.mode == Mode::shadow || concern == Concern::nobody
        || (concern == Concern::change && !event.change)) {
        co_return Status{};
    }
    co_await close_logs(event);
    auto read = [](store::Rows& rows) { return rows.open_trusted_workloads(); };
    auto rows = co_await parts.store.read(read);
    if (!rows) {
        co_return rows.error();
    }
    // Also those that are only decided: their gate may be passed, and their create under way.
    for (auto& row : *rows) {
        auto situation = co_await situation_of(row, until);
        if (!situation) {
            co_return situation.error();
        }
        if (!is_before_merge(**situation) || !is_concerned(**situation, concern, event)) {
            continue;
        }
        auto passed = co_await pass(decision::Gate::while_running, row, until);
        if (!passed) {
            co_return passed.error();
        }
        if (passed->left == trust::Class::trusted) {
            continue;
        }
        auto stopped = co_await revoke_run(std::move(row), std::move(passed->why));
        if (!stopped) {
            co_return stopped;
        }
    }
    co_return Status{};
}

/// The reason is told with the run's end.
asio::awaitable<Status> Pipeline::Engine::revoke_run(store::WorkloadRow row, std::string why) {
    parts.log.warning("workload revoked", {{"workload", row.id}, {"why", why}});
    auto stop = [id = row.id,
                 why = fmt::format("Stopped: decided as trusted, now {}.", why),
                 now = parts.clock.wall()](store::Rows& rows) {
        return stop_run(rows, id, why, now);
    };
    auto done = co_await parts.store.write(stop);
    outbox.ring();
    co_return done;
}

/// Of every run of the change, ended or not: at once, before anything else is asked.
asio::awaitable<void> Pipeline::Engine::close_logs(event::Event event) {
    if (!becomes_private(event)) {
        co_return;
    }
    constexpr std::uint32_t any = 100; // the event names none
    const auto last = event.patch_set ? value_of(event.patch_set->number) : any;
    auto close = [project = event.project,
                  change = value_of(event.change->number),
                  last](store::Rows& rows) -> Result<std::vector<std::string>> {
        std::vector<std::string> closed;
        for (std::uint32_t patch_set = 1; patch_set <= last; ++patch_set) {
            auto all = rows.workloads_of(project, change, patch_set);
            if (!all) {
                return all.error();
            }
            for (auto& row : *all) {
                closed.push_back(row.id);
                row.is_private = true;
                if (auto updated = rows.update_workload(row); !updated) {
                    return updated.error();
                }
            }
        }
        return closed;
    };
    auto closed = co_await parts.store.write(close);
    if (!closed) {
        parts.log.error("logs not closed", {{"error", closed.error().message}});
        co_return;
    }
    for (const auto& workload : *closed) {
        if (auto restricted = parts.logs.restrict(workload); !restricted) {
            parts.log.error("log not closed", {{"error", restricted.error().message}});
        }
    }
}

} // namespace seakeeper::pipeline
