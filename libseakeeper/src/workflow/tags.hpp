// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/value.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace seakeeper::workflow {

/// What stands between `{{` and `}}` in a text (argo-workflows util/template), blanks trimmed.
struct Tag {
    std::string_view name;
    bool is_expression = false; ///< `{{=...}}`
    bool is_sound = false;      ///< simple, closed, and of [A-Za-z0-9._-] only
};

SEAKEEPER_API std::vector<Tag> tags_of(std::string_view text);

/// Calls `visit` with each text in a value, at any depth; an object is not copied into a value.
using TextVisit = std::function<void(std::string_view)>;
SEAKEEPER_API void for_each_text(const boost::json::value& value, const TextVisit& visit);
SEAKEEPER_API void for_each_text(const boost::json::object& object, const TextVisit& visit);

} // namespace seakeeper::workflow
