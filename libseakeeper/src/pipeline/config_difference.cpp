// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/git/snapshot.hpp>
#include <seakeeper/pipeline/rehearsal.hpp>

#include <fmt/format.h>

#include <algorithm>

// What a proposed configuration would have done to the events that happened lately, in words for
// the change that proposes it.
namespace seakeeper::pipeline {
namespace {

/// Each asks Gerrit for its parents once; a change of All-Projects concerns every project.
constexpr std::size_t most_projects = 200;
constexpr std::size_t longest_difference = 6'000;

using Tips = std::map<std::string, decision::ConfigTip>;

bool is_in_chain(const ProjectView& view, const ProjectName& project) {
    return view.project == project
           || std::any_of(view.files.begin(), view.files.end(), [&](const auto& file) {
                  return file->layer->project == project;
              });
}

/// The inheritance that Gerrit told, in the form that a site of files has it in.
std::string inheriting_from(const ProjectName& parent) {
    return fmt::format("[access]\n\tinheritFrom = \"{}\"\n", parent.str());
}

/// The chain's seakeeper.yaml files and who inherits from whom.
void add_chain(const ProjectView& view, Tips& tips) {
    for (std::size_t i = 0; i < view.files.size(); ++i) {
        const auto& file = *view.files[i];
        const auto& project = file.layer->project;
        auto& tip = tips.try_emplace(
                            project.str(), decision::ConfigTip{{project, file.layer->commit}, {}}
        ).first->second;
        if (!file.bytes.empty()) {
            tip.files[std::string{decision::configuration_file}] = {
                git::blob_id(file.bytes), file.bytes};
        }
        if (i > 0) {
            auto parent = inheriting_from(view.files[i - 1]->layer->project);
            tip.files["project.config"] = {git::blob_id(parent), parent};
        }
    }
}

/// The same site with the proposal in place of what `project` has.
void propose(
    Tips& tips, const ProjectName& project, const CommitId& commit, const git::Files& files
) {
    auto& tip =
        tips.try_emplace(project.str(), decision::ConfigTip{{project, commit}, {}}).first->second;
    tip.at.commit = commit;
    std::erase_if(tip.files, [](const auto& file) { return file.first != "project.config"; });
    for (const auto& [path, bytes] : files) {
        tip.files[path] = {git::blob_id(bytes), bytes};
    }
}

std::vector<decision::ConfigTip> listed(const Tips& tips) {
    std::vector<decision::ConfigTip> list;
    for (const auto& [name, tip] : tips) {
        list.push_back(tip);
    }
    return list;
}

} // namespace

/// What is read of the site in force: the chains of the projects that a proposal concerns.
struct Pipeline::Engine::Concerned {
    Tips tips;
    std::size_t projects = 0;
    std::size_t left_out = 0; ///< not asked about: too many
};

asio::awaitable<Status> Pipeline::Engine::add_definitions(
    std::shared_ptr<const ProjectView> view, Concerned& concerned, Deadline until
) {
    for (const auto& trigger : view->sensor.triggers) {
        const auto at = trigger->definition;
        auto& tip = concerned.tips.at(at.project.str());
        if (tip.files.contains(at.path)) {
            continue;
        }
        auto blob = co_await parts.definitions.read(at.project, at.commit, at.path, until);
        if (blob) {
            tip.files[at.path] = {blob->id, std::move(blob->bytes)};
        } else if (blob.error().is(Errc::unavailable) || blob.error().is(Errc::timed_out)) {
            co_return blob.error();
        } // else the author's mistake: the trigger then has no file, as in the service
    }
    co_return Status{};
}

asio::awaitable<Result<Pipeline::Engine::Concerned>> Pipeline::Engine::concerned_by(
    ProjectName project, std::vector<ProjectName> names, Deadline until
) {
    Concerned concerned;
    if (std::find(names.begin(), names.end(), project) == names.end()) {
        names.push_back(project);
    }
    std::size_t asked = 0;
    for (auto& name : names) {
        if (++asked > most_projects) {
            ++concerned.left_out;
            continue;
        }
        auto view = co_await projects.view(name, until);
        if (!view) {
            co_return view.error();
        }
        if (!is_in_chain(**view, project)) {
            continue;
        }
        ++concerned.projects;
        add_chain(**view, concerned.tips);
        auto added = co_await add_definitions(*view, concerned, until);
        if (!added) {
            co_return added.error();
        }
    }
    co_return concerned;
}

asio::awaitable<Result<std::string>> Pipeline::Engine::difference_of(
    ProjectName project, git::Proposal proposal, git::Files files, Deadline until
) {
    auto past = co_await parts.rehearsal->past();
    if (!past) {
        co_return past.error();
    }
    auto concerned = co_await concerned_by(project, past->projects, until);
    if (!concerned) {
        co_return concerned.error();
    }
    Rehearsal::Sites sites;
    sites.options = options.decisions;
    sites.from = listed(concerned->tips);
    propose(concerned->tips, project, proposal.commit, files);
    sites.to = listed(concerned->tips);
    const auto lines = past->events->size();
    auto compared = co_await parts.rehearsal->compare(std::move(*past), std::move(sites));
    if (!compared) {
        co_return compared.error();
    }
    auto text = fmt::format(
        "What it would have done to the newest {} events (of {} project{} that it concerns{}):\n{}",
        lines,
        concerned->projects,
        concerned->projects == 1 ? "" : "s",
        concerned->left_out == 0 ? ""
                                 : fmt::format("; {} more were not looked at", concerned->left_out),
        to_text(*compared)
    );
    auto told = sanitized(text, longest_difference);
    if (text.size() > longest_difference) {
        told += "\n... There is more; `seakeeperd replay` tells all of it.";
    }
    co_return told;
}

} // namespace seakeeper::pipeline
