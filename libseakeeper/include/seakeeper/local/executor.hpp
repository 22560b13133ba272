// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/log.hpp>
#include <seakeeper/pipeline/executor.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace seakeeper::local {

/// What a container's `image` means here.
enum class Images : std::uint8_t {
    ignored,       ///< every step runs on this machine's own /usr
    where_present, ///< podman where it is installed and has the image, else ignored; the log says
                   ///< so
    required,      ///< a step whose image podman does not have fails
};

struct Options {
    std::string log_folder;     ///< LOG_FOLDER/WORKLOAD/NODE.log
    std::string scratch_folder; ///< small files that sandboxes are made of; removed with each leaf
    /// Shown read-only inside at /repositories, so that a step can `git fetch` without a network;
    /// empty: none.
    std::string repositories;
    Images images = Images::where_present;
    std::size_t leaves_at_once = 2;    ///< pods: containers of one start together
    bool has_network = false;          ///< the machine's own; for people, never for a daemon
    std::string artifact_folder;       ///< ARTIFACT_FOLDER/WORKLOAD/NODE/NAME; empty: below scratch
    std::size_t log_bytes = 64U << 20; ///< of one leaf; what is cut is said in the log's last line
    std::size_t memory_bytes =
        1U << 30; ///< of each of the two writable folders, /workspace and /tmp
};

/// Runs bound Workflows on this machine as Argo would (docs/parity.md: what, and what not). Each
/// container is a sandbox without a network, not root, with an
/// empty home and nothing of this machine's /home, /root, /var, /run or state: podman's with the
/// leaf's image where podman has it (it is never pulled), else bubblewrap's with /usr and a minimal
/// /etc read-only, and then `image` is ignored and the log says why. Never a plain process.
/// A manifest that asks for more is refused (Errc::unsupported) before anything starts. Runs end
/// with the process: after a restart inspect() does not know them.
class SEAKEEPER_API LocalExecutor final : public pipeline::Executor {
public:
    /// Throws Exception when bubblewrap is missing or can make no sandbox here (a chroot, no user
    /// namespaces), a folder cannot be made, or images are required and podman is missing. Blocks
    /// for the time of one sandbox.
    LocalExecutor(pipeline::asio::any_io_executor executor, Options options, Logger& log);
    ~LocalExecutor() override;

    pipeline::asio::awaitable<Result<pipeline::RunRef>>
    start(pipeline::StartRequest request, Deadline until) override;
    pipeline::asio::awaitable<Result<std::vector<pipeline::Observation>>> observe(Deadline until
    ) override;
    pipeline::asio::awaitable<Result<pipeline::Observation>>
    inspect(pipeline::RunRef run, Deadline until) override;
    pipeline::asio::awaitable<Status> cancel(pipeline::RunRef run, Deadline until) override;
    pipeline::asio::awaitable<Status> discard(pipeline::RunRef run, Deadline until) override;
    pipeline::asio::awaitable<Status> release(pipeline::RunRef run, Deadline until) override;

private:
    struct State;
    std::shared_ptr<State> state_; // shared with the leaves that still run when we go
};

} // namespace seakeeper::local
