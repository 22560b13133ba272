// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace seakeeper::workflow {

/// A Kubernetes quantity (apimachinery resource.Quantity: "500m", "1.5", "2e3", "512Mi") in
/// thousandths, rounded up; at most 9e15. Nothing for other text and for negative amounts.
SEAKEEPER_API std::optional<std::int64_t> parse_quantity(std::string_view text);

/// A duration as Argo reads it, in seconds, rounded up: a bare number of seconds, or Go's "1h30m",
/// "90s", "500ms", or whole days "2d". Nothing for other text.
std::optional<std::int64_t> parse_duration(std::string_view text);

} // namespace seakeeper::workflow
