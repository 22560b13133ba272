// SPDX-License-Identifier: Apache-2.0
// Parsing of the recorded lines: ours beside the floor, a bare Boost.JSON DOM parse of the same
// bytes into a monotonic resource. Compare within one run only.
#include "../unit/event/recorded.hpp"

#include <seakeeper/event/parse.hpp>

#include <benchmark/benchmark.h>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>

namespace {

namespace event = seakeeper::event;
namespace json = boost::json;

const std::vector<seakeeper::test::RecordedLine>& lines() {
    static const auto read = seakeeper::test::recorded_lines();
    return read;
}

void count(benchmark::State& state) {
    std::size_t bytes = 0;
    for (const auto& line : lines()) {
        bytes += line.bytes.size();
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes));
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(lines().size()));
}

void bare_dom(benchmark::State& state) {
    for (auto _ : state) {
        for (const auto& line : lines()) {
            unsigned char buffer[16384];
            json::monotonic_resource memory{buffer, sizeof buffer};
            auto value = json::parse(line.bytes, &memory);
            benchmark::DoNotOptimize(value);
        }
    }
    count(state);
}
BENCHMARK(bare_dom)->Name("event/parse/bare_boost_json_dom");

void parse(benchmark::State& state) {
    for (auto _ : state) {
        for (const auto& line : lines()) {
            auto read = event::parse(line.bytes);
            benchmark::DoNotOptimize(read);
        }
    }
    count(state);
    state.counters["goal_bytes"] = 200e6;
    state.counters["goal_ratio"] = 0.5; // what counts where the bare parse is slower than that
}
BENCHMARK(parse)->Name("event/parse/ours");

void serialize(benchmark::State& state) {
    std::vector<event::Event> events;
    for (const auto& line : lines()) {
        events.push_back(event::parse(line.bytes).value());
    }
    for (auto _ : state) {
        for (const auto& one : events) {
            auto written = event::serialize(one);
            benchmark::DoNotOptimize(written);
        }
    }
    count(state);
}
BENCHMARK(serialize)->Name("event/serialize");

} // namespace

BENCHMARK_MAIN();
