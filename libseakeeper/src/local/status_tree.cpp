// SPDX-License-Identifier: Apache-2.0
#include "local/status_tree.hpp"

#include "workflow/walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cmath>
#include <ctime>
#include <iomanip>
#include <map>
#include <sstream>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::object_at;
using workflow::text_at;

namespace {

constexpr std::size_t longest_text = 400;

/// Of what to_rfc3339() writes.
std::optional<double> seconds_of(const std::string& time) {
    std::istringstream in{time};
    std::tm parts{};
    double fraction = 0;
    if (time.empty() || !(in >> std::get_time(&parts, "%Y-%m-%dT%H:%M:%S"))) {
        return std::nullopt;
    }
    in >> fraction;
    return static_cast<double>(::timegm(&parts)) + (in ? fraction : 0);
}

std::optional<double>
span_of(const std::string& started, const std::string& finished, std::optional<WallTime> now) {
    const auto from = seconds_of(started);
    auto to = seconds_of(finished);
    if (!to && now) {
        to = std::chrono::duration<double>(now->time_since_epoch()).count();
    }
    return from && to ? std::optional{std::round((*to - *from) * 1000) / 1000} : std::nullopt;
}

StatusNode node_of(const json::object& one, std::optional<WallTime> now) {
    StatusNode node;
    node.name = text_at(one, "name");
    node.display = text_at(one, "displayName");
    node.type = text_at(one, "type");
    node.phase = text_at(one, "phase");
    node.message = text_at(one, "message");
    node.started = text_at(one, "startedAt");
    node.finished = text_at(one, "finishedAt");
    if (node.type != "Skipped") {
        node.seconds = span_of(node.started, node.finished, now);
    }
    if (node.type == "Pod") {
        node.log = fmt::format("logs/{}.log", text_at(one, "id"));
    }
    return node;
}

/// Which node each belongs to: its retry or loop, else the template that called it.
std::map<std::string, std::string> owners_of(const json::object& nodes) {
    std::map<std::string, std::string> owners;
    for (const auto& [id, value] : nodes) {
        const auto& one = value.get_object();
        const auto boundary = text_at(one, "boundaryID");
        owners.emplace(id, nodes.contains(boundary) ? boundary : "");
    }
    for (const auto& [id, value] : nodes) {
        const auto& one = value.get_object();
        const auto type = text_at(one, "type");
        const auto* children = array_at(one, "children");
        if ((type != "Retry" && type != "TaskGroup") || children == nullptr) {
            continue;
        }
        const auto begin = fmt::format("{}(", text_at(one, "name"));
        for (const auto& child : *children) {
            const auto* known = object_at(nodes, child.get_string());
            if (known != nullptr && text_at(*known, "name").starts_with(begin)) {
                owners[std::string{child.get_string()}] = id;
            }
        }
    }
    return owners;
}

void write_node(std::string& out, const StatusNode& node, std::size_t depth) {
    out += fmt::format(
        "  {:<9} {}{}{}{}\n",
        node.phase,
        std::string(2 * depth, ' '),
        sanitized(node.display, longest_text),
        node.seconds ? fmt::format("  {:.1f}s", *node.seconds) : "",
        node.message.empty() ? "" : "  " + sanitized(node.message, longest_text)
    );
    for (const auto& below : node.nodes) {
        write_node(out, below, depth + 1);
    }
}

template <class Timed>
void add_times(json::object& out, const Timed& one) {
    const std::pair<const char*, const std::string*> texts[] = {
        {"message", &one.message}, {"startedAt", &one.started}, {"finishedAt", &one.finished}};
    for (const auto& [key, text] : texts) {
        if (!text->empty()) {
            out[key] = *text;
        }
    }
    if (one.seconds) {
        out["seconds"] = *one.seconds;
    }
}

json::array nodes_json(const std::vector<StatusNode>& nodes) {
    json::array list;
    for (const auto& node : nodes) {
        json::object one{
            {"name", node.name},
            {"displayName", node.display},
            {"type", node.type},
            {"phase", node.phase}};
        add_times(one, node);
        if (!node.log.empty()) {
            one["log"] = node.log;
        }
        if (!node.nodes.empty()) {
            one["nodes"] = nodes_json(node.nodes);
        }
        list.push_back(std::move(one));
    }
    return list;
}

} // namespace

std::string_view to_string(Standing standing) {
    switch (standing) {
    case Standing::running:
        return "running";
    case Standing::ended:
        return "ended";
    case Standing::killed:
        return "killed";
    }
    return "";
}

StatusTree tree_of(const json::object& status, std::string name, Keeper keeper, WallTime now) {
    StatusTree tree;
    tree.name = std::move(name);
    tree.phase = text_at(status, "phase");
    const bool is_over =
        tree.phase == "Succeeded" || tree.phase == "Failed" || tree.phase == "Error";
    tree.standing = is_over                   ? Standing::ended
                    : keeper == Keeper::there ? Standing::running
                                              : Standing::killed;
    const auto until = tree.standing == Standing::running ? std::optional{now} : std::nullopt;
    tree.message = text_at(status, "message");
    tree.started = text_at(status, "startedAt");
    tree.finished = text_at(status, "finishedAt");
    tree.seconds = span_of(tree.started, tree.finished, until);
    if (const auto* outputs = object_at(status, "outputs")) {
        tree.outputs = *outputs;
    }
    const auto* nodes = object_at(status, "nodes");
    if (nodes == nullptr) {
        return tree;
    }
    std::multimap<std::string, std::string> below; // equal ones stay in the order of their making
    const auto owners = owners_of(*nodes);
    for (const auto& member : *nodes) {
        const std::string id{member.key()};
        below.emplace(owners.at(id), id);
    }
    const auto add = [&](const auto& self, const std::string& owner, auto& into) -> void {
        const auto [begin, end] = below.equal_range(owner);
        for (auto at = begin; at != end; ++at) {
            const auto& one = nodes->at(at->second).get_object();
            if (text_at(one, "type") != "StepGroup") {
                into.push_back(node_of(one, until));
                self(self, at->second, into.back().nodes);
            }
        }
    };
    add(add, "", tree.nodes);
    return tree;
}

std::string to_text(const StatusTree& tree) {
    auto out = fmt::format("run {}: {}", sanitized(tree.name, longest_text), tree.phase);
    out += tree.seconds ? fmt::format(", {:.1f}s", *tree.seconds) : "";
    out += tree.message.empty() ? "" : ": " + sanitized(tree.message, 4 * longest_text);
    out += "\n";
    if (tree.standing == Standing::killed) {
        out += "  its process is gone: it was killed before the run ended; below is what it wrote "
               "last\n";
    }
    out += tree.started.empty() ? "" : fmt::format("  started  {}\n", tree.started);
    out += tree.finished.empty() ? "" : fmt::format("  finished {}\n", tree.finished);
    for (const auto& node : tree.nodes) {
        write_node(out, node, 0);
    }
    if (const auto* parameters = array_at(tree.outputs, "parameters")) {
        for (const auto& one : *parameters) {
            out += fmt::format(
                "  output {} = {}\n",
                sanitized(text_at(one.get_object(), "name"), longest_text),
                sanitized(text_at(one.get_object(), "value"), longest_text)
            );
        }
    }
    return out + fmt::format("  logs and status.json: {}\n", tree.folder);
}

json::object to_json(const StatusTree& tree) {
    json::object made{
        {"run", tree.name},
        {"folder", tree.folder},
        {"standing", to_string(tree.standing)},
        {"phase", tree.phase}};
    add_times(made, tree);
    if (!tree.outputs.empty()) {
        made["outputs"] = tree.outputs;
    }
    made["nodes"] = nodes_json(tree.nodes);
    return made;
}

} // namespace seakeeper::local
