// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/testing/fakes.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::testing {
namespace {

std::string key_of(const event::Event& event) {
    return event.change ? fmt::format("{}~{}", event.project, value_of(event.change->number))
                        : fmt::format("{} {}", event.project, event.ref_name);
}

} // namespace

void FakeClock::advance(std::chrono::milliseconds span) {
    wall_ += span;
    steady_ += span;
}

void RecordingLogger::log(
    LogLevel level, std::string_view event, std::initializer_list<LogField> fields
) noexcept {
    const std::lock_guard lock{mutex_};
    auto& entry = entries_.emplace_back();
    entry.level = level;
    entry.event = event;
    for (const auto& field : fields) {
        entry.fields.emplace_back(field.key, field.value);
    }
}

std::vector<RecordingLogger::Entry> RecordingLogger::entries() const {
    const std::lock_guard lock{mutex_};
    return entries_;
}

bool RecordingLogger::mentions(std::string_view text) const {
    const auto has = [text](std::string_view where) {
        return where.find(text) != std::string_view::npos;
    };
    const auto kept = entries();
    return std::any_of(kept.begin(), kept.end(), [&](const Entry& entry) {
        return has(entry.event)
               || std::any_of(entry.fields.begin(), entry.fields.end(), [&](const auto& field) {
                      return has(field.first) || has(field.second);
                  });
    });
}

void FakeEventSource::add(std::string line, std::uint64_t epoch) {
    const std::lock_guard lock{mutex_};
    gerrit::StreamLine added;
    added.bytes = std::move(line);
    added.epoch = epoch;
    lines_.push_back(std::move(added));
    status_.epoch = epoch;
    status_.state = gerrit::StreamState::connected;
    ++status_.lines;
}

asio::awaitable<Result<gerrit::StreamLine>> FakeEventSource::next_line(Deadline /*until*/) {
    const std::lock_guard lock{mutex_};
    if (lines_.empty()) {
        status_.state = gerrit::StreamState::stopped;
        co_return Error{Errc::cancelled, "reading a fake stream: it is at its end"};
    }
    auto line = std::move(lines_.front());
    lines_.pop_front();
    co_return line;
}

gerrit::StreamStatus FakeEventSource::status() const {
    const std::lock_guard lock{mutex_};
    auto status = status_;
    status.queued_lines = lines_.size();
    return status;
}

void FakeEventSource::stop() {
    const std::lock_guard lock{mutex_};
    status_.state = gerrit::StreamState::stopped;
}

void FakeFactsSource::put(const event::Event& event, gerrit::Facts facts) {
    facts_.insert_or_assign(key_of(event), std::move(facts));
}

void FakeFactsSource::fail_with(std::optional<Error> error) {
    error_ = std::move(error);
}

asio::awaitable<Result<gerrit::Facts>>
FakeFactsSource::read(event::Event event, gerrit::FactsRequest request, Deadline /*until*/) {
    requests_.push_back(std::move(request));
    if (error_) {
        co_return *error_;
    }
    const auto found = facts_.find(key_of(event));
    if (found == facts_.end()) {
        gerrit::Facts none;
        none.change.failure = "the test knows no facts of " + key_of(event);
        co_return none;
    }
    co_return found->second;
}

void FakeFactsSource::observe(const event::Event& /*event*/) {
    ++observed_;
}

} // namespace seakeeper::testing
