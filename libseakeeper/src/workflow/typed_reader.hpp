// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fields.hpp"

#include <seakeeper/core/result.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <unordered_map>

namespace seakeeper::yaml {
struct Node;
}

namespace seakeeper::workflow {

using Places = std::unordered_map<std::string, Place>;

/// A YAML document as a JSON tree by the tables of fields, and where each of its values stands.
struct TypedTree {
    boost::json::object tree;
    Places places; ///< by JSON pointer
};

/// Errc::malformed, "file:line:column: found ..., accepted is ...", at the first key that the table
/// of its object has not and the first value of another type than Argo's.
Result<TypedTree> read_typed(const yaml::Node& root, std::string_view file);

/// Appends one step of a JSON pointer (RFC 6901).
void append_pointer(std::string& pointer, std::string_view key);
void append_pointer(std::string& pointer, std::size_t index);

} // namespace seakeeper::workflow
