// SPDX-License-Identifier: Apache-2.0
// Measures the pipeline against a real API server; prints one JSON object of figures.
//   pipeline_probe latency|burst --kubeconfig FILE --namespace NAME --folder DIR [--events N]
//       [--lines FILE --gerrit-url URL --gerrit-user NAME --password-file FILE]
// latency: an event every 250 ms, and half-way between two of them a bare POST of a like Workflow
//   by the same client. From when the line is there to when the API server has answered.
// burst: all events at once; before and after, as many bare POSTs on as many connections.
// --lines: event lines of a real Gerrit, whose facts are then read from it.
#include "plant.hpp"

#include <seakeeper/event/parse.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <sys/resource.h>

namespace seakeeper::bench {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

using Milliseconds = std::chrono::duration<double, std::milli>;

/// Not measured: connections are made, definitions read, caches filled.
constexpr std::size_t warm_up = 4;

struct Line {
    std::uint32_t change = 0;
    std::string bytes;
};

std::vector<Line> lines_of(const Wishes& wishes) {
    std::vector<Line> lines;
    if (wishes.lines.empty()) {
        for (std::uint32_t change = 1; change <= wishes.events; ++change) {
            lines.push_back({change, line_of(change)});
        }
        return lines;
    }
    std::ifstream file{wishes.lines, std::ios::binary};
    for (std::string row; std::getline(file, row);) {
        const auto event = event::parse(row).value();
        lines.push_back({value_of(event.change.value().number), row});
    }
    return lines;
}

double at(std::vector<double> values, double part) {
    std::ranges::sort(values);
    return values.empty()
               ? 0
               : values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

asio::awaitable<void> sleep_until(Plant& plant, SteadyTime time) {
    asio::steady_timer timer{plant.executor(), time};
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// Until the pipeline has created all Workflows that are wanted.
asio::awaitable<void> created(Plant& plant, std::size_t wanted, Deadline until) {
    while (plant.watched->started.size() < wanted) {
        if (until.passed()) {
            throw Exception{Error{
                Errc::timed_out,
                fmt::format(
                    "waiting for {} Workflows: {} were created; {}",
                    wanted,
                    plant.watched->started.size(),
                    plant.watched->last_error
                )}};
        }
        const auto soon = std::chrono::steady_clock::now() + 5ms;
        co_await sleep_until(plant, soon);
    }
}

asio::awaitable<double> time_of_bare_post(Plant& plant) {
    auto manifest = plant.bare_manifest();
    const auto start = std::chrono::steady_clock::now();
    auto posted = co_await plant.post_bare(std::move(manifest));
    const auto end = std::chrono::steady_clock::now();
    if (!posted) {
        throw Exception{posted.error()};
    }
    co_return Milliseconds{end - start}.count();
}

struct Latencies {
    std::vector<double> whole;       ///< line to answer
    std::vector<double> before_post; ///< line to request
    std::vector<double> bare;
};

asio::awaitable<void> measure_latency(Plant& plant, const Wishes& wishes, Latencies& into) {
    const auto lines = lines_of(wishes);
    const auto period = std::chrono::duration_cast<std::chrono::steady_clock::duration>(
        std::chrono::duration<double>{1 / wishes.per_second}
    );
    auto next = std::chrono::steady_clock::now() + period;
    std::vector<SteadyTime> offered;
    for (const auto& line : lines) {
        co_await sleep_until(plant, next);
        offered.push_back(std::chrono::steady_clock::now());
        plant.source.offer(line.bytes);
        const auto half = next + period / 2;
        co_await sleep_until(plant, half);
        if (offered.size() == warm_up) { // definitions are read: there is a manifest to copy
            const auto patience = Deadline::in(60s);
            co_await created(plant, warm_up, patience);
            next = std::chrono::steady_clock::now();
        }
        if (offered.size() > warm_up) {
            const auto bare = co_await time_of_bare_post(plant);
            into.bare.push_back(bare);
        }
        next += period;
    }
    const auto soon = Deadline::in(60s);
    const auto wanted = lines.size();
    co_await created(plant, wanted, soon);
    for (std::size_t i = warm_up; i < lines.size(); ++i) {
        const auto& started = plant.watched->started.at(lines[i].change);
        into.whole.push_back(Milliseconds{started.answered - offered[i]}.count());
        into.before_post.push_back(Milliseconds{started.asked - offered[i]}.count());
    }
}

json::object latency(Plant& plant, const Wishes& wishes) {
    Latencies measured;
    plant.run_beside(measure_latency(plant, wishes, measured));
    json::object figures;
    figures["events"] = measured.whole.size();
    figures["per_second"] = wishes.per_second;
    figures["line_to_answer_p50_ms"] = at(measured.whole, 0.5);
    figures["line_to_answer_p90_ms"] = at(measured.whole, 0.9);
    figures["line_to_request_p50_ms"] = at(measured.before_post, 0.5);
    figures["bare_post_p50_ms"] = at(measured.bare, 0.5);
    figures["bare_post_p90_ms"] = at(measured.bare, 0.9);
    figures["ratio_p50"] = at(measured.whole, 0.5) / at(measured.bare, 0.5);
    return figures;
}

/// As many as the pipeline has effects under way.
constexpr int posters = 16;

struct Rate {
    double seconds = 0;
    double cpu = 0; ///< of this process
    std::size_t count = 0;

    double per_second() const { return static_cast<double>(count) / seconds; }
    double cpu_ms_each() const { return cpu * 1e3 / static_cast<double>(count); }
};

asio::awaitable<void> post_all(Plant& plant, std::vector<json::object>& manifests) {
    while (!manifests.empty()) {
        auto manifest = std::move(manifests.back());
        manifests.pop_back();
        auto posted = co_await plant.post_bare(std::move(manifest));
        if (!posted) {
            throw Exception{posted.error()};
        }
    }
}

asio::awaitable<Rate> rate_of_bare_posts(Plant& plant, std::size_t count) {
    std::vector<json::object> manifests;
    for (std::size_t i = 0; i < count; ++i) {
        manifests.push_back(plant.bare_manifest());
    }
    int busy = posters;
    std::exception_ptr broken;
    asio::steady_timer done{plant.executor(), asio::steady_timer::time_point::max()};
    const auto start = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    const auto end_one = [&](std::exception_ptr error) {
        broken = error ? error : broken;
        if (--busy == 0) {
            done.cancel();
        }
    };
    for (int i = 0; i < posters; ++i) {
        asio::co_spawn(plant.executor(), post_all(plant, manifests), end_one);
    }
    boost::system::error_code ignored;
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    if (broken) {
        std::rethrow_exception(broken);
    }
    co_return Rate{passed.count(), cpu_seconds() - cpu, count};
}

struct Burst {
    Rate before;
    Rate ours;
    Rate after;
};

asio::awaitable<void> measure_burst(Plant& plant, const Wishes& wishes, Burst& into) {
    const auto lines = lines_of(wishes);
    const auto soon = Deadline::in(30s);
    plant.source.offer(lines.front().bytes);
    co_await created(plant, 1, soon);
    const auto half = wishes.events / 2;
    into.before = co_await rate_of_bare_posts(plant, half);
    const auto start = std::chrono::steady_clock::now();
    const auto cpu = cpu_seconds();
    for (std::size_t i = 1; i < lines.size(); ++i) {
        plant.source.offer(lines[i].bytes);
    }
    const auto later = Deadline::in(300s);
    const auto wanted = lines.size();
    co_await created(plant, wanted, later);
    auto last = start;
    for (const auto& [change, started] : plant.watched->started) {
        last = std::max(last, started.answered);
    }
    const std::chrono::duration<double> passed = last - start;
    into.ours = {passed.count(), cpu_seconds() - cpu, lines.size() - 1};
    into.after = co_await rate_of_bare_posts(plant, half);
}

json::object burst(Plant& plant, const Wishes& wishes) {
    Burst measured;
    plant.run_beside(measure_burst(plant, wishes, measured));
    const auto bare = (measured.before.per_second() + measured.after.per_second()) / 2;
    json::object figures;
    figures["events"] = measured.ours.count;
    figures["connections"] = wishes.connections;
    figures["creates_per_second"] = measured.ours.per_second();
    figures["cpu_ms_each"] = measured.ours.cpu_ms_each();
    figures["bare_before_per_second"] = measured.before.per_second();
    figures["bare_after_per_second"] = measured.after.per_second();
    figures["bare_cpu_ms_each"] =
        (measured.before.cpu_ms_each() + measured.after.cpu_ms_each()) / 2;
    figures["ratio"] = measured.ours.per_second() / bare;
    return figures;
}

Wishes wishes_of(std::span<char*> arguments) {
    Wishes wishes;
    const std::map<std::string_view, std::string*> texts{
        {"--kubeconfig", &wishes.kubeconfig},
        {"--namespace", &wishes.name_space},
        {"--folder", &wishes.folder},
        {"--lines", &wishes.lines},
        {"--gerrit-url", &wishes.gerrit_url},
        {"--gerrit-user", &wishes.gerrit_user},
        {"--password-file", &wishes.password_file}};
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) {
        const std::string_view key = arguments[i];
        if (key == "--events") {
            wishes.events = std::stoul(arguments[i + 1]);
        } else {
            *texts.at(key) = arguments[i + 1];
        }
    }
    return wishes;
}

int run(std::string_view mode, const Wishes& wishes) {
    Plant plant{wishes};
    const auto figures = mode == "burst" ? burst(plant, wishes) : latency(plant, wishes);
    plant.run_alone(plant.clean_up());
    fmt::print("{}\n", json::serialize(figures));
    return 0;
}

} // namespace
} // namespace seakeeper::bench

int main(int count, char** arguments) {
    const std::span all{arguments, static_cast<std::size_t>(count)};
    try {
        const auto wishes = seakeeper::bench::wishes_of(all.subspan(2));
        return seakeeper::bench::run(all[1], wishes);
    } catch (const std::exception& error) {
        fmt::print(stderr, "pipeline_probe: {}\n", error.what());
        return 1;
    }
}
