// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "gerrit/facts_cache.hpp"

#include <seakeeper/gerrit/facts_reader.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace seakeeper::gerrit {

/// Errors that say nothing about the object: all has to be read again later.
bool is_passing(const Error& error);

/// One reading, step by step in the order in which one needs the other; lives in read()'s frame.
/// A step's error ends the reading; what concerns one fact alone becomes that fact's failure.
class RestFactsSource::Reading {
public:
    Reading(RestFactsSource& source, event::Event event, FactsRequest request, Deadline until)
        : client_{source.client_}, options_{source.options_}, clock_{source.clock_},
          cache_{*source.cache_}, event_{std::move(event)}, request_{std::move(request)},
          until_{until} {}

    asio::awaitable<Result<Facts>> run();

private:
    /// The source of a fact.
    static std::string get(std::string path) { return "GET " + std::move(path); }

    template <class T>
    Fact<T> unread(std::string source, std::string failure) const {
        Fact<T> fact;
        fact.source = std::move(source);
        fact.failure = std::move(failure);
        fact.read_at = clock_.wall();
        return fact;
    }

    template <class T>
    Fact<T> known(std::string source, T value) const {
        Fact<T> fact;
        fact.value = std::move(value);
        fact.source = std::move(source);
        fact.read_at = clock_.wall();
        return fact;
    }

    /// An answer as a fact, or the error when it says nothing about the object.
    template <class T>
    Result<Fact<T>> settled(std::string source, Result<T> answer) const {
        if (answer) {
            return known<T>(std::move(source), std::move(*answer));
        }
        if (is_passing(answer.error())) {
            return answer.error();
        }
        return unread<T>(std::move(source), answer.error().message);
    }

    template <class T>
    Status settle(Fact<T>& fact, std::string source, Result<T> answer) const {
        auto read = settled<T>(std::move(source), std::move(answer));
        if (!read) {
            return read.error();
        }
        fact = std::move(*read);
        return {};
    }

    Result<Facts> fail_all(const std::string& why) {
        facts_.change = unread<ChangeFacts>({}, why);
        facts_.actor = unread<AccountFacts>({}, why);
        facts_.real_actor = unread<AccountFacts>({}, why);
        return std::move(facts_);
    }

    void remember(std::vector<AccountFacts> accounts, const std::string& source) {
        for (auto& account : accounts) {
            const auto id = account.id;
            described_.insert_or_assign(id, known<AccountFacts>(source, std::move(account)));
        }
    }

    asio::awaitable<Status> read_change();
    asio::awaitable<Status> read_actor();
    void take_inactive_actor(const std::string& username);
    asio::awaitable<Status> read_real_actor();
    asio::awaitable<Result<Fact<AccountFacts>>> account_of(AccountId id);
    /// The patch set that the event is about; the current one for events that name none.
    std::optional<CommitId> revision() const;
    asio::awaitable<Status> read_files();
    asio::awaitable<Result<std::vector<CommitId>>> parents_of(CommitId commit);
    asio::awaitable<Status> read_ancestry();
    asio::awaitable<Status> read_together();
    asio::awaitable<Status> read_ref();
    /// An annotated tag names a tag object; branches hold the commit behind it.
    CommitId behind_tag(const CommitId& commit) const;
    asio::awaitable<Status> read_merged_into();
    /// Of several commits of one event only branches count that hold all of them.
    void narrow_merged_into(std::string source, std::vector<RefName> branches);
    asio::awaitable<Status> read_configs();
    static Fact<ConfigFacts> as_config(const ProjectName& project, Fact<RefFacts> ref);
    asio::awaitable<Status> read_parents();
    asio::awaitable<Result<Fact<std::vector<ProjectName>>>> parents_of_project(ProjectName project);
    asio::awaitable<Result<Fact<GroupFacts>>> groups_of(AccountId id);
    static Fact<std::vector<std::string>> only_uuids(Fact<GroupFacts> groups);
    asio::awaitable<Status> read_actor_groups();
    asio::awaitable<Status> read_owner_groups();
    std::vector<AccountId> voters() const;
    asio::awaitable<Status> read_voter_groups();
    std::vector<AccountId> subjects_of(Whose whose) const;
    asio::awaitable<Status> read_access();
    asio::awaitable<Status> read_one_access(Cache::AccessKey key, AccessFacts wanted);
    asio::awaitable<Status> read_change_of_update();
    asio::awaitable<Status> read_previous_merged_into();
    asio::awaitable<Status> read_dependencies();
    asio::awaitable<Status>
    add_dependencies(std::vector<DependencyFacts>& all, std::vector<std::string> footers);
    static void add_new_footers(const DependencyFacts& row, std::vector<std::string>& footers);
    asio::awaitable<Status> add_depends_on(std::vector<DependencyFacts>& all, std::string footer);
    asio::awaitable<Status>
    add_found(std::vector<DependencyFacts>& all, std::string footer, ChangeFacts found);
    asio::awaitable<Result<std::optional<AncestryFacts>>> ancestry_below(ChangeFacts change);
    std::vector<ProjectName> projects_of_votes() const;
    void add_voters_below(const AncestryFacts& ancestry, std::vector<AccountId>& voters) const;
    void add_voters_of(const DependencyFacts& dependency, std::vector<AccountId>& voters) const;
    asio::awaitable<Status> read_label_origins();
    asio::awaitable<Status>
    read_one_origin(Cache::LabelKey key, Fact<std::vector<ProjectName>> parents);
    /// Everybody whom the answers described: who voted, uploaded, owns.
    void keep_accounts();

    RestClient& client_;
    const FactsOptions& options_;
    const Clock& clock_;
    Cache& cache_;
    event::Event event_;
    FactsRequest request_;
    Deadline until_;
    ProjectName project_;
    std::map<AccountId, Fact<AccountFacts>> described_;
    Facts facts_;
};

} // namespace seakeeper::gerrit
