// SPDX-License-Identifier: Apache-2.0
#include "gerrit/ancestry.hpp"
#include "gerrit/depends_on.hpp"
#include "gerrit/facts_reading.hpp"
#include "gerrit/rest_path.hpp"

#include <algorithm>

// What the patch set drags in, where rights come from, what a ref update came from.
namespace seakeeper::gerrit {

namespace {

constexpr std::size_t most_dependencies = 32;

const event::RefUpdate* branch_update(const event::Event& event) {
    const auto* updated = std::get_if<event::RefUpdated>(&event.body);
    const bool is_branch =
        updated != nullptr && updated->update.ref_name.starts_with("refs/heads/");
    return is_branch ? &updated->update : nullptr;
}

} // namespace

/// The merged change whose patch set is the branch's new commit.
asio::awaitable<Status> RestFactsSource::Reading::read_change_of_update() {
    const auto* update = branch_update(event_);
    if (!request_.change || update == nullptr) {
        co_return Status{};
    }
    const auto commit = CommitId::parse(update->new_rev);
    if (!commit) {
        facts_.change = unread<ChangeFacts>("event", "the branch was deleted");
        co_return Status{};
    }
    auto source = get(rest_path::changes_with(*commit));
    const auto numbers = co_await client_.changes_with(project_, *commit, until_);
    if (!numbers) {
        co_return settle<ChangeFacts>(facts_.change, std::move(source), numbers.error());
    }
    // No failure: Gerrit answered that there is none. (Its index may be a moment behind.)
    facts_.change = unread<ChangeFacts>(std::move(source), {});
    for (const auto number : *numbers) {
        auto detail = get(rest_path::change_detail(project_, number));
        auto reading = co_await client_.change(project_, number, until_);
        if (!reading && is_passing(reading.error())) {
            co_return reading.error();
        }
        const bool fits = reading && reading->change.status == "MERGED"
                          && reading->change.destination.str() == update->ref_name
                          && reading->change.current_revision == *commit;
        if (fits) {
            remember(std::move(reading->accounts), detail);
            facts_.change = known<ChangeFacts>(std::move(detail), std::move(reading->change));
            co_return Status{};
        }
    }
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::read_previous_merged_into() {
    const auto* updated = std::get_if<event::RefUpdated>(&event_.body);
    if (!request_.previous_merged_into || updated == nullptr) {
        co_return Status{};
    }
    auto commit = CommitId::parse(updated->update.old_rev);
    if (!commit) {
        facts_.previous_merged_into =
            unread<std::vector<RefName>>("event", "the ref did not exist before");
        co_return Status{};
    }
    auto source = get(rest_path::commit_in(project_, *commit));
    auto places = co_await client_.commit_in(project_, std::move(*commit), until_);
    Result<std::vector<RefName>> branches =
        places ? Result<std::vector<RefName>>{std::move(places->branches)}
               : Result<std::vector<RefName>>{places.error()};
    co_return settle(facts_.previous_merged_into, std::move(source), std::move(branches));
}

// --- dependencies

asio::awaitable<Status> RestFactsSource::Reading::read_dependencies() {
    if (!request_.dependencies || !event_.change) {
        co_return Status{};
    }
    using All = std::vector<DependencyFacts>;
    const auto commit = revision();
    const auto* patch_set = facts_.change && commit ? facts_.change->revision(*commit) : nullptr;
    if (patch_set == nullptr || patch_set->message.empty()) {
        facts_.dependencies = unread<All>(
            facts_.change.source, "the commit message was not read: not the current patch set"
        );
        co_return Status{};
    }
    std::string source =
        "commit message, " + get(rest_path::files(project_, facts_.change->number, *commit));
    All all;
    auto footers = depends_on_footers(patch_set->message);
    const auto added = co_await add_dependencies(all, std::move(footers));
    if (!added) {
        co_return settle<All>(facts_.dependencies, std::move(source), added.error());
    }
    auto submodules = co_await client_.submodules(project_, facts_.change->number, *commit, until_);
    if (!submodules) {
        co_return settle<All>(facts_.dependencies, std::move(source), submodules.error());
    }
    for (auto& path : *submodules) {
        all.push_back({"submodule", std::move(path), {}, {}});
    }
    if (all.size() > most_dependencies) {
        facts_.dependencies = unread<All>(std::move(source), "more than 32 dependencies");
        co_return Status{};
    }
    facts_.dependencies = known<All>(std::move(source), std::move(all));
    co_return Status{};
}

/// Footers of open dependencies lead on; each footer is followed once.
asio::awaitable<Status> RestFactsSource::Reading::add_dependencies(
    std::vector<DependencyFacts>& all, std::vector<std::string> footers
) {
    for (std::size_t next = 0; next < footers.size() && all.size() <= most_dependencies; ++next) {
        const auto begin = all.size();
        auto footer = footers[next];
        const auto added = co_await add_depends_on(all, std::move(footer));
        if (!added) {
            co_return added.error();
        }
        for (auto row = begin; row < all.size(); ++row) {
            add_new_footers(all[row], footers);
        }
    }
    co_return Status{};
}

void RestFactsSource::Reading::add_new_footers(
    const DependencyFacts& row, std::vector<std::string>& footers
) {
    const auto* current = row.change && row.change->status == "NEW" && row.relation == "depends-on"
                              ? row.change->current()
                              : nullptr;
    if (current == nullptr) {
        return;
    }
    for (auto& footer : depends_on_footers(current->message)) {
        if (std::find(footers.begin(), footers.end(), footer) == footers.end()) {
            footers.push_back(std::move(footer));
        }
    }
}

/// One row for each change that the footer names; one without a change if none can be read.
asio::awaitable<Status>
RestFactsSource::Reading::add_depends_on(std::vector<DependencyFacts>& all, std::string footer) {
    const auto found_before = all.size();
    const auto query = query_for_dependency(footer, options_.web_url);
    if (query.empty() || all.size() >= most_dependencies) {
        all.push_back({"depends-on", std::move(footer), {}, {}});
        co_return Status{};
    }
    const auto page = co_await client_.find_changes(query, until_);
    if (!page) {
        co_return page.error();
    }
    for (const auto& found : page->changes) {
        if (found.number == facts_.change->number) {
            all.push_back({"circle", footer, *facts_.change, {}});
            continue;
        }
        const auto added = co_await add_found(all, footer, found);
        if (!added) {
            co_return added.error();
        }
    }
    if (all.size() == found_before || page->has_more) {
        all.push_back({"depends-on", std::move(footer), {}, {}});
    }
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::add_found(
    std::vector<DependencyFacts>& all, std::string footer, ChangeFacts found
) {
    auto reading = co_await client_.change(found.project, found.number, until_);
    if (!reading && is_passing(reading.error())) {
        co_return reading.error();
    }
    DependencyFacts row;
    row.relation = "depends-on";
    row.name = std::move(footer);
    if (!reading) {
        all.push_back(std::move(row));
        co_return Status{};
    }
    const auto source = "GET " + rest_path::change_detail(found.project, found.number);
    remember(std::move(reading->accounts), source);
    auto change = std::move(reading->change);
    row.change = change;
    auto below = co_await ancestry_below(std::move(change));
    if (!below) {
        co_return below.error();
    }
    row.ancestry = std::move(*below);
    all.push_back(std::move(row));
    co_return Status{};
}

asio::awaitable<Result<std::optional<AncestryFacts>>>
RestFactsSource::Reading::ancestry_below(ChangeFacts change) {
    const auto* current = change.current();
    if (change.status != "NEW" || current == nullptr) {
        co_return std::nullopt;
    }
    AncestryWalk walk;
    walk.project = change.project;
    walk.destination = change.destination;
    walk.start = current->parents;
    walk.limit = options_.ancestors;
    walk.is_protected = request_.is_protected;
    auto walked = co_await walk_ancestry(client_, std::move(walk), until_);
    if (!walked && is_passing(walked.error())) {
        co_return walked.error();
    }
    if (!walked) {
        co_return std::nullopt;
    }
    remember(std::move(walked->accounts), get(rest_path::commit(change.project, current->commit)));
    co_return std::move(walked->facts);
}

// --- where labels come from

/// The event's project, and those of the open changes whose votes count.
std::vector<ProjectName> RestFactsSource::Reading::projects_of_votes() const {
    std::vector<ProjectName> projects{project_};
    const auto add = [&](const ChangeFacts& change) {
        if (change.status == "NEW"
            && std::find(projects.begin(), projects.end(), change.project) == projects.end()) {
            projects.push_back(change.project);
        }
    };
    if (facts_.submitted_together) {
        std::for_each(
            facts_.submitted_together->changes.begin(),
            facts_.submitted_together->changes.end(),
            add
        );
    }
    if (facts_.dependencies) {
        for (const auto& dependency : *facts_.dependencies) {
            if (dependency.change) {
                add(*dependency.change);
            }
        }
    }
    return projects;
}

asio::awaitable<Status> RestFactsSource::Reading::read_label_origins() {
    if (!request_.label_origins) {
        co_return Status{};
    }
    const auto own_parents = co_await read_parents();
    if (!own_parents) {
        co_return own_parents.error();
    }
    for (const auto& project : projects_of_votes()) {
        auto parents = co_await parents_of_project(project);
        if (!parents) {
            co_return parents.error();
        }
        for (const auto& label : request_.voted_labels) {
            Cache::LabelKey key{project, label};
            auto chain = *parents;
            const auto read = co_await read_one_origin(std::move(key), std::move(chain));
            if (!read) {
                co_return read.error();
            }
        }
    }
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::read_one_origin(
    Cache::LabelKey key, Fact<std::vector<ProjectName>> parents
) {
    if (const auto* cached = cache_.label_origins.find(key, clock_.steady())) {
        facts_.label_origins.push_back(*cached);
        co_return Status{};
    }
    if (!parents) {
        facts_.label_origins.push_back(unread<LabelOriginFacts>(parents.source, parents.failure));
        co_return Status{};
    }
    std::vector<ProjectName> chain{key.first};
    chain.insert(chain.end(), parents->begin(), parents->end());
    auto source = get(rest_path::labels(key.first)) + ", " + get(rest_path::access_of(chain));
    auto [project, label] = key;
    auto origin = co_await client_.label_origin(
        std::move(project), std::move(chain), std::move(label), until_
    );
    auto fact = settled<LabelOriginFacts>(std::move(source), std::move(origin));
    if (!fact) {
        co_return fact.error();
    }
    if (*fact) {
        cache_.label_origins.keep(key, *fact, clock_.steady() + options_.access_age);
    }
    facts_.label_origins.push_back(std::move(*fact));
    co_return Status{};
}

} // namespace seakeeper::gerrit
