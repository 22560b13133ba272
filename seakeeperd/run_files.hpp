// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/program.hpp"

#include <seakeeper/workflow/definition.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <vector>

namespace seakeeper::daemon {

/// What `run` is given: one Workflow, and the WorkflowTemplates that stand beside it or were named.
struct RunFiles {
    struct Template {
        std::string file;
        boost::json::object tree;
        std::vector<std::pair<std::string, workflow::Place>> places;
    };
    std::optional<workflow::Definition> workflow;
    std::vector<Template> templates;
};

/// Reads FILE (several YAML documents are fine) and the files or folders of `templates`. Errors:
/// Errc::io where a file cannot be read, Errc::malformed and Errc::limit_exceeded with
/// "file:line:column: found ..., accepted is ...".
Result<RunFiles> read_run_files(const std::string& file, const std::vector<std::string>& templates);

/// "file:line:column: what [reason]" for each field that this machine does not do; empty: none.
/// Errors: Errc::malformed, "invalid spec: ...".
Result<std::vector<std::string>>
lacks_of(const RunFiles& files, const boost::json::object& manifest);

} // namespace seakeeper::daemon
