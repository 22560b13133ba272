// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>

#include <git2.h>

#include <memory>
#include <string>
#include <string_view>

namespace seakeeper::libgit2 {

struct Free {
    void operator()(git_repository* p) const { git_repository_free(p); }
    void operator()(git_remote* p) const { git_remote_free(p); }
    void operator()(git_commit* p) const { git_commit_free(p); }
    void operator()(git_tree* p) const { git_tree_free(p); }
    void operator()(git_blob* p) const { git_blob_free(p); }
    void operator()(git_odb* p) const { git_odb_free(p); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// Starts libgit2 once for the process, apart from this machine's git configuration: an `insteadOf`
/// or proxy of whoever runs us must not redirect where definitions come from. `ca_pem_file`, where
/// not empty, replaces the trust store of the process.
void start_library(const std::string& ca_pem_file);

/// libgit2's last failure of this thread, by its class and code; `code` is what the call returned.
Error last_error(int code, std::string_view doing);

git_oid oid_of(const CommitId& commit);
std::string text_of(const git_oid& oid);

/// The name under which a mirror remembers a tip of refs/meta/config.
std::string tip_ref(const git_oid& tip);

/// The bare repository at `path`; made there when it does not exist.
Result<Owned<git_repository>> open_mirror(const std::string& path);

} // namespace seakeeper::libgit2
