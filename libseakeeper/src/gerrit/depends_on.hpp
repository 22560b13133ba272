// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::gerrit {

/// What follows "Depends-On:" (any case) at the beginning of lines of a commit message, in order,
/// each once.
std::vector<std::string> depends_on_footers(std::string_view message);

/// The query that finds the changes a footer names on this server: a Change-Id, a number,
/// "project~number", or a change's address below `web_url`. Empty: none of these, or elsewhere.
std::string query_for_dependency(std::string_view footer, std::string_view web_url);

} // namespace seakeeper::gerrit
