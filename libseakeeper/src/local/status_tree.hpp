// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/export.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// A run as its status.json tells it (status.hpp), for `explain`.
namespace seakeeper::local {

/// A node and those that belong to it, in the order of their making.
struct StatusNode {
    std::string name;
    std::string display;
    std::string type;
    std::string phase;
    std::string message;
    std::string started; ///< RFC 3339; empty: it has not
    std::string finished;
    std::optional<double> seconds; ///< from its start to its end, or to now
    std::string log;               ///< file below the run's folder
    std::vector<StatusNode> nodes;
};

/// The process that carries out a run and writes its status.
enum class Keeper : std::uint8_t { there, gone };
enum class Standing : std::uint8_t {
    running,
    ended,
    killed, ///< its process ended before it did
};
SEAKEEPER_API std::string_view to_string(Standing standing);

struct StatusTree {
    std::string name;
    std::string folder;
    Standing standing = Standing::ended;
    std::string phase;
    std::string message;
    std::string started;
    std::string finished;
    std::optional<double> seconds;
    boost::json::object outputs;
    std::vector<StatusNode> nodes; ///< the root, and exit handlers of the whole
};

/// The tree of a status that says `{phase, nodes: {ID: ...}}` in the order of their making. What
/// was running when it was killed has no time. Pure; nothing that it lacks is an error.
SEAKEEPER_API StatusTree
tree_of(const boost::json::object& status, std::string name, Keeper keeper, WallTime now);

/// For people: a line for each node, indented. Text from outside is made harmless.
SEAKEEPER_API std::string to_text(const StatusTree& tree);
/// {run, folder, standing, phase, message?, startedAt?, finishedAt?, seconds?, outputs?, nodes:
/// [{name, displayName, type, phase, message?, startedAt?, finishedAt?, seconds?, log?, nodes?}]}.
SEAKEEPER_API boost::json::object to_json(const StatusTree& tree);

} // namespace seakeeper::local
