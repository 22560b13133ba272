// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace seakeeper::workflow {

/// Why a well-typed Workflow cannot run; Argo would say "invalid spec", or ask a registry.
struct Fault {
    std::string pointer;
    std::string message; ///< after "found "
    Errc code = Errc::malformed;
};

/// The first thing that Argo (workflow/validate, rules of the full CRD) or our limits refuse.
std::optional<Fault> find_fault(const boost::json::object& tree, const DefinitionLimits& limits);

/// The same of the tasks of one DAG, which have these names: dependencies, circles, targets.
std::optional<Fault> find_dag_fault(
    const std::string& pointer, const boost::json::object& dag, const std::set<std::string>& names
);

} // namespace seakeeper::workflow
