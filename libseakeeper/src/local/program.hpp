// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// The part of an Argo Workflow that this machine can run, read from a bound manifest. What is not
// understood is refused before anything starts; what only a cluster needs is passed over.
namespace seakeeper::local {

struct Parameter {
    std::string name;
    std::optional<std::string> value;
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What a container or script template starts.
struct Container {
    std::string image;
    std::vector<std::string> command;
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;
    std::string working_dir;
    std::optional<std::string> source; ///< of a script: the file handed to the command
};

/// A step of a step group or a task of a DAG.
struct Call {
    std::string name;
    std::string template_name;
    std::vector<Parameter> arguments;
    std::vector<std::string> dependencies; ///< names of tasks that must have succeeded
};

enum class TemplateKind : std::uint8_t { leaf, steps, dag };

struct Template {
    std::string name;
    TemplateKind kind = TemplateKind::leaf;
    std::vector<Parameter> inputs;
    std::optional<std::chrono::seconds> deadline; ///< activeDeadlineSeconds
    Container container;
    std::vector<std::vector<Call>> groups; ///< steps: group after group
    std::vector<Call> tasks;               ///< dag
};

struct Program {
    std::string name;
    std::size_t entrypoint = 0;
    std::vector<Parameter> arguments;
    std::vector<Template> templates;
    std::optional<std::chrono::seconds> deadline;

    std::optional<std::size_t> find(std::string_view template_name) const;
};

/// Errors: Errc::unsupported with the field that this machine cannot honour, Errc::malformed for
/// what is no Workflow or refers to templates, tasks or parameters that do not exist.
SEAKEEPER_API Result<Program> read_program(const boost::json::object& manifest);

} // namespace seakeeper::local
