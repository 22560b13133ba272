// SPDX-License-Identifier: Apache-2.0
#include "policy_flow.hpp"
#include "tags.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <map>
#include <set>
#include <unordered_map>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

constexpr std::string_view workflow_prefix = "workflow.parameters.";
constexpr std::string_view input_prefix = "inputs.parameters.";
constexpr std::string_view accepted_way = "the environment: SEAKEEPER_* of the event, or env with "
                                          "the parameter and \"$NAME\" in the script";

/// Follows text that came from outside through arguments and inputs to scripts.
class Interpolation {
public:
    Interpolation(const json::object& spec, const FlowReport& report)
        : spec_{spec}, report_{report} {
        read_parameters();
        for_each_template(spec, [&](const std::string& pointer, const json::object& one) {
            templates_.emplace_back(pointer, &one);
            if (one.contains("name")) {
                by_name_.emplace(text_at(one, "name"), &one);
            }
        });
    }

    void run() {
        check_declared();
        bool has_grown = true;
        while (has_grown) {
            const auto before = tainted_.size();
            for (const auto& [pointer, one] : templates_) {
                spread(*one);
            }
            spread_hooks(spec_, nullptr);
            has_grown = tainted_.size() > before;
        }
        for (const auto& [pointer, one] : templates_) {
            check_template(pointer, *one);
        }
    }

private:
    using Input = std::pair<const json::object*, std::string>;

    /// A parameter that nobody gave a value is filled by a person or not at all; those of events
    /// are plain or base64.
    void read_parameters() {
        const auto* arguments = object_at(spec_, "arguments");
        const auto* parameters =
            arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
        if (parameters == nullptr) {
            return;
        }
        for (const auto& entry : *parameters) {
            const auto& parameter = entry.as_object();
            const std::string name{text_at(parameter, "name")};
            declared_.insert(name);
            const bool is_literal = parameter.contains("value") || parameter.contains("default");
            if (!is_literal && !is_event_parameter(name)) {
                foreign_.insert(name);
            }
        }
    }

    void check_declared() {
        for (const auto& [pointer, one] : templates_) {
            for_each_text(*one, [&, at = pointer](std::string_view text) {
                for (const auto& tag : tags_of(text)) {
                    check_declared_tag(at, tag.name);
                }
            });
        }
    }

    void check_declared_tag(const std::string& pointer, std::string_view name) {
        if (!name.starts_with(workflow_prefix)) {
            return;
        }
        const std::string parameter{name.substr(workflow_prefix.size())};
        if (!declared_.contains(parameter) && said_.insert(parameter).second) {
            report_(
                {pointer,
                 "parameter",
                 fmt::format("{{{{{}}}}}", name),
                 "no such parameter is declared in spec.arguments.parameters",
                 "a declared one; one of the event is declared without value"}
            );
        }
    }

    bool is_tainted(const json::object* owner, std::string_view tag) const {
        if (tag.starts_with(workflow_prefix)) {
            return foreign_.contains(std::string{tag.substr(workflow_prefix.size())});
        }
        if (tag.starts_with(input_prefix)) {
            return tainted_.contains(Input{owner, std::string{tag.substr(input_prefix.size())}});
        }
        return false;
    }

    bool has_tainted(const json::object* owner, std::string_view text) const {
        for (const auto& tag : tags_of(text)) {
            if (is_tainted(owner, tag.name)) {
                return true;
            }
        }
        return false;
    }

    /// Marks the inputs of what a template calls, and its own inputs by their values.
    void spread(const json::object& one) {
        const auto* inputs = object_at(one, "inputs");
        if (const auto* parameters =
                inputs == nullptr ? nullptr : array_at(*inputs, "parameters")) {
            spread_parameters(*parameters, {&one, false}, &one);
        }
        for_each_step({}, one, [&](const std::string&, const json::object& step) {
            bool is_loop_tainted = has_tainted(&one, text_at(step, "withParam"));
            if (const auto* items = step.if_contains("withItems")) {
                for_each_text(*items, [&](std::string_view text) {
                    is_loop_tainted = is_loop_tainted || has_tainted(&one, text);
                });
            }
            const auto* hidden = object_at(step, "inline");
            const auto* target = hidden == nullptr ? target_of(step) : hidden;
            spread_arguments(step, {&one, is_loop_tainted}, target);
            spread_hooks(step, &one);
        });
    }

    struct Source {
        const json::object* owner;
        bool is_item_tainted;
    };

    const json::object* target_of(const json::object& step) const {
        const auto found = by_name_.find(text_at(step, "template"));
        return found == by_name_.end() ? nullptr : found->second;
    }

    void spread_hooks(const json::object& owner, const json::object* caller) {
        if (const auto* hooks = object_at(owner, "hooks")) {
            for (const auto& [name, hook] : *hooks) {
                spread_arguments(hook.as_object(), {caller, false}, target_of(hook.as_object()));
            }
        }
    }

    void spread_arguments(const json::object& call, Source source, const json::object* target) {
        const auto* arguments = object_at(call, "arguments");
        const auto* parameters =
            arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
        if (parameters != nullptr && target != nullptr) {
            spread_parameters(*parameters, source, target);
        }
    }

    void
    spread_parameters(const json::array& parameters, Source source, const json::object* target) {
        for (const auto& entry : parameters) {
            const auto& parameter = entry.as_object();
            for (const char* key : {"value", "default"}) {
                const auto text = text_at(parameter, key);
                bool is_foreign = has_tainted(source.owner, text);
                for (const auto& tag : tags_of(text)) {
                    is_foreign =
                        is_foreign || (source.is_item_tainted && tag.name.starts_with("item"));
                }
                if (is_foreign) {
                    tainted_.emplace(target, std::string{text_at(parameter, "name")});
                }
            }
        }
    }

    void check_template(const std::string& pointer, const json::object& one) {
        for (const char* key : {"container", "script"}) {
            if (const auto* container = object_at(one, key)) {
                check_container(child(pointer, key), *container, &one);
            }
        }
        for (const char* key : {"initContainers", "sidecars"}) {
            check_containers(child(pointer, key), array_at(one, key), &one);
        }
        if (const auto* set = object_at(one, "containerSet")) {
            const auto at = child(child(pointer, "containerSet"), "containers");
            check_containers(at, array_at(*set, "containers"), &one);
        }
    }

    void check_containers(
        const std::string& pointer, const json::array* containers, const json::object* owner
    ) {
        for (std::size_t i = 0; containers != nullptr && i < containers->size(); ++i) {
            check_container(child(pointer, i), (*containers)[i].as_object(), owner);
        }
    }

    void check_container(
        const std::string& pointer, const json::object& container, const json::object* owner
    ) {
        for (const char* key : {"source", "command", "args"}) {
            const auto* value = container.if_contains(key);
            if (value == nullptr) {
                continue;
            }
            for_each_text(*value, [&](std::string_view text) {
                for (const auto& tag : tags_of(text)) {
                    check_tag(child(pointer, key), tag.name, owner);
                }
            });
        }
    }

    void check_tag(const std::string& pointer, std::string_view tag, const json::object* owner) {
        const bool is_whole = tag == "workflow.parameters" || tag == "workflow.parameters.json"
                              || tag == "inputs.parameters" || tag == "workflow.failures";
        if (!is_whole && !is_tainted(owner, tag)) {
            return;
        }
        report_(
            {pointer,
             "interpolation",
             fmt::format("{{{{{}}}}} in a script, command or argument", tag),
             "text that somebody outside chose would be run as part of the program",
             std::string{accepted_way}}
        );
    }

    const json::object& spec_;
    const FlowReport& report_;
    std::vector<std::pair<std::string, const json::object*>> templates_;
    std::map<std::string_view, const json::object*> by_name_;
    std::set<std::string> declared_;
    std::set<std::string> foreign_;
    std::set<std::string> said_;
    std::set<Input> tainted_;
};

} // namespace

void check_interpolation(const Definition& definition, const FlowReport& report) {
    Interpolation{definition.spec(), report}.run();
}

} // namespace seakeeper::workflow
