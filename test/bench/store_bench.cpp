// SPDX-License-Identifier: Apache-2.0
// Lines into the inbox, durable, in the batches that intake makes, beside a floor: a bare loop that
// inserts the same bytes with the same settings. And what a start has to read where 10,000
// workloads are open. Compare within one run, on one disk: TMPDIR says which.
#include "../unit/store/store_fixture.hpp"
#include "sqlite/database.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

namespace {

using namespace seakeeper;
using test::Folder;

constexpr std::size_t line_bytes = 1'500; ///< a comment-added of the recordings

std::vector<store::RawLine> batch_of(std::int64_t lines) {
    return std::vector<store::RawLine>(
        static_cast<std::size_t>(lines), test::line(std::string(line_bytes, 'x'))
    );
}

void intake(benchmark::State& state) {
    const Folder folder;
    auto store = test::open_at(folder);
    const auto lines =
        std::make_shared<const std::vector<store::RawLine>>(batch_of(state.range(0)));
    for (auto _ : state) {
        auto last = test::write(*store, [lines](store::Rows& rows) { return rows.append(*lines); });
        if (!last) {
            state.SkipWithError(last.error().message.c_str());
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(intake)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();

Status insert(sqlite::Connection& to, const std::vector<store::RawLine>& lines) {
    auto transaction = sqlite::Transaction::begin(to);
    if (!transaction) {
        return transaction.error();
    }
    for (const auto& line : lines) {
        auto statement = to.prepare("INSERT INTO line(bytes) VALUES(?)");
        if (!statement) {
            return statement.error();
        }
        statement->bind(line.bytes);
        if (auto done = statement->run(); !done) {
            return done;
        }
    }
    return transaction->commit();
}

void bare_insert(benchmark::State& state) {
    const Folder folder;
    auto connection = sqlite::Connection::open(folder.file("bare.db"));
    const auto made =
        connection->execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; "
                            "CREATE TABLE line(sequence INTEGER PRIMARY KEY, bytes BLOB)");
    if (!made) {
        state.SkipWithError(made.error().message.c_str());
        return;
    }
    const auto lines = batch_of(state.range(0));
    for (auto _ : state) {
        if (auto done = insert(*connection, lines); !done) {
            state.SkipWithError(done.error().message.c_str());
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(bare_insert)->Arg(1)->Arg(16)->Arg(256)->UseRealTime();

Status put_open(store::Rows& rows, int count) {
    store::DecisionRow decision;
    decision.digest = "d";
    if (auto put = rows.put_decision(decision, {}); !put) {
        return put;
    }
    for (int i = 0; i < count; ++i) {
        store::WorkloadRow row;
        row.id = fmt::format("sk-{}", i);
        row.decision = "d";
        row.project = "demo/app";
        row.change = static_cast<std::uint32_t>(i + 1);
        row.patch_set = 1;
        row.state = store::WorkloadState::running;
        if (auto put = rows.put_workload(row); !put) {
            return put.error();
        }
    }
    return {};
}

/// Opening checks the file and reads what a start needs; peers come on top.
void restart(benchmark::State& state) {
    const Folder folder;
    const auto count = static_cast<int>(state.range(0));
    {
        auto store = test::open_at(folder);
        const auto put =
            test::write(*store, [count](store::Rows& rows) { return put_open(rows, count); });
        if (!put) {
            state.SkipWithError(put.error().message.c_str());
            return;
        }
    }
    for (auto _ : state) {
        auto store = test::open_at(folder);
        auto open = test::read(*store, [](store::Rows& rows) { return rows.open_workloads(); });
        if (!open || open->size() != static_cast<std::size_t>(count)) {
            state.SkipWithError("not all are there");
            break;
        }
    }
}
BENCHMARK(restart)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseRealTime();

} // namespace

BENCHMARK_MAIN();
