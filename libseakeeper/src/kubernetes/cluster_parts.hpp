// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/kubernetes/manifests.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace seakeeper::kubernetes {

/// The manifests of a place that the daemon's credential may read.
std::vector<boost::json::object> audited(const Place& place);

/// "Kind NAME" or "Kind NAMESPACE/NAME".
std::string label_of(const boost::json::object& object);

/// One place where a live object is not as wanted.
struct Difference {
    std::string pointer;
    std::string found;
    std::string wanted;
};
/// The first differences of a live object, at most five. More than wanted counts where it may
/// widen: in everything but metadata, status and the data that servers fill in.
std::vector<Difference>
differences(const boost::json::object& wanted, const boost::json::object& live);

} // namespace seakeeper::kubernetes
