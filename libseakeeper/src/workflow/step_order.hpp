// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/object.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace seakeeper::workflow {

using StepNames = std::set<std::string, std::less<>>;

/// One step or task among those of its template.
struct StepFacts {
    const boost::json::object* step = nullptr;
    bool is_loop = false;
    /// It may be skipped, loop over nothing, or go on after a failure: its outputs may not be
    /// there.
    bool is_unsure = false;
    StepNames before; ///< steps that come before it, whatever became of them
    StepNames sure;   ///< of those, the ones whose outputs are there once it runs
};

/// The steps or tasks of one template by name.
using StepOrder = std::map<std::string, StepFacts, std::less<>>;
StepOrder order_of(const boost::json::object& template_object);

} // namespace seakeeper::workflow
