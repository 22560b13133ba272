// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::workflow {

/// A JSON pointer, one step longer.
SEAKEEPER_API std::string child(std::string pointer, std::string_view key);
SEAKEEPER_API std::string child(std::string pointer, std::size_t index);

/// A member's value as an object, list or text; null or empty if it is not there.
SEAKEEPER_API const boost::json::object*
object_at(const boost::json::object& object, std::string_view key);
SEAKEEPER_API const boost::json::array*
array_at(const boost::json::object& object, std::string_view key);
SEAKEEPER_API std::string_view text_at(const boost::json::object& object, std::string_view key);

/// Kinds of template that make pods of their own.
SEAKEEPER_API bool is_leaf_template(const boost::json::object& template_object);

/// Calls `visit(pointer, template)` for each template: listed ones, templateDefaults, and inline
/// ones at any depth.
using TemplateVisit =
    std::function<void(const std::string& pointer, const boost::json::object& template_object)>;
SEAKEEPER_API void for_each_template(const boost::json::object& spec, const TemplateVisit& visit);

/// The steps or tasks of one template, inline ones not entered.
SEAKEEPER_API std::vector<const boost::json::object*>
steps_of(const boost::json::object& template_object);

/// Calls `visit(pointer, step)` for each of steps_of.
using StepVisit = std::function<void(const std::string& pointer, const boost::json::object& step)>;
SEAKEEPER_API void for_each_step(
    const std::string& pointer, const boost::json::object& template_object, const StepVisit& visit
);

} // namespace seakeeper::workflow
