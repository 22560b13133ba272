// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/program.hpp"

#include <string>
#include <vector>

namespace seakeeper::local {

/// The folders of the machine that one sandbox is made of.
struct SandboxFolders {
    std::string etc;          ///< a minimal /etc, made by us
    std::string script;       ///< file with a script template's source; empty: none
    std::string repositories; ///< empty: none
    std::size_t memory_bytes = 1U << 30;
};

/// The bubblewrap command line (bwrap(1)) for a container: own user, pid, network, ipc, uts and
/// cgroup namespaces, not root, no environment but the container's, dies with us. Pure.
SEAKEEPER_API std::vector<std::string>
sandbox_command(const Container& container, const SandboxFolders& folders);

/// Writes the minimal /etc into `folder`.
SEAKEEPER_API Status make_etc(const std::string& folder);

} // namespace seakeeper::local
