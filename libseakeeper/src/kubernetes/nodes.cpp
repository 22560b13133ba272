// SPDX-License-Identifier: Apache-2.0
#include "compression/decompress.hpp"
#include "kubernetes/json.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <charconv>
#include <set>

namespace seakeeper::kubernetes {
namespace {

std::optional<int> number_of(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// "main: Error (exit code 3)": nodes of a container set have their code only here.
std::optional<int> exit_code_in(std::string_view message) {
    constexpr std::string_view before = "(exit code ";
    const auto at = message.find(before);
    if (at == std::string_view::npos) {
        return std::nullopt;
    }
    const std::string_view rest = message.substr(at + before.size());
    return number_of(rest.substr(0, rest.find(')')));
}

void read_outputs(const json::object& outputs, Node& node) {
    node.exit_code = number_of(text_at(outputs, "exitCode"));
    const json::value* result = outputs.if_contains("result");
    if (result != nullptr && result->is_string()) {
        node.result = std::string{text_at(outputs, "result")};
    }
}

Node read_node(std::string_view id, const json::object& object) {
    Node node;
    node.id = id;
    node.name = text_at(object, "name");
    node.display_name = text_at(object, "displayName");
    node.type = text_at(object, "type");
    node.template_name = text_at(object, "templateName");
    if (const json::object* reference = object_at(object, "templateRef")) {
        node.template_name = text_at(*reference, "template");
    }
    node.phase = phase_of(text_at(object, "phase"));
    node.message = text_at(object, "message");
    node.boundary_id = text_at(object, "boundaryID");
    node.started_at = text_at(object, "startedAt");
    node.finished_at = text_at(object, "finishedAt");
    if (const json::object* outputs = object_at(object, "outputs")) {
        read_outputs(*outputs, node);
    }
    const json::value* synced = object.if_contains("taskResultSynced");
    node.is_result_synced = synced == nullptr || !synced->is_bool() || synced->get_bool();
    if (const json::array* children = array_at(object, "children")) {
        for (const json::value& child : *children) {
            if (const json::string* text = child.if_string()) {
                node.children.emplace_back(text->data(), text->size());
            }
        }
    }
    return node;
}

Result<Nodes> read_map(const json::object& map, const NodeLimits& limits) {
    if (map.size() > limits.count) {
        return Error{
            Errc::limit_exceeded,
            "reading the nodes: " + std::to_string(map.size()) + " of them, "
                + std::to_string(limits.count) + " at most"};
    }
    Nodes nodes;
    for (const auto& member : map) {
        if (const json::object* object = member.value().if_object()) {
            nodes.emplace(member.key(), read_node(member.key(), *object));
        }
    }
    return nodes;
}

Result<Nodes> read_compressed(std::string_view text, const NodeLimits& limits) {
    const auto packed = from_base64(text);
    if (!packed) {
        return packed.error().within("reading the compressed nodes");
    }
    const auto bytes = compression::decompress(*packed, limits.bytes);
    if (!bytes) {
        return bytes.error().within("reading the compressed nodes");
    }
    const auto map = parse_object(*bytes);
    if (!map) {
        return map.error().within("reading the compressed nodes");
    }
    return read_map(*map, limits);
}

bool has_failed(const Node& node) {
    return node.phase == Phase::failed || node.phase == Phase::error;
}

/// Which failures count, worked out once for all nodes of a run.
class Blame {
public:
    explicit Blame(const Nodes& nodes) : nodes_{nodes} {
        for (const auto& [id, node] : nodes) {
            if (node.type != "StepGroup" && node.type != "TaskGroup" && node.type != "Retry") {
                continue;
            }
            for (const std::string& child : node.children) {
                groups_.emplace(child, &node);
            }
            if (node.type == "Retry" && !node.children.empty()) {
                last_attempts_.insert(node.children.back());
            }
        }
        for (const auto& [id, node] : nodes) {
            if (!has_failed(node) || is_forgiven(node)) {
                continue;
            }
            outer_.insert(node.boundary_id);
            if (const Node* group = group_of(node)) {
                outer_.insert(group->id);
            }
        }
    }

    bool is_culprit(const Node& node) {
        return has_failed(node) && !outer_.contains(node.id) && !is_forgiven(node);
    }

private:
    const Node* group_of(const Node& node) const {
        const auto at = groups_.find(node.id);
        return at == groups_.end() ? nullptr : at->second;
    }

    /// Something around it ended well, or it was only an attempt before the last.
    bool is_forgiven(const Node& node, int depth = 0) {
        if (depth > 1000) {
            return false; // no run is that deep: somebody made it up
        }
        const auto [at, is_new] = forgiven_.emplace(node.id, false); // false also cuts loops
        if (!is_new) {
            return at->second;
        }
        const Node* group = group_of(node);
        bool is = group != nullptr
                  && (group->phase == Phase::succeeded || is_forgiven(*group, depth + 1));
        is =
            is || (group != nullptr && group->type == "Retry" && !last_attempts_.contains(node.id));
        const auto boundary = nodes_.find(node.boundary_id);
        if (!is && boundary != nodes_.end()) {
            is = boundary->second.phase == Phase::succeeded
                 || is_forgiven(boundary->second, depth + 1);
        }
        forgiven_[node.id] = is;
        return is;
    }

    const Nodes& nodes_;
    std::map<std::string, const Node*> groups_;
    std::set<std::string> last_attempts_;
    std::map<std::string, bool> forgiven_;
    std::set<std::string> outer_; ///< what failed because of something in it
};

FailedStep describe(const WorkflowStatus& workflow, const Nodes& nodes, const Node& node) {
    FailedStep step;
    step.node_id = node.id;
    step.display_name = node.display_name;
    step.name = node.name;
    step.template_name = node.template_name;
    step.message = node.message;
    step.phase = node.phase;
    step.exit_code = node.exit_code ? node.exit_code : exit_code_in(node.message);
    if (node.type == "Pod") {
        step.pod_name = pod_name(workflow.name, node, workflow.pod_names);
    }
    const auto pod = nodes.find(node.boundary_id);
    if (node.type == "Container" && pod != nodes.end()) {
        step.pod_name = pod_name(workflow.name, pod->second, workflow.pod_names);
        step.container = node.display_name;
    }
    return step;
}

} // namespace

Result<Nodes> read_nodes(const json::object& workflow, const NodeLimits& limits) {
    const json::object* status = object_at(workflow, "status");
    if (status == nullptr) {
        return Nodes{};
    }
    const json::object* map = object_at(*status, "nodes");
    if (map != nullptr && !map->empty()) {
        return read_map(*map, limits);
    }
    if (const std::string_view text = text_at(*status, "compressedNodes"); !text.empty()) {
        return read_compressed(text, limits);
    }
    if (!text_at(*status, "offloadNodeStatusVersion").empty()) {
        return Error{
            Errc::unsupported,
            "reading the nodes: Argo moved them to its database, where the "
            "Kubernetes API does not show them"};
    }
    return Nodes{};
}

std::uint32_t fnv1a_32(std::string_view bytes) noexcept {
    std::uint32_t hash = 2166136261U;
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    }
    return hash;
}

std::string node_id(std::string_view workflow, std::string_view node_name) {
    std::string id{workflow};
    if (node_name != workflow) {
        id += "-" + std::to_string(fnv1a_32(node_name));
    }
    return id;
}

std::string pod_name(std::string_view workflow, const Node& node, PodNameFormat format) {
    if (format == PodNameFormat::v1) {
        return node.id;
    }
    std::string name{workflow};
    if (node.name == workflow) {
        return name;
    }
    if (!node.template_name.empty()) {
        name += "-" + node.template_name;
    }
    name.resize(std::min<std::size_t>(name.size(), 242));
    return name + "-" + std::to_string(fnv1a_32(node.name));
}

std::vector<const Node*> in_order(std::string_view workflow, const Nodes& nodes) {
    std::vector<const Node*> order;
    std::set<std::string_view> seen;
    std::vector<std::string_view> open{workflow};
    const auto walk = [&] {
        while (!open.empty()) {
            const std::string_view id = open.back();
            open.pop_back();
            const auto at = nodes.find(std::string{id});
            if (at == nodes.end() || !seen.insert(at->first).second) {
                continue;
            }
            order.push_back(&at->second);
            const auto& children = at->second.children;
            open.insert(open.end(), children.rbegin(), children.rend());
        }
    };
    walk();
    std::vector<const Node*> others;
    for (const auto& [id, node] : nodes) {
        if (!seen.contains(id)) {
            others.push_back(&node);
        }
    }
    std::ranges::sort(others, {}, &Node::name);
    for (const Node* node : others) {
        open.push_back(node->id);
        walk();
    }
    return order;
}

std::vector<FailedStep> failed_steps(const WorkflowStatus& workflow, const Nodes& nodes) {
    Blame blame{nodes};
    std::vector<const Node*> culprits;
    for (const Node* node : in_order(workflow.name, nodes)) {
        if (blame.is_culprit(*node)) {
            culprits.push_back(node);
        }
    }
    // Times have whole seconds: what ends in the same one stays in the order of the graph.
    std::ranges::stable_sort(culprits, {}, &Node::finished_at);
    std::vector<FailedStep> steps;
    for (const Node* node : culprits) {
        steps.push_back(describe(workflow, nodes, *node));
    }
    return steps;
}

} // namespace seakeeper::kubernetes
