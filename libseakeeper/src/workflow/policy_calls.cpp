// SPDX-License-Identifier: Apache-2.0
#include "policy_flow.hpp"
#include "tags.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <vector>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

constexpr auto endless = std::numeric_limits<std::int64_t>::max();

std::int64_t times(std::int64_t a, std::int64_t b) {
    std::int64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? endless : product;
}

std::int64_t plus(std::int64_t a, std::int64_t b) {
    std::int64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? endless : sum;
}

std::int64_t number_of(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr) {
        return 0;
    }
    std::int64_t number = 0;
    if (const auto* given = value->if_int64()) {
        number = *given;
    } else {
        const auto text = text_at(object, key);
        std::from_chars(text.data(), text.data() + text.size(), number);
    }
    return std::clamp(number, -endless / 4, endless / 4); // differences stay whole
}

/// How often a step runs by its literal loop, at most `most`: longer sequences are refused by
/// themselves. A loop over a parameter counts once: parallelism and deadline bound it.
std::int64_t repetitions(const json::object& step, std::int64_t most) {
    if (const auto* items = array_at(step, "withItems")) {
        return static_cast<std::int64_t>(items->size());
    }
    if (const auto* sequence = object_at(step, "withSequence")) {
        if (sequence->contains("count")) {
            return std::clamp<std::int64_t>(number_of(*sequence, "count"), 0, most);
        }
        const auto distance = number_of(*sequence, "end") - number_of(*sequence, "start");
        return std::min(plus(std::abs(distance), 1), most);
    }
    return 1;
}

bool is_loop(const json::object& step) {
    return step.contains("withItems") || step.contains("withParam")
           || step.contains("withSequence");
}

class Calls {
public:
    Calls(const json::object& spec, std::int64_t loop_items, const FlowReport& report)
        : spec_{spec}, loop_items_{loop_items}, report_{report} {
        trail_templates(spec, [&](const Trail&, const json::object& one) {
            if (one.contains("name")) {
                by_name_.emplace(text_at(one, "name"), &one);
            }
        });
    }

    /// Pods and nodes of the whole run.
    std::int64_t count() {
        auto total = called(text_at(spec_, "entrypoint"));
        total = plus(total, called(text_at(spec_, "onExit")));
        return plus(total, hooks_of(spec_));
    }

    /// Templates that nothing calls may call themselves too; they do no harm, and say so anyway.
    void visit_rest() {
        for (const auto& [name, one] : by_name_) {
            nodes_of(*one);
        }
    }

private:
    std::int64_t called(std::string_view name) {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? 0 : nodes_of(*found->second);
    }

    std::int64_t hooks_of(const json::object& owner) {
        std::int64_t total = 0;
        if (const auto* hooks = object_at(owner, "hooks")) {
            for (const auto& [name, hook] : *hooks) {
                total = plus(total, called(text_at(hook.as_object(), "template")));
            }
        }
        return total;
    }

    std::int64_t nodes_of(const json::object& one) {
        if (const auto known = nodes_.find(&one); known != nodes_.end()) {
            return known->second;
        }
        if (!entered_.insert(&one).second) {
            say_recursion(one);
            return 0;
        }
        std::int64_t total = 1;
        for (const auto* step : steps_of(one)) {
            const auto* hidden = object_at(*step, "inline");
            auto each = hidden == nullptr ? called(text_at(*step, "template")) : nodes_of(*hidden);
            each = plus(each, called(text_at(*step, "onExit")));
            each = plus(each, hooks_of(*step));
            total = plus(total, times(each, repetitions(*step, loop_items_)));
        }
        nodes_.emplace(&one, total);
        return total;
    }

    void say_recursion(const json::object& one) {
        if (!said_.insert(&one).second) {
            return;
        }
        report_(
            {pointer_of(one),
             "recursion",
             fmt::format("the template {}, which calls itself", quoted(text_at(one, "name"), 60)),
             "it goes on until Argo's limit of 100 levels",
             "templates that call others only; retryStrategy, withItems"}
        );
    }

    std::string pointer_of(const json::object& wanted) const {
        std::string pointer;
        trail_templates(spec_, [&](const Trail& at, const json::object& one) {
            pointer = &one == &wanted ? at.pointer() : std::move(pointer);
        });
        return pointer;
    }

    const json::object& spec_;
    const std::int64_t loop_items_;
    const FlowReport& report_;
    std::map<std::string_view, const json::object*> by_name_;
    std::unordered_map<const json::object*, std::int64_t> nodes_;
    std::set<const json::object*> entered_;
    std::set<const json::object*> said_;
};

} // namespace

void check_calls(const Definition& definition, const Policy& policy, const FlowReport& report) {
    Calls calls{definition.spec(), policy.caps.loop_items, report};
    const auto nodes = calls.count();
    calls.visit_rest();
    if (nodes > policy.caps.nodes) {
        report(
            {"/spec/entrypoint",
             "limit",
             nodes == endless ? std::string{"calls and loops without number"}
                              : fmt::format("{} nodes of calls and loops", nodes),
             "it floods the cluster",
             fmt::format("at most {}", policy.caps.nodes)}
        );
    }
}

void check_inline(const Definition& definition, const FlowReport& report) {
    const auto& spec = definition.spec();
    const auto* defaults = object_at(spec, "templateDefaults");
    const bool is_retried = spec.contains("retryStrategy")
                            || (defaults != nullptr && defaults->contains("retryStrategy"));
    trail_templates(spec, [&](const Trail& one_at, const json::object& one) {
        trail_steps(one_at, one, [&](const Trail& at, const json::object& step) {
            const auto* hidden = object_at(step, "inline");
            if (hidden == nullptr) {
                return;
            }
            std::string found;
            if (hidden->contains("steps") || hidden->contains("dag")) {
                found = "an inline template with steps or tasks of its own";
            } else if (is_retried || hidden->contains("retryStrategy")) {
                found = "an inline template with a retry strategy";
            } else if (is_loop(step)) {
                found = "a loop over an inline template";
            } else {
                return;
            }
            report(
                {Trail{at, "inline"}.pointer(),
                 "inline",
                 std::move(found),
                 "Argo does not find it again, and the run fails or never ends",
                 "a template with a name, under spec.templates"}
            );
        });
    });
}

} // namespace seakeeper::workflow
