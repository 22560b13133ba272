// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/expr_evaluation.hpp"
#include "workflow/walk.hpp"

#include <fmt/format.h>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::object_at;
using workflow::text_at;

namespace {

/// Empty lists count as none (argo-workflows: Arguments.IsEmpty).
bool has_arguments(const json::object& hook) {
    const auto* arguments = object_at(hook, "arguments");
    const auto has = [&](std::string_view kind) {
        const auto* list = arguments == nullptr ? nullptr : workflow::array_at(*arguments, kind);
        return list != nullptr && !list->empty();
    };
    return has("parameters") || has("artifacts");
}

} // namespace

/// Of a retry node, the last attempt's.
const Outputs& Plan::effective_outputs(std::size_t node) const {
    const auto attempts =
        nodes_[node].type == NodeType::retry ? attempts_of(node) : std::vector<std::size_t>{};
    return nodes_[attempts.empty() ? node : attempts.back()].outputs;
}

std::optional<json::object> Plan::exit_hook_of(const json::object& owner) const {
    const auto* arguments = object_at(program_.spec, "arguments");
    const json::object given = arguments == nullptr ? json::object{} : *arguments;
    if (const auto name = text_at(owner, "onExit"); !name.empty()) {
        return json::object{{"template", name}, {"arguments", given}};
    }
    const auto* hooks = object_at(owner, "hooks");
    const auto* exit = hooks == nullptr ? nullptr : object_at(*hooks, "exit");
    if (exit == nullptr) {
        return std::nullopt;
    }
    json::object hook = *exit;
    if (!has_arguments(hook)) {
        hook["arguments"] = given;
    }
    return hook;
}

Result<json::object> Plan::hook_arguments(
    const json::object& hook,
    const std::string& prefix,
    const Outputs& outputs,
    const workflow::Variables& variables
) const {
    if (!has_arguments(hook)) {
        return json::object{};
    }
    workflow::Variables own{&variables};
    for (const auto& one : outputs.parameters) {
        own.set(fmt::format("{}.outputs.parameters.{}", prefix, one.name), one.value.value_or(""));
    }
    for (const auto& one : outputs.artifacts) {
        own.set_artifact(fmt::format("{}.outputs.artifacts.{}", prefix, text_at(one, "name")), one);
    }
    json::value arguments = hook.at("arguments");
    if (auto done = substitute(arguments, own, workflow::Unresolved::kept); !done) {
        return done.error();
    }
    if (auto done = resolve_artifacts(arguments.get_object(), own); !done) {
        return done.error().within("unable to resolve references");
    }
    return std::move(arguments.get_object());
}

/// False: one of them runs.
Result<bool> Plan::run_hooks(
    std::size_t node,
    const json::object& step,
    const std::string& prefix,
    const workflow::Variables& variables
) {
    const auto* hooks = object_at(step, "hooks");
    bool are_done = true;
    for (const auto& [name, value] : hooks == nullptr ? json::object{} : *hooks) {
        if (name == "exit") {
            continue;
        }
        const auto& hook = value.get_object();
        Place place;
        place.name = fmt::format("{}.hooks.{}", nodes_[node].name, std::string_view{name});
        place.boundary = nodes_[node].boundary;
        place.scope = place.boundary ? nodes_[*place.boundary].scope : "";
        place.is_hook = true;
        auto is_due =
            workflow::evaluate_condition(text_at(hook, "expression"), variables.environment());
        if (!is_due) {
            return is_due;
        }
        const auto known = find(place.name);
        if (!*is_due && !known) {
            continue;
        }
        if (known && is_fulfilled(nodes_[*known].phase)) {
            continue;
        }
        auto arguments = hook_arguments(hook, prefix, effective_outputs(node), variables);
        if (!arguments) {
            return arguments.error();
        }
        const auto outcome = execute(hook, *arguments, place);
        if (outcome.node) {
            add_child(node, *outcome.node);
        }
        if (outcome.why == Why::other) {
            return Error{Errc::malformed, outcome.message};
        }
        are_done = are_done && outcome.node && is_fulfilled(nodes_[*outcome.node].phase);
    }
    return are_done;
}

Result<bool> Plan::run_exit_hook(
    std::size_t node,
    const json::object& step,
    const std::string& prefix,
    const workflow::Variables& variables
) {
    const auto hook = exit_hook_of(step);
    if (!hook || stopped_) {
        return true;
    }
    Place place;
    place.name = nodes_[node].name + ".onExit";
    place.boundary = nodes_[node].boundary;
    place.scope = place.boundary ? nodes_[*place.boundary].scope : "";
    place.is_hook = place.is_on_exit = true;
    if (const auto known = find(place.name); known && is_fulfilled(nodes_[*known].phase)) {
        return true;
    }
    if (const auto condition = text_at(*hook, "expression"); !condition.empty()) {
        auto is_due = workflow::evaluate_condition(condition, variables.environment());
        if (!is_due || !*is_due) {
            return is_due ? Result<bool>{true} : is_due;
        }
    }
    auto arguments = hook_arguments(*hook, prefix, effective_outputs(node), variables);
    if (!arguments) {
        return arguments.error();
    }
    const auto outcome = execute(*hook, *arguments, place);
    if (outcome.node) {
        add_child(node, *outcome.node);
    }
    if (outcome.why == Why::other) {
        return Error{Errc::malformed, outcome.message};
    }
    return outcome.node && is_fulfilled(nodes_[*outcome.node].phase);
}

/// common.CheckAllHooksFullfilled: hooks and exit handlers among its children.
bool Plan::are_hooks_fulfilled(std::size_t node) const {
    for (const auto child : nodes_[node].children) {
        if (nodes_[child].is_hook && !is_fulfilled(nodes_[child].phase)) {
            return false;
        }
    }
    return true;
}

} // namespace seakeeper::local
