// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/decision/view.hpp>
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

using decision::ConfigFile;
using decision::ProjectView;

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
    using Links = std::vector<decision::ConfigLink>;
    struct Seen {
        std::shared_ptr<const ProjectView> view;
        SteadyTime read_at{};
    };
    asio::awaitable<Result<Links>> chain_of(ProjectName project, Deadline until);
    asio::awaitable<Result<std::shared_ptr<const ProjectView>>>
    read_view(ProjectName project, Links chain, Deadline until);
    asio::awaitable<Result<std::shared_ptr<const ConfigFile>>>
    file(decision::ConfigLink link, Deadline until);

    gerrit::FactsSource& facts_;
    git::Definitions& definitions_;
    const decision::Options& options_;
    std::chrono::seconds age_;
    std::uint64_t moves_ = 0; ///< of any refs/meta/config, since the start
    sensor::PatternPool pool_;
    std::unordered_map<std::string, Seen> views_;
    std::unordered_map<std::string, std::shared_ptr<const ConfigFile>> files_; ///< by `from`
    std::unordered_map<std::string, std::shared_ptr<const decision::PreparedDefinition>> prepared_;
};

} // namespace seakeeper::pipeline
