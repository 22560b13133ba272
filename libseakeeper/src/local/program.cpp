// SPDX-License-Identifier: Apache-2.0
#include "local/program.hpp"

#include "local/support.hpp"
#include "workflow/expr_evaluation.hpp"
#include "workflow/walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

Error malformed(std::string_view what) {
    return {Errc::malformed, std::string{what}};
}

/// templateDefaults below a template: what the template says wins.
void merge(json::object& into, const json::object& defaults) {
    for (const auto& [key, value] : defaults) {
        auto* own = into.if_contains(key);
        if (own == nullptr) {
            into[key] = value;
        } else if (own->is_object() && value.is_object()) {
            merge(own->get_object(), value.get_object());
        }
    }
}

json::object with_defaults(const json::object& body, const json::object* defaults) {
    json::object merged = body;
    if (defaults != nullptr) {
        json::object fitting = *defaults;
        for (const char* kind : {"container", "script", "containerSet"}) {
            if (!body.contains(kind)) {
                fitting.erase(kind);
            }
        }
        merge(merged, fitting);
    }
    return merged;
}

Status add_templates(Templates& into, const json::object& spec, const json::object* defaults) {
    const auto* listed = array_at(spec, "templates");
    for (const auto& one : listed == nullptr ? json::array{} : *listed) {
        const auto name = std::string{text_at(one.get_object(), "name")};
        if (!into.emplace(name, with_defaults(one.get_object(), defaults)).second) {
            return malformed(fmt::format("template name {} is there twice", quoted(name)));
        }
    }
    return {};
}

Status check_arguments(const json::object& spec) {
    const auto* arguments = object_at(spec, "arguments");
    const auto* parameters = arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
    for (const auto& one : parameters == nullptr ? json::array{} : *parameters) {
        const auto& parameter = one.get_object();
        const auto name = text_at(parameter, "name");
        const auto value = any_text_at(parameter, "value");
        const auto* from = object_at(parameter, "valueFrom");
        if (!value && from != nullptr && !from->contains("default")
            && !from->contains("expression")) {
            continue; // of a cluster or a person: find_unsupported() says which
        }
        if (!value) {
            return malformed(fmt::format(
                "invalid spec: spec.arguments.{}.value or spec.arguments.{}.valueFrom is required",
                name,
                name
            ));
        }
        const auto* allowed = array_at(parameter, "enum");
        bool is_listed = allowed == nullptr || allowed->empty();
        for (const auto& item : allowed == nullptr ? json::array{} : *allowed) {
            is_listed = is_listed || workflow::text_of(item) == *value;
        }
        if (!is_listed) {
            return malformed(fmt::format(
                "invalid spec: spec.arguments.{}.value should be present in spec.arguments.{}.enum "
                "list",
                name,
                name
            ));
        }
    }
    return {};
}

/// Whether Argo knows what `workflow.` and what follows mean before the run (validate.go,
/// resolveAllVariables).
bool is_known(std::string_view tag, const json::object& spec, const json::object& metadata) {
    constexpr std::array always{
        "workflow.name",
        "workflow.namespace",
        "workflow.mainEntrypoint",
        "workflow.serviceAccountName",
        "workflow.uid",
        "workflow.status",
        "workflow.failures"};
    constexpr std::array begins{
        "workflow.outputs.",
        "workflow.creationTimestamp",
        "workflow.scheduledTime",
        "workflow.duration"};
    const auto starts = [&](const char* begin) { return tag.starts_with(begin); };
    if (std::ranges::find(always, tag) != always.end() || std::ranges::any_of(begins, starts)) {
        return true;
    }
    if (tag == "workflow.priority") {
        return spec.contains("priority");
    }
    for (const char* kind : {"parameters", "labels", "annotations"}) {
        const auto all = fmt::format("workflow.{}", kind);
        if (!tag.starts_with(all)) {
            continue;
        }
        const auto rest = tag.substr(all.size());
        if (rest.empty() || rest == ".json") {
            return true;
        }
        const auto name = rest.substr(1);
        const auto* arguments = object_at(spec, "arguments");
        const auto* list = arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
        if (kind != std::string_view{"parameters"}) {
            const auto* map = object_at(metadata, kind);
            return map != nullptr && map->contains(name);
        }
        return list != nullptr && std::ranges::any_of(*list, [&](const json::value& one) {
                   return text_at(one.get_object(), "name") == name;
               });
    }
    return false;
}

/// The first tag of a template that names nothing of the Workflow.
std::string
unknown_in(const json::value& value, const json::object& spec, const json::object& metadata) {
    std::string found;
    if (const auto* text = value.if_string()) {
        for (auto at = text->find("{{"); at != text->npos; at = text->find("{{", at + 2)) {
            auto tag = std::string_view{*text}.substr(at + 2);
            tag = tag.substr(0, tag.find("}}"));
            tag.remove_prefix(std::min(tag.find_first_not_of(' '), tag.size()));
            tag = tag.substr(0, tag.find_last_not_of(' ') + 1);
            if (tag.starts_with("workflow.") && !is_known(tag, spec, metadata)) {
                return std::string{tag};
            }
        }
    } else if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            found = found.empty() ? unknown_in(item, spec, metadata) : found;
        }
    } else if (const auto* map = value.if_object()) {
        for (const auto& member : *map) {
            found = found.empty() ? unknown_in(member.value(), spec, metadata) : found;
        }
    }
    return found;
}

} // namespace

std::optional<std::string> any_text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr || value->is_null() ? std::nullopt
                                                : std::optional{workflow::text_of(*value)};
}

std::optional<std::int64_t> integer_at(const json::object& object, std::string_view key) {
    const auto text = any_text_at(object, key);
    std::int64_t number = 0;
    if (!text) {
        return std::nullopt;
    }
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), number);
    return fault == std::errc{} && end == text->data() + text->size() ? std::optional{number}
                                                                      : std::nullopt;
}

Result<std::pair<std::string, const json::object*>>
Program::resolve(const json::object& step, const std::string& scope) const {
    if (const auto* own = object_at(step, "inline")) {
        return std::pair{scope, own};
    }
    const auto* reference = object_at(step, "templateRef");
    const auto where = reference == nullptr ? scope : std::string{text_at(*reference, "name")};
    const auto called = text_at(reference == nullptr ? step : *reference, "template");
    const auto found = templates.find(where);
    if (found == templates.end()) {
        return Error{
            Errc::not_found, fmt::format("the WorkflowTemplate {} was not given", quoted(where))};
    }
    const auto body = found->second.find(called);
    if (body == found->second.end()) {
        return Error{Errc::not_found, fmt::format("template name '{}' undefined", called)};
    }
    return std::pair{where, &body->second};
}

std::string Program::entrypoint() const {
    return std::string{text_at(spec, "entrypoint")};
}

std::optional<std::chrono::seconds> Program::deadline() const {
    const auto seconds = integer_at(spec, "activeDeadlineSeconds");
    return seconds ? std::optional{std::chrono::seconds{*seconds}} : std::nullopt;
}

Result<Program>
read_shape(const json::object& manifest, const std::vector<json::object>& templates) {
    const auto* spec = object_at(manifest, "spec");
    const auto* metadata = object_at(manifest, "metadata");
    if (spec == nullptr) {
        return malformed("manifest is not a Workflow with metadata and spec");
    }
    Program program;
    program.spec = *spec;
    program.metadata = metadata == nullptr ? json::object{} : *metadata;
    program.name = text_at(program.metadata, "name");
    program.uid = text_at(program.metadata, "uid");
    const auto* defaults = object_at(*spec, "templateDefaults");
    if (auto added = add_templates(program.templates[""], *spec, defaults); !added) {
        return added.error();
    }
    for (const auto& one : templates) {
        const auto* meta = object_at(one, "metadata");
        const auto* inner = object_at(one, "spec");
        if (meta == nullptr || inner == nullptr || text_at(*meta, "name").empty()) {
            return malformed("a WorkflowTemplate without a name or a spec");
        }
        auto& known = program.templates[std::string{text_at(*meta, "name")}];
        if (auto added = add_templates(known, *inner, defaults); !added) {
            return added.error();
        }
    }
    if (!program.templates[""].contains(program.entrypoint())) {
        return malformed(
            fmt::format("spec.entrypoint {} names no template", quoted(program.entrypoint()))
        );
    }
    if (auto sound = check_arguments(*spec); !sound) {
        return sound.error();
    }
    if (const auto* own = spec->if_contains("templates")) {
        if (const auto tag = unknown_in(*own, *spec, program.metadata); !tag.empty()) {
            return malformed(fmt::format("invalid spec: failed to resolve {{{{{}}}}}", tag));
        }
    }
    return program;
}

Result<Program>
read_program(const json::object& manifest, const std::vector<json::object>& templates) {
    auto program = read_shape(manifest, templates);
    if (!program) {
        return program;
    }
    if (const auto lacking = find_unsupported(*program, manifest, templates); !lacking.empty()) {
        return Error{
            Errc::unsupported,
            fmt::format("{}: {}", lacking.front().pointer, lacking.front().reason)};
    }
    return program;
}

} // namespace seakeeper::local
