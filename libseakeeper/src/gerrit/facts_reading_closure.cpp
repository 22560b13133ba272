// SPDX-License-Identifier: Apache-2.0
#include "gerrit/depends_on.hpp"
#include "gerrit/facts_reading.hpp"
#include "gerrit/rest_path.hpp"

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
    facts_.change = unread<ChangeFacts>(std::move(source), "no merged change has this commit");
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
    const auto footers = depends_on_footers(patch_set->message);
    for (const auto& footer : footers) {
        const auto added = co_await add_depends_on(all, footer);
        if (!added) {
            co_return settle<All>(facts_.dependencies, std::move(source), added.error());
        }
    }
    auto submodules = co_await client_.submodules(project_, facts_.change->number, *commit, until_);
    if (!submodules) {
        co_return settle<All>(facts_.dependencies, std::move(source), submodules.error());
    }
    for (auto& path : *submodules) {
        all.push_back({"submodule", std::move(path), std::nullopt});
    }
    if (all.size() > most_dependencies) {
        facts_.dependencies = unread<All>(std::move(source), "more than 32 dependencies");
        co_return Status{};
    }
    facts_.dependencies = known<All>(std::move(source), std::move(all));
    co_return Status{};
}

/// One row for each change that the footer names; one without a change if none can be read.
asio::awaitable<Status>
RestFactsSource::Reading::add_depends_on(std::vector<DependencyFacts>& all, std::string footer) {
    const auto found_before = all.size();
    const auto query = query_for_dependency(footer, options_.web_url);
    if (query.empty() || all.size() >= most_dependencies) {
        all.push_back({"depends-on", std::move(footer), std::nullopt});
        co_return Status{};
    }
    const auto page = co_await client_.find_changes(query, until_);
    if (!page) {
        co_return page.error();
    }
    for (const auto& found : page->changes) {
        auto reading = co_await client_.change(found.project, found.number, until_);
        if (!reading && is_passing(reading.error())) {
            co_return reading.error();
        }
        DependencyFacts row;
        row.relation = "depends-on";
        row.name = footer;
        if (reading) {
            remember(
                std::move(reading->accounts),
                "GET " + rest_path::change_detail(found.project, found.number)
            );
            row.change = std::move(reading->change);
        }
        all.push_back(std::move(row));
    }
    if (all.size() == found_before || page->has_more) {
        all.push_back({"depends-on", std::move(footer), std::nullopt});
    }
    co_return Status{};
}

// --- where labels come from

asio::awaitable<Status> RestFactsSource::Reading::read_label_origins() {
    if (!request_.label_origins) {
        co_return Status{};
    }
    const auto parents = co_await read_parents();
    if (!parents) {
        co_return parents.error();
    }
    for (const auto& label : request_.voted_labels) {
        const auto read = co_await read_one_origin(label);
        if (!read) {
            co_return read.error();
        }
    }
    co_return Status{};
}

asio::awaitable<Status> RestFactsSource::Reading::read_one_origin(std::string label) {
    const Cache::LabelKey key{project_, label};
    if (const auto* cached = cache_.label_origins.find(key, clock_.steady())) {
        facts_.label_origins.push_back(*cached);
        co_return Status{};
    }
    if (!facts_.parents) {
        facts_.label_origins.push_back(
            unread<LabelOriginFacts>(facts_.parents.source, facts_.parents.failure)
        );
        co_return Status{};
    }
    std::vector<ProjectName> chain{project_};
    chain.insert(chain.end(), facts_.parents->begin(), facts_.parents->end());
    auto source = get(rest_path::labels(project_)) + ", " + get(rest_path::access_of(chain));
    auto origin =
        co_await client_.label_origin(project_, std::move(chain), std::move(label), until_);
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
