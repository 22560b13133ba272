// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/pod.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace seakeeper::local {

/// A folder or file of ours inside of a sandbox.
struct Mount {
    std::string source;
    std::string target;
    bool is_read_only = false;
};

/// The folders of the machine that one sandbox is made of.
struct SandboxFolders {
    std::string etc;          ///< a minimal /etc, made by us
    std::string script;       ///< file with a script template's source; empty: none
    std::string repositories; ///< empty: none
    std::size_t memory_bytes = 1U << 30;
    /// A folder that takes the place of the root and of the writable folders, for what is read
    /// back afterwards; empty: they are in memory.
    std::string root;
    std::vector<Mount> mounts; ///< in this order; a later one may stand in an earlier one
    bool has_network = false;
};

/// The bubblewrap command line (bwrap(1)) for a container: own user, pid, network, ipc, uts and
/// cgroup namespaces, not root, no environment but the container's, dies with us. Pure.
SEAKEEPER_API std::vector<std::string>
sandbox_command(const Container& container, const SandboxFolders& folders);

struct PodmanRun {
    std::string name;
    std::string label;            ///< by which what is left over is found: podman_label()
    std::chrono::seconds longest; ///< podman ends it then, also when we are gone
    bool is_root = false;         ///< podman of root makes no user namespace by itself
};

/// The podman-run(1) command line for a container whose image is on this machine, with what
/// sandbox_command gives it: no network, no root, no capability, a read-only root with /workspace,
/// /tmp and an empty home, its own namespaces of every kind. The image's environment and files
/// are its own. Never pulls, passes no variable of ours on. Pure.
SEAKEEPER_API std::vector<std::string>
podman_command(const Container& container, const SandboxFolders& folders, const PodmanRun& run);
SEAKEEPER_API std::string podman_label(const std::string& scratch_folder);

/// Writes the minimal /etc into `folder`.
SEAKEEPER_API Status make_etc(const std::string& folder);

} // namespace seakeeper::local
