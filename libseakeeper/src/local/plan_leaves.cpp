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

constexpr std::string_view shut_down = "workflow shutdown with strategy:  Terminate";
constexpr std::string_view too_late =
    "Pod was active on the node longer than the specified deadline";

std::string words_of(const ContainerEnd& end) {
    return fmt::format(
        "{}: Error (exit code {}){}{}",
        end.name,
        end.exit_code,
        end.message.empty() ? "" : ": ",
        end.message
    );
}

/// The name of the step or task in a node's name: what a loop and retries added is taken off.
std::string_view caller_of(std::string_view name) {
    while (name.ends_with(')') || name.ends_with(']')) {
        const auto open = name.rfind(name.back() == ')' ? '(' : '[');
        if (open == name.npos) {
            break;
        }
        name = name.substr(0, open);
    }
    const auto dot = name.rfind('.');
    return dot == name.npos ? name : name.substr(dot + 1);
}

} // namespace

std::pair<NodePhase, std::string> judged(const PodEnd& end) {
    if (end.killed) {
        return {NodePhase::failed, *end.killed};
    }
    if (end.is_late) {
        return {NodePhase::failed, std::string{too_late}};
    }
    if (end.fault) {
        return {NodePhase::error, *end.fault};
    }
    // Argo's order: init containers, main, wait, sidecars.
    for (const auto* some : {&end.init, &end.mains}) {
        for (const auto& one : *some) {
            if (one.exit_code != 0) {
                return {NodePhase::failed, words_of(one)};
            }
        }
    }
    if (end.wait_fault) {
        return {NodePhase::error, "wait: Error (exit code 64): " + *end.wait_fault};
    }
    for (const auto& one : end.sidecars) {
        if (one.exit_code != 0 && one.exit_code != 137 && one.exit_code != 143) {
            return {NodePhase::failed, words_of(one)};
        }
    }
    return {NodePhase::succeeded, ""};
}

Plan::Outcome Plan::execute_pod(json::object body, const Place& place, std::string scope) {
    const auto index = add(NodeType::pod, NodePhase::pending, place);
    Node& node = nodes_[index];
    node.template_name = text_at(body, "name");
    node.scope = std::move(scope);
    node.body = std::move(body);
    launch(index);
    const auto* set = object_at(node.body, "containerSet");
    const auto* containers = set == nullptr ? nullptr : array_at(*set, "containers");
    if (containers == nullptr || is_fulfilled(node.phase)) {
        return {index, Why::none, ""};
    }
    for (const auto& one : *containers) {
        Place inner;
        inner.name = fmt::format("{}.{}", node.name, text_at(one.get_object(), "name"));
        inner.scope = node.scope;
        inner.boundary = index;
        inner.is_hook = place.is_hook;
        inner.is_retry = place.is_retry;
        const auto child = add(NodeType::container, NodePhase::pending, inner);
        nodes_[child].template_name = node.template_name;
    }
    for (const auto& one : *containers) {
        const auto child =
            *find(fmt::format("{}.{}", node.name, text_at(one.get_object(), "name")));
        const auto* needs = array_at(one.get_object(), "dependencies");
        if (needs == nullptr || needs->empty()) {
            add_child(index, child);
        }
        for (const auto& need : needs == nullptr ? json::array{} : *needs) {
            add_child(
                *find(fmt::format("{}.{}", node.name, std::string_view{need.get_string()})), child
            );
        }
    }
    return {index, Why::none, ""};
}

void Plan::launch(std::size_t index) {
    Node& node = nodes_[index];
    std::optional<WallTime> until = node.until;
    const auto sooner = [&](std::optional<WallTime> other) {
        until = other && (!until || *other < *until) ? other : until;
    };
    if (const auto seconds = integer_at(node.body, "activeDeadlineSeconds")) {
        sooner(now_ + std::chrono::seconds{*seconds});
    }
    if (const auto timeout = text_at(node.body, "timeout"); !timeout.empty()) {
        if (auto span = duration_of(timeout)) {
            sooner(now_ + *span);
        }
    }
    if (!node.is_on_exit) {
        sooner(deadline());
    }
    if (until && now_ >= *until && !node.is_on_exit) {
        return mark(index, NodePhase::failed, "Step exceeded its deadline");
    }
    if (stopped_) {
        return mark(index, NodePhase::failed, std::string{shut_down});
    }
    acts_.launches.push_back({index, node.id, node.body, is_result_wanted(node), until});
    active_.insert(index);
}

/// Argo keeps a result only where some tag of the calling template names it.
bool Plan::is_result_wanted(const Node& node) const {
    if (!node.boundary) {
        return false;
    }
    const auto& owner = nodes_[*node.boundary].body;
    const auto name = caller_of(node.name);
    const auto& frame = nodes_[*node.boundary].frame;
    if (!frame) {
        return false;
    }
    if (frame->text.empty()) {
        frame->text = workflow::go_json(json::value(owner));
        if (frame->text.find("outputs.result") == std::string::npos) {
            frame->text = "none"; // a long one is not searched for every pod
        }
    }
    const auto& text = frame->text;
    const auto kind = owner.contains("dag") ? "tasks" : "steps";
    return text.find(fmt::format("{}.{}.outputs.result", kind, name)) != text.npos
           || text.find(fmt::format("{}['{}'].outputs.result", kind, name)) != text.npos
           || text.find(fmt::format("{}[\\\"{}\\\"].outputs.result", kind, name)) != text.npos;
}

void Plan::started(std::size_t index, WallTime now) {
    now_ = now;
    if (nodes_[index].phase == NodePhase::pending) {
        mark(index, NodePhase::running, "");
        nodes_[index].started = now;
    }
}

void Plan::finished(std::size_t index, PodEnd end, WallTime now) {
    now_ = now;
    active_.erase(index);
    if (killed_.contains(index)) {
        end.killed = std::string{shut_down};
    }
    end_pod(index, end);
}

void Plan::end_pod(std::size_t index, const PodEnd& end) {
    Node& node = nodes_[index];
    for (const auto& one : end.mains) {
        if (const auto child = find(fmt::format("{}.{}", node.name, one.name))) {
            const auto message =
                fmt::format("{}: Error (exit code {}): {}", one.name, one.exit_code, one.message);
            one.exit_code == 0    ? mark(*child, NodePhase::succeeded, "")
            : one.exit_code == 64 ? mark(*child, NodePhase::error, message)
                                  : mark(*child, NodePhase::failed, message);
        }
    }
    auto [phase, message] = judged(end);
    for (std::size_t i = index + 1; i < nodes_.size(); ++i) {
        if (nodes_[i].type == NodeType::container && nodes_[i].boundary == index
            && !is_fulfilled(nodes_[i].phase)) {
            mark(
                i,
                NodePhase::failed,
                message.empty() ? "Pod Failed whilst container running" : message
            );
        }
    }
    node.outputs = end.outputs;
    const auto main = std::ranges::find(end.mains, "main", &ContainerEnd::name);
    if (main != end.mains.end() && !end.killed && !end.is_late) {
        node.outputs.exit_code = fmt::format("{}", main->exit_code);
    }
    mark(index, phase, std::move(message));
    publish_globally(node.outputs);
}

Plan::Outcome Plan::execute_suspend(std::size_t index) {
    Node& node = nodes_[index];
    const auto* suspend = object_at(node.body, "suspend");
    const auto text = suspend == nullptr ? std::nullopt : any_text_at(*suspend, "duration");
    auto span = duration_of(text.value_or(""));
    if (!span) {
        mark(index, NodePhase::error, span.error().message);
        return {index, Why::other, span.error().message};
    }
    const auto until = *node.started + *span;
    if (now_ < until) {
        ring_at(until);
        return {index, Why::none, ""};
    }
    const auto* outputs = object_at(node.body, "outputs");
    const auto* parameters = outputs == nullptr ? nullptr : array_at(*outputs, "parameters");
    for (const auto& one : parameters == nullptr ? json::array{} : *parameters) {
        const auto* from = object_at(one.get_object(), "valueFrom");
        const auto value = from == nullptr ? std::nullopt : any_text_at(*from, "default");
        const auto name = std::string{text_at(one.get_object(), "name")};
        if (!value) {
            auto why = fmt::format("no default value has been set for {}", name);
            mark(index, NodePhase::error, why);
            return {index, Why::other, std::move(why)};
        }
        node.outputs.parameters.push_back(
            {name, value, std::string{text_at(one.get_object(), "globalName")}}
        );
    }
    mark(index, NodePhase::succeeded, "");
    return {index, Why::none, ""};
}

} // namespace seakeeper::local
