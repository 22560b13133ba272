// SPDX-License-Identifier: Apache-2.0
#include "local/program.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <span>

namespace seakeeper::local {
namespace {

namespace json = boost::json;
using Keys = std::span<const std::string_view>;

// What the binding forces onto a Workflow for the cluster's sake, and means nothing here.
constexpr std::array<std::string_view, 20> cluster_only{
    "activeDeadlineSeconds",
    "archiveLogs",
    "artifactGC",
    "artifactRepositoryRef",
    "automountServiceAccountToken",
    "executor",
    "imagePullPolicy",
    "imagePullSecrets",
    "metadata",
    "nodeSelector",
    "parallelism",
    "podGC",
    "podMetadata",
    "resources",
    "securityContext",
    "serviceAccountName",
    "tolerations",
    "ttlStrategy",
    "volumeClaimGC",
    "failFast"};
constexpr std::array<std::string_view, 3> spec_keys{"arguments", "entrypoint", "templates"};
constexpr std::array<std::string_view, 6> template_keys{
    "name", "inputs", "container", "script", "steps", "dag"};
constexpr std::array<std::string_view, 7> container_keys{
    "name", "image", "command", "args", "env", "workingDir", "source"};
constexpr std::array<std::string_view, 5> call_keys{
    "name", "template", "arguments", "dependencies", "depends"};

Error unsupported(std::string_view path) {
    return {
        Errc::unsupported,
        fmt::format("{} is not supported on this machine without a cluster", path)};
}

Error malformed(std::string_view path, std::string_view what) {
    return {Errc::malformed, fmt::format("{}: {}", path, what)};
}

Status only(const json::object& object, Keys keys, std::string_view path) {
    for (const auto& member : object) {
        const std::string_view key = member.key();
        const bool is_known = std::ranges::find(keys, key) != keys.end()
                              || std::ranges::find(cluster_only, key) != cluster_only.end();
        if (!is_known) {
            return unsupported(fmt::format("{}.{}", path, key));
        }
    }
    return {};
}

std::string text_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()}
                                                  : std::string{};
}

const json::array* array_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? value->if_array() : nullptr;
}

std::vector<std::string> texts_of(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    if (const auto* array = array_of(object, key)) {
        for (const auto& item : *array) {
            texts.emplace_back(item.is_string() ? std::string_view{item.get_string()} : "");
        }
    }
    return texts;
}

/// Seconds given as a number or, as Argo allows, as text.
std::optional<std::chrono::seconds> seconds_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) {
        return std::nullopt;
    }
    if (value->is_int64()) {
        return std::chrono::seconds{value->get_int64()};
    }
    std::int64_t number = 0;
    const auto text = text_of(object, key);
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc{} && end == text.data() + text.size()
               ? std::optional{std::chrono::seconds{number}}
               : std::nullopt;
}

/// `inputs` or `arguments`: parameters with a literal value or a default.
Result<std::vector<Parameter>>
parameters_of(const json::object& owner, std::string_view key, std::string_view path) {
    std::vector<Parameter> parameters;
    const auto* holder = owner.if_contains(key);
    if (holder == nullptr || !holder->is_object()) {
        return parameters;
    }
    if (const auto* artifacts = array_of(holder->get_object(), "artifacts");
        artifacts != nullptr && !artifacts->empty()) {
        return unsupported(fmt::format("{}.{}.artifacts", path, key));
    }
    const auto* listed = array_of(holder->get_object(), "parameters");
    for (std::size_t i = 0; listed != nullptr && i < listed->size(); ++i) {
        const auto* object = (*listed)[i].if_object();
        if (object == nullptr || text_of(*object, "name").empty()) {
            return malformed(fmt::format("{}.{}.parameters[{}]", path, key, i), "has no name");
        }
        if (object->contains("valueFrom")) {
            return unsupported(fmt::format("{}.{}.parameters[{}].valueFrom", path, key, i));
        }
        Parameter parameter{text_of(*object, "name"), std::nullopt};
        for (const char* source : {"value", "default"}) {
            if (!parameter.value && object->contains(source)) {
                parameter.value = text_of(*object, source);
            }
        }
        parameters.push_back(std::move(parameter));
    }
    return parameters;
}

Result<Container> container_of(const json::object& object, std::string_view path) {
    if (auto known = only(object, container_keys, path); !known) {
        return known.error();
    }
    Container container;
    container.image = text_of(object, "image");
    container.command = texts_of(object, "command");
    container.args = texts_of(object, "args");
    container.working_dir = text_of(object, "workingDir");
    if (container.command.empty()) {
        return malformed(fmt::format("{}.command", path), "is required");
    }
    const auto* env = array_of(object, "env");
    for (std::size_t i = 0; env != nullptr && i < env->size(); ++i) {
        const auto* entry = (*env)[i].if_object();
        if (entry == nullptr || entry->contains("valueFrom")) {
            return unsupported(fmt::format("{}.env[{}].valueFrom", path, i));
        }
        container.env.emplace_back(text_of(*entry, "name"), text_of(*entry, "value"));
    }
    return container;
}

/// Argo's `depends`, as far as it says no more than `dependencies` does: names joined by &&.
Result<std::vector<std::string>> dependencies_of(const json::object& call, std::string_view path) {
    auto names = texts_of(call, "dependencies");
    std::string expression = text_of(call, "depends");
    std::erase(expression, ' ');
    std::size_t begin = 0;
    while (begin < expression.size()) {
        const auto end = std::min(expression.find("&&", begin), expression.size());
        std::string name = expression.substr(begin, end - begin);
        if (name.ends_with(".Succeeded")) {
            name.resize(name.size() - std::string_view{".Succeeded"}.size());
        }
        if (name.empty() || name.find_first_of(".|!()&") != name.npos) {
            return unsupported(fmt::format("{}.depends {}", path, quoted(expression)));
        }
        names.push_back(std::move(name));
        begin = end + 2;
    }
    return names;
}

Result<Call> call_of(const json::value& value, std::string_view path) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return malformed(path, "is not an object");
    }
    if (auto known = only(*object, call_keys, path); !known) {
        return known.error();
    }
    auto arguments = parameters_of(*object, "arguments", path);
    if (!arguments) {
        return arguments.error();
    }
    auto dependencies = dependencies_of(*object, path);
    if (!dependencies) {
        return dependencies.error();
    }
    return Call{
        text_of(*object, "name"),
        text_of(*object, "template"),
        std::move(*arguments),
        std::move(*dependencies)};
}

Result<std::vector<Call>> calls_of(const json::array& array, std::string_view path) {
    std::vector<Call> calls;
    for (std::size_t i = 0; i < array.size(); ++i) {
        auto call = call_of(array[i], fmt::format("{}[{}]", path, i));
        if (!call) {
            return call.error();
        }
        calls.push_back(std::move(*call));
    }
    return calls;
}

Status read_steps(Template& result, const json::array& groups, const std::string& path) {
    result.kind = TemplateKind::steps;
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const auto* group = groups[i].if_array();
        if (group == nullptr) {
            return malformed(fmt::format("{}.steps[{}]", path, i), "is not a list of steps");
        }
        auto calls = calls_of(*group, fmt::format("{}.steps[{}]", path, i));
        if (!calls) {
            return calls.error();
        }
        result.groups.push_back(std::move(*calls));
    }
    return {};
}

Status read_dag(Template& result, const json::object& dag, const std::string& path) {
    result.kind = TemplateKind::dag;
    constexpr std::array<std::string_view, 1> keys{"tasks"};
    if (auto known = only(dag, keys, path + ".dag"); !known) {
        return known;
    }
    const auto* tasks = array_of(dag, "tasks");
    auto calls = calls_of(tasks != nullptr ? *tasks : json::array{}, path + ".dag.tasks");
    if (!calls) {
        return calls.error();
    }
    result.tasks = std::move(*calls);
    return {};
}

Status read_leaf(Template& result, const json::object& object, const std::string& path) {
    const char* kind = object.contains("script") ? "script" : "container";
    const auto* body = object.if_contains(kind);
    if (body == nullptr || !body->is_object()) {
        return malformed(path, "has none of container, script, steps, dag");
    }
    auto container = container_of(body->get_object(), fmt::format("{}.{}", path, kind));
    if (!container) {
        return container.error();
    }
    result.container = std::move(*container);
    if (object.contains("script")) {
        result.container.source = text_of(body->get_object(), "source");
    }
    return {};
}

Result<Template> template_of(const json::value& value, const std::string& path) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return malformed(path, "is not an object");
    }
    if (auto known = only(*object, template_keys, path); !known) {
        return known.error();
    }
    Template result;
    result.name = text_of(*object, "name");
    result.deadline = seconds_of(*object, "activeDeadlineSeconds");
    auto inputs = parameters_of(*object, "inputs", path);
    if (!inputs) {
        return inputs.error();
    }
    result.inputs = std::move(*inputs);
    Status body;
    const auto* dag = object->if_contains("dag");
    if (const auto* groups = array_of(*object, "steps")) {
        body = read_steps(result, *groups, path);
    } else if (dag != nullptr && dag->is_object()) {
        body = read_dag(result, dag->get_object(), path);
    } else {
        body = read_leaf(result, *object, path);
    }
    if (!body) {
        return body.error();
    }
    return result;
}

/// Every call names a template that exists, every dependency a task of the same DAG, and no task
/// waits for itself.
Status check_tasks(const Template& dag) {
    std::set<std::string> done;
    std::size_t before = dag.tasks.size() + 1;
    while (done.size() < dag.tasks.size() && done.size() != before) {
        before = done.size();
        for (const Call& task : dag.tasks) {
            if (std::ranges::all_of(task.dependencies, [&](const auto& name) {
                    return done.contains(name);
                })) {
                done.insert(task.name);
            }
        }
    }
    if (done.size() < dag.tasks.size()) {
        return malformed(
            fmt::format("template {}", dag.name),
            "a task waits for one that does not exist, or for itself; or two have one name"
        );
    }
    return {};
}

Status check_calls(const Program& program) {
    for (const Template& owner : program.templates) {
        std::vector<Call> calls = owner.tasks;
        for (const auto& group : owner.groups) {
            calls.insert(calls.end(), group.begin(), group.end());
        }
        for (const Call& call : calls) {
            if (!program.find(call.template_name)) {
                return malformed(
                    fmt::format("template {}, {}", owner.name, call.name),
                    fmt::format("there is no template {}", quoted(call.template_name))
                );
            }
        }
        if (auto sound = check_tasks(owner); !sound) {
            return sound;
        }
    }
    return {};
}

Result<std::vector<Template>> templates_of(const json::object& spec) {
    const auto* listed = array_of(spec, "templates");
    if (listed == nullptr) {
        return malformed("spec.templates", "is required");
    }
    std::vector<Template> templates;
    for (std::size_t i = 0; i < listed->size(); ++i) {
        auto one = template_of((*listed)[i], fmt::format("spec.templates[{}]", i));
        if (!one) {
            return one.error();
        }
        templates.push_back(std::move(*one));
    }
    return templates;
}

} // namespace

std::optional<std::size_t> Program::find(std::string_view template_name) const {
    const auto found = std::ranges::find(templates, template_name, &Template::name);
    return found == templates.end()
               ? std::nullopt
               : std::optional{static_cast<std::size_t>(found - templates.begin())};
}

Result<Program> read_program(const json::object& manifest) {
    const auto* spec = manifest.if_contains("spec");
    const auto* metadata = manifest.if_contains("metadata");
    if (spec == nullptr || !spec->is_object() || metadata == nullptr || !metadata->is_object()) {
        return malformed("manifest", "is not a Workflow with metadata and spec");
    }
    if (auto known = only(spec->get_object(), spec_keys, "spec"); !known) {
        return known.error();
    }
    Program program;
    program.name = text_of(metadata->get_object(), "name");
    program.deadline = seconds_of(spec->get_object(), "activeDeadlineSeconds");
    auto arguments = parameters_of(spec->get_object(), "arguments", "spec");
    if (!arguments) {
        return arguments.error();
    }
    program.arguments = std::move(*arguments);
    auto templates = templates_of(spec->get_object());
    if (!templates) {
        return templates.error();
    }
    program.templates = std::move(*templates);
    const auto entrypoint = program.find(text_of(spec->get_object(), "entrypoint"));
    if (!entrypoint) {
        return malformed("spec.entrypoint", "names no template");
    }
    program.entrypoint = *entrypoint;
    if (auto sound = check_calls(program); !sound) {
        return sound.error();
    }
    return program;
}

} // namespace seakeeper::local
