// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/object.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::workflow {

/// Some of the names that occur among the steps of one template.
class StepNames final {
public:
    using All = std::shared_ptr<const std::vector<std::string>>; ///< sorted, each once

    StepNames() = default;
    StepNames(All all, std::vector<bool> is_in) : all_{std::move(all)}, is_in_{std::move(is_in)} {}

    bool contains(std::string_view name) const;
    std::size_t size() const { return std::ranges::count(is_in_, true); }

private:
    All all_;
    std::vector<bool> is_in_;
};

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
