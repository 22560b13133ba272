// SPDX-License-Identifier: Apache-2.0
#include "local/run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace {

Result<std::vector<std::string>> filled(const std::vector<std::string>& texts, const Scope& scope) {
    std::vector<std::string> out;
    for (const auto& text : texts) {
        auto one = substitute(text, scope);
        if (!one) {
            return one.error();
        }
        out.push_back(std::move(*one));
    }
    return out;
}

void expand_variables(Container& container) {
    Variables known;
    for (auto& [name, value] : container.env) {
        value = expanded(value, known);
        known.emplace_back(name, value);
    }
    for (auto* texts : {&container.command, &container.args}) {
        for (auto& text : *texts) {
            text = expanded(text, known);
        }
    }
}

/// Every text of the container with its tags replaced, as Argo does, and then its variables, as the
/// kubelet does.
Result<Container> filled(const Container& container, const Scope& scope) {
    Container out = container;
    auto command = filled(container.command, scope);
    auto args = filled(container.args, scope);
    if (!command || !args) {
        return command ? args.error() : command.error();
    }
    out.command = std::move(*command);
    out.args = std::move(*args);
    for (auto& [name, value] : out.env) {
        auto text = substitute(value, scope);
        if (!text) {
            return text.error();
        }
        value = std::move(*text);
    }
    expand_variables(out);
    if (out.source) {
        auto source = substitute(*out.source, scope);
        if (!source) {
            return source.error();
        }
        out.source = std::move(*source);
    }
    return out;
}

} // namespace

std::string node_id(std::string_view workflow, std::string_view node_name) {
    if (workflow == node_name) {
        return std::string{workflow};
    }
    std::uint32_t hash = 2166136261U;
    for (const char c : node_name) {
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    }
    return fmt::format("{}-{}", workflow, hash);
}

Run::Run(Program program) : program_{std::move(program)} {
}

const Template& Run::template_of(const Node& node) const {
    return program_.templates[node.template_index];
}

Scope Run::workflow_scope() const {
    Scope scope{{"workflow.name", program_.name}};
    for (const auto& parameter : program_.arguments) {
        scope["workflow.parameters." + parameter.name] = parameter.value.value_or("");
    }
    return scope;
}

std::size_t Run::add(
    std::string name,
    std::string display,
    std::size_t template_index,
    std::optional<std::size_t> parent
) {
    Node node;
    node.name = std::move(name);
    node.display = std::move(display);
    node.template_index = template_index;
    node.parent = parent;
    nodes_.push_back(std::move(node));
    return nodes_.size() - 1;
}

std::vector<Launch> Run::start() {
    const auto root = add(program_.name, program_.name, program_.entrypoint, std::nullopt);
    enter(root, program_.arguments);
    return std::exchange(launches_, {});
}

/// Gives a node its inputs and lets it begin.
void Run::enter(std::size_t index, const std::vector<Parameter>& arguments) {
    Scope scope = workflow_scope();
    for (const auto& input : template_of(nodes_[index]).inputs) {
        const auto given = std::ranges::find(arguments, input.name, &Parameter::name);
        const auto value = given != arguments.end() && given->value ? given->value : input.value;
        if (!value) {
            end(index,
                RunPhase::error,
                fmt::format("input parameter {} was not supplied", input.name));
            return;
        }
        scope["inputs.parameters." + input.name] = *value;
    }
    nodes_[index].scope = std::move(scope);
    nodes_[index].phase = RunPhase::running;
    advance(index);
}

void Run::advance(std::size_t index) {
    switch (template_of(nodes_[index]).kind) {
    case TemplateKind::leaf:
        launch_leaf(index);
        return;
    case TemplateKind::steps:
        advance_steps(index);
        return;
    case TemplateKind::dag:
        advance_dag(index);
        return;
    }
}

void Run::launch_leaf(std::size_t index) {
    if (stopped_) {
        end(index, RunPhase::cancelled, *stopped_);
        return;
    }
    const Node& node = nodes_[index];
    const Template& body = template_of(node);
    auto container = filled(body.container, node.scope);
    if (!container) {
        end(index, RunPhase::error, container.error().message);
        return;
    }
    launches_.push_back(
        {index, node_id(program_.name, node.name), std::move(*container), body.deadline}
    );
}

/// Makes the child and hands it its arguments, read in the parent's scope.
void Run::call(std::size_t parent, const Call& call, const std::string& name) {
    const auto child = add(name, call.name, *program_.find(call.template_name), parent);
    nodes_[parent].children[call.name] = child;
    std::vector<Parameter> arguments = call.arguments;
    for (auto& argument : arguments) {
        auto value = substitute(argument.value.value_or(""), nodes_[parent].scope);
        if (!value) {
            end(child, RunPhase::error, value.error().message);
            return;
        }
        argument.value = std::move(*value);
    }
    enter(child, arguments);
}

void Run::advance_steps(std::size_t index) {
    while (nodes_[index].phase == RunPhase::running) {
        const auto& groups = template_of(nodes_[index]).groups;
        const auto group = nodes_[index].group;
        if (group == groups.size()) {
            end(index, RunPhase::succeeded, "");
            return;
        }
        for (const Call& step : groups[group]) {
            if (!nodes_[index].children.contains(step.name)) {
                call(index, step, fmt::format("{}[{}].{}", nodes_[index].name, group, step.name));
            }
        }
        if (nodes_[index].phase != RunPhase::running || nodes_[index].group != group) {
            return; // a child that ended at once has moved us on already
        }
        const auto child = [&](const Call& step) -> const Node& {
            return nodes_[nodes_[index].children.at(step.name)];
        };
        if (!std::ranges::all_of(groups[group], [&](const Call& step) {
                return pipeline::is_over(child(step).phase);
            })) {
            return;
        }
        for (const Call& step : groups[group]) {
            if (child(step).phase != RunPhase::succeeded) {
                const auto phase = child(step).phase == RunPhase::cancelled ? RunPhase::cancelled
                                                                            : RunPhase::failed;
                end(index, phase, fmt::format("step {}: {}", step.name, child(step).message));
                return;
            }
        }
        ++nodes_[index].group;
    }
}

void Run::advance_dag(std::size_t index) {
    const auto& tasks = template_of(nodes_[index]).tasks;
    const auto phase_of = [&](const std::string& task) {
        const auto found = nodes_[index].children.find(task);
        return found == nodes_[index].children.end() ? std::nullopt
                                                     : std::optional{nodes_[found->second].phase};
    };
    for (const Call& task : tasks) {
        const bool is_ready = std::ranges::all_of(task.dependencies, [&](const auto& name) {
            return phase_of(name) == RunPhase::succeeded;
        });
        if (is_ready && !phase_of(task.name)) {
            call(index, task, fmt::format("{}.{}", nodes_[index].name, task.name));
            if (nodes_[index].phase != RunPhase::running) {
                return;
            }
        }
    }
    const bool is_busy = std::ranges::any_of(nodes_[index].children, [&](const auto& child) {
        return !pipeline::is_over(nodes_[child.second].phase);
    });
    if (is_busy) {
        return;
    }
    // What did not start by now waits for something that did not succeed: omitted.
    for (const Call& task : tasks) {
        const auto phase = phase_of(task.name);
        if (phase && *phase != RunPhase::succeeded) {
            const auto& failed = nodes_[nodes_[index].children.at(task.name)];
            const auto ours =
                *phase == RunPhase::cancelled ? RunPhase::cancelled : RunPhase::failed;
            end(index, ours, fmt::format("task {}: {}", task.name, failed.message));
            return;
        }
    }
    end(index, RunPhase::succeeded, "");
}

void Run::end(std::size_t index, RunPhase phase, std::string message) {
    nodes_[index].phase = phase;
    nodes_[index].message = std::move(message);
    if (template_of(nodes_[index]).kind != TemplateKind::leaf || phase == RunPhase::error) {
        tell_parent(index, "");
    }
}

/// Publishes what a child left behind, and lets the parent go on.
void Run::tell_parent(std::size_t index, const std::string& result) {
    const auto parent = nodes_[index].parent;
    if (!parent || pipeline::is_over(nodes_[*parent].phase)) {
        return;
    }
    const bool is_steps = template_of(nodes_[*parent]).kind == TemplateKind::steps;
    const auto prefix = fmt::format("{}.{}.", is_steps ? "steps" : "tasks", nodes_[index].display);
    Scope& scope = nodes_[*parent].scope;
    scope[prefix + "outputs.result"] = result;
    scope[prefix + "exitCode"] = fmt::format("{}", nodes_[index].exit_code.value_or(0));
    advance(*parent);
}

std::vector<Launch> Run::finished(std::size_t node, LeafEnd leaf) {
    nodes_[node].exit_code = leaf.exit_code;
    if (!leaf.fault.empty()) {
        nodes_[node].phase = stopped_ ? RunPhase::cancelled : RunPhase::failed;
        nodes_[node].message = leaf.fault;
    } else if (leaf.exit_code != 0) {
        nodes_[node].phase = RunPhase::failed;
        nodes_[node].message = fmt::format("main: Error (exit code {})", leaf.exit_code);
    } else {
        nodes_[node].phase = RunPhase::succeeded;
    }
    tell_parent(node, leaf.result);
    return std::exchange(launches_, {});
}

void Run::stop(std::string why) {
    stopped_ = std::move(why);
}

bool Run::is_over() const {
    return !nodes_.empty() && pipeline::is_over(nodes_.front().phase);
}

RunPhase Run::phase() const {
    return nodes_.empty() ? RunPhase::pending : nodes_.front().phase;
}

std::string Run::message() const {
    return nodes_.empty() ? "" : nodes_.front().message;
}

std::vector<pipeline::RunStep> Run::steps() const {
    std::vector<pipeline::RunStep> steps;
    for (const Node& node : nodes_) {
        if (template_of(node).kind == TemplateKind::leaf) {
            steps.push_back(
                {node_id(program_.name, node.name),
                 node.display,
                 node.phase,
                 node.exit_code,
                 node.message}
            );
        }
    }
    return steps;
}

} // namespace seakeeper::local
