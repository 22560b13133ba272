// SPDX-License-Identifier: Apache-2.0
#include "local/status.hpp"

#include <boost/json/array.hpp>

namespace seakeeper::local {
namespace json = boost::json;

namespace {

json::object outputs_json(const Outputs& outputs) {
    json::object made;
    if (outputs.result) {
        made["result"] = *outputs.result;
    }
    if (outputs.exit_code) {
        made["exitCode"] = *outputs.exit_code;
    }
    json::array parameters;
    for (const auto& one : outputs.parameters) {
        json::object parameter{{"name", one.name}};
        if (one.value) {
            parameter["value"] = *one.value;
        }
        if (!one.global_name.empty()) {
            parameter["globalName"] = one.global_name;
        }
        parameters.push_back(std::move(parameter));
    }
    if (!parameters.empty()) {
        made["parameters"] = std::move(parameters);
    }
    if (!outputs.artifacts.empty()) {
        json::array artifacts;
        artifacts.insert(artifacts.end(), outputs.artifacts.begin(), outputs.artifacts.end());
        made["artifacts"] = std::move(artifacts);
    }
    return made;
}

json::object node_json(const Node& node, const Plan& plan) {
    json::object made{
        {"id", node.id},
        {"name", node.name},
        {"displayName", node.display},
        {"type", to_string(node.type)},
        {"phase", to_string(node.phase)}};
    if (!node.message.empty()) {
        made["message"] = node.message;
    }
    if (!node.template_name.empty()) {
        made["templateName"] = node.template_name;
    }
    if (node.boundary) {
        made["boundaryID"] = plan.nodes()[*node.boundary].id;
    }
    json::array children;
    for (const auto child : node.children) {
        children.emplace_back(plan.nodes()[child].id);
    }
    if (!children.empty()) {
        made["children"] = std::move(children);
    }
    if (node.started) {
        made["startedAt"] = to_rfc3339(*node.started);
    }
    if (node.finished) {
        made["finishedAt"] = to_rfc3339(*node.finished);
    }
    if (const auto* inputs = node.body.if_contains("inputs"); inputs != nullptr) {
        made["inputs"] = *inputs;
    }
    if (node.outputs.has_any()) {
        made["outputs"] = outputs_json(node.outputs);
    }
    return made;
}

} // namespace

json::object
status_of(const Plan& plan, std::optional<WallTime> started, std::optional<WallTime> finished) {
    json::object nodes;
    for (const auto& node : plan.nodes()) {
        nodes[node.id] = node_json(node, plan);
    }
    json::object status{{"phase", to_string(plan.phase())}};
    if (!plan.message().empty()) {
        status["message"] = plan.message();
    }
    if (started) {
        status["startedAt"] = to_rfc3339(*started);
    }
    if (finished) {
        status["finishedAt"] = to_rfc3339(*finished);
    }
    if (plan.outputs().has_any()) {
        status["outputs"] = outputs_json(plan.outputs());
    }
    status["nodes"] = std::move(nodes);
    return status;
}

} // namespace seakeeper::local
