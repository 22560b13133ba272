// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/policy.hpp>

#include <map>
#include <string>
#include <vector>

namespace seakeeper::decision {

/// Files of one refs/meta/config, or of a folder that is to become one: path -> bytes.
using ConfigTree = std::map<std::string, std::string>;

/// What the policies of the two classes allow.
struct CheckOptions {
    workflow::Policy untrusted;
    workflow::Policy trusted;
    /// Class that definitions are judged for which no trigger names.
    trust::Class otherwise = trust::Class::untrusted;
};

/// Everything that the daemon would refuse about these files, each "file:line:column: what was
/// found, what is accepted", in the order of files and lines: seakeeper.yaml with its triggers, the
/// definitions they name, judged for the class they ask for, and every other file that says it is a
/// Workflow. Parents' triggers are not known here. Pure. Empty: nothing to object to.
SEAKEEPER_API std::vector<std::string> check(const ConfigTree& files, const CheckOptions& options);

} // namespace seakeeper::decision
