// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

// What a processed template starts: containers, and what goes in and comes out.
namespace seakeeper::local {

/// A volume in a container.
struct VolumeMount {
    std::string volume;
    std::string path;
    std::string sub_path;
    bool is_read_only = false;
};

struct Container {
    std::string name = "main";
    std::string image;
    std::vector<std::string> command;
    std::vector<std::string> args;
    std::vector<std::pair<std::string, std::string>> env;
    std::string working_dir;
    std::optional<std::string> source; ///< of a script: the file handed to the command
    std::vector<VolumeMount> mounts;
    std::vector<std::string> needs; ///< of a set: containers that have to exit 0 before
};

/// A file whose contents become an output parameter, or its value.
struct PathParameter {
    std::string name;
    std::string path; ///< empty: `otherwise` is its value
    std::optional<std::string> otherwise;
    std::string global_name;
};

struct Pod {
    std::vector<Container> init;
    std::vector<Container> mains; ///< one, or those of a set
    std::vector<Container> sidecars;
    std::vector<std::string> volumes; ///< directories of this pod alone; others are the run's
    std::vector<boost::json::object> inputs; ///< artifacts: path, and stored, raw or git
    std::vector<PathParameter> parameters;
    std::vector<boost::json::object> outputs; ///< artifacts: path
};

/// Variables of a container are expanded in its command and arguments, as a kubelet does it.
/// `spec` is the Workflow's, for its volumes. Errors: Errc::malformed for what cannot be started.
SEAKEEPER_API Result<Pod>
read_pod(const boost::json::object& body, const boost::json::object& spec);

} // namespace seakeeper::local
