// SPDX-License-Identifier: Apache-2.0
#include "gerrit/facts_reading.hpp"

#include "core/failpoint.hpp"
#include "gerrit/actor.hpp"
#include "gerrit/ancestry.hpp"
#include "gerrit/rest_path.hpp"

#include <algorithm>

// The change, who acted, and the code.
namespace seakeeper::gerrit {

asio::awaitable<Status> RestFactsSource::Reading::read_change() {
    if (!request_.change || !event_.change) {
        co_return Status{};
    }
    const auto number = event_.change->number;
    auto source = get(rest_path::change_detail(project_, number));
    auto answer = co_await client_.change(project_, number, until_);
    if (answer) {
        remember(std::move(answer->accounts), source);
        facts_.change = known<ChangeFacts>(std::move(source), std::move(answer->change));
        if (SEAKEEPER_BROKEN("I4")) { // nobody has uploaded what he approves
            for (auto& revision : facts_.change.value->revisions) {
                revision.uploader = AccountId{0};
            }
        }
        co_return Status{};
    }
    co_return settle<ChangeFacts>(facts_.change, std::move(source), answer.error());
}

asio::awaitable<Status> RestFactsSource::Reading::read_actor() {
    if (!request_.actor) {
        co_return Status{};
    }
    const auto username =
        event_.actor ? event_.actor->username.value_or(std::string{}) : std::string{};
    if (username.empty()) {
        facts_.actor = unread<AccountFacts>("event", "the event names no acting user");
        co_return Status{};
    }
    if (const auto* cached = cache_.by_username.find(username, clock_.steady())) {
        facts_.actor = *cached;
        co_return Status{};
    }
    auto source = get(rest_path::account_by_username(username));
    auto answer = co_await client_.account_by_username(username, until_);
    auto status = settle(facts_.actor, std::move(source), std::move(answer));
    if (status && !facts_.actor) {
        take_inactive_actor(username);
    }
    if (status) {
        const auto age = facts_.actor ? options_.account_age : options_.absent_account_age;
        cache_.by_username.keep(username, facts_.actor, clock_.steady() + age);
    }
    co_return status;
}

/// Gerrit's search by user name knows active accounts only: an inactive one that the change names
/// is told apart from one that does not exist.
void RestFactsSource::Reading::take_inactive_actor(const std::string& username) {
    for (const auto& [id, account] : described_) {
        if (account && account->username == username && !account->is_active) {
            facts_.actor = account;
        }
    }
}

asio::awaitable<Status> RestFactsSource::Reading::read_real_actor() {
    if (!request_.actor || !facts_.actor) {
        co_return Status{};
    }
    const auto behind = real_actor_of(event_, facts_.change, facts_.actor->id);
    if (!behind.id) {
        facts_.real_actor = unread<AccountFacts>(facts_.change.source, behind.failure);
        co_return Status{};
    }
    if (*behind.id == facts_.actor->id) {
        facts_.real_actor = facts_.actor;
        co_return Status{};
    }
    auto account = co_await account_of(*behind.id);
    if (!account) {
        co_return account.error();
    }
    facts_.real_actor = std::move(*account);
    co_return Status{};
}

asio::awaitable<Result<Fact<AccountFacts>>> RestFactsSource::Reading::account_of(AccountId id) {
    if (const auto found = described_.find(id); found != described_.end()) {
        co_return found->second;
    }
    if (const auto* cached = cache_.by_id.find(id, clock_.steady())) {
        co_return *cached;
    }
    auto source = get(rest_path::account(id));
    auto answer = co_await client_.account(id, until_);
    auto fact = settled<AccountFacts>(std::move(source), std::move(answer));
    if (fact) {
        const auto age = *fact ? options_.account_age : options_.absent_account_age;
        cache_.by_id.keep(id, *fact, clock_.steady() + age);
    }
    co_return fact;
}

std::optional<CommitId> RestFactsSource::Reading::revision() const {
    if (event_.patch_set) {
        auto commit = CommitId::parse(event_.patch_set->revision);
        return commit ? std::optional{std::move(*commit)} : std::nullopt;
    }
    if (facts_.change && !facts_.change->current_revision.empty()) {
        return facts_.change->current_revision;
    }
    return std::nullopt;
}

asio::awaitable<Status> RestFactsSource::Reading::read_files() {
    if (!request_.files || !event_.change) {
        co_return Status{};
    }
    const auto commit = revision();
    if (!commit) {
        facts_.files = unread<std::vector<std::string>>("event", "no revision is known");
        co_return Status{};
    }
    const auto number = event_.change->number;
    auto source = get(rest_path::files(project_, number, *commit));
    auto answer = co_await client_.files(project_, number, *commit, until_);
    co_return settle(facts_.files, std::move(source), std::move(answer));
}

asio::awaitable<Result<std::vector<CommitId>>> RestFactsSource::Reading::parents_of(CommitId commit
) {
    const auto* known_revision = facts_.change ? facts_.change->revision(commit) : nullptr;
    if (known_revision != nullptr && !known_revision->parents.empty()) {
        co_return known_revision->parents;
    }
    auto parents = co_await client_.commit_parents(project_, std::move(commit), until_);
    co_return std::move(parents);
}

asio::awaitable<Status> RestFactsSource::Reading::read_ancestry() {
    if (!request_.ancestry || !event_.change) {
        co_return Status{};
    }
    const auto commit = revision();
    if (!commit) {
        facts_.ancestry = unread<AncestryFacts>("event", "no revision is known");
        co_return Status{};
    }
    auto source = get(rest_path::commit(project_, *commit)) + " and below";
    auto parents = co_await parents_of(*commit);
    if (!parents) {
        co_return settle<AncestryFacts>(facts_.ancestry, std::move(source), parents.error());
    }
    AncestryWalk walk;
    walk.project = project_;
    walk.destination = facts_.change ? facts_.change->destination : RefName{};
    walk.start = std::move(*parents);
    walk.limit = options_.ancestors;
    walk.is_protected = request_.is_protected;
    auto walked = co_await walk_ancestry(client_, std::move(walk), until_);
    if (!walked) {
        co_return settle<AncestryFacts>(facts_.ancestry, std::move(source), walked.error());
    }
    remember(std::move(walked->accounts), source);
    facts_.ancestry = known<AncestryFacts>(std::move(source), std::move(walked->facts));
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::read_together() {
    if (!request_.submitted_together || !event_.change) {
        co_return Status{};
    }
    const auto number = event_.change->number;
    auto source = get(rest_path::submitted_together(project_, number));
    auto answer = co_await client_.submitted_together(project_, number, until_);
    co_return settle(facts_.submitted_together, std::move(source), std::move(answer));
}

asio::awaitable<Status> RestFactsSource::Reading::read_ref() {
    if (!request_.ref || event_.change) {
        co_return Status{};
    }
    auto name = RefName::parse(event_.ref_name);
    if (!name) {
        facts_.ref = unread<RefFacts>("event", name.error().message);
        co_return Status{};
    }
    auto source = get(rest_path::ref(project_, *name));
    auto answer = co_await client_.ref(project_, std::move(*name), until_);
    co_return settle(facts_.ref, std::move(source), std::move(answer));
}

CommitId RestFactsSource::Reading::behind_tag(const CommitId& commit) const {
    const bool is_tag = facts_.ref && facts_.ref->tip == commit && facts_.ref->commit;
    return is_tag ? *facts_.ref->commit : commit;
}

asio::awaitable<Status> RestFactsSource::Reading::read_merged_into() {
    if (!request_.merged_into) {
        co_return Status{};
    }
    const auto commits = commits_of(event_);
    if (commits.empty()) {
        facts_.merged_into = unread<std::vector<RefName>>("event", "it names no commit");
        co_return Status{};
    }
    for (const auto& named : commits) {
        const auto commit = behind_tag(named);
        auto source = get(rest_path::commit_in(project_, commit));
        auto places = co_await client_.commit_in(project_, commit, until_);
        if (!places) {
            co_return settle<std::vector<RefName>>(
                facts_.merged_into, std::move(source), places.error()
            );
        }
        narrow_merged_into(std::move(source), std::move(places->branches));
    }
    co_return Status{};
}

void RestFactsSource::Reading::narrow_merged_into(
    std::string source, std::vector<RefName> branches
) {
    if (!facts_.merged_into) {
        facts_.merged_into = known<std::vector<RefName>>(std::move(source), std::move(branches));
        return;
    }
    std::erase_if(*facts_.merged_into.value, [&](const RefName& ref) {
        return std::find(branches.begin(), branches.end(), ref) == branches.end();
    });
    facts_.merged_into.source += ", " + std::move(source);
}

void RestFactsSource::Reading::keep_accounts() {
    for (auto& [id, account] : described_) {
        facts_.accounts.push_back(std::move(account));
    }
}

} // namespace seakeeper::gerrit
