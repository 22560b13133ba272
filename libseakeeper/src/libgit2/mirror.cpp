// SPDX-License-Identifier: Apache-2.0
#include "libgit2/fetch.hpp"
#include "libgit2/tree.hpp"
#include "libgit2/workers.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/git/mirror.hpp>

#include <fmt/core.h>

#include <map>
#include <mutex>

namespace seakeeper::libgit2 {
namespace {

using git::Blob;
using git::MirrorOptions;

/// What the workers share with the mirror and keep alive: everything blocks in here.
class Site {
public:
    Site(MirrorOptions options, std::shared_ptr<Workers> workers)
        : options_{std::move(options)}, workers_{std::move(workers)} {}

    Result<CommitId> tip(const ProjectName& project, Deadline until) {
        const auto turn = turn_of(project);
        const std::lock_guard lock{*turn};
        auto repository = open(project);
        if (!repository) {
            return repository.error();
        }
        return fetch(**repository, project, until);
    }

    template <class T, class Read>
    Result<T> with(const ProjectName& project, const CommitId& commit, Deadline until, Read read) {
        const auto turn = turn_of(project);
        const std::lock_guard lock{*turn};
        auto repository = open(project);
        if (!repository) {
            return repository.error();
        }
        auto snapshot = Snapshot::open(**repository, commit, options_);
        if (!snapshot) {
            if (auto fetched = fetch(**repository, project, until); !fetched) {
                return fetched.error();
            }
            snapshot = Snapshot::open(**repository, commit, options_);
        }
        if (!snapshot) {
            return snapshot.error();
        }
        return read(*snapshot);
    }

    Result<git::Files>
    proposed(const ProjectName& project, const git::Proposal& proposal, Deadline until) {
        const auto turn = turn_of(project);
        const std::lock_guard lock{*turn};
        auto repository = open(project);
        if (!repository) {
            return repository.error();
        }
        auto fetched = fetch_change(**repository, peer_of(project, until), proposal.ref);
        if (!fetched) {
            return fetched.error();
        }
        auto snapshot = Snapshot::open_proposed(**repository, proposal.commit, options_);
        if (!snapshot) {
            return snapshot.error();
        }
        return snapshot->files();
    }

private:
    Peer peer_of(const ProjectName& project, Deadline until) const {
        return Peer{
            options_,
            project_url(options_.base_url, project),
            [this] { return workers_->is_stopped(); },
            until};
    }

    Result<Owned<git_repository>> open(const ProjectName& project) const {
        return open_mirror(options_.folder + "/" + project.str() + ".git");
    }

    Result<CommitId> fetch(git_repository& repository, const ProjectName& project, Deadline until) {
        if (until.passed() || workers_->is_stopped()) {
            return Error{Errc::timed_out, "no time left to fetch"};
        }
        return fetch_config(repository, peer_of(project, until));
    }

    /// One thread at a time in one repository.
    std::shared_ptr<std::mutex> turn_of(const ProjectName& project) {
        const std::lock_guard lock{mutex_};
        auto& turn = turns_[project.str()];
        if (!turn) {
            turn = std::make_shared<std::mutex>();
        }
        return turn;
    }

    const MirrorOptions options_;
    const std::shared_ptr<Workers> workers_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<std::mutex>> turns_;
};

class Mirror final : public git::Definitions {
public:
    Mirror(asio::any_io_executor executor, MirrorOptions options)
        : executor_{std::move(executor)}, workers_{Workers::start(options.threads)},
          site_{std::make_shared<Site>(std::move(options), workers_)} {}

    ~Mirror() override { workers_->stop(std::chrono::seconds{3}); }

    asio::awaitable<Result<CommitId>> tip(ProjectName project, Deadline until) override {
        std::function<Result<CommitId>()> job = [site = site_, project, until] {
            return site->tip(project, until);
        };
        auto found = co_await offload<CommitId>(workers_, executor_, std::move(job), until);
        if (!found) {
            co_return std::move(found).error().within(doing("asking for", project));
        }
        co_return found;
    }

    asio::awaitable<Result<Blob>>
    read(ProjectName project, CommitId commit, std::string path, Deadline until) override {
        const auto what = fmt::format("reading {} in", quoted(path));
        if (const char* fault = git::path_fault(path)) {
            co_return Error{Errc::malformed, fmt::format("{}: {}", doing(what, project), fault)};
        }
        std::function<Result<Blob>()> job = [site = site_, project, commit, path, until] {
            const auto take = [&](const Snapshot& snapshot) { return snapshot.read(path); };
            return site->template with<Blob>(project, commit, until, take);
        };
        auto blob = co_await offload<Blob>(workers_, executor_, std::move(job), until);
        if (!blob) {
            co_return std::move(blob).error().within(doing(what, project));
        }
        co_return blob;
    }

    asio::awaitable<Result<std::vector<std::string>>>
    list(ProjectName project, CommitId commit, std::string folder, Deadline until) override {
        using Names = std::vector<std::string>;
        const auto what = fmt::format("listing {} in", quoted(folder));
        const char* fault = folder.empty() ? nullptr : git::path_fault(folder);
        if (fault != nullptr) {
            co_return Error{Errc::malformed, fmt::format("{}: {}", doing(what, project), fault)};
        }
        std::function<Result<Names>()> job = [site = site_, project, commit, folder, until] {
            const auto take = [&](const Snapshot& snapshot) { return snapshot.list(folder); };
            return site->template with<Names>(project, commit, until, take);
        };
        auto names = co_await offload<Names>(workers_, executor_, std::move(job), until);
        if (!names) {
            co_return std::move(names).error().within(doing(what, project));
        }
        co_return names;
    }

    asio::awaitable<Result<bool>>
    is_fast_forward(ProjectName project, git::Step step, Deadline until) override {
        std::function<Result<bool>()> job = [site = site_, project, step, until] {
            const auto take = [&](const Snapshot& to) { return to.descends_from(step.from); };
            return site->template with<bool>(project, step.to, until, take);
        };
        auto answer = co_await offload<bool>(workers_, executor_, std::move(job), until);
        if (!answer) {
            co_return std::move(answer).error().within(doing("comparing commits of", project));
        }
        co_return answer;
    }

    asio::awaitable<Result<git::Files>>
    proposed(ProjectName project, git::Proposal proposal, Deadline until) override {
        std::function<Result<git::Files>()> job = [site = site_, project, proposal, until] {
            return site->proposed(project, proposal, until);
        };
        auto files = co_await offload<git::Files>(workers_, executor_, std::move(job), until);
        if (!files) {
            co_return std::move(files).error().within(doing("looking at a change of", project));
        }
        co_return files;
    }

private:
    static std::string doing(std::string_view what, const ProjectName& project) {
        return fmt::format("{} refs/meta/config of {}", what, quoted(project.str()));
    }

    asio::any_io_executor executor_;
    std::shared_ptr<Workers> workers_;
    std::shared_ptr<Site> site_; ///< shared with the workers, which may outlive us
};

const char* fault_of(const MirrorOptions& options) {
    const std::string_view url = options.base_url;
    const bool is_ssh = url.starts_with("ssh://");
    const bool is_known = is_ssh || url.starts_with("https://") || url.starts_with("http://")
                          || url.starts_with("file:///");
    if (!is_known || options.folder.empty() || options.threads == 0) {
        return "a folder, threads and a URL of https, http, ssh or file are needed";
    }
    if (url.find('@') != url.npos) {
        return "the URL must not hold a user or a password";
    }
    if (is_ssh && (options.key_file.empty() || options.known_hosts_file.empty())) {
        return "ssh needs a key file and a known_hosts file";
    }
    return nullptr;
}

} // namespace
} // namespace seakeeper::libgit2

namespace seakeeper::git {

std::unique_ptr<Definitions> make_mirror(asio::any_io_executor executor, MirrorOptions options) {
    if (const char* fault = libgit2::fault_of(options)) {
        throw Exception{
            Error{Errc::invalid_argument, fmt::format("setting up the mirror: {}", fault)}};
    }
    libgit2::start_library(options.ca_pem_file);
    return std::make_unique<libgit2::Mirror>(std::move(executor), std::move(options));
}

} // namespace seakeeper::git
