// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The second wall: what a cluster has to be told so that it refuses by itself what our policy
// refuses. Made from the same Site, Policy and table of fields that binding and policy use. Pure.
namespace seakeeper::kubernetes {

/// Somewhere that pods may connect to.
struct Egress {
    std::string cidr;
    std::vector<std::string> ports; ///< "443", "53/UDP"; TCP where nothing is said
};

/// Most that a namespace may hold or ask for at once; Kubernetes quantities.
struct Quota {
    std::int64_t pods = 60;
    std::string cpu = "40"; ///< sum of requests
    std::string memory = "96Gi";
    std::string storage = "200Gi"; ///< sum of volume claims
    std::int64_t volume_claims = 20;
    std::int64_t workflows = 5000; ///< those that are kept (Site::keep) included
};

/// What the wall needs to know beyond a class's Site and Policy.
struct Rails {
    std::string daemon_namespace = "seakeeper";
    std::string daemon_account;  ///< in daemon_namespace; empty: "seakeeper-" and the class
    std::string artifact_secret; ///< credentials of the artifact repository; empty: none
    std::vector<std::string> image_pull_secrets; ///< of the pods' account
    /// Beyond DNS; Argo's executor has to reach the API server, a fetch has to reach Gerrit.
    std::vector<Egress> egress;
    Quota quota;
};

/// One trust class's place in a cluster.
struct Place {
    workflow::Site site;
    workflow::Policy policy;
    Rails rails;
};

/// "system:serviceaccount:NAMESPACE:NAME" of the daemon in a place.
SEAKEEPER_API std::string daemon_user(const Place& place);

/// Every object of the places, in an order in which they can be applied: namespaces with Pod
/// Security, quota, limits, network policies, accounts, roles, and ValidatingAdmissionPolicies on
/// Pods and Workflows (admissionregistration.k8s.io/v1: Kubernetes 1.30). Artifact credentials and
/// the daemon's tokens are not among them: they are secrets, and the operator's.
SEAKEEPER_API std::vector<boost::json::object> manifests(std::span<const Place> places);

/// As YAML documents, for kubectl apply.
SEAKEEPER_API std::string to_yaml(std::span<const boost::json::object> objects);

/// One rule of an admission policy: CEL, and what a refused reader is told.
struct AdmissionRule {
    std::string expression;
    std::string message;
};
SEAKEEPER_API std::vector<AdmissionRule> pod_rules(const Place& place);
SEAKEEPER_API std::vector<AdmissionRule> workflow_rules(const Place& place);

} // namespace seakeeper::kubernetes
