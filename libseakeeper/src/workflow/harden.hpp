// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/binding.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace seakeeper::workflow {

/// Forces the site's rules onto a template, its containers, and the templates inside of it.
/// `environment`: our variables, put in front of the author's.
void harden_template(
    boost::json::object& template_object, const Site& site, const boost::json::array& environment
);

/// Default size of an emptyDir that names none.
void harden_volumes(boost::json::object& owner, const Site& site);

/// Security context of the pods.
boost::json::object pod_security_context(const Site& site);

} // namespace seakeeper::workflow
