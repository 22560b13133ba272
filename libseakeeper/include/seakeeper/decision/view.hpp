// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/record.hpp>
#include <seakeeper/sensor/configuration.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What applies to a project, made from the bytes of its own seakeeper.yaml and its parents': the
// same for the service, which reads them from mirrors, and for commands, which read them from a
// folder or from a decision's stored inputs. Pure.
namespace seakeeper::decision {

/// Name of the file with a project's triggers, at the top of refs/meta/config.
inline constexpr std::string_view configuration_file = "seakeeper.yaml";

/// A project's refs/meta/config at a commit.
struct ConfigLink {
    ProjectName project;
    CommitId commit;
    friend bool operator==(const ConfigLink&, const ConfigLink&) = default;
};

/// A seakeeper.yaml at a commit, read once.
struct ConfigFile {
    InputRef input;    ///< its `from` is "PROJECT@COMMIT:seakeeper.yaml"
    std::string bytes; ///< empty: the commit has no such file
    std::shared_ptr<const sensor::Layer> layer;
    std::optional<Error> fault; ///< it cannot be used; nothing of the project may run
};

/// `bytes` is Errc::not_found where the commit has no such file: a project without triggers. Equal
/// patterns are shared through `pool`.
SEAKEEPER_API std::shared_ptr<const ConfigFile>
make_config_file(const ConfigLink& at, const Result<std::string>& bytes, sensor::PatternPool& pool);

/// What applies to a project: its own file and its parents'.
struct ProjectView {
    ProjectName project;
    std::vector<std::shared_ptr<const ConfigFile>> files; ///< All-Projects first
    sensor::Sensor sensor;
    std::optional<Error> fault; ///< then the sensor has no triggers
};

/// Compiles the chain of `files`, All-Projects first. What is wrong with them is the view's fault.
SEAKEEPER_API ProjectView
make_view(ProjectName project, std::vector<std::shared_ptr<const ConfigFile>> files);

/// "PROJECT@COMMIT:PATH": how inputs name where a file was read.
SEAKEEPER_API std::string place_name(const ConfigLink& at, std::string_view path);

/// The configuration files that a decision's inputs name, All-Projects first. Errc::corrupt: one of
/// them is no such name.
SEAKEEPER_API Result<std::vector<ConfigLink>> links_of(std::span<const InputRef> inputs);

} // namespace seakeeper::decision
