// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/run.hpp"
#include "local/sandbox.hpp"

#include <seakeeper/local/executor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace seakeeper::local {

namespace asio = boost::asio;

/// How one leaf is started.
struct Start {
    std::vector<std::string> argv;
    std::vector<std::string> ender; ///< has to run when the process was killed; empty: nothing
    std::string note;               ///< what the leaf's log begins with
};

/// Longest word of a command line or environment, with its end: MAX_ARG_STRLEN (Linux, execve(2)).
inline constexpr std::size_t longest_word = 128 * 1024;

/// Chooses and prepares the sandbox of each leaf: podman where its image is on this machine,
/// bubblewrap otherwise.
class Runner {
public:
    /// Throws Exception when bubblewrap is missing or can make no sandbox here, a folder cannot be
    /// made, or podman is required and missing. Blocks for the time of one sandbox.
    Runner(asio::any_io_executor executor, Options options);

    /// The leaf's folder of scratch files is made; give it to clean() in the end. `longest` is a
    /// backstop for what outlives us. Errors: Errc::not_found (the image is required and not on
    /// this machine), Errc::limit_exceeded (a word longer than Linux takes), Errc::io.
    asio::awaitable<Result<Start>> prepare(Launch launch, std::chrono::seconds longest);
    void clean(const Launch& launch) const;
    const Options& options() const { return options_; }

private:
    asio::awaitable<bool> has_image(std::string image);
    asio::awaitable<Result<std::string>> why_no_podman(std::string image);
    SandboxFolders folders_of(const Launch& launch) const;

    asio::any_io_executor executor_;
    Options options_;
    bool has_podman_ = false;
};

} // namespace seakeeper::local
