// SPDX-License-Identifier: Apache-2.0
#include "pipeline/config_tips.hpp"

#include <seakeeper/pipeline/accept_config.hpp>

namespace seakeeper::pipeline {
namespace {

std::string key_of(const std::string& project) {
    return "config|" + project;
}

/// Remembers `tip` unless another one was remembered meanwhile.
Status replace(
    store::Rows& rows,
    const ProjectName& project,
    const std::optional<CommitId>& before,
    const CommitId& tip
) {
    const auto stored = rows.value(key_of(project.str()));
    if (!stored) {
        return stored.error();
    }
    const auto expected = before ? std::optional{before->str()} : std::nullopt;
    return *stored == expected ? rows.set_value(key_of(project.str()), tip.str()) : Status{};
}

} // namespace

Status note_use(store::Rows& rows, const UsedConfig& config) {
    const auto& history = config.history;
    const bool is_known = history.last_seen == config.commit;
    const bool follows = !history.last_seen || history.is_descendant_of_last_seen;
    return is_known || !follows ? Status{}
                                : replace(rows, history.project, history.last_seen, config.commit);
}

asio::awaitable<Result<bool>>
ConfigTips::follows(ProjectName project, CommitId before, CommitId now, Deadline until) {
    if (before == now) {
        co_return true;
    }
    git::Step step{std::move(before), std::move(now)};
    auto forward =
        co_await definitions_.is_fast_forward(std::move(project), std::move(step), until);
    co_return forward;
}

asio::awaitable<Result<decision::ConfigHistory>>
ConfigTips::history(ProjectName project, CommitId commit, Deadline until) {
    auto read = [key = key_of(project.str())](store::Rows& rows) { return rows.value(key); };
    const auto stored = co_await store_.read(read);
    if (!stored) {
        co_return stored.error();
    }
    decision::ConfigHistory history;
    history.project = project;
    if (!*stored) {
        co_return history;
    }
    auto last = CommitId::parse(**stored);
    if (!last) {
        co_return last.error();
    }
    history.last_seen = *last;
    const auto forward =
        co_await follows(std::move(project), std::move(*last), std::move(commit), until);
    if (!forward) {
        co_return forward.error();
    }
    history.is_descendant_of_last_seen = *forward;
    co_return history;
}

asio::awaitable<Result<bool>> ConfigTips::moved(event::RefUpdate update, Deadline until) {
    const auto project = ProjectName::parse(update.project);
    if (!project) {
        co_return project.error();
    }
    auto read = [key = key_of(project->str())](store::Rows& rows) { return rows.value(key); };
    const auto stored = co_await store_.read(read);
    if (!stored) {
        co_return stored.error();
    }
    const auto seen = *stored ? CommitId::parse(**stored) : CommitId::parse(update.old_rev);
    const auto now = CommitId::parse(update.new_rev);
    Result<bool> forward = now.has_value();
    if (now && seen) {
        auto asked = co_await follows(*project, *seen, *now, until);
        forward = std::move(asked);
    }
    if (!forward && forward.error().is(Errc::not_found)) {
        co_return true; // it has moved on already: its next event tells
    }
    if (!forward) {
        co_return forward.error();
    }
    if (!seen && !now) {
        co_return true;
    }
    const auto before = *stored && seen ? std::optional{*seen} : std::nullopt;
    const auto tip = *forward ? *now : *seen;
    auto keep = [project = *project, before, tip](store::Rows& rows) {
        return replace(rows, project, before, tip);
    };
    const auto kept = co_await store_.write(keep);
    if (!kept) {
        co_return kept.error();
    }
    co_return *forward;
}

asio::awaitable<Result<std::optional<std::string>>>
accept_config(store::Store& store, ProjectName project, CommitId commit) {
    auto accept = [project, commit](store::Rows& rows) -> Result<std::optional<std::string>> {
        auto before = rows.value(key_of(project.str()));
        if (!before) {
            return before;
        }
        if (auto set = rows.set_value(key_of(project.str()), commit.str()); !set) {
            return set.error();
        }
        return before;
    };
    auto before = co_await store.write(accept);
    co_return before;
}

} // namespace seakeeper::pipeline
