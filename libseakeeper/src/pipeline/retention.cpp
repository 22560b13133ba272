// SPDX-License-Identifier: Apache-2.0
#include "pipeline/retention.hpp"

#include "pipeline/catch_up.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace seakeeper::pipeline {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Lines of one transaction: the pipeline waits for it.
constexpr std::size_t batch = 100;
constexpr auto between_batches = 50ms;
/// A start has other things to do.
constexpr auto after_start = 60s;
constexpr std::chrono::hours least{24};

/// Text as it is, or as base64 where JSON could not hold it.
void put_bytes(json::object& object, std::string_view key, std::string_view bytes) {
    if (is_valid_utf8(bytes)) {
        object[key] = bytes;
    } else {
        object[fmt::format("{}_base64", key)] = base64(bytes);
    }
}

/// Our own JSON, or what stands there instead.
json::value value_of_text(const std::string& text) {
    boost::system::error_code fault;
    auto value = json::parse(text, fault);
    return fault ? json::value(text) : value;
}

std::string time_or_empty(const std::optional<WallTime>& time) {
    return time ? to_rfc3339(*time) : std::string{};
}

json::object object_of(const store::WorkloadRow& row) {
    json::object object;
    object["workload"] = row.id;
    object["decision"] = row.decision;
    object["executor"] = row.executor;
    object["attempt"] = row.attempt;
    object["state"] = store::to_string(row.state);
    object["outcome"] = value_of_text(row.outcome);
    object["decided"] = to_rfc3339(row.decided);
    object["started"] = time_or_empty(row.started);
    object["finished"] = time_or_empty(row.finished);
    return object;
}

json::object object_of(const store::VerdictRow& row) {
    json::object object;
    object["decision"] = row.decision;
    object["gate"] = row.gate;
    object["class"] = row.trust_class;
    object["at"] = to_rfc3339(row.when);
    object["detail"] = value_of_text(row.detail);
    return object;
}

json::object object_of(const store::DecisionRow& row) {
    json::object object;
    object["digest"] = row.digest;
    object["made"] = to_rfc3339(row.made);
    object["record"] = value_of_text(row.record);
    return object;
}

template <class Row>
json::array array_of(const std::vector<Row>& rows) {
    json::array array;
    for (const auto& row : rows) {
        array.push_back(object_of(row));
    }
    return array;
}

Error failure(const std::string& path) {
    return Error{
        Errc::io, fmt::format("exporting old records to {}: {}", path, std::strerror(errno))};
}

/// Appends and syncs: only then may the records go.
Status append_durably(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (file < 0) {
        return failure(path);
    }
    Status done;
    while (done && !text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        if (written < 0 && errno != EINTR) {
            done = Status{failure(path)};
        }
        text.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    if (done && ::fsync(file) != 0) {
        done = Status{failure(path)};
    }
    ::close(file);
    return done;
}

} // namespace

std::string exported(std::span<const store::OldLine> lines, std::span<const store::Input> inputs) {
    std::string text;
    for (const auto& input : inputs) {
        json::object object;
        object["input"] = input.digest;
        put_bytes(object, "bytes", input.bytes);
        text += json::serialize(object) + "\n";
    }
    for (const auto& line : lines) {
        json::object object;
        object["sequence"] = line.sequence;
        object["received"] = to_rfc3339(line.line.received);
        object["note"] = line.note;
        put_bytes(object, "line", line.line.bytes);
        object["decisions"] = array_of(line.decisions);
        object["verdicts"] = array_of(line.verdicts);
        object["workloads"] = array_of(line.workloads);
        text += json::serialize(object) + "\n";
    }
    return text;
}

Retention::Retention(
    asio::any_io_executor executor,
    store::Store& store,
    const LogFolder& logs,
    const Clock& clock,
    Logger& log,
    RetentionOptions options
)
    : executor_{std::move(executor)}, store_{store}, logs_{logs}, clock_{clock}, log_{log},
      options_{std::move(options)} {
}

asio::awaitable<void> Retention::run() {
    co_await pause(executor_, after_start);
    for (;;) {
        auto done = co_await round();
        figures_.last_error = done ? "" : done.error().message;
        if (done) {
            figures_.last_complete = clock_.wall();
        } else {
            log_.error("old records not forgotten", {{"error", done.error().message}});
        }
        const std::chrono::milliseconds span = options_.every;
        co_await pause(executor_, span);
    }
}

asio::awaitable<Status> Retention::round() {
    const auto before = figures_.forgotten;
    for (;;) {
        auto lines = co_await next();
        if (!lines) {
            co_return lines.error();
        }
        if (lines->empty()) {
            break;
        }
        auto written = co_await write_out(*lines);
        if (!written) {
            co_return written;
        }
        auto forgotten = co_await forget(std::move(*lines));
        if (!forgotten) {
            co_return forgotten;
        }
        co_await pause(executor_, between_batches);
    }
    if (figures_.forgotten > before) {
        log_.info(
            "old records forgotten", {{"lines", std::to_string(figures_.forgotten - before)}}
        );
    }
    co_return Status{};
}

asio::awaitable<Result<std::vector<store::OldLine>>> Retention::next() {
    auto measure = [](store::Rows& rows) { return rows.bytes_in_use(); };
    auto bytes = co_await store_.read(measure);
    if (!bytes) {
        co_return bytes.error();
    }
    figures_.bytes = *bytes;
    const bool is_full = options_.most_bytes > 0 && *bytes > options_.most_bytes;
    const auto kept = is_full ? std::chrono::seconds{least}
                              : std::max<std::chrono::seconds>(options_.keep, least);
    auto find = [before = clock_.wall() - kept](store::Rows& rows) {
        return rows.old_lines(before, batch);
    };
    auto lines = co_await store_.read(find);
    if (lines && lines->empty() && is_full) {
        log_.warning(
            "store is larger than its bound, and nothing in it is a day old",
            {{"bytes", std::to_string(*bytes)}}
        );
    }
    co_return lines;
}

asio::awaitable<Status> Retention::write_out(std::vector<store::OldLine> lines) {
    if (options_.export_folder.empty()) {
        co_return Status{};
    }
    auto shared = std::make_shared<const std::vector<store::OldLine>>(std::move(lines));
    const auto day = to_rfc3339(clock_.wall()).substr(0, 10);
    const auto path = fmt::format("{}/seakeeper-{}.jsonl", options_.export_folder, day);
    auto write = [shared, path](store::Rows& rows) -> Status { // a sync is for the store's thread
        auto inputs = rows.inputs_of(*shared);
        return inputs ? append_durably(path, exported(*shared, *inputs)) : Status{inputs.error()};
    };
    auto written = co_await store_.read(write);
    co_return written;
}

/// What happened up to then is nobody's business any more: else catch-up would find it again when
/// its change is updated.
asio::awaitable<Status> Retention::forget(std::vector<store::OldLine> lines) {
    auto newest = lines.front().line.received;
    for (const auto& line : lines) {
        newest = std::max(newest, line.line.received);
    }
    auto shared = std::make_shared<const std::vector<store::OldLine>>(std::move(lines));
    auto write = [shared, newest](store::Rows& rows) -> Status {
        if (auto raised = raise_floor(rows, newest); !raised) {
            return raised;
        }
        if (auto done = rows.forget_traces(newest); !done) {
            return done;
        }
        return rows.forget(*shared);
    };
    auto done = co_await store_.write(write);
    if (!done) {
        co_return done;
    }
    figures_.forgotten += shared->size();
    for (const auto& line : *shared) {
        for (const auto& row : line.workloads) {
            if (auto removed = logs_.remove(row.id); !removed) {
                log_.warning("old log not removed", {{"error", removed.error().message}});
            }
        }
    }
    co_return Status{};
}

} // namespace seakeeper::pipeline
