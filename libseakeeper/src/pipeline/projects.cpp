// SPDX-License-Identifier: Apache-2.0
#include "pipeline/projects.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

constexpr std::string_view file_name = "seakeeper.yaml";
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

std::string name_of(const ProjectName& project, const CommitId& commit, std::string_view path) {
    return fmt::format("{}@{}:{}", project.str(), commit.str(), path);
}

std::shared_ptr<const ConfigFile> make_file(
    const ProjectName& project,
    const CommitId& commit,
    const Result<git::Blob>& blob,
    sensor::PatternPool& pool
) {
    auto file = std::make_shared<ConfigFile>();
    file->bytes = blob ? blob->bytes : std::string{};
    file->input = {"configuration", name_of(project, commit, file_name), sha256_hex(file->bytes)};
    sensor::ProjectConfiguration configuration;
    if (blob) {
        const auto shown = fmt::format("{}:{}", project.str(), file_name);
        auto read = sensor::parse_configuration(blob->bytes, shown, pool);
        if (read) {
            configuration = std::move(*read);
        } else {
            file->fault = read.error();
        }
    } else if (!blob.error().is(Errc::not_found)) {
        file->fault = blob.error();
    }
    file->layer = sensor::make_layer(project, commit, std::move(configuration));
    return file;
}

void compile_into(ProjectView& view) {
    std::vector<std::shared_ptr<const sensor::Layer>> layers;
    for (const auto& file : view.files) {
        if (file->fault) {
            view.fault = file->fault;
            return;
        }
        layers.push_back(file->layer);
    }
    if (layers.empty()) {
        return;
    }
    auto compiled = sensor::compile(layers);
    if (compiled) {
        view.sensor = std::move(*compiled);
    } else {
        view.fault = compiled.error();
    }
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
    if (found != views_.end() && found->second->read_at + age_ > std::chrono::steady_clock::now()) {
        co_return found->second;
    }
    const auto began = moves_;
    auto chain = co_await chain_of(project, until);
    if (!chain) {
        co_return chain.error();
    }
    auto view = co_await read_view(project, std::move(*chain), until);
    // What was read while a configuration moved may be what it was before.
    if (view && began == moves_) {
        views_[project.str()] = *view;
    }
    co_return view;
}

asio::awaitable<Result<std::vector<Projects::Link>>>
Projects::chain_of(ProjectName project, Deadline until) {
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
    std::vector<Link> chain;
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
Projects::read_view(ProjectName project, std::vector<Link> chain, Deadline until) {
    auto view = std::make_shared<ProjectView>();
    view->project = project;
    view->read_at = std::chrono::steady_clock::now();
    for (const auto& link : chain) {
        auto read = co_await file(link, until);
        if (!read) {
            co_return read.error();
        }
        view->files.push_back(std::move(*read));
    }
    compile_into(*view);
    view->sensor.project = project;
    co_return std::shared_ptr<const ProjectView>{std::move(view)};
}

asio::awaitable<Result<std::shared_ptr<const ConfigFile>>>
Projects::file(Link link, Deadline until) {
    const auto key = name_of(link.project, link.commit, file_name);
    if (const auto found = files_.find(key); found != files_.end()) {
        co_return found->second;
    }
    std::string path{file_name};
    auto blob = co_await definitions_.read(link.project, link.commit, std::move(path), until);
    if (!blob && !is_final(blob.error())) {
        co_return blob.error();
    }
    auto made = make_file(link.project, link.commit, blob, pool_);
    if (files_.size() >= cache_size) {
        files_.clear();
    }
    files_[key] = made;
    co_return made;
}

asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
Projects::view_of(ProjectName project, std::vector<decision::InputRef> inputs, Deadline until) {
    std::vector<Link> chain;
    for (const auto& input : inputs) {
        const auto at = input.from.find('@');
        const auto colon = input.from.find(':', at);
        if (input.what != "configuration" || colon == std::string::npos) {
            continue;
        }
        auto name = ProjectName::parse(std::string_view{input.from}.substr(0, at));
        auto commit = CommitId::parse(std::string_view{input.from}.substr(at + 1, colon - at - 1));
        if (!name || !commit) {
            co_return Error{
                Errc::corrupt,
                fmt::format("reading a decision's inputs: {} is none", quoted(input.from))};
        }
        chain.push_back({*name, *commit});
    }
    auto view = co_await read_view(project, std::move(chain), until);
    co_return view;
}

asio::awaitable<Result<std::shared_ptr<const decision::PreparedDefinition>>>
Projects::definition(sensor::Definition at, Deadline until) {
    const auto key = name_of(at.project, at.commit, at.path);
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
        const auto& files = at->second->files;
        const bool is_in_chain = std::any_of(files.begin(), files.end(), [&](const auto& file) {
            return file->layer->project.str() == project;
        });
        at = is_in_chain || at->first == project ? views_.erase(at) : std::next(at);
    }
}

} // namespace seakeeper::pipeline
