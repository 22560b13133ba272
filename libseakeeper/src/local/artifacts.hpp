// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/sandbox.hpp"

#include <seakeeper/core/result.hpp>

#include <span>
#include <string>
#include <string_view>

// Files that go into containers and come out of them. What a container wrote is hostile: every
// path is resolved by the kernel within its folder (openat2(2), RESOLVE_IN_ROOT), so that a
// symbolic link leads nowhere else, and links are copied as links.
namespace seakeeper::local {

/// Where the files of a container are on this machine.
struct Filesystem {
    std::string root; ///< empty: what is not in a mount is lost
    std::span<const Mount> mounts;
};

/// A file's text, at most `limit` bytes. Errors: Errc::not_found "open PATH: no such file or
/// directory", Errc::limit_exceeded, Errc::io.
SEAKEEPER_API Result<std::string>
read_inside(const Filesystem& files, const std::string& path, std::size_t limit);

/// Copies a file or folder out of a container to `to`, which is not there yet.
SEAKEEPER_API Status
copy_out(const Filesystem& files, const std::string& path, const std::string& to);

/// Copies what was stored (`below` it, if not empty) to `to`.
SEAKEEPER_API Status
copy_stored(const std::string& stored, const std::string& below, const std::string& to);

/// Whether the path is kept only if the container's root is.
SEAKEEPER_API bool needs_root(std::span<const Mount> mounts, std::string_view path);

} // namespace seakeeper::local
