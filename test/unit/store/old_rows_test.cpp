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

constexpr auto later = test::noon + std::chrono::hours{1};

/// A line that was decided, its run, and what both rest on: an input of its own, and one of all.
struct Past {
    std::string name;
    WallTime at = test::noon;
    WorkloadState state = WorkloadState::succeeded;
    EffectState effect = EffectState::done;
    std::optional<WallTime> made = std::nullopt; ///< of the decision, where it is another time
};

Status put(Rows& rows, const Past& past) {
    const std::vector<RawLine> lines{{past.name, past.at, 1}};
    const auto sequence = rows.append(lines).value();
    const std::vector<std::string> inputs{"own of " + past.name, "shared"};
    for (const auto& each : inputs) {
        rows.put_input({each, each}).value();
    }
    rows.put_input({"facts of " + past.name, "f"}).value();
    rows.claim("key of " + past.name, sequence).value();
    DecisionRow decision{
        past.name, "key of " + past.name, "test", "untrusted", past.name, "{}", {}};
    decision.made = past.made.value_or(past.at);
    rows.put_decision(decision, inputs).value();
    rows.append_verdict({past.name, "G1", "untrusted", "{}", past.at, "facts of " + past.name})
        .value();
    WorkloadRow workload;
    workload.id = past.name;
    workload.decision = past.name;
    workload.state = past.state;
    rows.put_workload(workload).value();
    Effect effect;
    effect.kind = "report";
    effect.workload = past.name;
    effect.state = past.effect;
    rows.put_effect(effect).value();
    return rows.end_line({sequence, InboxState::decided, "", ""});
}

std::vector<std::string> old(Store& store, WallTime before = later) {
    auto find = [before](Rows& rows) { return rows.old_lines(before, 10); };
    std::vector<std::string> names;
    for (const auto& line : read(store, find).value()) {
        names.push_back(line.line.bytes);
    }
    return names;
}

bool has_input(Store& store, const std::string& digest) {
    auto ask = [digest](Rows& rows) { return rows.input(digest); };
    return read(store, ask).has_value();
}

void forget_all(Store& store) {
    REQUIRE(write(store, [](Rows& rows) -> Status {
        auto lines = rows.old_lines(later, 10);
        return lines ? rows.forget(*lines) : Status{lines.error()};
    }));
}

} // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("a line is old when it is, and nothing of it is under way, given up or younger") {
    const Folder folder;
    auto store = open_at(folder);
    const std::vector<Past> all{
        {"ended"},
        {"young", later},
        {"running", test::noon, WorkloadState::running},
        {"not reported", test::noon, WorkloadState::failed, EffectState::pending},
        {"given up", test::noon, WorkloadState::failed, EffectState::dead},
        {"tried again", test::noon, WorkloadState::failed, EffectState::done, later}};
    for (const auto& past : all) {
        REQUIRE(write(*store, [past](Rows& rows) { return put(rows, past); }));
    }
    REQUIRE(write(*store, [](Rows& rows) -> Status { // not dealt with
        const std::vector<RawLine> lines{{"open", test::noon, 1}};
        auto put = rows.append(lines);
        return put ? Status{} : Status{put.error()};
    }));
    CHECK(old(*store) == std::vector<std::string>{"ended"});
    CHECK(old(*store, test::noon).empty());
}

TEST_CASE("what is forgotten goes whole, and what others rest on stays") {
    const Folder folder;
    auto store = open_at(folder);
    for (const auto& past : {Past{"a"}, Past{"b", later}}) {
        REQUIRE(write(*store, [past](Rows& rows) { return put(rows, past); }));
    }
    auto lines = read(*store, [](Rows& rows) { return rows.old_lines(later, 10); }).value();
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].decisions.at(0).digest == "a");
    CHECK(lines[0].verdicts.at(0).gate == "G1");
    CHECK(lines[0].workloads.at(0).id == "a");
    auto inputs = read(*store, [lines](Rows& rows) { return rows.inputs_of(lines); }).value();
    REQUIRE(inputs.size() == 3);
    CHECK(inputs[0].digest == "facts of a");

    forget_all(*store);
    CHECK(old(*store).empty());
    CHECK_FALSE(has_input(*store, "own of a"));
    CHECK_FALSE(has_input(*store, "facts of a"));
    CHECK(has_input(*store, "shared"));
    CHECK(has_input(*store, "facts of b"));
    CHECK_FALSE(read(*store, [](Rows& rows) { return rows.decision("a"); }));
    CHECK_FALSE(read(*store, [](Rows& rows) { return rows.workload("a"); }));
    CHECK(read(*store, [](Rows& rows) { return rows.verdicts("a"); })->empty());
    CHECK(read(*store, [](Rows& rows) { return rows.decision("b"); }));
    const std::vector<std::string> keys{"key of a", "key of b"};
    CHECK(*read(*store, [keys](Rows& rows) {
        return rows.known_keys(keys);
    }) == std::vector<std::string>{"key of b"});
}

TEST_CASE("a list that events without decisions were judged by goes with the last of them") {
    const Folder folder;
    auto store = open_at(folder);
    for (const auto* name : {"first", "second"}) {
        REQUIRE(write(*store, [name](Rows& rows) -> Status {
            const std::vector<RawLine> lines{{name, test::noon, 1}};
            const auto sequence = rows.append(lines).value();
            const std::vector<Input> inputs{{"list", "[]"}, {"options", "o"}};
            if (auto done = rows.put_considered({sequence, "", "list"}, inputs); !done) {
                return done;
            }
            return rows.end_line({sequence, InboxState::decided, "", ""});
        }));
    }
    REQUIRE(write(*store, [](Rows& rows) -> Status {
        auto lines = rows.old_lines(later, 1);
        return lines ? rows.forget(*lines) : Status{lines.error()};
    }));
    CHECK(old(*store) == std::vector<std::string>{"second"});
    CHECK(has_input(*store, "options"));
    forget_all(*store);
    CHECK_FALSE(has_input(*store, "options"));
    CHECK_FALSE(has_input(*store, "list"));
}

TEST_CASE("traces of before a time go") {
    const Folder folder;
    auto store = open_at(folder);
    const auto seconds = [](WallTime time) {
        return std::int64_t{
            std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count()};
    };
    for (const auto at : {test::noon, later}) {
        Imprint imprint;
        imprint.trace = Trace{"demo/app", 7, std::to_string(seconds(at)), seconds(at)};
        REQUIRE(write(*store, [imprint](Rows& rows) { return rows.remember(imprint, 1); }));
    }
    REQUIRE(write(*store, [](Rows& rows) { return rows.forget_traces(later); }));
    auto left = read(*store, [](Rows& rows) { return rows.traces("demo/app", 7); }).value();
    REQUIRE(left.size() == 1);
    CHECK(left[0].at == seconds(later));
    CHECK(read(*store, [](Rows& rows) { return rows.bytes_in_use(); }).value() > 0);
}

TEST_SUITE_END();
