// SPDX-License-Identifier: Apache-2.0
#include "pipeline/catch_up.hpp"

#include <algorithm>
#include <map>

// Projects and their refs: what is listed against what is known.
namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view config_ref = "refs/meta/config";
/// Lines about a ref that was just moved are still on their way.
constexpr auto in_flight = 2'000ms;
/// Projects with moved refs that are waited for together.
constexpr std::size_t most_moved = 100;

using Tips = std::map<std::string, std::string>;

Tips tips_of(const std::vector<store::RefTip>& rows) {
    Tips tips;
    for (const auto& row : rows) {
        tips[row.ref] = row.tip;
    }
    return tips;
}

} // namespace

asio::awaitable<Status> CatchUp::read_projects(Depth depth, const Past& past) {
    const bool is_first = !past.complete;
    std::uint32_t start = 0;
    for (bool has_more = true; has_more && !is_stopping_;) {
        const auto until = co_await turn();
        auto page = co_await parts_.history.projects(start, until);
        if (!page) {
            co_return page.error();
        }
        auto compared = co_await compare_projects(page->projects, is_first);
        if (!compared) {
            co_return compared;
        }
        start += static_cast<std::uint32_t>(page->projects.size());
        has_more = page->has_more && !page->projects.empty();
    }
    auto told = co_await tell_moved();
    if (!told) {
        co_return told;
    }
    auto listed = co_await read_all_refs(depth);
    co_return listed;
}

/// New projects, and moved configurations of those that are known.
asio::awaitable<Status>
CatchUp::compare_projects(const std::vector<gerrit::ListedProject>& page, bool is_first) {
    auto read = [](store::Rows& rows) { return rows.projects(); };
    auto known = co_await parts_.store.read(read);
    if (!known) {
        co_return known.error();
    }
    for (const auto& listed : page) {
        const auto found =
            std::ranges::find(*known, listed.project.str(), &store::KnownProject::name);
        store::KnownProject project{listed.project.str(), false};
        if (found != known->end()) {
            project = *found;
        } else {
            auto met = co_await meet(listed.project, is_first);
            if (!met) {
                co_return met;
            }
            project.are_refs_known = !is_first;
        }
        if (listed.config && project.are_refs_known) {
            const std::vector<gerrit::RefTip> only{*listed.config};
            auto compared = co_await compare_refs(listed.project, only, Listing::part);
            if (!compared) {
                co_return compared;
            }
        }
    }
    co_return Status{};
}

/// A project that was not there before; all its refs are new then.
asio::awaitable<Status> CatchUp::meet(const ProjectName& project, bool is_first) {
    if (!is_first) {
        std::vector<event::Event> events{gerrit::project_created(project)};
        auto put = co_await put_events(std::move(events));
        if (!put) {
            co_return put;
        }
    }
    const store::KnownProject row{project.str(), !is_first};
    auto keep = [row](store::Rows& rows) { return rows.set_project(row); };
    auto kept = co_await parts_.store.write(keep);
    co_return kept;
}

/// All projects after a gap, some of them at other times.
asio::awaitable<Status> CatchUp::read_all_refs(Depth depth) {
    auto read = [](store::Rows& rows) { return rows.projects(); };
    auto known = co_await parts_.store.read(read);
    if (!known) {
        co_return known.error();
    }
    auto left = depth == Depth::gap
                    ? known->size()
                    : std::min<std::size_t>(known->size(), options_.projects_per_round);
    auto at = std::ranges::upper_bound(*known, last_listed_, {}, &store::KnownProject::name);
    for (; left > 0 && !is_stopping_; --left, ++at) {
        if (at == known->end()) {
            at = known->begin();
        }
        const auto now = std::chrono::steady_clock::now();
        const bool is_gap_ready = gap_ready_ <= now && changes_read_ < gap_ready_;
        if (is_gap_ready || now - changes_read_ > options_.every) { // a sweep may take long
            auto read_again = co_await read_changes_again();
            if (!read_again) {
                co_return read_again;
            }
        }
        auto listed = co_await read_refs(*at);
        if (!listed) {
            co_return listed;
        }
        last_listed_ = at->name;
    }
    auto told = co_await tell_moved();
    co_return told;
}

asio::awaitable<Status> CatchUp::read_refs(store::KnownProject project) {
    auto name = ProjectName::parse(project.name);
    if (!name) {
        co_return name.error();
    }
    co_await turn();
    const auto until = co_await turn(); // two requests
    auto listed = co_await parts_.history.refs(*name, until);
    if (!listed && listed.error().is(Errc::not_found)) {
        co_return Status{}; // gone, or hidden from us
    }
    if (!listed) {
        co_return listed.error();
    }
    if (project.are_refs_known) {
        auto compared = co_await compare_refs(*name, *listed, Listing::whole);
        co_return compared;
    }
    auto keep = [name = project.name, tips = *listed](store::Rows& rows) -> Status {
        auto known = rows.ref_tips(name);
        if (!known) {
            return known.error();
        }
        const auto told = tips_of(*known); // by the stream, meanwhile
        for (const auto& tip : tips) {
            if (told.count(tip.ref.str()) != 0) {
                continue;
            }
            if (auto set = rows.set_ref_tip({name, tip.ref.str(), tip.tip}); !set) {
                return set;
            }
        }
        return rows.set_project({name, true});
    };
    auto kept = co_await parts_.store.write(keep);
    co_return kept;
}

asio::awaitable<Status> CatchUp::compare_refs(
    const ProjectName& project, std::vector<gerrit::RefTip> listed, Listing listing
) {
    auto read = [name = project.str()](store::Rows& rows) { return rows.ref_tips(name); };
    auto rows = co_await parts_.store.read(read);
    if (!rows) {
        co_return rows.error();
    }
    auto before = tips_of(*rows);
    const auto seen = gerrit::ref_changes(project, before, listed);
    if (listing == Listing::whole && seen.gone > 0) {
        count_gone(project, seen.gone);
    }
    if (!seen.events.empty()) {
        moved_.push_back({project, std::move(before), std::move(listed)});
    }
    if (moved_.size() >= most_moved) {
        auto told = co_await tell_moved();
        co_return told;
    }
    co_return Status{};
}

/// What was listed may be older than what the stream brings at the same time: only a ref that
/// stands still is told.
asio::awaitable<Status> CatchUp::tell_moved() {
    auto all = std::exchange(moved_, {});
    if (!all.empty()) {
        co_await pause(executor_, in_flight);
    }
    for (auto& moved : all) {
        auto told = co_await tell_moved_of(std::move(moved));
        if (!told) {
            co_return told;
        }
    }
    co_return Status{};
}

asio::awaitable<Status> CatchUp::tell_moved_of(MovedRefs moved) {
    auto read = [name = moved.project.str()](store::Rows& rows) { return rows.ref_tips(name); };
    auto rows = co_await parts_.store.read(read);
    if (!rows) {
        co_return rows.error();
    }
    const auto after = tips_of(*rows);
    std::erase_if(moved.listed, [&](const gerrit::RefTip& tip) {
        const auto was = moved.before.find(tip.ref.str());
        const auto is = after.find(tip.ref.str());
        const bool has_moved =
            (was == moved.before.end()) != (is == after.end())
            || (was != moved.before.end() && is != after.end() && was->second != is->second);
        return has_moved || parts_.is_moving(moved.project.str(), tip.ref.str());
    });
    auto changes = gerrit::ref_changes(moved.project, after, moved.listed);
    for (const auto& event : changes.events) {
        parts_.log.info(
            "ref moved unheard",
            {{"project", moved.project.str()},
             {"ref", event.ref_name},
             {"meaning", "who moved it, and by how many steps, is not known"}}
        );
    }
    auto put = co_await put_events(std::move(changes.events));
    co_return put;
}

void CatchUp::count_gone(const ProjectName& project, std::size_t gone) {
    auto& known = gone_[project.str()];
    if (gone <= known) {
        return;
    }
    figures_.unreconstructable += gone - known;
    known = gone;
    parts_.log.warning(
        "refs are not listed any more",
        {{"project", project.str()},
         {"refs", std::to_string(gone)},
         {"meaning", "deleted unheard, or hidden from us"}}
    );
}

} // namespace seakeeper::pipeline
