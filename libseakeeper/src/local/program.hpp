// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What this machine runs: an Argo Workflow and the WorkflowTemplates that it refers to. What is
// not understood is refused before anything starts (support.hpp).
namespace seakeeper::local {

using Templates = std::map<std::string, boost::json::object, std::less<>>;

struct Program {
    std::string name;
    std::string uid;
    boost::json::object metadata;
    boost::json::object spec;
    /// By WorkflowTemplate ("" for the Workflow itself) and name; templateDefaults merged in.
    std::map<std::string, Templates, std::less<>> templates;
    WallTime created{};

    /// The template of a step, hook or task, and the scope its own steps are looked up in.
    /// Errors: Errc::not_found "template name 'x' undefined".
    Result<std::pair<std::string, const boost::json::object*>>
    resolve(const boost::json::object& step, const std::string& scope) const;
    std::string entrypoint() const;
    /// activeDeadlineSeconds of the whole.
    std::optional<std::chrono::seconds> deadline() const;
};

/// A manifest (its JSON), and the WorkflowTemplates it may refer to. Errors: Errc::malformed for
/// what is no Workflow or lacks values, Errc::unsupported with the first field that this machine
/// cannot honour.
SEAKEEPER_API Result<Program> read_program(
    const boost::json::object& manifest, const std::vector<boost::json::object>& templates = {}
);

/// The same, with whatever this machine cannot honour in it: for find_unsupported().
SEAKEEPER_API Result<Program>
read_shape(const boost::json::object& manifest, const std::vector<boost::json::object>& templates);

/// A number that may stand as text, as Kubernetes' IntOrString does.
SEAKEEPER_API std::optional<std::int64_t>
integer_at(const boost::json::object& object, std::string_view key);
/// A text, a number or a boolean as text; none where it is not there or null.
SEAKEEPER_API std::optional<std::string>
any_text_at(const boost::json::object& object, std::string_view key);

} // namespace seakeeper::local
