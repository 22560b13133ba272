// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/parse.hpp>
#include <seakeeper/pipeline/rehearsal.hpp>
#include <seakeeper/pipeline/stored_recording.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <functional>
#include <optional>
#include <set>
#include <utility>

namespace seakeeper::pipeline {
namespace {

using Past = Rehearsal::Past;

/// Shared by the caller's frame, which may be destroyed while the job runs, and the job.
template <class Value>
using Slot = std::shared_ptr<std::optional<Result<Value>>>;

template <class Value>
asio::awaitable<void> perform(Slot<Value> slot, std::function<Result<Value>()> job) {
    slot->emplace(job());
    co_return;
}

template <class Value>
asio::awaitable<Result<Value>> run_on(asio::thread_pool& pool, std::function<Result<Value>()> job) {
    auto slot = std::make_shared<std::optional<Result<Value>>>();
    auto work = perform<Value>(slot, std::move(job));
    co_await asio::co_spawn(pool, std::move(work), asio::use_awaitable);
    co_return std::move(**slot);
}

Result<std::vector<ProjectName>> projects_of(const gerrit::RecordedStream& events) {
    std::set<std::string> names;
    for (std::size_t i = 0; i < events.size(); ++i) {
        auto line = events.line(i);
        if (!line) {
            return line.error();
        }
        if (auto event = event::parse(line->bytes)) {
            names.insert(std::move(event->project));
        }
    }
    std::vector<ProjectName> projects;
    for (const auto& name : names) {
        if (auto project = ProjectName::parse(name)) {
            projects.push_back(std::move(*project));
        }
    }
    return projects;
}

Result<Past> read_past(const std::string& store, std::size_t newest) {
    auto history = store::open_history(store);
    if (!history) {
        return history.error();
    }
    auto after = (*history)->before_last(newest);
    if (!after) {
        return after.error();
    }
    std::string text;
    const auto written = write_recording(
        **history,
        *after,
        gerrit::Privacy::leave_out,
        [&text](std::string_view row) { text += row; }
    );
    if (!written) {
        return written.error();
    }
    history->reset();
    auto events = gerrit::RecordedStream::read(std::move(text), store);
    if (!events) {
        return events.error();
    }
    auto projects = projects_of(*events);
    if (!projects) {
        return projects.error();
    }
    return Past{
        std::make_shared<const gerrit::RecordedStream>(std::move(*events)), std::move(*projects)};
}

} // namespace

Rehearsal::Rehearsal(std::string store, std::size_t newest)
    : store_{std::move(store)}, newest_{newest} {
}

Rehearsal::~Rehearsal() {
    thread_.join();
}

asio::awaitable<Result<Past>> Rehearsal::past() {
    std::function<Result<Past>()> job = [store = store_, newest = newest_] {
        return read_past(store, newest);
    };
    auto past = co_await run_on<Past>(thread_, std::move(job));
    co_return past;
}

asio::awaitable<Result<decision::Comparison>> Rehearsal::compare(Past past, Sites sites) {
    auto held = std::make_shared<Sites>(std::move(sites));
    std::function<Result<decision::Comparison>()> job = [past = std::move(past), held] {
        decision::SiteConfiguration from{std::move(held->from), held->options, "in force"};
        decision::SiteConfiguration to{std::move(held->to), held->options, "proposed"};
        return decision::compare(from, to, *past.events);
    };
    auto compared = co_await run_on<decision::Comparison>(thread_, std::move(job));
    co_return compared;
}

} // namespace seakeeper::pipeline
