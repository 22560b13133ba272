// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/rest.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What Gerrit can still tell about the past, for those who missed its events.
namespace seakeeper::gerrit {

/// A ref and what it names now.
struct RefTip {
    RefName ref;
    std::string tip; ///< 40 hexadecimal digits; of an annotated tag the tag object's
    friend bool operator==(const RefTip&, const RefTip&) = default;
};

struct ListedProject {
    ProjectName project;
    std::optional<RefTip> config; ///< refs/meta/config, where we may see it
};

struct ProjectPage {
    std::vector<ListedProject> projects;
    bool has_more = false;
};

/// A comment on a patch set as a whole; it stands in the event instead of its message's text
/// (event.comment-added.publishPatchSetLevelComment).
struct PatchSetComment {
    std::string message; ///< id of the change message that it came with
    std::string text;
    friend bool operator==(const PatchSetComment&, const PatchSetComment&) = default;
};

/// Reads what catch-up compares with what is known. Each call is one request but for refs(), which
/// is two. Errors as RestClient's. Used from the thread of its client.
class SEAKEEPER_API History {
public:
    virtual ~History() = default;
    /// Changes by time of update, newest first, with all revisions, messages and accounts.
    virtual asio::awaitable<Result<ChangePage>> changes(UpdateWindow window, Deadline until) = 0;
    virtual asio::awaitable<Result<std::vector<PatchSetComment>>>
    comments(ProjectName project, ChangeNumber number, Deadline until) = 0;
    /// All projects that we may see, by name, `start` of them skipped.
    virtual asio::awaitable<Result<ProjectPage>> projects(std::uint32_t start, Deadline until) = 0;
    /// Branches, tags and refs/meta/config of a project, as far as we may see them.
    virtual asio::awaitable<Result<std::vector<RefTip>>>
    refs(ProjectName project, Deadline until) = 0;
    /// Lines of plugin events-log since a time, oldest first, at most as many as its returnLimit.
    /// Errc::not_found where the site does not have it.
    virtual asio::awaitable<Result<std::vector<std::string>>>
    logged(WallTime since, Deadline until) = 0;
};

class SEAKEEPER_API RestHistory final : public History {
public:
    /// Borrows the client.
    explicit RestHistory(RestClient& client) : client_{client} {}
    asio::awaitable<Result<ChangePage>> changes(UpdateWindow window, Deadline until) override;
    asio::awaitable<Result<std::vector<PatchSetComment>>>
    comments(ProjectName project, ChangeNumber number, Deadline until) override;
    asio::awaitable<Result<ProjectPage>> projects(std::uint32_t start, Deadline until) override;
    asio::awaitable<Result<std::vector<RefTip>>> refs(ProjectName project, Deadline until) override;
    asio::awaitable<Result<std::vector<std::string>>>
    logged(WallTime since, Deadline until) override;

private:
    RestClient& client_;
};

} // namespace seakeeper::gerrit
