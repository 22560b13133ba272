// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/value.hpp>

#include <string>

namespace seakeeper::workflow {

/// JSON as Go's encoding/json writes it, and so Argo into parameters: members in order of their
/// names, numbers without an exponent between 1e-6 and 1e21, `<`, `>` and `&` escaped.
SEAKEEPER_API std::string go_json(const boost::json::value& value);

/// A value as Go's `%v` prints what JSON decoded to: `[1 2]`, `map[a:1]`, `<nil>`.
SEAKEEPER_API std::string go_text(const boost::json::value& value);

/// strconv.Quote, for texts without control characters: in double quotes, `"` and `\` escaped.
SEAKEEPER_API std::string go_quoted(std::string_view text);

} // namespace seakeeper::workflow
