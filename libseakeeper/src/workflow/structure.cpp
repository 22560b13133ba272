// SPDX-License-Identifier: Apache-2.0
#include "structure.hpp"

#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

constexpr std::array kinds{
    "container",
    "script",
    "containerSet",
    "steps",
    "dag",
    "suspend",
    "resource",
    "http",
    "plugin",
    "data"};

bool is_name(std::string_view name) {
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= 128 && is_letter(name.front())
           && std::ranges::all_of(name, [&](char c) { return is_letter(c) || c == '-'; });
}

/// Walks one definition; the first fault ends the walk (each check returns at once after it).
class Inspection {
public:
    Inspection(const json::object& tree, const DefinitionLimits& limits)
        : tree_{tree}, limits_{limits} {}

    std::optional<Fault> run() {
        check_head();
        if (!fault_) {
            check_templates();
        }
        if (!fault_) {
            check_references();
        }
        return std::move(fault_);
    }

private:
    void fail(std::string pointer, std::string message, Errc code = Errc::malformed) {
        if (!fault_) {
            fault_ = Fault{std::move(pointer), std::move(message), code};
        }
    }

    void check_head() {
        if (text_at(tree_, "apiVersion") != "argoproj.io/v1alpha1") {
            fail(
                "/apiVersion",
                fmt::format(
                    "apiVersion {}, accepted is argoproj.io/v1alpha1",
                    quoted(text_at(tree_, "apiVersion"), 60)
                )
            );
        } else if (text_at(tree_, "kind") != "Workflow") {
            fail(
                "/kind",
                fmt::format("kind {}, accepted is Workflow", quoted(text_at(tree_, "kind"), 60))
            );
        } else if (object_at(tree_, "spec") == nullptr) {
            fail("", "a Workflow without spec, accepted is one with it");
        } else {
            spec_ = object_at(tree_, "spec");
        }
    }

    void check_templates() {
        const auto* templates = array_at(*spec_, "templates");
        if (templates == nullptr || templates->empty()) {
            return fail("/spec", "a specification without templates, accepted is at least one");
        }
        if (templates->size() > limits_.templates) {
            return fail(
                child("/spec/templates", limits_.templates),
                fmt::format(
                    "{} templates, accepted are at most {}", templates->size(), limits_.templates
                ),
                Errc::limit_exceeded
            );
        }
        for (std::size_t i = 0; i < templates->size(); ++i) {
            check_named(child("/spec/templates", i), (*templates)[i].as_object());
        }
        check_defaults();
        check_names("/spec", *spec_);
        for_each_template(*spec_, [&](const std::string& pointer, const json::object& one) {
            check_names(pointer, one);
            if (pointer == "/spec/templateDefaults") {
                check_container_lists(pointer, one); // the others are completed by templates
            } else {
                check_kind(pointer, one);
            }
        });
    }

    /// Argo merges them into every template: steps of them would call whoever has them.
    void check_defaults() {
        const auto* defaults = object_at(*spec_, "templateDefaults");
        for (const char* key : {"steps", "dag"}) {
            if (defaults != nullptr && defaults->contains(key)) {
                fail(
                    child("/spec/templateDefaults", key),
                    fmt::format("{0} in templateDefaults, accepted is {0} in a template", key)
                );
            }
        }
    }

    /// argo-workflows validate: [-a-zA-Z0-9_]+; an artifact's name becomes part of a path.
    void check_names(const std::string& pointer, const json::object& one) {
        for (const char* side : {"inputs", "outputs", "arguments"}) {
            const auto* declared = object_at(one, side);
            for (const char* kind : {"parameters", "artifacts"}) {
                if (const auto* list = declared == nullptr ? nullptr : array_at(*declared, kind)) {
                    check_names_of(child(child(pointer, side), kind), *list);
                }
            }
        }
    }

    void check_names_of(const std::string& pointer, const json::array& named) {
        for (std::size_t i = 0; i < named.size(); ++i) {
            const auto name = text_at(named[i].as_object(), "name");
            const bool is_fit = std::ranges::all_of(name, [](char c) {
                return c == '_' || is_name({&c, 1}) || c == '-';
            });
            if (!is_fit) {
                fail(
                    child(child(pointer, i), "name"),
                    fmt::format(
                        "the name {}, accepted are letters, digits, '-' and '_'", quoted(name, 140)
                    )
                );
            }
        }
    }

    void check_named(const std::string& pointer, const json::object& one) {
        const auto name = text_at(one, "name");
        if (!is_name(name)) {
            return fail(
                one.contains("name") ? child(pointer, "name") : pointer,
                fmt::format(
                    "the template name {}, accepted are 1 to 128 letters, digits and '-'",
                    quoted(name, 140)
                )
            );
        }
        if (!names_.insert(std::string{name}).second) {
            fail(
                child(pointer, "name"),
                fmt::format("a second template {}, accepted is one of a name", quoted(name))
            );
        }
    }

    void check_kind(const std::string& pointer, const json::object& one) {
        std::vector<std::string_view> found;
        for (const char* kind : kinds) {
            if (one.contains(kind)) {
                found.emplace_back(kind);
            }
        }
        if (found.size() != 1) {
            return fail(
                found.empty() ? pointer : child(pointer, found[1]),
                found.empty()
                    ? "a template that does nothing, accepted is one of container, script, "
                      "containerSet, steps, dag, suspend"
                    : fmt::format(
                        "{} beside {}, accepted is one kind for a template", found[1], found[0]
                    )
            );
        }
        check_containers(pointer, one);
        check_suspend(pointer, one);
        check_steps(pointer, one);
        check_inputs(pointer, one);
        if (!is_leaf_template(one) && one.contains("activeDeadlineSeconds")) {
            fail(
                child(pointer, "activeDeadlineSeconds"),
                "activeDeadlineSeconds on a template without containers, accepted is timeout"
            );
        }
    }

    /// Argo's controller takes it for granted (addRawOutputFields) and panics in this run.
    void check_suspend(const std::string& pointer, const json::object& one) {
        const auto* outputs = object_at(one, "outputs");
        const auto* parameters = outputs == nullptr ? nullptr : array_at(*outputs, "parameters");
        for (std::size_t i = 0;
             one.contains("suspend") && parameters != nullptr && i < parameters->size();
             ++i) {
            if (object_at((*parameters)[i].as_object(), "valueFrom") == nullptr) {
                fail(
                    child(child(child(pointer, "outputs"), "parameters"), i),
                    "an output parameter of a suspend template without valueFrom, accepted is "
                    "valueFrom: {supplied: {}} with a default"
                );
            }
        }
    }

    void check_containers(const std::string& pointer, const json::object& one) {
        for (const char* key : {"container", "script"}) {
            if (const auto* container = object_at(one, key)) {
                check_container(child(pointer, key), *container);
            }
        }
        if (const auto* script = object_at(one, "script")) {
            if (text_at(*script, "source").empty()) {
                fail(child(pointer, "script"), "a script without source, accepted is one with it");
            }
        }
        check_container_lists(pointer, one);
    }

    void check_container_lists(const std::string& pointer, const json::object& one) {
        if (const auto* set = object_at(one, "containerSet")) {
            const auto* containers = array_at(*set, "containers");
            if (containers == nullptr || containers->empty()) {
                return fail(
                    child(pointer, "containerSet"),
                    "a container set without containers, accepted is at least one"
                );
            }
            check_container_list(child(child(pointer, "containerSet"), "containers"), *containers);
        }
        for (const char* key : {"initContainers", "sidecars"}) {
            if (const auto* containers = array_at(one, key)) {
                check_container_list(child(pointer, key), *containers);
            }
        }
        if (const auto* containers = array_at(one, "initContainers")) {
            check_unprobed(child(pointer, "initContainers"), *containers);
        }
    }

    /// Kubernetes would refuse the pod.
    void check_unprobed(const std::string& pointer, const json::array& containers) {
        for (std::size_t i = 0; i < containers.size(); ++i) {
            for (const char* key : {"livenessProbe", "readinessProbe", "startupProbe"}) {
                if (containers[i].as_object().contains(key)) {
                    fail(
                        child(child(pointer, i), key),
                        fmt::format("{} on an init container, accepted is none", key)
                    );
                }
            }
        }
    }

    void check_container_list(const std::string& pointer, const json::array& containers) {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < containers.size(); ++i) {
            const auto& container = containers[i].as_object();
            check_container(child(pointer, i), container);
            if (!names.insert(text_at(container, "name")).second) {
                fail(
                    child(child(pointer, i), "name"),
                    fmt::format(
                        "a second container {}, accepted is one of a name",
                        quoted(text_at(container, "name"))
                    )
                );
            }
        }
    }

    void check_container(const std::string& pointer, const json::object& container) {
        if (text_at(container, "image").empty()) {
            fail(pointer, "a container without image, accepted is one with it");
        }
        const auto* command = array_at(container, "command");
        if (command == nullptr || command->empty()) {
            fail(
                pointer,
                "a container without command, accepted is one with it: Argo would ask the "
                "image's registry for it"
            );
        }
    }

    void check_inputs(const std::string& pointer, const json::object& one) {
        const auto* inputs = object_at(one, "inputs");
        const auto* parameters = inputs == nullptr ? nullptr : array_at(*inputs, "parameters");
        if (parameters == nullptr) {
            return;
        }
        const auto at = child(child(pointer, "inputs"), "parameters");
        if (parameters->size() > limits_.parameters) {
            return fail(
                child(at, limits_.parameters),
                fmt::format(
                    "{} input parameters, accepted are at most {}",
                    parameters->size(),
                    limits_.parameters
                ),
                Errc::limit_exceeded
            );
        }
        check_unique(at, *parameters, "input parameter");
    }

    void check_unique(const std::string& pointer, const json::array& named, std::string_view what) {
        std::set<std::string_view> names;
        for (std::size_t i = 0; i < named.size(); ++i) {
            const auto name = text_at(named[i].as_object(), "name");
            if (!names.insert(name).second) {
                fail(
                    child(child(pointer, i), "name"),
                    fmt::format("a second {} {}, accepted is one of a name", what, quoted(name))
                );
            }
        }
    }

    void check_steps(const std::string& pointer, const json::object& one) {
        std::set<std::string> names;
        std::size_t count = 0;
        for_each_step(pointer, one, [&](const std::string& at, const json::object& step) {
            const auto name = text_at(step, "name");
            if (!is_name(name)) {
                fail(
                    child(at, "name"),
                    fmt::format(
                        "the name {}, accepted are 1 to 128 letters, digits and '-'",
                        quoted(name, 140)
                    )
                );
            }
            if (!names.insert(std::string{name}).second) {
                fail(
                    child(at, "name"),
                    fmt::format("a second {}, accepted is one of a name", quoted(name))
                );
            }
            check_step(at, step);
            ++count;
        });
        const auto* dag = object_at(one, "dag");
        if (dag == nullptr) {
            return;
        }
        tasks_ += count;
        const auto at = child(child(pointer, "dag"), "tasks");
        if (count == 0) {
            return fail(child(pointer, "dag"), "a DAG without tasks, accepted is at least one");
        }
        check_task_counts(at, count);
        if (!fault_) {
            fault_ = find_dag_fault(child(pointer, "dag"), *dag, names);
        }
    }

    void check_task_counts(const std::string& pointer, std::size_t count) {
        if (count > limits_.tasks_per_dag) {
            return fail(
                child(pointer, limits_.tasks_per_dag),
                fmt::format(
                    "{} tasks in one DAG, accepted are at most {}", count, limits_.tasks_per_dag
                ),
                Errc::limit_exceeded
            );
        }
        if (tasks_ > limits_.tasks) {
            fail(
                pointer,
                fmt::format("more than {} tasks, accepted are so many", limits_.tasks),
                Errc::limit_exceeded
            );
        }
    }

    void check_step(const std::string& pointer, const json::object& step) {
        check_names(pointer, step);
        const auto targets = static_cast<int>(step.contains("template"))
                             + static_cast<int>(step.contains("templateRef"))
                             + static_cast<int>(step.contains("inline"));
        if (targets != 1) {
            fail(pointer, "a step with several templates or none, accepted is template or inline");
        }
        const auto loops = static_cast<int>(step.contains("withItems"))
                           + static_cast<int>(step.contains("withParam"))
                           + static_cast<int>(step.contains("withSequence"));
        if (loops > 1) {
            fail(pointer, "several loops, accepted is one of withItems, withParam, withSequence");
        }
        const auto* sequence = object_at(step, "withSequence");
        if (sequence != nullptr && sequence->contains("count") == sequence->contains("end")) {
            fail(child(pointer, "withSequence"), "a sequence, accepted is one with count or end");
        }
    }

    void check_references() {
        need_template("/spec/entrypoint", text_at(*spec_, "entrypoint"));
        if (spec_->contains("onExit")) {
            need_template("/spec/onExit", text_at(*spec_, "onExit"));
        }
        check_hooks("/spec", *spec_);
        for_each_template(*spec_, [&](const std::string& pointer, const json::object& one) {
            for_each_step(pointer, one, [&](const std::string& at, const json::object& step) {
                for (const char* key : {"template", "onExit"}) {
                    if (step.contains(key)) {
                        need_template(child(at, key), text_at(step, key));
                    }
                }
                check_hooks(at, step);
            });
        });
        if (const auto* arguments = object_at(*spec_, "arguments")) {
            if (const auto* parameters = array_at(*arguments, "parameters")) {
                check_unique("/spec/arguments/parameters", *parameters, "parameter");
            }
        }
    }

    void check_hooks(const std::string& pointer, const json::object& owner) {
        const auto* hooks = object_at(owner, "hooks");
        if (hooks == nullptr) {
            return;
        }
        for (const auto& [name, hook] : *hooks) {
            const auto at = child(child(pointer, "hooks"), name);
            check_names(at, hook.as_object());
            if (name != "exit" && !hook.as_object().contains("expression")) {
                fail(at, "a hook without expression, accepted is one with it, or the hook exit");
            }
            if (!hook.as_object().contains("templateRef")) {
                need_template(child(at, "template"), text_at(hook.as_object(), "template"));
            }
        }
    }

    void need_template(const std::string& pointer, std::string_view name) {
        if (!names_.contains(std::string{name})) {
            fail(
                pointer,
                fmt::format("{}, accepted is the name of a template of this file", quoted(name))
            );
        }
    }

    const json::object& tree_;
    const DefinitionLimits& limits_;
    const json::object* spec_ = nullptr;
    std::set<std::string> names_;
    std::size_t tasks_ = 0;
    std::optional<Fault> fault_;
};

} // namespace

std::optional<Fault> find_fault(const json::object& tree, const DefinitionLimits& limits) {
    return Inspection{tree, limits}.run();
}

} // namespace seakeeper::workflow
