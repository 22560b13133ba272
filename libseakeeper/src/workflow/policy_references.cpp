// SPDX-License-Identifier: Apache-2.0
#include "expression.hpp"
#include "policy_flow.hpp"
#include "step_order.hpp"
#include "tags.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <vector>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

using Segments = std::vector<std::string_view>;

Segments split(std::string_view name) {
    Segments segments;
    for (auto dot = name.find('.'); dot != name.npos; dot = name.find('.')) {
        segments.push_back(name.substr(0, dot));
        name.remove_prefix(dot + 1);
    }
    segments.push_back(name);
    return segments;
}

/// Where a name stands. Argo puts values for the names of an inline template together with those
/// of the step that holds it, so an inner place has an outer one.
struct Scope {
    const json::object* owner = nullptr; ///< the template; null: the specification
    const StepOrder* order = nullptr;
    const StepFacts* self = nullptr; ///< the step, if it is one
    const Scope* outer = nullptr;
    bool is_hook = false;
    bool is_outputs = false;
    bool is_defaults = false;
};

/// One name in one text.
struct Use {
    const Segments& segments;
    const Scope& scope;
    const Trail& place;
    std::string_view tag; ///< empty: an expression
    bool is_expression = false;
    bool has_default = false; ///< of the output parameter that it is for

    std::string_view at(std::size_t index) const {
        return index < segments.size() ? segments[index] : std::string_view{};
    }
    std::string shown() const {
        return is_expression ? fmt::format("{}", fmt::join(segments, "."))
                             : fmt::format("{{{{{}}}}}", tag);
    }
};

std::vector<std::string> names_in(const json::object* owner, std::string_view kind) {
    std::vector<std::string> names;
    if (const auto* list = owner == nullptr ? nullptr : array_at(*owner, kind)) {
        for (const auto& entry : *list) {
            names.emplace_back(text_at(entry.as_object(), "name"));
        }
    }
    return names;
}

bool declares(const json::object* owner, std::string_view kind, std::string_view name) {
    const auto* list = owner == nullptr ? nullptr : array_at(*owner, kind);
    return list != nullptr && std::ranges::any_of(*list, [&](const json::value& entry) {
               return text_at(entry.as_object(), "name") == name;
           });
}

std::string shown_names(const std::vector<std::string>& names) {
    constexpr std::size_t most = 8;
    const auto count = std::min(names.size(), most);
    return names.empty()
               ? "none: there is none"
               : fmt::format(
                   "one of {}",
                   fmt::join(
                       names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), ", "
                   )
               );
}

class References {
public:
    References(const json::object& spec, const FlowReport& report) : spec_{spec}, report_{report} {
        defaults_ = object_at(spec, "templateDefaults");
        if (const auto* templates = array_at(spec, "templates")) {
            for (const auto& entry : *templates) {
                by_name_.emplace(text_at(entry.as_object(), "name"), &entry.as_object());
            }
        }
        trail_templates(spec, [&](const Trail&, const json::object& one) { collect_globals(one); });
    }

    void run() {
        Scope scope;
        const Trail at{"/spec"};
        for (const char* key : {"arguments", "hooks"}) {
            if (const auto* value = spec_.if_contains(key)) {
                visit(key, *value, scope, {at, key});
            }
        }
        if (defaults_ != nullptr) {
            Scope inner;
            inner.is_defaults = true;
            check_template({at, "templateDefaults"}, *defaults_, inner);
        }
        if (const auto* templates = array_at(spec_, "templates")) {
            const Trail all{at, "templates"};
            for (std::size_t i = 0; i < templates->size(); ++i) {
                check_template({all, i}, (*templates)[i].as_object(), {});
            }
        }
    }

private:
    void collect_globals(const json::object& one) {
        const auto* outputs = object_at(one, "outputs");
        for (const char* kind : {"parameters", "artifacts"}) {
            if (const auto* list = outputs == nullptr ? nullptr : array_at(*outputs, kind)) {
                for (const auto& entry : *list) {
                    const auto name = text_at(entry.as_object(), "globalName");
                    globals_.emplace(kind, name);
                }
            }
        }
    }

    void check_template(const Trail& at, const json::object& one, Scope scope) {
        const auto order = order_of(one);
        scope.owner = &one;
        scope.order = &order;
        for (const auto& [key, value] : one) {
            if (key == "steps" || key == "dag") {
                continue;
            }
            scope.is_outputs = key == "outputs";
            visit(key, value, scope, {at, std::string_view{key}});
        }
        scope.is_outputs = false;
        trail_steps(at, one, [&](const Trail& step_at, const json::object& step) {
            check_step(step_at, step, order.find(text_at(step, "name")), order, scope);
        });
    }

    void check_step(
        const Trail& at,
        const json::object& step,
        StepOrder::const_iterator facts,
        const StepOrder& order,
        Scope scope
    ) {
        if (facts == order.end()) {
            return;
        }
        scope.self = &facts->second;
        for (const auto& [key, value] : step) {
            if (key == "inline") {
                continue;
            }
            scope.is_hook = key == "hooks";
            visit(key, value, scope, {at, std::string_view{key}});
        }
        scope.is_hook = false;
        if (const auto* hidden = object_at(step, "inline")) {
            Scope inner = scope;
            inner.outer = &scope;
            check_template({at, "inline"}, *hidden, inner);
        }
    }

    /// Every text below `value`, which stands at `at`.
    void
    visit(std::string_view key, const json::value& value, const Scope& scope, const Trail& at) {
        if (const auto* object = value.if_object()) {
            const bool had_default = has_default_;
            has_default_ = has_default_ || object->contains("default");
            for (const auto& [name, member] : *object) {
                visit(name, member, scope, {at, std::string_view{name}});
            }
            has_default_ = had_default;
        } else if (const auto* list = value.if_array()) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                visit(key, (*list)[i], scope, {at, i});
            }
        } else if (const auto* text = value.if_string()) {
            check_text(key, *text, scope, at);
        }
    }

    void
    check_text(std::string_view key, std::string_view text, const Scope& scope, const Trail& at) {
        if (key == "expression" || key == "fromExpression") {
            for (const auto& name : parse_expression(text).names) {
                const Segments segments{name.begin(), name.end()};
                check_name({segments, scope, at, {}, true, has_default_});
            }
            return;
        }
        for (const auto& tag : tags_of(text)) {
            if (tag.is_sound) {
                const auto segments = split(tag.name);
                check_name({segments, scope, at, tag.name, false, has_default_});
            }
        }
    }

    void say(const Use& use, std::string reason, std::string accepted, RuleId rule = "reference") {
        report_({use.place.pointer(), rule, use.shown(), std::move(reason), std::move(accepted)});
    }

    void check_name(const Use& use) {
        const auto root = use.at(0);
        if (root == "workflow") {
            return check_workflow_name(use);
        }
        if (root == "inputs") {
            return check_input(use);
        }
        if (root == "outputs") {
            return check_own_output(use);
        }
        if (root == "steps" || root == "tasks") {
            return check_step_name(use);
        }
        if (root == "item") {
            return check_item(use);
        }
        if (root == "pod" || root == "node") {
            if (use.at(1) != "name" || use.scope.owner == nullptr) {
                say(use, "there is no such name here", fmt::format("{}.name, in a template", root));
            }
            return;
        }
        constexpr std::array known{"retries", "lastRetry", "loop"};
        if (use.is_expression && std::ranges::find(known, root) == known.end()) {
            say(use,
                "an expression knows no such name",
                "inputs, outputs, steps, tasks, workflow, item, lastRetry, retries; text in quotes"
            );
        }
    }

    void check_workflow_name(const Use& use) {
        const auto name = use.at(1);
        constexpr std::array plain{
            "name",
            "namespace",
            "uid",
            "mainEntrypoint",
            "serviceAccountName",
            "priority",
            "duration",
            "status",
            "failures",
            "creationTimestamp",
            "scheduledTime"};
        if (std::ranges::find(plain, name) != plain.end()) {
            return;
        }
        if (name == "parameters") {
            const auto* arguments = object_at(spec_, "arguments");
            if (use.is_expression && use.segments.size() > 2
                && !declares(arguments, name, use.at(2))) {
                say(use,
                    "no such parameter is declared",
                    shown_names(names_in(arguments, name)),
                    "parameter");
            }
            return; // tags are followed by the rules of interpolation
        }
        if (name == "outputs" && !use.at(3).empty() && globals_.contains({use.at(2), use.at(3)})) {
            return;
        }
        say(use,
            name == "labels" || name == "annotations"
                ? "labels and annotations of the file are dropped"
                : "there is no such name",
            "workflow.name, .uid, .status, .parameters.NAME, .outputs.parameters.GLOBALNAME ...");
    }

    void check_input(const Use& use) {
        const auto kind = use.at(1);
        if (kind != "parameters" && kind != "artifacts") {
            return say(
                use, "there is no such name", "inputs.parameters.NAME, inputs.artifacts.NAME"
            );
        }
        if (use.scope.owner == nullptr) {
            return say(use, "the specification has no inputs", "a literal");
        }
        if (use.segments.size() == 2 || use.scope.is_defaults) {
            return;
        }
        std::vector<const json::object*> givers{
            defaults_ == nullptr ? nullptr : object_at(*defaults_, "inputs")};
        for (const auto* scope = &use.scope; scope != nullptr; scope = scope->outer) {
            givers.push_back(object_at(*scope->owner, "inputs"));
        }
        const bool is_declared = std::ranges::any_of(givers, [&](const json::object* inputs) {
            return declares(inputs, kind, use.at(2));
        });
        if (!is_declared) {
            say_no_input(use, givers);
        }
    }

    void say_no_input(const Use& use, const std::vector<const json::object*>& givers) {
        const auto kind = use.at(1);
        std::vector<std::string> declared;
        for (const auto* inputs : givers) {
            const auto own = names_in(inputs, kind);
            declared.insert(declared.end(), own.begin(), own.end());
        }
        say(use,
            "the template declares no such input",
            declared.empty() ? fmt::format("{} under inputs.{} of the template", use.at(2), kind)
                             : shown_names(declared));
    }

    void check_own_output(const Use& use) {
        const auto* outputs =
            use.scope.owner == nullptr ? nullptr : object_at(*use.scope.owner, "outputs");
        const bool is_known = use.at(3) == "path" && declares(outputs, use.at(1), use.at(2));
        if (!is_known && !use.scope.is_defaults) {
            say(use, "the template declares no such output", "outputs.parameters.NAME.path");
        }
    }

    void check_item(const Use& use) {
        for (const auto* scope = &use.scope; scope != nullptr; scope = scope->outer) {
            if (scope->self != nullptr && scope->self->is_loop) {
                return;
            }
        }
        say(use, "there is no loop here", "withItems, withParam or withSequence on the step");
    }

    /// The step of the template itself, as Argo sees it: that of the outermost inline template.
    static const Scope& outermost(const Scope& scope) {
        const auto* found = &scope;
        while (found->outer != nullptr) {
            found = found->outer;
        }
        return *found;
    }

    void check_step_name(const Use& use) {
        const auto& scope = outermost(use.scope);
        const auto kind =
            scope.owner != nullptr && scope.owner->contains("dag") ? "tasks" : "steps";
        const bool has_steps = scope.order != nullptr && !scope.order->empty();
        if (!has_steps || use.at(0) != kind) {
            return say(
                use,
                has_steps ? "it is a step of another template"
                          : "a template of this kind has no steps",
                has_steps ? fmt::format("{}.NAME", kind) : "inputs.parameters.NAME"
            );
        }
        const auto meant = scope.order->find(use.at(1));
        if (meant == scope.order->end() || !is_visible(*meant, scope)) {
            return say_invisible(use, scope);
        }
        check_attribute(use, scope, meant->second);
    }

    static bool is_visible(const StepOrder::value_type& step, const Scope& scope) {
        return scope.self == nullptr || scope.self->before.contains(step.first)
               || (scope.is_hook && &step.second == scope.self);
    }

    void say_invisible(const Use& use, const Scope& scope) {
        std::vector<std::string> visible;
        for (const auto& step : *scope.order) {
            if (is_visible(step, scope)) {
                visible.push_back(step.first);
            }
        }
        say(use, "no such step comes before it", shown_names(visible));
    }

    void check_attribute(const Use& use, const Scope& scope, const StepFacts& facts) {
        constexpr std::array always{"id", "status", "startedAt", "finishedAt"};
        const auto attribute = use.at(2);
        if (std::ranges::find(always, attribute) != always.end() && !facts.is_loop) {
            return;
        }
        const auto* target = target_of(*facts.step);
        const bool is_leaf = target != nullptr && is_leaf_template(*target);
        const bool is_code =
            (attribute == "exitCode" || attribute == "hostNodeName") && is_leaf && !facts.is_loop;
        if (!is_code && (attribute != "outputs" || !has_output(use, target, is_leaf))) {
            return say(
                use,
                facts.is_loop ? "a loop has no such output" : "the step has no such output",
                accepted_outputs(target, is_leaf, use.at(3))
            );
        }
        const bool is_there = scope.self == nullptr
                                  ? !facts.is_unsure && is_plain_end(facts)
                                  : scope.self->sure.contains(use.at(1)) && scope.self != &facts;
        const bool is_bounded = scope.is_outputs && (use.is_expression || use.has_default);
        if (!is_there && !is_bounded) {
            say(use,
                "the step may not have run, and Argo waits for its outputs for ever, past every "
                "deadline",
                scope.is_outputs ? "a default beside it, or an expression that asks for its status"
                                 : "an output of a step that always runs before this one",
                "hanging-result");
        }
    }

    /// Whether a step of a finished template has run: a task after one that failed may not have.
    static bool is_plain_end(const StepFacts& facts) {
        return !facts.step->contains("depends") || facts.sure.size() == facts.before.size();
    }

    static bool has_output(const Use& use, const json::object* target, bool is_leaf) {
        const auto kind = use.at(3);
        if (kind == "result") {
            return is_leaf;
        }
        if (target == nullptr) {
            return false;
        }
        const auto* outputs = object_at(*target, "outputs");
        if (use.segments.size() != 4) {
            return declares(outputs, kind, use.at(4));
        }
        const auto* list = outputs == nullptr ? nullptr : array_at(*outputs, kind);
        return kind == "parameters" && list != nullptr && !list->empty();
    }

    static std::string
    accepted_outputs(const json::object* target, bool is_leaf, std::string_view wanted) {
        const bool is_artifact = wanted == "artifacts";
        const auto kind = is_artifact ? wanted : "parameters";
        auto names = names_in(target == nullptr ? nullptr : object_at(*target, "outputs"), kind);
        for (auto& name : names) {
            name = fmt::format("outputs.{}.{}", kind, name);
        }
        if (is_artifact) {
            return shown_names(names);
        }
        if (is_leaf) {
            names.insert(names.begin(), "outputs.result");
        }
        names.insert(names.begin(), "status");
        return shown_names(names);
    }

    const json::object* target_of(const json::object& step) const {
        if (const auto* hidden = object_at(step, "inline")) {
            return hidden;
        }
        const auto found = by_name_.find(text_at(step, "template"));
        return found == by_name_.end() ? nullptr : found->second;
    }

    const json::object& spec_;
    const FlowReport& report_;
    const json::object* defaults_ = nullptr;
    std::map<std::string_view, const json::object*> by_name_;
    std::set<std::pair<std::string_view, std::string_view>> globals_; ///< kind and name
    bool has_default_ = false;
};

} // namespace

void check_references(const Definition& definition, const FlowReport& report) {
    References{definition.spec(), report}.run();
}

} // namespace seakeeper::workflow
