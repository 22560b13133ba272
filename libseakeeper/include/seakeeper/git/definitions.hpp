// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>
#include <string_view>
#include <vector>

// Files of a project's refs/meta/config, always by commit: nothing is checked out, nothing of the
// working tree of this machine is read.
namespace seakeeper::git {

namespace asio = boost::asio;

inline constexpr std::string_view config_ref = "refs/meta/config";

/// A regular file at a commit.
struct Blob {
    std::string id; ///< git's object id, 40 hexadecimal digits
    std::string bytes;
    friend bool operator==(const Blob&, const Blob&) = default;
};

/// From one commit of refs/meta/config to another.
struct Step {
    CommitId from;
    CommitId to;
};

/// A patch set that would become refs/meta/config, and the ref of the change that holds it.
struct Proposal {
    CommitId commit;
    RefName ref;
};

/// Path -> bytes.
using Files = std::map<std::string, std::string>;

/// Why `path` may not be read, or null: relative, segments joined by single '/', none of them
/// empty, ".", "..", ".git" in any case or one of its aliases on other file systems ("git~1",
/// ".git " and ".git."), no control characters or backslashes, valid UTF-8, at most 1,024 bytes.
SEAKEEPER_API const char* path_fault(std::string_view path) noexcept;

/// Where definitions come from: mirrors of a Gerrit, or a fake. Used on its executor's thread;
/// no call blocks it.
class SEAKEEPER_API Definitions {
public:
    virtual ~Definitions() = default;
    /// Asks the server for the present tip of refs/meta/config and makes it readable. Errors:
    /// not_found (no such project or ref, or we may not see it), unauthenticated, untrusted_peer,
    /// timed_out, unavailable.
    virtual asio::awaitable<Result<CommitId>> tip(ProjectName project, Deadline until) = 0;
    /// A file at a commit that tip() once returned, also in another process: asks the server only
    /// when the commit is not here yet. Errors: malformed (path), not_found, refused (symbolic
    /// link, submodule or folder), limit_exceeded (blob or tree too large), and those of tip().
    virtual asio::awaitable<Result<Blob>>
    read(ProjectName project, CommitId commit, std::string path, Deadline until) = 0;
    /// Full paths of the regular files directly in `folder` ("" is the top), sorted; empty when
    /// there is no such folder. Errors as read().
    virtual asio::awaitable<Result<std::vector<std::string>>>
    list(ProjectName project, CommitId commit, std::string folder, Deadline until) = 0;
    /// Whether `step.to` has `step.from` among its ancestors (or is it): a tip that has not was
    /// rewound or forced. Both were returned by tip() once, also in another process; a `from` that
    /// is nowhere any more is no ancestor. Errors as read().
    virtual asio::awaitable<Result<bool>>
    is_fast_forward(ProjectName project, Step step, Deadline until) = 0;
    /// The YAML files (*.yaml, *.yml) of a proposal, to be looked at and never run: read() does not
    /// find them. At most 1,000 files and 16 MiB: limit_exceeded. Links are left out. Other errors
    /// as read(); not_found also when the ref holds another commit by now.
    virtual asio::awaitable<Result<Files>>
    proposed(ProjectName project, Proposal proposal, Deadline until) = 0;
};

} // namespace seakeeper::git
