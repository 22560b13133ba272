// SPDX-License-Identifier: Apache-2.0
#include "policy_flow.hpp"
#include "tags.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

constexpr std::string_view workflow_prefix = "workflow.parameters.";
constexpr std::string_view input_prefix = "inputs.parameters.";
constexpr std::string_view global_prefix = "workflow.outputs.parameters.";
constexpr std::string_view node_name = "node.name"; ///< followed as if it were an input
constexpr std::string_view accepted_way = "the environment: SEAKEEPER_* of the event, or env with "
                                          "the parameter and \"$NAME\" in the script";

/// Who chose a text, the worst of them.
enum class Taint : std::uint8_t {
    none,
    printed, ///< a program of this run; in a trusted workload it may repeat what strangers wrote
    foreign, ///< somebody outside
};

/// Follows text that came from outside through arguments, inputs and outputs to scripts.
class Interpolation {
public:
    Interpolation(const json::object& spec, const Policy& policy, const FlowReport& report)
        : spec_{spec}, report_{report},
          printed_{policy.trust_class == trust::Class::trusted ? Taint::printed : Taint::none} {
        read_parameters();
        defaults_ = object_at(spec, "templateDefaults");
        trail_templates(spec, [&](const Trail&, const json::object& one) {
            templates_.push_back(&one);
            if (one.contains("name") && &one != defaults_) {
                by_name_.emplace(text_at(one, "name"), &one);
            }
            for (const auto* step : steps_of(one)) {
                if (const auto* hidden = object_at(*step, "inline")) {
                    holder_.emplace(hidden, &one);
                }
            }
        });
    }

    void run() {
        check_declared();
        do {
            has_grown_ = false;
            for (const auto* one : templates_) {
                spread(*one);
            }
            spread_hooks(spec_, {nullptr, Taint::none});
            spread_given(text_at(spec_, "entrypoint"));
        } while (has_grown_);
        const Trail at{"/spec"};
        check_artifacts(at, spec_, "arguments", nullptr);
        check_hooks(at, spec_, nullptr);
        trail_templates(spec_, [&](const Trail& one_at, const json::object& one) {
            check_template(one_at, one);
        });
    }

private:
    using Name = std::pair<const json::object*, std::string_view>; ///< borrowed of spec_

    /// A parameter that nobody gave a value is filled by a person or not at all; those of events
    /// are plain or base64. One that is made of such a parameter is as foreign.
    void read_parameters() {
        const auto* arguments = object_at(spec_, "arguments");
        const auto* parameters =
            arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
        if (parameters == nullptr) {
            return;
        }
        for (const auto& entry : *parameters) {
            const auto& parameter = entry.as_object();
            const auto name = text_at(parameter, "name");
            declared_.insert(name);
            const bool is_literal = parameter.contains("value") || parameter.contains("default");
            if (!is_literal && !is_event_parameter(name)) {
                foreign_.insert(name);
            }
        }
        for (std::size_t before = 0; before != foreign_.size();) {
            before = foreign_.size();
            for (const auto& entry : *parameters) {
                const auto& parameter = entry.as_object();
                if (taint_in(nullptr, text_at(parameter, "value"), Taint::none) != Taint::none
                    || taint_in(nullptr, text_at(parameter, "default"), Taint::none)
                           != Taint::none) {
                    foreign_.emplace(text_at(parameter, "name"));
                }
            }
        }
    }

    void check_declared() {
        trail_templates(spec_, [&](const Trail& at, const json::object& one) {
            for_each_text(one, [&](std::string_view text) {
                for (const auto& tag : tags_of(text)) {
                    check_declared_tag(at, tag.name);
                }
            });
        });
    }

    void check_declared_tag(const Trail& at, std::string_view name) {
        if (!name.starts_with(workflow_prefix)) {
            return;
        }
        const auto parameter = name.substr(workflow_prefix.size());
        if (!declared_.contains(parameter) && said_.insert(parameter).second) {
            report_(
                {at.pointer(),
                 "parameter",
                 fmt::format("{{{{{}}}}}", name),
                 "no such parameter is declared in spec.arguments.parameters",
                 "a declared one; one of the event is declared without value"}
            );
        }
    }

    static void raise(Taint& taint, Taint more) { taint = std::max(taint, more); }

    void mark(std::map<Name, Taint>& marks, Name name, Taint taint) {
        if (taint == Taint::none) {
            return; // what has no mark is that
        }
        auto& mark = marks[name];
        has_grown_ = has_grown_ || mark < taint;
        raise(mark, taint);
    }

    static Taint mark_of(const std::map<Name, Taint>& marks, const Name& name) {
        const auto found = marks.find(name);
        return found == marks.end() ? Taint::none : found->second;
    }

    /// An input as Argo fills it in: inside of an inline template those of its holders come first,
    /// and templateDefaults is part of every template.
    Taint taint_of_input(const json::object* owner, std::string_view name) const {
        auto taint = mark_of(inputs_, {defaults_, name});
        if (owner == defaults_) {
            for (const auto* one : templates_) {
                raise(taint, mark_of(inputs_, {one, name}));
            }
        }
        while (owner != nullptr) {
            raise(taint, mark_of(inputs_, {owner, name}));
            const auto holder = holder_.find(owner);
            owner = holder == holder_.end() ? nullptr : holder->second;
        }
        return taint;
    }

    /// steps.NAME.outputs..., of the template or of one that holds it.
    Taint taint_of_output(const json::object* owner, std::string_view tag) const {
        const auto dot = tag.find('.', tag.find('.') + 1);
        if (owner == nullptr || dot == tag.npos || !tag.substr(dot).starts_with(".outputs")) {
            return Taint::none;
        }
        auto taint = printed_;
        const auto prefix = tag.find('.') + 1;
        const auto step_name = tag.substr(prefix, dot - prefix);
        constexpr std::string_view kind = ".outputs.parameters";
        const auto rest = tag.substr(dot);
        for (const auto* step : steps_of(*owner)) {
            const auto* target = text_at(*step, "name") == step_name ? target_of(*step) : nullptr;
            if (target == nullptr || !rest.starts_with(kind)) {
                continue;
            }
            for (auto at = outputs_.lower_bound({target, {}});
                 at != outputs_.end() && at->first.first == target;
                 ++at) {
                const auto& [name, mark] = *at;
                const bool is_meant = rest == kind || rest.substr(kind.size() + 1) == name.second;
                raise(taint, is_meant ? mark : Taint::none);
            }
        }
        const auto holder = holder_.find(owner);
        if (holder != holder_.end()) {
            raise(taint, taint_of_output(holder->second, tag));
        }
        return taint;
    }

    Taint taint_of(const json::object* owner, std::string_view tag) const {
        constexpr std::array whole{"workflow.parameters", "inputs.parameters", "workflow.failures"};
        if (std::ranges::find(whole, tag) != whole.end()) {
            return Taint::foreign;
        }
        if (tag.starts_with(workflow_prefix)) {
            const bool is_foreign = foreign_.contains(tag.substr(workflow_prefix.size()));
            return is_foreign ? Taint::foreign : Taint::none;
        }
        if (tag.starts_with(input_prefix)) {
            return taint_of_input(owner, tag.substr(input_prefix.size()));
        }
        if (tag == node_name) {
            return taint_of_input(owner, node_name);
        }
        if (tag == "lastRetry.message") {
            return printed_; // what the container left as its termination message
        }
        if (tag.starts_with(global_prefix)) {
            const auto name = tag.substr(global_prefix.size());
            return std::max(printed_, mark_of(outputs_, {nullptr, name}));
        }
        return taint_of_output(owner, tag);
    }

    Taint taint_in(const json::object* owner, std::string_view text, Taint item) const {
        auto taint = Taint::none;
        for (const auto& tag : tags_of(text)) {
            raise(taint, taint_of(owner, tag.name));
            raise(taint, tag.name.starts_with("item") ? item : Taint::none);
        }
        return taint;
    }

    Taint taint_of_items(const json::object& owner, const json::object& step) const {
        auto taint = taint_in(&owner, text_at(step, "withParam"), Taint::none);
        if (const auto* items = step.if_contains("withItems")) {
            for_each_text(*items, [&](std::string_view text) {
                raise(taint, taint_in(&owner, text, Taint::none));
            });
        }
        return taint;
    }

    /// Marks the inputs of what a template calls, and its own inputs and outputs by their values.
    void spread(const json::object& one) {
        if (const auto* inputs = object_at(one, "inputs")) {
            spread_parameters(*inputs, {&one, Taint::none}, &one);
        }
        spread_outputs(one);
        for (const auto* step : steps_of(one)) {
            const Source source{&one, taint_of_items(one, *step)};
            spread_call(*step, source, target_of(*step));
            spread_hooks(*step, source);
        }
    }

    void spread_outputs(const json::object& one) {
        const auto* outputs = object_at(one, "outputs");
        const auto* parameters = outputs == nullptr ? nullptr : array_at(*outputs, "parameters");
        for (std::size_t i = 0; parameters != nullptr && i < parameters->size(); ++i) {
            const auto& parameter = (*parameters)[i].as_object();
            auto taint = Taint::none;
            for_each_text((*parameters)[i], [&](std::string_view text) {
                raise(taint, taint_in(&one, text, Taint::none));
            });
            const auto* source = object_at(parameter, "valueFrom");
            if (source != nullptr
                && (source->contains("expression") || source->contains("supplied"))) {
                taint = Taint::foreign; // what it reads is not followed; a person gives it
            }
            mark(outputs_, {&one, text_at(parameter, "name")}, taint);
            mark(outputs_, {nullptr, text_at(parameter, "globalName")}, taint);
        }
    }

    struct Source {
        const json::object* owner;
        Taint item;
    };

    const json::object* named(std::string_view name) const {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }

    const json::object* target_of(const json::object& step) const {
        const auto* hidden = object_at(step, "inline");
        return hidden == nullptr ? named(text_at(step, "template")) : hidden;
    }

    /// Argo gives the workflow's own arguments to the entrypoint, and to what runs at an exit
    /// without arguments of its own.
    void spread_given(std::string_view template_name) {
        if (const auto* target = named(template_name)) {
            for (const auto& name : foreign_) {
                mark(inputs_, {target, name}, Taint::foreign);
            }
        }
    }

    void spread_hooks(const json::object& owner, Source source) {
        const auto on_exit = text_at(owner, "onExit");
        spread_call({}, source, named(on_exit));
        spread_given(on_exit);
        if (const auto* hooks = object_at(owner, "hooks")) {
            for (const auto& [name, hook] : *hooks) {
                const auto& call = hook.as_object();
                spread_call(call, source, target_of(call));
                if (name == "exit" && !has_parameters(call)) {
                    spread_given(text_at(call, "template"));
                }
            }
        }
    }

    static bool has_parameters(const json::object& call) {
        const auto* arguments = object_at(call, "arguments");
        const auto* parameters =
            arguments == nullptr ? nullptr : array_at(*arguments, "parameters");
        return parameters != nullptr && !parameters->empty();
    }

    /// The name of a node has the items of the loops above it.
    void spread_call(const json::object& call, Source source, const json::object* target) {
        if (target == nullptr) {
            return;
        }
        const auto above = taint_of_input(source.owner, node_name);
        mark(inputs_, {target, node_name}, std::max(source.item, above));
        if (const auto* arguments = object_at(call, "arguments")) {
            spread_parameters(*arguments, source, target);
        }
    }

    void spread_parameters(const json::object& given, Source source, const json::object* target) {
        const auto* parameters = array_at(given, "parameters");
        for (std::size_t i = 0; parameters != nullptr && i < parameters->size(); ++i) {
            const auto& parameter = (*parameters)[i].as_object();
            for (const char* key : {"value", "default"}) {
                const auto taint = taint_in(source.owner, text_at(parameter, key), source.item);
                mark(inputs_, {target, text_at(parameter, "name")}, taint);
            }
        }
    }

    void check_template(const Trail& at, const json::object& one) {
        for (const char* key : {"container", "script"}) {
            if (const auto* container = object_at(one, key)) {
                check_container({at, key}, *container, &one);
            }
        }
        for (const char* key : {"initContainers", "sidecars"}) {
            check_containers({at, key}, array_at(one, key), &one);
        }
        if (const auto* set = object_at(one, "containerSet")) {
            const Trail set_at{at, "containerSet"};
            check_containers({set_at, "containers"}, array_at(*set, "containers"), &one);
        }
        trail_steps(at, one, [&](const Trail& step_at, const json::object& step) {
            if (const auto* condition = step.if_contains("when")) {
                const auto item = taint_of_items(one, step);
                check_sink({step_at, "when"}, *condition, {&one, item}, Taint::foreign);
            }
            check_artifacts(step_at, step, "arguments", &one);
            check_hooks(step_at, step, &one);
        });
        check_artifacts(at, one, "inputs", &one);
    }

    void check_hooks(const Trail& at, const json::object& holder, const json::object* owner) {
        if (const auto* hooks = object_at(holder, "hooks")) {
            const Trail all{at, "hooks"};
            for (const auto& [name, hook] : *hooks) {
                check_artifacts(
                    {all, std::string_view{name}}, hook.as_object(), "arguments", owner
                );
            }
        }
    }

    /// git artifacts: what is fetched and checked out.
    void check_artifacts(
        const Trail& at, const json::object& holder, std::string_view key, const json::object* owner
    ) {
        const auto* given = object_at(holder, key);
        const auto* artifacts = given == nullptr ? nullptr : array_at(*given, "artifacts");
        for (std::size_t i = 0; artifacts != nullptr && i < artifacts->size(); ++i) {
            if (const auto* git = (*artifacts)[i].as_object().if_contains("git")) {
                const Trail given_at{at, key};
                const Trail all{given_at, "artifacts"};
                const Trail one{all, i};
                check_sink({one, "git"}, *git, {owner, Taint::foreign}, Taint::foreign);
            }
        }
    }

    void
    check_containers(const Trail& at, const json::array* containers, const json::object* owner) {
        for (std::size_t i = 0; containers != nullptr && i < containers->size(); ++i) {
            check_container({at, i}, (*containers)[i].as_object(), owner);
        }
    }

    void
    check_container(const Trail& at, const json::object& container, const json::object* owner) {
        for (const char* key : {"source", "command", "args"}) {
            if (const auto* value = container.if_contains(key)) {
                const auto item = taint_of_holder_items(owner);
                check_sink({at, key}, *value, {owner, item}, Taint::printed);
            }
        }
    }

    /// Inside of an inline template the item of the step that holds it is put in.
    Taint taint_of_holder_items(const json::object* owner) const {
        auto taint = Taint::none;
        for (auto holder = holder_.find(owner); holder != holder_.end();
             holder = holder_.find(holder->second)) {
            for (const auto* step : steps_of(*holder->second)) {
                raise(taint, taint_of_items(*holder->second, *step));
            }
        }
        return taint;
    }

    /// Every text below a value that Argo puts tainted text into.
    void check_sink(const Trail& at, const json::value& value, Source source, Taint least) {
        if (const auto* list = value.if_array()) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                check_sink({at, i}, (*list)[i], source, least);
            }
        } else if (const auto* object = value.if_object()) {
            for (const auto& [key, member] : *object) {
                check_sink({at, std::string_view{key}}, member, source, least);
            }
        } else if (const auto* text = value.if_string()) {
            for (const auto& tag : tags_of(*text)) {
                auto taint = taint_of(source.owner, tag.name);
                raise(taint, tag.name.starts_with("item") ? source.item : Taint::none);
                if (taint >= least) {
                    say(at, tag.name, taint);
                }
            }
        }
    }

    void say(const Trail& at, std::string_view tag, Taint taint) {
        report_(
            {at.pointer(),
             "interpolation",
             fmt::format("{{{{{}}}}} in a script, command, condition or git reference", tag),
             taint == Taint::foreign
                 ? "text that somebody outside chose would be run as part of the program"
                 : "what a step printed may repeat what a stranger wrote, and would be run as part "
                   "of a trusted program",
             std::string{accepted_way}}
        );
    }

    const json::object& spec_;
    const FlowReport& report_;
    const Taint printed_;
    const json::object* defaults_ = nullptr;
    std::vector<const json::object*> templates_;
    std::map<std::string_view, const json::object*> by_name_;
    std::map<const json::object*, const json::object*> holder_; ///< of an inline template
    std::set<std::string_view> declared_;
    std::set<std::string_view> foreign_;
    std::set<std::string_view> said_;
    std::map<Name, Taint> inputs_;
    std::map<Name, Taint> outputs_; ///< of a template; of null: global ones
    bool has_grown_ = false;
};

} // namespace

void check_interpolation(
    const Definition& definition, const Policy& policy, const FlowReport& report
) {
    Interpolation{definition.spec(), policy, report}.run();
}

} // namespace seakeeper::workflow
