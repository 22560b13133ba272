// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/pod.hpp"
#include "local/sandbox.hpp"

#include <seakeeper/local/executor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace seakeeper::local {

namespace asio = boost::asio;

/// One container that is to be started.
struct Job {
    std::string id; ///< unique among those that run
    Container container;
    std::string folder;        ///< of its pod; the job's own files are made below
    std::vector<Mount> mounts; ///< what its volumes and artifacts are
    bool keeps_root = false;   ///< what it writes anywhere is read afterwards
};

/// How one container is started.
struct Start {
    std::vector<std::string> argv;
    std::vector<std::string> ender; ///< has to run when the process was killed; empty: nothing
    std::string note;               ///< what the log begins with
    std::string root;               ///< where the files are that it leaves behind
    bool is_image = false;          ///< its programs are the image's, not this machine's
};

/// Longest word of a command line or environment, with its end: MAX_ARG_STRLEN (Linux, execve(2)).
inline constexpr std::size_t longest_word = 128 * 1024;

/// Chooses and prepares the sandbox of each container: podman where its image is on this machine,
/// bubblewrap otherwise.
class Runner {
public:
    /// Throws Exception when bubblewrap is missing or can make no sandbox here, a folder cannot be
    /// made, or podman is required and missing. Blocks for the time of one sandbox.
    Runner(asio::any_io_executor executor, Options options);

    /// Below `job.folder` files are made. `longest` is a backstop for what outlives us. Errors:
    /// Errc::not_found (the image is required and not on this machine), Errc::limit_exceeded (a
    /// word longer than Linux takes), Errc::unsupported (podman cannot keep the whole root),
    /// Errc::io.
    asio::awaitable<Result<Start>> prepare(Job job, std::chrono::seconds longest);
    /// Runs git in a sandbox that sees `folder` as /workspace.
    std::vector<std::string>
    git_command(const std::string& script, const std::string& folder) const;
    const Options& options() const { return options_; }

private:
    asio::awaitable<bool> has_image(std::string image);
    asio::awaitable<Result<std::string>> why_no_podman(std::string image);
    SandboxFolders folders() const;

    asio::any_io_executor executor_;
    Options options_;
    bool has_podman_ = false;
};

} // namespace seakeeper::local
