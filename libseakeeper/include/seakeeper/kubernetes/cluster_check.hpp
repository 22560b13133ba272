// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/kubernetes/manifests.hpp>

#include <map>
#include <span>
#include <string>
#include <vector>

// Whether a live cluster is as the manifests say: what is missing, and what is too wide.
namespace seakeeper::kubernetes {

/// One difference between the wall and what stands.
struct ClusterFinding {
    std::string object; ///< "Role ci-untrusted/seakeeperd /rules/0/verbs"
    std::string found;
    std::string wanted;
    friend bool operator==(const ClusterFinding&, const ClusterFinding&) = default;
};
/// "object: found F; wanted is W".
SEAKEEPER_API std::string to_string(const ClusterFinding& finding);

/// What was read of one place, with the daemon's own credential.
struct ClusterReading {
    std::string user; ///< who the server says we are (SelfSubjectReview)
    /// status of SelfSubjectRulesReview by namespace.
    std::map<std::string, json::object> rights;
    /// By "Kind NAME": the live object, or why it could not be read.
    std::map<std::string, Result<json::object>> objects;
    /// By plural: everything of the namespace.
    std::map<std::string, Result<ObjectList>> lists;
};

/// Asks for everything that `judge_cluster` looks at. `elsewhere`: namespaces that the credential
/// has no business in, beside those of the cluster itself. An error only when the server cannot be
/// reached or does not know us; what it refuses to show is part of the reading.
SEAKEEPER_API asio::awaitable<Result<ClusterReading>>
read_cluster(Client client, Place place, std::vector<std::string> elsewhere, Deadline until);

/// Empty: the place is as its manifests say. Pure. It does not see what the credential may not
/// read: secrets, the daemon's own namespace, and bindings of the whole cluster that give rights to
/// others than the daemon.
SEAKEEPER_API std::vector<ClusterFinding>
judge_cluster(const Place& place, const ClusterReading& reading);

/// Why two credentials are one identity ("the same token", "the user NAME of one API server");
/// empty when nothing says so. Reads tokens and certificates as far as the configurations hold
/// them; the files of tokens are read.
SEAKEEPER_API std::string shared_identity(const Configuration& a, const Configuration& b);

} // namespace seakeeper::kubernetes
