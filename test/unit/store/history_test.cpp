// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"
#include "store_fixture.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/store/history.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace seakeeper;
using namespace seakeeper::store;
using namespace seakeeper::test;

namespace {

std::string bytes_of(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream{path, std::ios::binary}.rdbuf();
    return out.str();
}

Status fill(Rows& rows, int from, int count) {
    for (int i = from; i < from + count; ++i) {
        const std::vector<RawLine> lines{line("line " + std::to_string(i))};
        auto last = rows.append(lines);
        if (!last) {
            return last.error();
        }
        const InboxEnd end{
            *last, InboxState::decided, "no trigger", "demo/app~" + std::to_string(i % 7)};
        if (auto ended = rows.end_line(end); !ended) {
            return ended;
        }
    }
    return {};
}

} // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("a reader sees what was committed when it was opened, beside the writer") {
    const Folder folder;
    auto store = open_at(folder);
    REQUIRE(write(*store, [](Rows& rows) { return fill(rows, 1, 14); }));
    auto history = open_history(folder.file("store.db")).value();
    const auto before = history->lines_about("demo/app~3").value();
    REQUIRE(before.size() == 2);
    CHECK(before[0].sequence == 3);
    CHECK(before[0].line.bytes == "line 3");
    CHECK(before[0].line.received == noon);
    CHECK(before[0].note == "no trigger");
    REQUIRE(write(*store, [](Rows& rows) { return fill(rows, 15, 14); }));
    CHECK(history->lines_about("demo/app~3").value().size() == 2);
    CHECK(history->lines(0, 100).value().size() == 14);
    CHECK(history->before_last(4).value() == 10);
    CHECK(history->before_last(100).value() == 0);
    history = open_history(folder.file("store.db")).value();
    CHECK(history->lines_about("demo/app~3").value().size() == 4);
    CHECK(history->subjects_of(3).value() == std::vector<std::string>{"demo/app~3"});
    CHECK(history->subjects_of(30).value().empty());
    CHECK(history->line(99).error().is(Errc::not_found));
}

TEST_CASE("a reader neither writes nor checkpoints, not even as the last to close") {
    const Folder folder;
    const auto path = folder.file("store.db");
    std::string database;
    std::string log;
    {
        auto store = open_at(folder);
        REQUIRE(write(*store, [](Rows& rows) { return fill(rows, 1, 50); }));
        database = bytes_of(path);
        log = bytes_of(path + "-wal");
        REQUIRE(log.size() > 4096);
        for (int i = 0; i < 3; ++i) {
            auto history = open_history(path).value();
            CHECK(history->lines(0, 100).value().size() == 50);
        }
        CHECK(bytes_of(path) == database);
        CHECK(bytes_of(path + "-wal") == log);
        // What a killed daemon leaves: the files, and nobody who has them open.
        std::filesystem::copy_file(path, folder.file("dead.db"));
        std::filesystem::copy_file(path + "-wal", folder.file("dead.db-wal"));
    }
    const auto dead = folder.file("dead.db");
    {
        auto history = open_history(dead).value();
        CHECK(history->lines(0, 100).value().size() == 50);
    }
    CHECK(bytes_of(dead) == database);
    CHECK(bytes_of(dead + "-wal") == log);
}

TEST_CASE("readers come and go while the writer commits and checkpoints; nothing is lost") {
    const Folder folder;
    auto store = open_at(folder);
    std::size_t seen = 0;
    for (int round = 0; round < 40; ++round) {
        auto history = open_history(folder.file("store.db")).value();
        // Large rows: the log passes SQLite's 1,000 pages, where a commit checkpoints, every few
        // rounds.
        REQUIRE(write(*store, [round](Rows& rows) -> Status {
            const std::vector<RawLine> lines(
                8, line(std::string(60'000, static_cast<char>('a' + round % 26)))
            );
            auto last = rows.append(lines);
            return last ? Status{} : Status{last.error()};
        }));
        const auto lines = history->lines(0, 10'000).value();
        CHECK(lines.size() == seen);
        seen += 8;
        for (const auto& each : lines) {
            CHECK(each.line.bytes == std::string(60'000, each.line.bytes[0]));
        }
        if (round % 10 != 0) {
            continue;
        }
        history.reset();
    }
    store.reset();
    auto connection = sqlite::Connection::open(folder.file("store.db")).value();
    CHECK(connection.text("PRAGMA integrity_check").value() == "ok");
    CHECK(connection.integer("SELECT count(*) FROM inbox").value() == 320);
}

TEST_CASE("a store that is not there, or of another schema, is refused in words") {
    const Folder folder;
    CHECK(open_history(folder.file("none.db")).error().is(Errc::not_found));
    CHECK_FALSE(std::filesystem::exists(folder.file("none.db")));
    { auto store = open_at(folder); }
    {
        auto connection = sqlite::Connection::open(folder.file("store.db")).value();
        REQUIRE(connection.execute("PRAGMA user_version = 1"));
    }
    auto old = open_history(folder.file("store.db"));
    REQUIRE_FALSE(old);
    CHECK(old.error().is(Errc::unsupported));
    CHECK(old.error().message.find("version 1") != std::string::npos);
}

TEST_CASE("events without decisions share what they were considered from") {
    const Folder folder;
    auto store = open_at(folder);
    const std::string list = R"({"inputs":[]})";
    const std::vector<Input> inputs{{sha256_hex("a"), "a"}, {sha256_hex(list), list}};
    const ConsideredRow first{1, "", sha256_hex(list)};
    const ConsideredRow second{2, "key", sha256_hex(list)};
    REQUIRE(write(*store, [&](Rows& rows) { return rows.put_considered(first, inputs); }));
    REQUIRE(write(*store, [&](Rows& rows) { return rows.put_considered(second, {}); }));
    auto history = open_history(folder.file("store.db")).value();
    const auto rows = history->considered(2).value();
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].event_key == "key");
    CHECK(history->input(rows[0].list).value() == list);
    CHECK(history->considered(3).value().empty());
}

TEST_CASE("decisions are found by the beginning of their digest") {
    const Folder folder;
    auto store = open_at(folder);
    REQUIRE(write(*store, [](Rows& rows) -> Status {
        for (const char* digest : {"aaaabbbb", "aaaacccc", "ffffffff"}) {
            if (auto put =
                    rows.put_decision({digest, "key", "test", "untrusted", "", "{}", noon}, {});
                !put) {
                return put;
            }
        }
        return {};
    }));
    auto history = open_history(folder.file("store.db")).value();
    CHECK(history->decision("aaaabbbb")->digest == "aaaabbbb");
    CHECK(history->decision("ffff")->digest == "ffffffff");
    CHECK(history->decision("aaaa").error().is(Errc::conflict));
    CHECK(history->decision("bbbb").error().is(Errc::not_found));
    CHECK(history->decisions_of("key")->size() == 3);
    std::int64_t after = 0;
    CHECK(history->decisions(after, 2)->size() == 2);
    CHECK(history->decisions(after, 2)->size() == 1);
    CHECK(history->decisions(after, 2)->empty());
}

TEST_SUITE_END();
