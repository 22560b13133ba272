// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::workflow {

/// Why a well-typed Workflow cannot run; Argo would say "invalid spec", or ask a registry.
struct Fault {
    std::string pointer;
    std::string message; ///< after "found "
    Errc code = Errc::malformed;
};

/// The first thing that Argo (workflow/validate, rules of the full CRD) or our limits refuse.
std::optional<Fault> find_fault(const boost::json::object& tree, const DefinitionLimits& limits);

/// Names of the tasks that a `depends` expression mentions.
std::vector<std::string> tasks_of_depends(std::string_view expression);

} // namespace seakeeper::workflow
