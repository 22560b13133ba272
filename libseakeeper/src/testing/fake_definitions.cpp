// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/testing/builders.hpp>
#include <seakeeper/testing/fakes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::testing {

CommitId FakeDefinitions::push(const ProjectName& project, Files files) {
    auto made = commit(fmt::format("config {} of {}", ++made_, project.str()));
    histories_[project.str()].line.push_back(made);
    files_.insert_or_assign(made.str(), std::move(files));
    return made;
}

CommitId FakeDefinitions::rewind(const ProjectName& project, Files files) {
    histories_[project.str()].line.clear();
    return push(project, std::move(files));
}

void FakeDefinitions::fail_with(std::optional<Error> error) {
    error_ = std::move(error);
}

const FakeDefinitions::Files* FakeDefinitions::files_at(const CommitId& commit) const {
    const auto found = files_.find(commit.str());
    return found == files_.end() ? nullptr : &found->second;
}

asio::awaitable<Result<CommitId>> FakeDefinitions::tip(ProjectName project, Deadline /*until*/) {
    if (error_) {
        co_return *error_;
    }
    const auto found = histories_.find(project.str());
    if (found == histories_.end() || found->second.line.empty()) {
        co_return Error{Errc::not_found, "reading refs/meta/config of " + project.str() + ": none"};
    }
    co_return found->second.line.back();
}

asio::awaitable<Result<git::Blob>> FakeDefinitions::read(
    ProjectName project, CommitId commit, std::string path, Deadline /*until*/
) {
    if (error_) {
        co_return *error_;
    }
    if (const auto* fault = git::path_fault(path)) {
        co_return Error{Errc::malformed, fmt::format("reading {}: {}", path, fault)};
    }
    const auto* files = files_at(commit);
    if (files == nullptr || !files->contains(path)) {
        co_return Error{
            Errc::not_found, fmt::format("reading {}:{}: no such file", project.str(), path)};
    }
    const auto& bytes = files->at(path);
    git::Blob blob{sha256_hex("blob " + bytes).substr(0, 40), bytes};
    co_return blob;
}

asio::awaitable<Result<std::vector<std::string>>> FakeDefinitions::list(
    ProjectName /*project*/, CommitId commit, std::string folder, Deadline /*until*/
) {
    if (error_) {
        co_return *error_;
    }
    std::vector<std::string> paths;
    const auto prefix = folder.empty() ? std::string{} : folder + "/";
    const auto* files = files_at(commit);
    for (const auto& [path, bytes] : files == nullptr ? Files{} : *files) {
        if (path.starts_with(prefix) && path.find('/', prefix.size()) == std::string::npos) {
            paths.push_back(path);
        }
    }
    co_return paths;
}

void FakeDefinitions::propose(const CommitId& commit, Files files) {
    files_.insert_or_assign(commit.str(), std::move(files));
}

asio::awaitable<Result<git::Files>> FakeDefinitions::proposed(
    ProjectName project, git::Proposal proposal, Deadline /*until*/
) {
    if (error_) {
        co_return *error_;
    }
    const auto* files = files_at(proposal.commit);
    if (files == nullptr) {
        co_return Error{
            Errc::not_found, fmt::format("looking at a change of {}: none", project.str())};
    }
    co_return *files;
}

asio::awaitable<Result<bool>>
FakeDefinitions::is_fast_forward(ProjectName project, git::Step step, Deadline /*until*/) {
    if (error_) {
        co_return *error_;
    }
    const auto found = histories_.find(project.str());
    if (found == histories_.end()) {
        co_return step.from == step.to;
    }
    const auto& line = found->second.line;
    const auto from = std::find(line.begin(), line.end(), step.from);
    co_return from != line.end() && std::find(from, line.end(), step.to) != line.end();
}

} // namespace seakeeper::testing
