// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sqlite/database.hpp"

namespace seakeeper::store {

/// Version that this program writes; stands in the file as PRAGMA user_version.
inline constexpr std::int64_t schema_version = 5;
/// PRAGMA application_id of our files: "Skpr".
inline constexpr std::int64_t application_id = 0x536b7072;

/// Makes the tables of an empty file, or brings an older file forward, one version at a time, each
/// in a transaction. Errc::unsupported for a newer file, Errc::corrupt for somebody else's.
Status bring_forward(sqlite::Connection& connection);

} // namespace seakeeper::store
