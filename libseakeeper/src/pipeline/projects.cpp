// SPDX-License-Identifier: Apache-2.0
#include "pipeline/projects.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

/// More than this many prepared definitions or files: begin anew.
constexpr std::size_t cache_size = 20'000;

/// What will be the same when it is asked for again: the author's mistake, not the network's.
bool is_final(const Error& error) {
    return error.is(Errc::malformed) || error.is(Errc::refused) || error.is(Errc::limit_exceeded)
           || error.is(Errc::not_found);
}

event::Event event_of(const ProjectName& project) {
    event::Event event;
    event.type = "project";
    event.project = project.str();
    return event;
}

} // namespace

Projects::Projects(
    gerrit::FactsSource& facts,
    git::Definitions& definitions,
    const decision::Options& options,
    std::chrono::seconds age
)
    : facts_{facts}, definitions_{definitions}, options_{options}, age_{age} {
}

asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
Projects::view(ProjectName project, Deadline until) {
    const auto found = views_.find(project.str());
    const auto now = std::chrono::steady_clock::now();
    if (found != views_.end() && found->second.read_at + age_ > now) {
        co_return found->second.view;
    }
    const auto began = moves_;
    auto chain = co_await chain_of(project, until);
    if (!chain) {
        co_return chain.error();
    }
    auto view = co_await read_view(project, std::move(*chain), until);
    // What was read while a configuration moved may be what it was before.
    if (view && began == moves_) {
        views_[project.str()] = {*view, now};
    }
    co_return view;
}

asio::awaitable<Result<Projects::Links>> Projects::chain_of(ProjectName project, Deadline until) {
    gerrit::FactsRequest request;
    request.change = false;
    request.actor = false;
    request.configs = true;
    auto event = event_of(project);
    auto facts = co_await facts_.read(std::move(event), std::move(request), until);
    if (!facts) {
        co_return facts.error().within("reading configuration of " + project.str());
    }
    if (!facts->parents) {
        co_return Error{
            Errc::unavailable,
            fmt::format("reading parents of {}: {}", project.str(), facts->parents.failure)};
    }
    Links chain;
    for (auto at = facts->configs.rbegin(); at != facts->configs.rend(); ++at) {
        if (!*at) {
            co_return Error{
                Errc::unavailable,
                fmt::format("reading configuration of {}: {}", project.str(), at->failure)};
        }
        if ((*at)->tip) {
            chain.push_back({(*at)->project, *(*at)->tip});
        }
    }
    co_return chain;
}

asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
Projects::read_view(ProjectName project, Links chain, Deadline until) {
    std::vector<std::shared_ptr<const ConfigFile>> files;
    for (const auto& link : chain) {
        auto read = co_await file(link, until);
        if (!read) {
            co_return read.error();
        }
        files.push_back(std::move(*read));
    }
    co_return std::make_shared<const ProjectView>(
        decision::make_view(std::move(project), std::move(files))
    );
}

asio::awaitable<Result<std::shared_ptr<const ConfigFile>>>
Projects::file(decision::ConfigLink link, Deadline until) {
    const auto key = decision::place_name(link, decision::configuration_file);
    if (const auto found = files_.find(key); found != files_.end()) {
        co_return found->second;
    }
    std::string path{decision::configuration_file};
    auto blob = co_await definitions_.read(link.project, link.commit, std::move(path), until);
    if (!blob && !is_final(blob.error())) {
        co_return blob.error();
    }
    Result<std::string> bytes =
        blob ? Result<std::string>{blob->bytes} : Result<std::string>{blob.error()};
    auto made = decision::make_config_file(link, bytes, pool_);
    if (files_.size() >= cache_size) {
        files_.clear();
    }
    files_[key] = made;
    co_return made;
}

asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
Projects::view_of(ProjectName project, std::vector<decision::InputRef> inputs, Deadline until) {
    auto chain = decision::links_of(inputs);
    if (!chain) {
        co_return chain.error();
    }
    auto view = co_await read_view(std::move(project), std::move(*chain), until);
    co_return view;
}

asio::awaitable<Result<std::shared_ptr<const decision::PreparedDefinition>>>
Projects::definition(sensor::Definition at, Deadline until) {
    const auto key = decision::place_name({at.project, at.commit}, at.path);
    if (const auto found = prepared_.find(key); found != prepared_.end()) {
        co_return found->second;
    }
    auto blob = co_await definitions_.read(at.project, at.commit, at.path, until);
    if (!blob && !is_final(blob.error())) {
        co_return blob.error();
    }
    Result<std::string> bytes =
        blob ? Result<std::string>{blob->bytes} : Result<std::string>{blob.error()};
    const auto id = blob ? blob->id : std::string{};
    auto made = decision::prepare(at, id, bytes, options_);
    if (prepared_.size() >= cache_size) {
        prepared_.clear();
    }
    prepared_[key] = made;
    co_return made;
}

void Projects::forget(const std::string& project) {
    ++moves_;
    for (auto at = views_.begin(); at != views_.end();) {
        const auto& files = at->second.view->files;
        const bool is_in_chain = std::any_of(files.begin(), files.end(), [&](const auto& file) {
            return file->layer->project.str() == project;
        });
        at = is_in_chain || at->first == project ? views_.erase(at) : std::next(at);
    }
}

} // namespace seakeeper::pipeline
