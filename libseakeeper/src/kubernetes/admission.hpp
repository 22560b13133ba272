// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/kubernetes/manifests.hpp>

namespace seakeeper::kubernetes {

/// The ValidatingAdmissionPolicies of a place with their bindings
/// (admissionregistration.k8s.io/v1).
std::vector<boost::json::object> admission_policies(const Place& place);

} // namespace seakeeper::kubernetes
