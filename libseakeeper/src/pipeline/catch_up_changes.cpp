// SPDX-License-Identifier: Apache-2.0
#include "core/failpoint.hpp"
#include "gerrit/times.hpp"
#include "pipeline/catch_up.hpp"

#include <seakeeper/event/parse.hpp>

#include <algorithm>
#include <iterator>

// Changes: what Gerrit remembers of them against what is known.
namespace seakeeper::pipeline {

using namespace std::chrono_literals;

struct CatchUp::Asked {
    explicit Asked(asio::any_io_executor executor) : answered{std::move(executor)} {}

    Bell answered;
    std::optional<Result<gerrit::ChangePage>> page;
};

std::shared_ptr<CatchUp::Asked> CatchUp::ask(gerrit::UpdateWindow window) {
    auto asked = std::make_shared<Asked>(executor_);
    tasks_.spawn("page of changes", fetch(window, asked));
    return asked;
}

asio::awaitable<void> CatchUp::fetch(gerrit::UpdateWindow window, std::shared_ptr<Asked> into) {
    const auto until = co_await turn();
    auto page = co_await parts_.history.changes(window, until);
    into->page = std::move(page);
    into->answered.ring();
}

asio::awaitable<Result<gerrit::ChangePage>> CatchUp::answer(std::shared_ptr<Asked> asked) {
    while (!asked->page && !is_stopping_ && asked.use_count() > 1) { // else fetch() has broken
        const auto soon = Deadline::in(1s);
        co_await asked->answered.wait(soon);
    }
    if (!asked->page) {
        co_return Error{Errc::cancelled, "catching up: a page of changes was not read"};
    }
    co_return *std::move(asked->page);
}

/// The next page is on its way while one is compared: Gerrit's time is what bounds a long gap.
asio::awaitable<Status> CatchUp::read_changes(Past past) {
    auto window = updated_since(past);
    auto newest = *past.watermark;
    changes_read_ = std::chrono::steady_clock::now();
    bool is_first = true;
    auto asked = ask(window);
    while (asked) {
        auto page = co_await answer(std::move(asked));
        if (!page) {
            co_return page.error();
        }
        if (std::exchange(is_first, false)) {
            // What is updated while older pages are read comes again with the next round.
            newest = std::max(newest, gerrit::newest_update(*page).value_or(newest));
        }
        if (const auto next = gerrit::next_window(window, *page)) {
            window = *next;
            asked = ask(window);
        } else {
            asked = nullptr;
        }
        auto compared = co_await compare(std::move(*page), past.floor);
        if (!compared) {
            co_return compared;
        }
    }
    auto kept = co_await keep_watermark(newest);
    co_return kept;
}

asio::awaitable<Status> CatchUp::read_changes_again() {
    auto past = co_await read_past();
    if (!past) {
        co_return past.error();
    }
    auto changes = co_await read_changes(*past);
    co_return changes;
}

/// A page is asked about, and put, at once: each by itself a change costs two commits.
asio::awaitable<Status> CatchUp::compare(gerrit::ChangePage page, std::int64_t floor) {
    std::vector<Remembered> remembered;
    for (auto change = page.changes.rbegin(); change != page.changes.rend(); ++change) {
        if (gerrit::seconds_of(change->updated).value_or(0) > floor) {
            auto events = gerrit::events_of(*change, page.accounts, {}, floor);
            remembered.push_back({&*change, std::move(events)});
        }
    }
    auto known = co_await forget_known(remembered);
    if (!known) {
        co_return known;
    }
    for (auto& each : remembered) {
        if (each.events.empty() || !gerrit::needs_comments(*each.change, floor)) {
            continue;
        }
        const auto until = co_await turn();
        auto comments =
            co_await parts_.history.comments(each.change->project, each.change->number, until);
        if (!comments) {
            co_return comments.error();
        }
        each.events = gerrit::events_of(*each.change, page.accounts, *comments, floor);
        const std::span<Remembered> only{&each, 1};
        known = co_await forget_known(only);
        if (!known) {
            co_return known;
        }
    }
    std::vector<gerrit::Recovered> missing;
    for (auto& each : remembered) {
        std::ranges::move(each.events, std::back_inserter(missing));
    }
    auto put = co_await this->put(std::move(missing));
    co_return put;
}

/// Leaves the events that nobody has told us of yet.
asio::awaitable<Status> CatchUp::forget_known(std::span<Remembered> remembered) {
    struct Known {
        std::vector<std::string> keys;
        std::vector<std::vector<gerrit::Trace>> traces; ///< of each change
    };
    // Copies: this frame may go while the store's thread still reads.
    std::vector<std::string> keys;
    std::vector<std::pair<std::string, std::uint32_t>> changes;
    for (const auto& [change, events] : remembered) {
        changes.emplace_back(change->project.str(), value_of(change->number));
        for (const auto& each : events) {
            keys.push_back(each.key);
        }
    }
    auto read = [keys, changes](store::Rows& rows) -> Result<Known> {
        Known known;
        for (const auto& [project, number] : changes) {
            auto rows_of_change = rows.traces(project, number);
            if (!rows_of_change) {
                return rows_of_change.error();
            }
            auto& traces = known.traces.emplace_back();
            for (auto& each : *rows_of_change) {
                traces.push_back(
                    {std::move(each.project), each.change, std::move(each.digest), each.at}
                );
            }
        }
        auto found = rows.known_keys(keys);
        if (!found) {
            return found.error();
        }
        known.keys = std::move(*found);
        return known;
    };
    auto known = co_await parts_.store.read(read);
    if (!known) {
        co_return known.error();
    }
    for (std::size_t i = 0; i < remembered.size(); ++i) {
        auto& events = remembered[i].events;
        events = gerrit::account_for(std::move(events), known->keys, known->traces[i]);
    }
    co_return Status{};
}

asio::awaitable<Status> CatchUp::put(std::vector<gerrit::Recovered> missing) {
    std::vector<RecoveredLine> lines;
    std::vector<std::string> lost;
    for (auto& each : missing) {
        if (each.event) {
            lines.push_back({event::serialize(*each.event), each.key});
            continue;
        }
        lost.push_back(each.key);
        ++figures_.unreconstructable;
        parts_.log.warning("event cannot be told again", {{"type", each.what}, {"key", each.key}});
    }
    if (!lost.empty()) {
        auto keep = [lost](store::Rows& rows) -> Status {
            for (const auto& key : lost) {
                if (auto claimed = rows.claim(key, 0); !claimed) {
                    return claimed.error();
                }
            }
            return {};
        };
        auto kept = co_await parts_.store.write(keep);
        if (!kept) {
            co_return kept;
        }
    }
    auto taken = co_await take(std::move(lines));
    co_return taken;
}

asio::awaitable<Status> CatchUp::take(std::vector<RecoveredLine> lines) {
    if (lines.empty()) {
        co_return Status{};
    }
    const auto count = lines.size();
    if (SEAKEEPER_BROKEN("I1")) {
        co_return Status{};
    }
    auto taken = co_await parts_.take(std::move(lines));
    if (taken) {
        figures_.recovered += count;
    }
    co_return taken;
}

} // namespace seakeeper::pipeline
