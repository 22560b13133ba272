// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/binding.hpp>

#include <boost/json/object.hpp>

namespace seakeeper::workflow {

/// Forces the site's rules onto a template, its containers, and the templates inside of it, and
/// leaves a blank for our variables in front of each container's own.
void harden_template(boost::json::object& template_object, const Site& site);

/// Default size of an emptyDir that names none.
void harden_volumes(boost::json::object& owner, const Site& site);

/// Security context of the pods.
boost::json::object pod_security_context(const Site& site);

} // namespace seakeeper::workflow
