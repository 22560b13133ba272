// SPDX-License-Identifier: Apache-2.0
#include "gerrit/actor.hpp"
#include "gerrit/facts_reading.hpp"
#include "gerrit/rest_path.hpp"

#include <set>

// Configuration, groups and access.
namespace seakeeper::gerrit {

asio::awaitable<Status> RestFactsSource::Reading::read_configs() {
    if (!request_.configs) {
        co_return Status{};
    }
    const auto parents = co_await read_parents();
    if (!parents) {
        co_return parents.error();
    }
    std::vector<ProjectName> chain{project_};
    if (facts_.parents) {
        chain.insert(chain.end(), facts_.parents->begin(), facts_.parents->end());
    }
    const auto ref = RefName::parse("refs/meta/config").value();
    for (const auto& project : chain) {
        auto source = get(rest_path::ref(project, ref));
        auto answer = co_await client_.ref(project, ref, until_);
        auto fact = settled<RefFacts>(std::move(source), std::move(answer));
        if (!fact) {
            co_return fact.error();
        }
        facts_.configs.push_back(as_config(project, std::move(*fact)));
    }
    co_return Status{};
}

Fact<ConfigFacts>
RestFactsSource::Reading::as_config(const ProjectName& project, Fact<RefFacts> ref) {
    Fact<ConfigFacts> config;
    if (ref) {
        config.value = ConfigFacts{project, ref->tip};
    }
    config.source = std::move(ref.source);
    config.failure = std::move(ref.failure);
    config.read_at = ref.read_at;
    return config;
}

asio::awaitable<Status> RestFactsSource::Reading::read_parents() {
    auto parents = co_await parents_of_project(project_);
    if (!parents) {
        co_return parents.error();
    }
    facts_.parents = std::move(*parents);
    co_return Status{};
}

asio::awaitable<Result<Fact<std::vector<ProjectName>>>>
RestFactsSource::Reading::parents_of_project(ProjectName project) {
    if (const auto* cached = cache_.parents.find(project, clock_.steady())) {
        co_return *cached;
    }
    auto source = get(rest_path::project(project)) + " and its parents";
    auto answer = co_await client_.parents(project, until_);
    auto fact = settled<std::vector<ProjectName>>(std::move(source), std::move(answer));
    if (fact && *fact) {
        cache_.parents.keep(project, *fact, clock_.steady() + options_.parents_age);
    }
    co_return fact;
}

asio::awaitable<Result<Fact<GroupFacts>>> RestFactsSource::Reading::groups_of(AccountId id) {
    if (const auto* cached = cache_.groups.find(id, clock_.steady())) {
        co_return *cached;
    }
    auto source = get(rest_path::account_groups(id));
    auto answer = co_await client_.account_groups(id, until_);
    Result<GroupFacts> groups = answer ? Result<GroupFacts>{GroupFacts{id, std::move(*answer)}}
                                       : Result<GroupFacts>{answer.error()};
    auto fact = settled<GroupFacts>(std::move(source), std::move(groups));
    if (fact && *fact) {
        cache_.groups.keep(id, *fact, clock_.steady() + options_.groups_age);
    }
    co_return fact;
}

Fact<std::vector<std::string>> RestFactsSource::Reading::only_uuids(Fact<GroupFacts> groups) {
    Fact<std::vector<std::string>> uuids;
    if (groups) {
        uuids.value = std::move(groups.value->groups);
    }
    uuids.source = std::move(groups.source);
    uuids.failure = std::move(groups.failure);
    uuids.read_at = groups.read_at;
    return uuids;
}

asio::awaitable<Status> RestFactsSource::Reading::read_actor_groups() {
    if (!request_.actor_groups || !facts_.actor) {
        co_return Status{};
    }
    auto groups = co_await groups_of(facts_.actor->id);
    if (!groups) {
        co_return groups.error();
    }
    facts_.actor_groups = only_uuids(std::move(*groups));
    if (!facts_.real_actor || facts_.real_actor->id == facts_.actor->id) {
        co_return Status{};
    }
    auto behind = co_await groups_of(facts_.real_actor->id);
    if (!behind) {
        co_return behind.error();
    }
    facts_.groups.push_back(std::move(*behind));
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::read_owner_groups() {
    if (!request_.owner_groups || !facts_.change) {
        co_return Status{};
    }
    auto groups = co_await groups_of(facts_.change->owner);
    if (!groups) {
        co_return groups.error();
    }
    facts_.owner_groups = only_uuids(std::move(*groups));
    co_return Status{};
}

void RestFactsSource::Reading::add_voters_below(
    const AncestryFacts& ancestry, std::vector<AccountId>& voters
) const {
    for (const auto& ancestor : ancestry.commits) {
        if (ancestor.change) {
            add_voters(*ancestor.change, request_.voted_labels, voters);
        }
    }
}

void RestFactsSource::Reading::add_voters_of(
    const DependencyFacts& dependency, std::vector<AccountId>& voters
) const {
    if (dependency.change) {
        add_voters(*dependency.change, request_.voted_labels, voters);
    }
    if (dependency.ancestry) {
        add_voters_below(*dependency.ancestry, voters);
    }
}

std::vector<AccountId> RestFactsSource::Reading::voters() const {
    std::vector<AccountId> voters;
    if (facts_.change) {
        add_voters(*facts_.change, request_.voted_labels, voters);
    }
    if (facts_.ancestry) {
        add_voters_below(*facts_.ancestry, voters);
    }
    if (facts_.submitted_together) {
        for (const auto& change : facts_.submitted_together->changes) {
            add_voters(change, request_.voted_labels, voters);
        }
    }
    if (facts_.dependencies) {
        for (const auto& dependency : *facts_.dependencies) {
            add_voters_of(dependency, voters);
        }
    }
    return voters;
}

asio::awaitable<Status> RestFactsSource::Reading::read_voter_groups() {
    auto ids = request_.voter_groups ? voters() : std::vector<AccountId>{};
    if (request_.uploader_groups) {
        const auto uploader = subjects_of(Whose::uploader);
        ids.insert(ids.end(), uploader.begin(), uploader.end());
    }
    for (const auto id : ids) {
        if (facts_.groups_of(id) != nullptr) {
            continue;
        }
        auto groups = co_await groups_of(id);
        if (!groups) {
            co_return groups.error();
        }
        facts_.groups.push_back(std::move(*groups));
    }
    co_return Status{};
}

std::vector<AccountId> RestFactsSource::Reading::subjects_of(Whose whose) const {
    std::vector<AccountId> ids;
    const auto commit = revision();
    const auto* patch_set = facts_.change && commit ? facts_.change->revision(*commit) : nullptr;
    switch (whose) {
    case Whose::actor:
        if (facts_.actor) {
            ids.push_back(facts_.actor->id);
        }
        break;
    case Whose::real_actor:
        if (facts_.real_actor) {
            ids.push_back(facts_.real_actor->id);
        }
        break;
    case Whose::uploader:
        if (patch_set != nullptr) {
            ids.push_back(patch_set->uploader);
        }
        break;
    case Whose::owner:
        if (facts_.change) {
            ids.push_back(facts_.change->owner);
        }
        break;
    case Whose::voters:
        ids = voters();
        break;
    }
    return ids;
}

asio::awaitable<Status> RestFactsSource::Reading::read_access() {
    std::set<Cache::AccessKey> asked;
    for (const auto& question : request_.access) {
        for (const auto id : subjects_of(question.whose)) {
            AccessFacts wanted{id, question.ref, question.permission, false, project_};
            Cache::AccessKey key{project_, id, question.ref, question.permission};
            if (!asked.insert(key).second) {
                continue;
            }
            const auto done = co_await read_one_access(std::move(key), std::move(wanted));
            if (!done) {
                co_return done.error();
            }
        }
    }
    co_return Status{};
}

asio::awaitable<Status>
RestFactsSource::Reading::read_one_access(Cache::AccessKey key, AccessFacts wanted) {
    if (const auto* cached = cache_.access.find(key, clock_.steady())) {
        facts_.access.push_back(*cached);
        co_return Status{};
    }
    auto source = get(rest_path::check_access(project_, wanted));
    auto answer = co_await client_.check_access(project_, std::move(wanted), until_);
    auto fact = settled<AccessFacts>(std::move(source), std::move(answer));
    if (!fact) {
        co_return fact.error();
    }
    if (*fact) {
        cache_.access.keep(key, *fact, clock_.steady() + options_.access_age);
    }
    facts_.access.push_back(std::move(*fact));
    co_return Status{};
}

} // namespace seakeeper::gerrit
