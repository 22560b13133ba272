// SPDX-License-Identifier: Apache-2.0
#include "pipeline/catch_up.hpp"

#include "gerrit/times.hpp"

#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <algorithm>
#include <charconv>

namespace seakeeper::pipeline {
namespace {

using namespace std::chrono_literals;

constexpr const char* watermark_key = "catch-up|watermark";
constexpr const char* floor_key = "catch-up|floor";
constexpr const char* complete_key = "catch-up|complete";
/// Gerrit's clock and ours may differ; nothing was updated after this.
constexpr std::chrono::hours far{48};
/// Plugin events-log of before October 2024 takes times in the server's zone.
constexpr std::chrono::hours any_zone{14};
constexpr std::chrono::hours ask_for_log_again{1};

std::int64_t seconds(WallTime time) {
    return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

WallTime at_second(std::int64_t value) {
    return WallTime{std::chrono::seconds{value}};
}

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
    std::int64_t value = 0;
    if (!text) {
        return std::nullopt;
    }
    const auto* end = text->data() + text->size();
    const auto [stop, fault] = std::from_chars(text->data(), end, value);
    return fault == std::errc{} && stop == end ? std::optional{value} : std::nullopt;
}

Status set_number(store::Rows& rows, const char* key, std::int64_t value) {
    return rows.set_value(key, std::to_string(value));
}

} // namespace

Status raise_floor(store::Rows& rows, WallTime to) {
    auto floor = rows.value(floor_key);
    if (!floor) {
        return floor.error();
    }
    const auto now = number_of(*floor);
    // A store that never saw Gerrit has none, and gets it from its first round.
    return now && *now < seconds(to) ? set_number(rows, floor_key, seconds(to)) : Status{};
}

CatchUp::CatchUp(asio::any_io_executor executor, CatchUpParts parts, CatchUpOptions options)
    : executor_{executor}, parts_{std::move(parts)}, options_{std::move(options)}, bell_{executor},
      tasks_{executor, parts_.log}, next_round_{std::chrono::steady_clock::now()},
      gap_ready_{next_round_ + options_.settle} {
    figures_.gap_since = parts_.clock.wall();
    figures_.gap_reason = "start";
}

void CatchUp::stop() {
    is_stopping_ = true;
    tasks_.cancel();
    bell_.ring();
}

void CatchUp::gap(std::string reason, std::chrono::milliseconds after) {
    gap_ready_ = std::chrono::steady_clock::now() + after;
    next_round_ = std::min(next_round_, gap_ready_);
    next_depth_ = Depth::gap;
    parts_.log.warning("events may be missing", {{"reason", reason}});
    if (!figures_.gap_since) {
        figures_.gap_since = parts_.clock.wall();
    }
    figures_.gap_reason = std::move(reason);
    bell_.ring();
}

asio::awaitable<void> CatchUp::recall() {
    auto past = co_await read_past();
    if (past && past->complete) {
        figures_.last_complete = at_second(*past->complete);
        figures_.gap_since = figures_.last_complete;
    }
}

asio::awaitable<void> CatchUp::run() {
    co_await recall();
    while (!is_stopping_) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_round_) {
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(next_round_ - now);
            const auto until = Deadline::in(wait);
            co_await bell_.wait(until);
            continue;
        }
        const auto depth = next_depth_;
        figures_.is_running = true;
        auto done = co_await round(depth);
        figures_.is_running = false;
        if (done) {
            conclude(now, depth);
            continue;
        }
        figures_.last_error = done.error().message;
        next_round_ = std::chrono::steady_clock::now() + pause_after(failures_++);
        parts_.log.warning("catch-up not complete", {{"error", figures_.last_error}});
    }
}

void CatchUp::conclude(SteadyTime began, Depth depth) {
    ++figures_.rounds;
    failures_ = 0;
    figures_.last_error.clear();
    figures_.last_complete = parts_.clock.wall();
    next_round_ = std::chrono::steady_clock::now() + options_.every;
    if (began < gap_ready_) { // what was dropped may not have been there yet
        next_round_ = std::max(gap_ready_, std::chrono::steady_clock::now());
        return;
    }
    figures_.gap_since.reset();
    next_depth_ = Depth::usual;
    if (depth == Depth::gap) {
        parts_.log.info(
            "caught up",
            {{"reason", figures_.gap_reason},
             {"recovered", std::to_string(figures_.recovered)},
             {"requests", std::to_string(figures_.requests)}}
        );
        next_round_ = std::chrono::steady_clock::now()
                      + std::min<std::chrono::milliseconds>(options_.second_look, options_.every);
    }
}

asio::awaitable<Deadline> CatchUp::turn() {
    ++figures_.requests;
    if (options_.requests_per_minute > 0) {
        const auto now = std::chrono::steady_clock::now();
        const auto slot = std::max(now, next_request_);
        next_request_ = slot + std::chrono::milliseconds{60'000 / options_.requests_per_minute};
        if (slot > now) {
            const auto wait = std::chrono::ceil<std::chrono::milliseconds>(slot - now);
            co_await pause(executor_, wait);
        }
    }
    co_return Deadline::in(options_.call);
}

asio::awaitable<Status> CatchUp::round(Depth depth) {
    auto past = co_await read_past();
    if (!past) {
        co_return past.error();
    }
    if (!past->watermark) {
        auto begun = co_await begin_past();
        if (!begun) {
            co_return begun;
        }
        past = co_await read_past();
        if (!past) {
            co_return past.error();
        }
    }
    if (depth == Depth::gap && past->complete) {
        auto logged = co_await read_log(*past);
        if (!logged) {
            co_return logged;
        }
    }
    auto changes = co_await read_changes(*past);
    if (!changes) {
        co_return changes;
    }
    auto projects = co_await read_projects(depth, *past);
    if (!projects) {
        co_return projects;
    }
    auto keep = [now = seconds(parts_.clock.wall())](store::Rows& rows) {
        return set_number(rows, complete_key, now);
    };
    auto kept = co_await parts_.store.write(keep);
    co_return kept;
}

asio::awaitable<Result<CatchUp::Past>> CatchUp::read_past() {
    auto read = [](store::Rows& rows) -> Result<Past> {
        auto watermark = rows.value(watermark_key);
        if (!watermark) {
            return watermark.error();
        }
        auto floor = rows.value(floor_key);
        if (!floor) {
            return floor.error();
        }
        auto complete = rows.value(complete_key);
        if (!complete) {
            return complete.error();
        }
        return Past{number_of(*watermark), number_of(*floor).value_or(0), number_of(*complete)};
    };
    auto past = co_await parts_.store.read(read);
    co_return past;
}

/// A store that never saw Gerrit: the present is where it begins, or the time that was asked for.
asio::awaitable<Status> CatchUp::begin_past() {
    std::int64_t watermark = 0;
    std::int64_t floor = 0;
    if (options_.since) {
        watermark = seconds(*options_.since);
        floor = watermark - 1;
    } else {
        const gerrit::UpdateWindow newest{at_second(0), parts_.clock.wall() + far, 0, 1};
        const auto until = co_await turn();
        auto page = co_await parts_.history.changes(newest, until);
        if (!page) {
            co_return page.error();
        }
        watermark = gerrit::newest_update(*page).value_or(0);
        floor = watermark;
    }
    parts_.log.info("baseline", {{"events_since", to_rfc3339(at_second(floor))}});
    auto keep = [watermark, floor](store::Rows& rows) -> Status {
        if (auto set = set_number(rows, floor_key, floor); !set) {
            return set;
        }
        return set_number(rows, watermark_key, watermark);
    };
    auto kept = co_await parts_.store.write(keep);
    co_return kept;
}

gerrit::UpdateWindow CatchUp::updated_since(const Past& past) const {
    const auto after = at_second(*past.watermark) - options_.overlap;
    return {
        std::max<WallTime>(after, at_second(0)),
        parts_.clock.wall() + far,
        0,
        options_.changes_per_page};
}

asio::awaitable<Status> CatchUp::keep_watermark(std::int64_t newest) {
    auto keep = [newest](store::Rows& rows) { return set_number(rows, watermark_key, newest); };
    auto kept = co_await parts_.store.write(keep);
    co_return kept;
}

/// Plugin events-log has the very lines, where a site has it.
asio::awaitable<Status> CatchUp::read_log(Past past) {
    if (std::chrono::steady_clock::now() < no_log_before_) {
        co_return Status{};
    }
    const auto from = std::max(past.floor, *past.watermark - options_.overlap.count());
    auto since = at_second(from) - any_zone;
    for (;;) {
        const auto until = co_await turn();
        auto lines = co_await parts_.history.logged(since, until);
        if (!lines && lines.error().is(Errc::not_found)) {
            no_log_before_ = std::chrono::steady_clock::now() + ask_for_log_again;
            co_return Status{};
        }
        if (!lines) { // the changes themselves say the same
            parts_.log.warning("events-log not read", {{"error", lines.error().message}});
            co_return Status{};
        }
        std::vector<event::Event> events;
        std::int64_t newest = seconds(since);
        for (const auto& line : *lines) {
            auto event = event::parse(line);
            const auto at = event ? event->created_on.value_or(0) : 0;
            newest = std::max(newest, at);
            if (at > from) {
                events.push_back(std::move(*event));
            }
        }
        auto put = co_await put_events(std::move(events));
        if (!put || lines->empty() || newest <= seconds(since)) {
            co_return put;
        }
        since = at_second(newest);
    }
}

asio::awaitable<Status> CatchUp::put_events(std::vector<event::Event> events) {
    std::vector<RecoveredLine> lines;
    std::vector<std::string> keys;
    std::vector<gerrit::Imprint> imprints;
    for (auto& event : events) {
        auto imprint = gerrit::imprint_of(event);
        if (!imprint.key) { // of the log: the change's messages name it
            continue;
        }
        keys.push_back(*imprint.key);
        lines.push_back({event::serialize(event), *imprint.key});
    }
    if (lines.empty()) {
        co_return Status{};
    }
    auto read = [keys](store::Rows& rows) { return rows.known_keys(keys); };
    auto known = co_await parts_.store.read(read);
    if (!known) {
        co_return known.error();
    }
    std::erase_if(lines, [&](const RecoveredLine& line) {
        return std::ranges::find(*known, line.key) != known->end();
    });
    auto taken = co_await take(std::move(lines));
    co_return taken;
}

} // namespace seakeeper::pipeline
