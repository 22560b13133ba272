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

/// A place below others, kept on the stack of who walks: its JSON pointer is written only when
/// something is found there. Borrows what is above it and the keys.
class Trail final {
public:
    explicit Trail(std::string_view pointer) : key_{pointer} {}
    Trail(const Trail& above, std::string_view key) : above_{&above}, key_{key} {}
    Trail(const Trail& above, std::size_t index) : above_{&above}, index_{index} {}

    SEAKEEPER_API std::string pointer() const;

private:
    static constexpr auto no_index = static_cast<std::size_t>(-1);
    const Trail* above_ = nullptr; ///< null: key_ is a whole pointer
    std::string_view key_;
    std::size_t index_ = no_index;
};

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
/// The same without a text for each.
using TemplateTrail =
    std::function<void(const Trail& at, const boost::json::object& template_object)>;
void trail_templates(const boost::json::object& spec, const TemplateTrail& visit);

/// The steps or tasks of one template, inline ones not entered.
SEAKEEPER_API std::vector<const boost::json::object*>
steps_of(const boost::json::object& template_object);

/// Calls `visit(pointer, step)` for each of steps_of.
using StepVisit = std::function<void(const std::string& pointer, const boost::json::object& step)>;
SEAKEEPER_API void for_each_step(
    const std::string& pointer, const boost::json::object& template_object, const StepVisit& visit
);
/// The same without a text for each.
using StepTrail = std::function<void(const Trail& at, const boost::json::object& step)>;
void trail_steps(
    const Trail& at, const boost::json::object& template_object, const StepTrail& visit
);

} // namespace seakeeper::workflow
