// SPDX-License-Identifier: Apache-2.0
#include "references.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace seakeeper::decision {
namespace {

namespace json = boost::json;

constexpr std::string_view input_prefix = "inputs.parameters.";
constexpr std::string_view workflow_prefix = "workflow.parameters.";

const json::value* at(const json::object& object, std::string_view key) {
    return object.if_contains(key);
}

/// Names of `parameters` in an inputs or arguments object.
std::set<std::string> names_in(const json::value* holder) {
    std::set<std::string> names;
    const auto* list =
        holder != nullptr && holder->is_object() ? at(holder->get_object(), "parameters") : nullptr;
    if (list == nullptr || !list->is_array()) {
        return names;
    }
    for (const auto& each : list->get_array()) {
        const auto* name = each.is_object() ? at(each.get_object(), "name") : nullptr;
        if (name != nullptr && name->is_string()) {
            names.emplace(name->get_string());
        }
    }
    return names;
}

std::string listed(const std::set<std::string>& names) {
    std::string text;
    for (const auto& name : names) {
        text += (text.empty() ? "" : ", ") + name;
    }
    return text.empty() ? "none: nothing is declared" : text;
}

bool is_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'
           || c == '_';
}

class References {
public:
    References(const workflow::Definition& definition, const std::string& path)
        : definition_{definition}, path_{path},
          of_workflow_{names_in(at(definition.spec(), "arguments"))} {}

    void template_at(const json::value& value, const std::string& pointer) {
        of_template_ = value.is_object() ? names_in(at(value.get_object(), "inputs"))
                                         : std::set<std::string>{};
        walk(value, pointer);
    }
    std::vector<Finding> take() { return std::move(found_); }

private:
    void walk(const json::value& value, const std::string& pointer) {
        if (const auto* object = value.if_object()) {
            for (const auto& member : *object) {
                // A template within a template has inputs of its own.
                if (member.key() != "inline") {
                    walk(member.value(), pointer + "/" + std::string{member.key()});
                }
            }
        } else if (const auto* array = value.if_array()) {
            for (std::size_t i = 0; i < array->size(); ++i) {
                walk((*array)[i], fmt::format("{}/{}", pointer, i));
            }
        } else if (const auto* text = value.if_string()) {
            read(std::string_view{*text}, pointer);
        }
    }

    /// Plain tags only: an expression `{{=...}}` is judged by the policy.
    void read(std::string_view text, const std::string& pointer) {
        for (auto begin = text.find("{{"); begin != text.npos; begin = text.find("{{", begin + 2)) {
            auto tag = text.substr(begin + 2);
            tag = tag.substr(0, tag.find("}}"));
            tag.remove_prefix(std::min(tag.find_first_not_of(' '), tag.size()));
            judge(tag, input_prefix, of_template_, pointer);
            judge(tag, workflow_prefix, of_workflow_, pointer);
        }
    }

    void judge(
        std::string_view tag,
        std::string_view prefix,
        const std::set<std::string>& declared,
        const std::string& pointer
    ) {
        if (!tag.starts_with(prefix)) {
            return;
        }
        tag.remove_prefix(prefix.size());
        const auto end = std::ranges::find_if_not(tag, is_name);
        const std::string name{tag.substr(0, static_cast<std::size_t>(end - tag.begin()))};
        const bool is_event = prefix == workflow_prefix && workflow::is_event_parameter(name);
        if (declared.contains(name) || is_event) {
            return;
        }
        const auto place = definition_.place_of(pointer);
        const auto accepted = listed(declared);
        found_.push_back(
            {path_,
             place.line,
             place.column,
             "undefined-parameter",
             fmt::format(
                 "found {{{{{}{}}}}}, a parameter that is not declared; accepted is one of {}",
                 prefix,
                 name,
                 accepted
             ),
             accepted}
        );
    }

    const workflow::Definition& definition_;
    const std::string& path_;
    std::set<std::string> of_workflow_;
    std::set<std::string> of_template_;
    std::vector<Finding> found_;
};

} // namespace

std::vector<Finding>
undefined_references(const workflow::Definition& definition, const std::string& path) {
    References references{definition, path};
    const auto* templates = at(definition.spec(), "templates");
    if (templates != nullptr && templates->is_array()) {
        for (std::size_t i = 0; i < templates->get_array().size(); ++i) {
            references.template_at(templates->get_array()[i], fmt::format("/spec/templates/{}", i));
        }
    }
    return references.take();
}

} // namespace seakeeper::decision
