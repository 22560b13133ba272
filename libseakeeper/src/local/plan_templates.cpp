// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/go_json.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

constexpr int most_depth = 100; // argo-workflows: controller.go, maxStackDepth

json::array* list_in(json::object& body, std::string_view side, std::string_view kind) {
    auto* declared = body.if_contains(side);
    auto* map = declared == nullptr ? nullptr : declared->if_object();
    auto* list = map == nullptr ? nullptr : map->if_contains(kind);
    return list == nullptr ? nullptr : list->if_array();
}

const json::object*
named(const json::object& arguments, std::string_view kind, std::string_view name) {
    if (const auto* list = array_at(arguments, kind)) {
        for (const auto& one : *list) {
            if (text_at(one.get_object(), "name") == name) {
                return &one.get_object();
            }
        }
    }
    return nullptr;
}

bool has_location(const json::object& artifact) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{"stored", "raw", "git", "http", "s3"},
        [&](auto key) { return artifact.contains(key); }
    );
}

Status fill_parameters(json::object& body, const json::object& arguments) {
    auto* list = list_in(body, "inputs", "parameters");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        auto& input = (*list)[i].get_object();
        auto value = any_text_at(input, "value");
        value = value ? value : any_text_at(input, "default");
        if (const auto* argument = named(arguments, "parameters", text_at(input, "name"))) {
            const auto given = any_text_at(*argument, "value");
            value = given ? given : value;
        }
        if (!value) {
            return Error{
                Errc::malformed,
                fmt::format("inputs.parameters.{} was not supplied", text_at(input, "name"))};
        }
        input["value"] = *value;
    }
    return {};
}

Status fill_artifacts(json::object& body, const json::object& arguments) {
    auto* list = list_in(body, "inputs", "artifacts");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        auto& input = (*list)[i].get_object();
        const auto name = std::string{text_at(input, "name")};
        const auto* argument = named(arguments, "artifacts", name);
        const auto* optional = input.if_contains("optional");
        const bool is_optional = optional != nullptr && optional->is_bool() && optional->get_bool();
        if (!is_optional && !has_location(input)) {
            if (argument == nullptr) {
                return Error{
                    Errc::malformed, fmt::format("inputs.artifacts.{} was not supplied", name)};
            }
            if (!has_location(*argument)) {
                return Error{
                    Errc::malformed,
                    fmt::format("inputs.artifacts.{} missing location information", name)};
            }
        }
        if (argument != nullptr) {
            json::object filled = *argument;
            for (const char* key : {"path", "mode", "recurseMode"}) {
                filled.erase(key);
                if (const auto* value = input.if_contains(key)) {
                    filled[key] = *value;
                }
            }
            input = std::move(filled);
        }
    }
    return {};
}

void set_paths(workflow::Variables& variables, json::object& body) {
    for (const char* side : {"inputs", "outputs"}) {
        if (auto* list = list_in(body, side, "artifacts")) {
            for (const auto& one : *list) {
                const auto& artifact = one.get_object();
                if (const auto path = text_at(artifact, "path"); !path.empty()) {
                    variables.set(
                        fmt::format("{}.artifacts.{}.path", side, text_at(artifact, "name")),
                        std::string{path}
                    );
                }
            }
        }
    }
    if (auto* list = list_in(body, "outputs", "parameters")) {
        for (const auto& one : *list) {
            const auto* from = object_at(one.get_object(), "valueFrom");
            if (const auto path = from == nullptr ? "" : text_at(*from, "path"); !path.empty()) {
                variables.set(
                    fmt::format("outputs.parameters.{}.path", text_at(one.get_object(), "name")),
                    std::string{path}
                );
            }
        }
    }
}

/// An input that a tag names and the template does not have; Argo refuses it beforehand.
std::string unresolved_in(const json::value& value) {
    if (const auto* text = value.if_string()) {
        const auto open = text->find("{{inputs.parameters.");
        const auto close = open == text->npos ? open : text->find("}}", open);
        return close == text->npos ? "" : std::string{text->subview(open + 2, close - open - 2)};
    }
    std::string found;
    if (const auto* list = value.if_array()) {
        for (const auto& item : *list) {
            found = found.empty() ? unresolved_in(item) : found;
        }
    } else if (const auto* map = value.if_object()) {
        for (const auto& member : *map) {
            const bool is_later = member.key() == "inline";
            found = found.empty() && !is_later ? unresolved_in(member.value()) : found;
        }
    }
    return found;
}

bool flag_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

} // namespace

Result<json::object> substituted(json::object body, const workflow::Variables& variables) {
    json::value whole = std::move(body);
    if (auto done = substitute(whole, variables, workflow::Unresolved::kept); !done) {
        return done.error();
    }
    workflow::Variables inputs{&variables};
    auto& filled = whole.get_object();
    const auto* list = list_in(filled, "inputs", "parameters");
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        const auto& input = (*list)[i].get_object();
        inputs.set(
            fmt::format("inputs.parameters.{}", text_at(input, "name")),
            any_text_at(input, "value").value_or("")
        );
    }
    inputs.set(
        "inputs.parameters", list == nullptr ? "null" : workflow::go_json(json::value(*list))
    );
    set_paths(inputs, filled);
    if (auto done = substitute(whole, inputs, workflow::Unresolved::kept); !done) {
        return done.error();
    }
    return std::move(whole.get_object());
}

Result<json::object>
prepared(json::object body, const json::object& arguments, const workflow::Variables& variables) {
    if (auto done = fill_parameters(body, arguments); !done) {
        return done.error();
    }
    if (auto done = fill_artifacts(body, arguments); !done) {
        return done.error();
    }
    return substituted(std::move(body), variables);
}

Plan::Outcome
Plan::execute(const json::object& step, const json::object& arguments, const Place& place) {
    const auto known = find(place.name);
    if (known && is_fulfilled(nodes_[*known].phase) && nodes_[*known].type != NodeType::retry) {
        return {known, Why::none, ""};
    }
    if (depth_ + 1 >= most_depth) {
        return refuse(
            step,
            place,
            "Maximum recursion depth exceeded. See "
            "https://argo-workflows.readthedocs.io/en/latest/scaling/#maximum-recursion-depth",
            Why::too_deep
        );
    }
    ++depth_;
    auto outcome = known ? execute_known(*known, step, place) : execute_new(step, arguments, place);
    --depth_;
    return outcome;
}

Plan::Outcome
Plan::refuse(const json::object& step, const Place& place, std::string message, Why why) {
    if (const auto known = find(place.name)) {
        mark(*known, NodePhase::error, message);
        return {known, why, std::move(message)};
    }
    const auto node = add(NodeType::skipped, NodePhase::error, place, message);
    nodes_[node].template_name = text_at(step, "template");
    return {node, why, std::move(message)};
}

Plan::Outcome Plan::execute_known(std::size_t node, const json::object&, const Place& place) {
    if (is_full(nodes_[node].body, node, place)) {
        return {node, Why::parallelism, ""};
    }
    if (nodes_[node].type == NodeType::retry) {
        return execute_retry(node);
    }
    return execute_frame(node);
}

Plan::Outcome Plan::execute_frame(std::size_t node) {
    switch (nodes_[node].type) {
    case NodeType::steps:
        return execute_steps(node);
    case NodeType::dag:
        return execute_dag(node);
    case NodeType::suspend:
        return execute_suspend(node);
    default:
        return {node, Why::none, ""};
    }
}

Plan::Outcome
Plan::execute_new(const json::object& step, const json::object& arguments, const Place& place) {
    auto found = program_.resolve(step, place.scope);
    if (!found) {
        return refuse(step, place, found.error().message);
    }
    const auto& [scope, body] = *found;
    workflow::Variables locals{&globals_};
    const bool has_retries = retry_strategy_of(*body).has_value();
    const auto name = std::string{text_at(*body, "name")};
    if (workflow::is_leaf_template(*body) && !has_retries) {
        locals.set("pod.name", pod_name(place.name, name));
    }
    if (const auto called = text_at(step, "name"); !called.empty()) {
        locals.set("tasks.name", std::string{called});
        locals.set("steps.name", std::string{called});
    }
    locals.set("node.name", place.name);
    auto filled = prepared(*body, arguments, locals);
    if (!filled) {
        return refuse(step, place, filled.error().message);
    }
    if (const auto open = unresolved_in(json::value(*filled)); !open.empty()) {
        return refuse(step, place, fmt::format("failed to resolve {{{{{}}}}}", open));
    }
    if (is_full(*filled, std::nullopt, place)) {
        return {std::nullopt, Why::parallelism, ""};
    }
    if (has_retries) {
        const auto node = add(NodeType::retry, NodePhase::running, place);
        nodes_[node].template_name = name;
        nodes_[node].scope = scope;
        nodes_[node].body = std::move(*filled);
        return execute_retry(node);
    }
    return execute_body(std::move(*filled), place, scope);
}

Plan::Outcome Plan::execute_body(json::object body, const Place& place, std::string scope) {
    if (workflow::is_leaf_template(body)) {
        return execute_pod(std::move(body), place, std::move(scope));
    }
    const auto type = body.contains("steps") ? NodeType::steps
                      : body.contains("dag") ? NodeType::dag
                                             : NodeType::suspend;
    const auto node = add(type, NodePhase::running, place);
    nodes_[node].template_name = text_at(body, "name");
    nodes_[node].scope = std::move(scope);
    nodes_[node].frame = std::make_unique<Frame>(globals_);
    add_inputs(nodes_[node].frame->variables, body);
    nodes_[node].body = std::move(body);
    if (type == NodeType::dag) {
        open_dag(node);
    }
    return execute_frame(node);
}

/// failFast of a template: argo-workflows, checkParallelism.
bool Plan::is_failing_fast(std::size_t boundary, const json::object& body) {
    if (!flag_at(body, "failFast") || failed_children(boundary) == 0) {
        return false;
    }
    if (active_pods(boundary) == 0 && !is_fulfilled(nodes_[boundary].phase)) {
        constexpr std::string_view why =
            "template has failed or errored children and failFast enabled";
        if (body.contains("steps")) {
            for (std::size_t i = nodes_.size(); i-- > 0;) {
                if (nodes_[i].boundary == boundary && nodes_[i].type == NodeType::step_group) {
                    mark(i, NodePhase::failed, std::string{why});
                    break;
                }
            }
        }
        mark(boundary, NodePhase::failed, std::string{why});
    }
    return true;
}

bool Plan::is_full(const json::object& body, std::optional<std::size_t> node, const Place& place) {
    const auto limit = integer_at(program_.spec, "parallelism");
    if (limit && static_cast<std::int64_t>(active_.size()) >= *limit) {
        return true;
    }
    if (node && (body.contains("steps") || body.contains("dag"))) {
        if (is_failing_fast(*node, body)) {
            return true;
        }
        const auto most = integer_at(body, "parallelism");
        if (most && static_cast<std::int64_t>(active_pods(node)) >= *most) {
            return true;
        }
    }
    if (!place.boundary || (node && !is_fulfilled(nodes_[*node].phase))) {
        return false;
    }
    const auto& owner = nodes_[*place.boundary].body;
    if (is_failing_fast(*place.boundary, owner)) {
        return true;
    }
    const auto most = integer_at(owner, "parallelism");
    return most && static_cast<std::int64_t>(active_children(*place.boundary)) >= *most;
}

} // namespace seakeeper::local
