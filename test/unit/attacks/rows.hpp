// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>

#include <string>
#include <vector>

// The attack catalogue as data: test/data/attacks/ROW.json (form: its README.md).
namespace attacks {

namespace json = boost::json;

struct Row {
    std::string file; ///< without folder and ".json"
    std::string id;   ///< of the catalogue: "A10"; several files may share one
    std::string title;
    std::string stage; ///< which public function it goes to first; "decision" if not told
    json::object json;
};

/// By file name. Throws where a file is no row.
std::vector<Row> read_rows();

/// base/NAME.json.
json::object read_base(const std::string& name);

/// A text; lines; {"base64": TEXT}; or {"parts": [{"text": TEXT, "times": N}, ...]}.
std::string bytes_of(const json::value& value);

/// RFC 6902, operations add, replace and remove. Throws where a path does not fit.
json::value patched(json::value document, const json::array& operations);

} // namespace attacks
