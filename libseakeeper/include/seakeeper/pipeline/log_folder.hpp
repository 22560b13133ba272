// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace seakeeper::pipeline {

/// Logs of workloads on disk: FOLDER/WORKLOAD/NODE.log. Whoever may reach the page may read a log
/// only after publish(): logs of trusted runs and private changes stay closed. Blocks for as long
/// as a file system does; one thread per workload.
class SEAKEEPER_API LogFolder {
public:
    explicit LogFolder(std::string folder) : folder_{std::move(folder)} {}

    /// Everybody may read this workload's logs from now on.
    Status publish(std::string_view workload) const;
    /// Nobody may any more, without a token. Not published: a success.
    Status restrict(std::string_view workload) const;
    /// Removes all logs of a workload; none there: a success.
    Status remove(std::string_view workload) const;
    bool is_published(std::string_view workload) const;

    /// Path of a node's log; nothing for names that are no workload or node, or where there is no
    /// such file.
    std::optional<std::string> find(std::string_view workload, std::string_view node) const;
    const std::string& path() const noexcept { return folder_; }

private:
    std::string folder_;
};

} // namespace seakeeper::pipeline
