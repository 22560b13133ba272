// SPDX-License-Identifier: Apache-2.0
#include "walk.hpp"

#include "typed_reader.hpp"

namespace seakeeper::workflow {
namespace json = boost::json;

const json::object* object_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_array();
}

std::string_view text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    const auto* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view{} : std::string_view{*text};
}

bool is_leaf_template(const json::object& template_object) {
    return template_object.contains("container") || template_object.contains("script")
           || template_object.contains("containerSet");
}

std::string child(std::string pointer, std::string_view key) {
    append_pointer(pointer, key);
    return pointer;
}

std::string child(std::string pointer, std::size_t index) {
    append_pointer(pointer, index);
    return pointer;
}

namespace {

void visit_template(
    const std::string& pointer, const json::object& template_object, const TemplateVisit& visit
) {
    visit(pointer, template_object);
    for_each_step(pointer, template_object, [&](const std::string& at, const json::object& step) {
        if (const auto* hidden = object_at(step, "inline")) {
            visit_template(child(at, "inline"), *hidden, visit);
        }
    });
}

} // namespace

void for_each_template(const json::object& spec, const TemplateVisit& visit) {
    if (const auto* defaults = object_at(spec, "templateDefaults")) {
        visit_template("/spec/templateDefaults", *defaults, visit);
    }
    if (const auto* templates = array_at(spec, "templates")) {
        for (std::size_t i = 0; i < templates->size(); ++i) {
            visit_template(child("/spec/templates", i), (*templates)[i].as_object(), visit);
        }
    }
}

std::vector<const json::object*> steps_of(const json::object& template_object) {
    std::vector<const json::object*> steps;
    if (const auto* groups = array_at(template_object, "steps")) {
        for (const auto& group : *groups) {
            for (const auto& step : group.as_array()) {
                steps.push_back(&step.as_object());
            }
        }
    }
    const auto* dag = object_at(template_object, "dag");
    if (const auto* tasks = dag == nullptr ? nullptr : array_at(*dag, "tasks")) {
        for (const auto& task : *tasks) {
            steps.push_back(&task.as_object());
        }
    }
    return steps;
}

void for_each_step(
    const std::string& pointer, const json::object& template_object, const StepVisit& visit
) {
    if (const auto* groups = array_at(template_object, "steps")) {
        for (std::size_t i = 0; i < groups->size(); ++i) {
            const auto at = child(child(pointer, "steps"), i);
            const auto& group = (*groups)[i].as_array();
            for (std::size_t j = 0; j < group.size(); ++j) {
                visit(child(at, j), group[j].as_object());
            }
        }
    }
    const auto* dag = object_at(template_object, "dag");
    const auto* tasks = dag == nullptr ? nullptr : array_at(*dag, "tasks");
    if (tasks == nullptr) {
        return;
    }
    const auto at = child(child(pointer, "dag"), "tasks");
    for (std::size_t i = 0; i < tasks->size(); ++i) {
        visit(child(at, i), (*tasks)[i].as_object());
    }
}

} // namespace seakeeper::workflow
