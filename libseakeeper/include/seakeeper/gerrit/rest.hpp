// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/log.hpp>
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>
#include <seakeeper/core/secret.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::http {
class Transport;
}

// Gerrit's REST interface (3.10 - 3.13: rest-api.txt and its parts), as far as we call it.
namespace seakeeper::gerrit {

namespace asio = boost::asio;

struct RestCall; // internal: one request and what is expected of its answer

/// When a call is repeated. Only calls that do no harm twice are, and only within their deadline.
struct RetryPolicy {
    int attempts = 4; ///< in all, the first included
    std::chrono::milliseconds first{500};
    std::chrono::milliseconds longest{30'000}; ///< also bounds what Retry-After may ask for
};

struct RestOptions {
    std::string base_path; ///< "/r", or empty; without a trailing slash
    std::string user;      ///< empty: anonymous, Gerrit then answers with less
    Secret password;       ///< HTTP password, or from 3.13 a token; either goes by Basic
    std::size_t body_bytes = 32u << 20; ///< an answer above it is Errc::limit_exceeded
    std::chrono::milliseconds attempt_timeout{20'000};
    RetryPolicy retry;
};

/// A change together with the accounts its answer described (DETAILED_ACCOUNTS).
struct ChangeReading {
    ChangeFacts change;
    std::vector<AccountFacts> accounts; ///< by id, each once
};

/// One page of a query, newest update first.
struct ChangePage {
    std::vector<ChangeFacts> changes;
    bool has_more = false;
    std::vector<AccountFacts> accounts; ///< as far as the answer described them
};

/// Where a commit is contained, as far as we may see; both empty: not merged anywhere visible.
struct CommitPlaces {
    std::vector<RefName> branches;
    std::vector<RefName> tags;
};

/// Changes updated between two times (inclusive, whole seconds), `start` of them skipped.
struct UpdateWindow {
    WallTime after;
    WallTime before;
    std::uint32_t start = 0;
    std::uint32_t limit = 100;
};

/// A client of one Gerrit server. Thread rule: one executor, that of the transport. Every call ends
/// by its deadline. Errors of every call, besides those it names: unauthenticated (401),
/// permission_denied (403), not_found (404: missing or invisible), conflict (409, 405, 412),
/// invalid_argument (400, 422), throttled (429), timed_out, unavailable (5xx, connection, a page
/// that is not Gerrit's), unknown_outcome (a POST or PUT whose answer was lost), malformed,
/// limit_exceeded. No secret gets into a message or a log.
class SEAKEEPER_API RestClient {
public:
    RestClient(
        std::shared_ptr<http::Transport> transport,
        RestOptions options,
        const Clock& clock = system_clock(),
        Logger& log = no_log()
    );

    /// `path` begins with "/" and is percent-encoded: "/changes/demo%2Fapp~7".
    asio::awaitable<Result<boost::json::value>> get(std::string path, Deadline until);
    /// For plugins that answer with lines of JSON and no prefix.
    asio::awaitable<Result<std::string>> get_text(std::string path, Deadline until);
    /// Sent once: nothing here knows whether twice would do harm.
    asio::awaitable<Result<boost::json::value>>
    post(std::string path, boost::json::value body, Deadline until);
    /// Sent once, like post.
    asio::awaitable<Result<boost::json::value>>
    put(std::string path, boost::json::value body, Deadline until);

    /// "3.10.2"; servers built from source say "(dev)". Proves that Gerrit answers, not who we are.
    asio::awaitable<Result<std::string>> server_version(Deadline until);
    /// Our own account: proves that the credentials work.
    asio::awaitable<Result<AccountFacts>> self(Deadline until);

    /// Never cached by Gerrit or by us, and read from NoteDb, not from the index.
    asio::awaitable<Result<ChangeReading>>
    change(ProjectName project, ChangeNumber number, Deadline until);
    asio::awaitable<Result<std::vector<MessageFacts>>>
    messages(ProjectName project, ChangeNumber number, Deadline until);
    /// Paths a patch set touches against its first parent, old names of renames too, sorted; the
    /// magic paths (/COMMIT_MSG, /MERGE_LIST, /PATCHSET_LEVEL) are left out.
    asio::awaitable<Result<std::vector<std::string>>>
    files(ProjectName project, ChangeNumber number, CommitId revision, Deadline until);
    asio::awaitable<Result<TogetherFacts>>
    submitted_together(ProjectName project, ChangeNumber number, Deadline until);
    /// Paths of the submodules (git links, and .gitmodules) that a patch set adds, moves or
    /// removes.
    asio::awaitable<Result<std::vector<std::string>>>
    submodules(ProjectName project, ChangeNumber number, CommitId revision, Deadline until);
    /// The changes a query finds, at most 50, without revisions and labels; from the index.
    asio::awaitable<Result<ChangePage>> find_changes(std::string query, Deadline until);
    /// Numbers of the changes that have `commit` as a patch set; from the index, so it may lag.
    asio::awaitable<Result<std::vector<ChangeNumber>>>
    changes_with(ProjectName project, CommitId commit, Deadline until);
    asio::awaitable<Result<ChangePage>> changes_since(UpdateWindow window, Deadline until);

    /// The one active account with exactly this user name; Errc::not_found for none,
    /// Errc::conflict for several. Never the lookup by free text, which takes a user name of
    /// digits for an account id.
    asio::awaitable<Result<AccountFacts>> account_by_username(std::string username, Deadline until);
    asio::awaitable<Result<AccountFacts>> account(AccountId id, Deadline until);
    /// UUIDs of the groups that hold the account, nested ones included, as far as visible to us.
    asio::awaitable<Result<std::vector<std::string>>> account_groups(AccountId id, Deadline until);
    /// What `account` may do on `ref`, by Gerrit's own word (check.access; needs View Access).
    /// `wanted.is_allowed` is what is asked. `submit` and labels are not known there: 400.
    asio::awaitable<Result<AccessFacts>>
    check_access(ProjectName project, AccessFacts wanted, Deadline until);

    /// Which project of `chain` (the project, then its parents) defines `label`, and which have
    /// rules for it. Errc::permission_denied where a project hides its rules from us: they would
    /// look like none.
    asio::awaitable<Result<LabelOriginFacts>> label_origin(
        ProjectName project, std::vector<ProjectName> chain, std::string label, Deadline until
    );

    asio::awaitable<Result<CommitPlaces>>
    commit_in(ProjectName project, CommitId commit, Deadline until);
    asio::awaitable<Result<std::vector<CommitId>>>
    commit_parents(ProjectName project, CommitId commit, Deadline until);
    /// A branch (`refs/heads/...`, `refs/meta/config`) or tag as it is now; no tip: there is none,
    /// or none we may see.
    asio::awaitable<Result<RefFacts>> ref(ProjectName project, RefName ref, Deadline until);
    /// Parent, grandparent, ... up to All-Projects. Errc::limit_exceeded beyond 32.
    asio::awaitable<Result<std::vector<ProjectName>>> parents(ProjectName project, Deadline until);
    /// Bytes of a regular file at a commit. Errc::refused for a symbolic link or a submodule.
    asio::awaitable<Result<std::string>>
    file_at(ProjectName project, CommitId commit, std::string path, Deadline until);

private:
    asio::awaitable<Result<boost::json::value>> exchange(RestCall call, Deadline until);

    std::shared_ptr<http::Transport> transport_;
    RestOptions options_;
    const Clock& clock_;
    Logger& log_;
};

/// A client with a transport of its own for `url` ("https://gerrit.example/r"). TLS is always
/// verified, against `ca_pem` if given, else the machine's store. Errc::invalid_argument for an URL
/// that is none.
SEAKEEPER_API Result<std::unique_ptr<RestClient>> make_rest_client(
    asio::any_io_executor executor, std::string_view url, RestOptions options, std::string ca_pem
);

} // namespace seakeeper::gerrit
