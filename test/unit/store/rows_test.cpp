// SPDX-License-Identifier: Apache-2.0
#include "store_fixture.hpp"

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::store;
using test::Folder;
using test::open_at;
using test::read;
using test::write;

namespace {

DecisionRow some_decision(std::string digest) {
    return {std::move(digest), "key", "test", "untrusted", "sk-a", "{}", test::noon};
}

WorkloadRow workload(std::string id) {
    WorkloadRow row;
    row.id = std::move(id);
    row.decision = "d1";
    row.project = "demo/app";
    row.change = 7;
    row.patch_set = 2;
    row.revision = std::string(40, 'a');
    row.trigger = "test";
    row.label = "Verified";
    row.success_vote = 1;
    row.failure_vote = -1;
    row.trust_class = "untrusted";
    row.note = "see the wiki";
    row.tells_start = true;
    row.why = "asked for";
    row.decided = test::noon;
    return row;
}

void put(Store& store, const WorkloadRow& row) {
    REQUIRE(write(store, [row](Rows& rows) -> Status {
        if (auto done = rows.put_decision(some_decision("d1"), {}); !done) {
            return done;
        }
        auto put = rows.put_workload(row);
        return put ? Status{} : Status{put.error()};
    }));
}

std::int64_t put(Store& store, const Effect& effect) {
    return write(store, [effect](Rows& rows) { return rows.put_effect(effect); }).value();
}

std::vector<std::string> due(Store& store, WallTime now) {
    auto effects = read(store, [now](Rows& rows) { return rows.due_effects(now, 100); }).value();
    std::vector<std::string> payloads;
    for (const auto& effect : effects) {
        payloads.push_back(effect.payload);
    }
    return payloads;
}

Effect effect(std::string lane, std::string payload, WallTime not_before) {
    Effect made;
    made.kind = "create";
    made.lane = std::move(lane);
    made.payload = std::move(payload);
    made.not_before = not_before;
    return made;
}

} // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("a decision needs its inputs, and keeps its first record") {
    const Folder folder;
    auto store = open_at(folder);
    const std::vector<std::string> inputs{"i1"};
    auto put_decision = [inputs](Rows& rows) {
        return rows.put_decision(some_decision("d1"), inputs);
    };
    CHECK_FALSE(write(*store, put_decision)); // no such input
    CHECK(read(*store, [](Rows& rows) { return rows.decision("d1"); }).error().is(Errc::not_found));

    const Input input{"i1", std::string{"\0bytes", 6}};
    REQUIRE(write(*store, [input](Rows& rows) { return rows.put_input(input); }));
    REQUIRE(write(*store, put_decision));
    CHECK(*read(*store, [](Rows& rows) { return rows.input("i1"); }) == input.bytes);
    auto other = some_decision("d1");
    other.record = "{\"other\":1}";
    REQUIRE(write(*store, [other](Rows& rows) { return rows.put_decision(other, {}); }));
    auto stored = read(*store, [](Rows& rows) { return rows.decision("d1"); });
    REQUIRE(stored);
    CHECK(stored->record == "{}");
    CHECK(stored->made == test::noon);
}

TEST_CASE("verdicts are appended in order") {
    const Folder folder;
    auto store = open_at(folder);
    put(*store, workload("sk-a"));
    for (const auto* gate : {"G1", "G2"}) {
        const VerdictRow row{"d1", gate, "untrusted", "{}", test::noon};
        REQUIRE(write(*store, [row](Rows& rows) { return rows.append_verdict(row); }));
    }
    auto rows = read(*store, [](Rows& all) { return all.verdicts("d1"); });
    REQUIRE(rows);
    REQUIRE(rows->size() == 2);
    CHECK(rows->at(1).gate == "G2");
}

TEST_CASE("a workload that ended does not end again") {
    const Folder folder;
    auto store = open_at(folder);
    put(*store, workload("sk-a"));
    auto row = workload("sk-a");
    row.state = WorkloadState::succeeded;
    row.outcome = "{\"steps\":[]}";
    row.uid = "u";
    row.finished = test::noon;
    REQUIRE(write(*store, [row](Rows& rows) { return rows.update_workload(row); }));

    auto flags = row;
    flags.is_reported = true;
    CHECK(write(*store, [flags](Rows& rows) { return rows.update_workload(flags); }));
    auto again = row;
    again.state = WorkloadState::failed;
    auto refused = write(*store, [again](Rows& rows) { return rows.update_workload(again); });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(Errc::conflict));

    auto stored = read(*store, [](Rows& rows) { return rows.workload("sk-a"); });
    REQUIRE(stored);
    CHECK(stored->state == WorkloadState::succeeded);
    CHECK(stored->is_reported);
    CHECK(stored->finished == test::noon);
    CHECK_FALSE(stored->started);
    CHECK(stored->note == "see the wiki");
    CHECK(stored->tells_start);
    CHECK(stored->why == "asked for");
    CHECK(read(*store, [](Rows& rows) { return rows.open_workloads(); })->empty());
    CHECK(read(*store, [](Rows& rows) { return rows.unreleased_workloads(); })->size() == 1);
}

TEST_CASE("open workloads that are trusted are found among the others") {
    const Folder folder;
    auto store = open_at(folder);
    put(*store, workload("sk-a"));
    auto trusted = workload("sk-b");
    trusted.trust_class = "trusted";
    put(*store, trusted);
    auto ended = workload("sk-c");
    ended.trust_class = "trusted";
    ended.state = WorkloadState::failed;
    put(*store, ended);
    CHECK(read(*store, [](Rows& rows) { return rows.open_workloads(); })->size() == 2);
    auto found = read(*store, [](Rows& rows) { return rows.open_trusted_workloads(); });
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().id == "sk-b");
}

TEST_CASE("the same workload is put once, and patch sets are kept apart") {
    const Folder folder;
    auto store = open_at(folder);
    put(*store, workload("sk-a"));
    auto again = write(*store, [](Rows& rows) { return rows.put_workload(workload("sk-a")); });
    REQUIRE(again);
    CHECK_FALSE(*again);
    auto next = workload("sk-b");
    next.patch_set = 3;
    put(*store, next);
    auto of = read(*store, [](Rows& rows) { return rows.workloads_of("demo/app", 7, 2); });
    REQUIRE(of);
    REQUIRE(of->size() == 1);
    CHECK(of->front().id == "sk-a");
}

TEST_CASE("effects of a lane wait for each other, and for their time") {
    const Folder folder;
    auto store = open_at(folder);
    const auto later = test::noon + std::chrono::seconds{10};
    const auto first = put(*store, effect("one", "1a", test::noon));
    put(*store, effect("one", "1b", test::noon));
    put(*store, effect("two", "2a", later));
    put(*store, effect("two", "2b", test::noon));
    put(*store, effect("three", "3a", test::noon));
    CHECK(due(*store, test::noon) == std::vector<std::string>{"1a", "3a"});
    CHECK(due(*store, later) == std::vector<std::string>{"1a", "2a", "3a"});

    auto done = effect("one", "1a", test::noon);
    done.id = first;
    done.state = EffectState::done;
    REQUIRE(write(*store, [done](Rows& rows) { return rows.update_effect(done); }));
    CHECK(due(*store, test::noon) == std::vector<std::string>{"1b", "3a"});
    auto counts = read(*store, [](Rows& rows) { return rows.counts(); });
    REQUIRE(counts);
    CHECK(counts->effects_pending == 4);
    auto next = read(*store, [](Rows& rows) { return rows.next_effect(); });
    REQUIRE(next);
    CHECK(*next == test::noon);
}

TEST_CASE("states have words that can be read back") {
    for (const auto state :
         {WorkloadState::decided, WorkloadState::failed, WorkloadState::refused}) {
        CHECK(*workload_state_of(to_string(state)) == state);
    }
    CHECK_FALSE(workload_state_of("won"));
}

TEST_SUITE_END();
