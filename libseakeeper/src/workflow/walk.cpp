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

std::string Trail::pointer() const {
    if (above_ == nullptr) {
        return std::string{key_};
    }
    auto text = above_->pointer();
    return index_ == no_index ? child(std::move(text), key_) : child(std::move(text), index_);
}

namespace {

void trail_template(
    const Trail& at, const json::object& template_object, const TemplateTrail& visit
) {
    visit(at, template_object);
    trail_steps(at, template_object, [&](const Trail& step_at, const json::object& step) {
        if (const auto* hidden = object_at(step, "inline")) {
            trail_template({step_at, "inline"}, *hidden, visit);
        }
    });
}

} // namespace

void trail_templates(const json::object& spec, const TemplateTrail& visit) {
    if (const auto* defaults = object_at(spec, "templateDefaults")) {
        trail_template(Trail{"/spec/templateDefaults"}, *defaults, visit);
    }
    if (const auto* templates = array_at(spec, "templates")) {
        const Trail all{"/spec/templates"};
        for (std::size_t i = 0; i < templates->size(); ++i) {
            trail_template({all, i}, (*templates)[i].as_object(), visit);
        }
    }
}

void for_each_template(const json::object& spec, const TemplateVisit& visit) {
    trail_templates(spec, [&](const Trail& at, const json::object& one) {
        visit(at.pointer(), one);
    });
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

void trail_steps(const Trail& at, const json::object& template_object, const StepTrail& visit) {
    if (const auto* groups = array_at(template_object, "steps")) {
        const Trail all{at, "steps"};
        for (std::size_t i = 0; i < groups->size(); ++i) {
            const Trail of_group{all, i};
            const auto& group = (*groups)[i].as_array();
            for (std::size_t j = 0; j < group.size(); ++j) {
                visit({of_group, j}, group[j].as_object());
            }
        }
    }
    const auto* dag = object_at(template_object, "dag");
    const auto* tasks = dag == nullptr ? nullptr : array_at(*dag, "tasks");
    if (tasks == nullptr) {
        return;
    }
    const Trail of_dag{at, "dag"};
    const Trail all{of_dag, "tasks"};
    for (std::size_t i = 0; i < tasks->size(); ++i) {
        visit({all, i}, (*tasks)[i].as_object());
    }
}

void for_each_step(
    const std::string& pointer, const json::object& template_object, const StepVisit& visit
) {
    trail_steps(Trail{pointer}, template_object, [&](const Trail& at, const json::object& step) {
        visit(at.pointer(), step);
    });
}

} // namespace seakeeper::workflow
