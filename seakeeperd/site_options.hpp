// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "site.hpp"

#include <seakeeper/decision/decide.hpp>

#include <string>

namespace seakeeper::daemon {

/// What the site's file says about decisions.
decision::Options decision_options(const Site& site);

/// The site of the embedded mode: this machine runs both classes, nothing is posted anywhere.
Site embedded_site(const std::string& state, const std::string& repositories);

} // namespace seakeeper::daemon
