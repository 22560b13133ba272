// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/program.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::local {

/// Why this machine does not run something that Argo would, or would hang on.
enum class Lack : std::uint8_t {
    cluster,        ///< objects of a cluster: ConfigMaps, Secrets, locks, resources
    kubelet,        ///< what a kubelet does to a pod: readiness, patches, host namespaces
    artifact_store, ///< a store at a place of its own
    network,        ///< a peer that is asked from outside of a step
    person,         ///< somebody who resumes it
    image,          ///< what an image says of itself: its entry point
    templates,      ///< a WorkflowTemplate that was not given
    rest,           ///< not built
    argo,           ///< Argo's controller hangs on it
};
SEAKEEPER_API std::string_view to_string(Lack lack);

/// A field that cannot be honoured here.
struct Unsupported {
    std::size_t file = 0; ///< 0: the Workflow; n: the n-th WorkflowTemplate
    std::string pointer;  ///< JSON pointer
    Lack lack = Lack::rest;
    std::string reason;
};

/// Everything of the Workflow and its templates that this machine does not do, in the order of the
/// file. What only concerns a cluster (nodes, accounts, quotas) is not in it: it is passed over.
SEAKEEPER_API std::vector<Unsupported> find_unsupported(
    const Program& program,
    const boost::json::object& manifest,
    const std::vector<boost::json::object>& templates
);

} // namespace seakeeper::local
