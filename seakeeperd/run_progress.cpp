// SPDX-License-Identifier: Apache-2.0
#include "run_progress.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <sys/ioctl.h>
#include <unistd.h>
#include <vector>

namespace seakeeper::daemon {
namespace {

using local::Node;
using local::NodePhase;
using local::NodeType;

bool is_shown(const Node& node) {
    return node.type != NodeType::step_group;
}

std::size_t depth_of(const local::Plan& plan, const Node& node) {
    std::size_t depth = 0;
    for (auto owner = node.boundary; owner; owner = plan.nodes()[*owner].boundary) {
        ++depth;
    }
    return depth + (node.is_retry ? 1 : 0);
}

const char* mark_of(NodePhase phase) {
    switch (phase) {
    case NodePhase::pending:
        return "\x1b[2m.\x1b[0m";
    case NodePhase::running:
        return "\x1b[36m>\x1b[0m";
    case NodePhase::succeeded:
        return "\x1b[32m+\x1b[0m";
    case NodePhase::failed:
    case NodePhase::error:
        return "\x1b[31mx\x1b[0m";
    case NodePhase::skipped:
    case NodePhase::omitted:
        return "\x1b[2m-\x1b[0m";
    }
    return " ";
}

/// Nodes in the order of the tree: each below the one it belongs to, in order of their making.
std::vector<std::size_t> in_order(const local::Plan& plan) {
    std::vector<std::vector<std::size_t>> below(plan.nodes().size() + 1);
    for (std::size_t i = 0; i < plan.nodes().size(); ++i) {
        const auto owner = plan.nodes()[i].boundary;
        below[owner ? *owner + 1 : 0].push_back(i);
    }
    std::vector<std::size_t> order;
    std::vector<std::size_t> open(below[0].rbegin(), below[0].rend());
    while (!open.empty()) {
        const auto one = open.back();
        open.pop_back();
        order.push_back(one);
        open.insert(open.end(), below[one + 1].rbegin(), below[one + 1].rend());
    }
    return order;
}

std::string time_of(const Node& node, WallTime now) {
    if (!node.started || node.type == NodeType::skipped) {
        return "";
    }
    const auto span = node.finished.value_or(now) - *node.started;
    return fmt::format("{:.1f}s", std::chrono::duration<double>(span).count());
}

} // namespace

void RunProgress::show(const local::Plan& plan, WallTime now) {
    if (is_quiet_) {
        return;
    }
    is_terminal_ ? redraw(plan, now) : tell_changes(plan);
    std::fflush(stdout);
}

void RunProgress::redraw(const local::Plan& plan, WallTime now) {
    winsize size{};
    const bool is_known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 4;
    const std::size_t rows = is_known ? size.ws_row - 2U : 22;
    const std::size_t columns = is_known ? size.ws_col : 80;
    std::vector<std::string> lines;
    for (const auto index : in_order(plan)) {
        const Node& node = plan.nodes()[index];
        if (!is_shown(node)) {
            continue;
        }
        const auto text = fmt::format(
            "{}{} {} {}",
            std::string(2 * depth_of(plan, node), ' '),
            sanitized(node.display, 200),
            time_of(node, now),
            sanitized(node.message, 200)
        );
        lines.push_back(fmt::format(" {} {}", mark_of(node.phase), text.substr(0, columns - 4)));
    }
    std::string out = drawn_ > 0 ? fmt::format("\x1b[{}A\x1b[J", drawn_) : "";
    const bool is_cut = lines.size() > rows && !plan.is_over();
    const auto first = is_cut ? lines.size() - rows : 0;
    drawn_ = 0;
    for (auto i = first; i < lines.size(); ++i, ++drawn_) {
        out += lines[i] + "\n";
    }
    fmt::print("{}", out);
}

void RunProgress::tell_changes(const local::Plan& plan) {
    for (std::size_t i = 0; i < plan.nodes().size(); ++i) {
        const Node& node = plan.nodes()[i];
        const auto known = told_.find(i);
        if (!is_shown(node) || node.phase == NodePhase::pending
            || (known != told_.end() && known->second == node.phase)) {
            continue;
        }
        told_[i] = node.phase;
        const auto time = node.finished ? *node.finished : node.started.value_or(WallTime{});
        fmt::print(
            "{} {} {}{}{}\n",
            to_rfc3339(time),
            to_string(node.phase),
            sanitized(node.name, 400),
            node.message.empty() ? "" : ": ",
            sanitized(node.message, 400)
        );
    }
}

} // namespace seakeeper::daemon
