// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/sensor/configuration.hpp>

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace seakeeper::pipeline {

namespace asio = boost::asio;

/// A seakeeper.yaml at a commit, read once.
struct ConfigFile {
    decision::InputRef input; ///< its `from` is "PROJECT@COMMIT:seakeeper.yaml"
    std::string bytes;        ///< empty: the commit has no such file
    std::shared_ptr<const sensor::Layer> layer;
    std::optional<Error> fault; ///< it cannot be used; nothing of the project may run
};

/// What applies to a project: its own file and its parents'.
struct ProjectView {
    ProjectName project;
    std::vector<std::shared_ptr<const ConfigFile>> files; ///< All-Projects first
    sensor::Sensor sensor;
    std::optional<Error> fault; ///< then the sensor is empty
    SteadyTime read_at{};
};

/// Configuration of projects and their definitions, cached by commit. One thread.
class Projects final {
public:
    Projects(
        gerrit::FactsSource& facts,
        git::Definitions& definitions,
        const decision::Options& options,
        std::chrono::seconds age
    );

    /// The present view. An error is a matter of time (Gerrit does not answer); what is wrong with
    /// the files is the view's fault.
    asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
    view(ProjectName project, Deadline until);
    /// A view of the files named by these inputs, as a decision recorded them.
    asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
    view_of(ProjectName project, std::vector<decision::InputRef> inputs, Deadline until);
    asio::awaitable<Result<std::shared_ptr<const decision::PreparedDefinition>>>
    definition(sensor::Definition at, Deadline until);

    /// refs/meta/config of the project has moved.
    void forget(const std::string& project);

private:
    struct Link {
        ProjectName project;
        CommitId commit;
    };
    asio::awaitable<Result<std::vector<Link>>> chain_of(ProjectName project, Deadline until);
    asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
    read_view(ProjectName project, std::vector<Link> chain, Deadline until);
    asio::awaitable<Result<std::shared_ptr<const ConfigFile>>> file(Link link, Deadline until);

    gerrit::FactsSource& facts_;
    git::Definitions& definitions_;
    const decision::Options& options_;
    std::chrono::seconds age_;
    std::uint64_t moves_ = 0; ///< of any refs/meta/config, since the start
    sensor::PatternPool pool_;
    std::unordered_map<std::string, std::shared_ptr<const ProjectView>> views_;
    std::unordered_map<std::string, std::shared_ptr<const ConfigFile>> files_; ///< by `from`
    std::unordered_map<std::string, std::shared_ptr<const decision::PreparedDefinition>> prepared_;
};

} // namespace seakeeper::pipeline
