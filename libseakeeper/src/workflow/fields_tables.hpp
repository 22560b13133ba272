// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fields.hpp"

#include <utility>

// The tables by object, from the two files that hold them.
namespace seakeeper::workflow::fields {

std::span<const std::pair<Object, std::span<const Field>>> tables_of_workflow();
std::span<const std::pair<Object, std::span<const Field>>> tables_of_pod();

} // namespace seakeeper::workflow::fields
