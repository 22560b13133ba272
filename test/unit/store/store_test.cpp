// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.hpp"
#include "store_fixture.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <future>
#include <sys/wait.h>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::store;
using test::Folder;
using test::line;
using test::open_at;
using test::read;
using test::write;

TEST_SUITE_BEGIN("store");

TEST_CASE("lines come back in order until they are ended") {
    const Folder folder;
    auto store = open_at(folder);
    const std::vector<RawLine> lines{line("one"), line(std::string{"t\0wo", 4}), line("")};
    auto last = write(*store, [lines](Rows& rows) { return rows.append(lines); });
    REQUIRE(last);
    CHECK(*last == 3);

    const InboxEnd end{2, InboxState::rejected, "not JSON"};
    REQUIRE(write(*store, [end](Rows& rows) { return rows.end_line(end); }));
    auto open = read(*store, [](Rows& rows) { return rows.open_lines(0, 10); });
    REQUIRE(open);
    REQUIRE(open->size() == 2);
    CHECK(open->at(0).line.bytes == "one");
    CHECK(open->at(0).line.epoch == 7);
    CHECK(open->at(0).line.received == test::noon);
    CHECK(open->at(1).sequence == 3);
    CHECK(open->at(1).line.bytes.empty());
}

TEST_CASE("a semantic key belongs to the first line that claims it") {
    const Folder folder;
    auto store = open_at(folder);
    const auto claim = [&](Sequence sequence) {
        return *write(*store, [sequence](Rows& rows) { return rows.claim("k", sequence); });
    };
    CHECK(claim(1));
    CHECK(claim(1));
    CHECK_FALSE(claim(2));
}

TEST_CASE("a write that fails leaves nothing behind, and its neighbours stay") {
    const Folder folder;
    auto store = open_at(folder);
    auto failing = [](Rows& rows) -> Status {
        if (auto set = rows.set_value("a", "lost"); !set) {
            return set;
        }
        return Error{Errc::refused, "changed my mind"};
    };
    auto good = [](Rows& rows) -> Status { return rows.set_value("b", "kept"); };
    auto both = [](Store& on, auto first, auto second
                ) -> asio::awaitable<std::tuple<Status, Status>> {
        using namespace asio::experimental::awaitable_operators;
        auto pair = co_await (on.write(std::move(first)) && on.write(std::move(second)));
        co_return pair;
    };
    const auto [first, second] = test::run(test::context(), both(*store, failing, good));
    CHECK(first.error().is(Errc::refused));
    CHECK(second);
    CHECK_FALSE(*read(*store, [](Rows& rows) { return rows.value("a"); }));
    CHECK(*read(*store, [](Rows& rows) { return rows.value("b"); }) == "kept");
}

TEST_CASE("what was acknowledged survives kill -9") {
    const Folder folder;
    int acknowledged[2];
    REQUIRE(pipe(acknowledged) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto store = open_at(folder);
        for (std::int64_t i = 1;; ++i) {
            const std::vector<RawLine> lines{line(std::to_string(i))};
            auto last = write(*store, [lines](Rows& rows) { return rows.append(lines); });
            if (!last || ::write(acknowledged[1], &*last, sizeof *last) != sizeof *last) {
                _exit(1);
            }
        }
    }
    close(acknowledged[1]);
    std::int64_t last = 0;
    while (last < 200) {
        REQUIRE(::read(acknowledged[0], &last, sizeof last) == sizeof last);
    }
    REQUIRE(kill(child, SIGKILL) == 0);
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status));
    while (::read(acknowledged[0], &last, sizeof last) == sizeof last) {
    }
    close(acknowledged[0]);

    auto store = open_at(folder);
    auto open = read(*store, [](Rows& rows) { return rows.open_lines(0, 1'000'000); });
    REQUIRE(open);
    REQUIRE(static_cast<std::int64_t>(open->size()) >= last);
    for (std::size_t i = 0; i < open->size(); ++i) {
        REQUIRE(open->at(i).line.bytes == std::to_string(i + 1));
    }
}

TEST_CASE("a store that was written by a newer program is refused in words") {
    const Folder folder;
    { auto store = open_at(folder); }
    {
        auto connection = sqlite::Connection::open(folder.file("store.db"));
        REQUIRE(connection);
        REQUIRE(connection->execute("PRAGMA user_version = 99"));
    }
    auto opened = store::open({folder.file("store.db"), {}});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().is(Errc::unsupported));
    CHECK(opened.error().message.find("version 99") != std::string::npos);
}

TEST_CASE("another program's database is refused") {
    const Folder folder;
    {
        auto connection = sqlite::Connection::open(folder.file("store.db"));
        REQUIRE(connection);
        REQUIRE(connection->execute("CREATE TABLE theirs(x)"));
    }
    auto opened = store::open({folder.file("store.db"), {}});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().is(Errc::corrupt));
}

TEST_CASE("a file that is not a database is an error, not a new store") {
    const Folder folder;
    std::ofstream{folder.file("store.db")} << std::string(5000, 'x');
    auto opened = store::open({folder.file("store.db"), {}});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().is(Errc::corrupt));
}

namespace {

void write_and_damage(const Folder& folder) {
    {
        auto store = open_at(folder);
        std::vector<RawLine> lines(2000, line(std::string(200, 'x')));
        REQUIRE(write(*store, [lines](Rows& rows) { return rows.append(lines); }));
    }
    std::fstream file{folder.file("store.db"), std::ios::in | std::ios::out | std::ios::binary};
    for (int page = 60; page < 100; ++page) {
        file.seekp(page * 4096);
        file << std::string(4096, '\x55');
    }
}

} // namespace

TEST_CASE("a page that was overwritten is found at start") {
    const Folder folder;
    write_and_damage(folder);
    auto opened = store::open({folder.file("store.db"), {}});
    REQUIRE_FALSE(opened);
    CHECK(opened.error().is(Errc::corrupt));
}

TEST_CASE("in a large file it is found while the file is used") {
    const Folder folder;
    write_and_damage(folder);
    std::promise<std::string> told;
    Options options{folder.file("store.db"), {}};
    options.checked_at_start = 0;
    options.inspection_rest = std::chrono::milliseconds{1};
    options.on_damage = [&](const Error& error) { told.set_value(error.message); };
    auto opened = store::open(options);
    REQUIRE_MESSAGE(opened, opened);
    auto found = told.get_future();
    REQUIRE(found.wait_for(std::chrono::seconds{30}) == std::future_status::ready);
    CHECK(found.get().starts_with("checking the file: "));
}

TEST_CASE("a store that is being checked closes at once") {
    const Folder folder;
    open_at(folder);
    for (int i = 0; i < 20; ++i) {
        Options options{folder.file("store.db"), {}};
        options.checked_at_start = 0;
        options.inspection_rest = std::chrono::milliseconds{i % 2 == 0 ? 0 : 60'000};
        auto opened = store::open(options);
        REQUIRE_MESSAGE(opened, opened);
        CHECK(write(**opened, [](Rows& rows) { return rows.set_value("a", "b"); }));
    }
}

TEST_CASE("a second process cannot open a store that is in use") {
    const Folder folder;
    auto store = open_at(folder);
    REQUIRE(write(*store, [](Rows& rows) { return rows.set_value("a", "b"); }));
    auto second = store::open({folder.file("store.db"), {}});
    REQUIRE_FALSE(second);
    CHECK(second.error().is(Errc::conflict));
    CHECK(second.error().message.find("another process") != std::string::npos);
}

TEST_CASE("a store of version 2 is brought forward and keeps what it has") {
    const Folder folder;
    {
        auto store = open_at(folder);
        REQUIRE(write(*store, [](Rows& rows) { return rows.set_value("a", "kept"); }));
    }
    {
        auto connection = sqlite::Connection::open(folder.file("store.db"));
        REQUIRE(connection);
        REQUIRE(connection->execute(
            "DROP INDEX inbox_received; DROP INDEX event_sequence; DROP INDEX workload_decision; "
            "DROP INDEX effect_in_order; DROP INDEX workload_trusted; "
            "DROP INDEX decision_input_input; ALTER TABLE decision_input DROP COLUMN at; "
            "DROP INDEX considered_list; DROP INDEX considered_input_input; "
            "DROP TABLE trace; DROP TABLE ref_tip; DROP TABLE project; PRAGMA user_version = 2"
        ));
    }
    auto store = open_at(folder);
    CHECK(*read(*store, [](Rows& rows) { return rows.value("a"); }) == "kept");
    CHECK(read(*store, [](Rows& rows) { return rows.projects(); })->empty());
}

TEST_CASE("a copy is made while the store is written to, and can be opened") {
    const Folder folder;
    auto store = open_at(folder);
    const std::vector<RawLine> lines(5000, line(std::string(1000, 'x')));
    REQUIRE(write(*store, [lines](Rows& rows) { return rows.append(lines); }));
    auto both = [](Store& on, std::string path) -> asio::awaitable<Status> {
        using namespace asio::experimental::awaitable_operators;
        auto more = [](Rows& rows) { return rows.set_value("a", "b"); };
        auto pair = co_await (on.backup(std::move(path)) && on.write(more));
        auto [copied, written] = std::move(pair);
        co_return copied ? written : copied;
    };
    REQUIRE(test::run(test::context(), both(*store, folder.file("copy.db"))));
    const auto again = test::run(test::context(), store->backup(folder.file("copy.db")));
    REQUIRE_FALSE(again);
    CHECK(again.error().is(Errc::conflict));
    auto copy = store::open({folder.file("copy.db"), {}});
    REQUIRE_MESSAGE(copy, copy);
    auto open = read(**copy, [](Rows& rows) { return rows.open_lines(0, 10'000); });
    REQUIRE(open);
    CHECK(open->size() == 5000);
}

TEST_CASE("what is known of the past comes back, and a key stays with its first line") {
    const Folder folder;
    auto store = open_at(folder);
    Imprint imprint;
    imprint.key = "k";
    imprint.trace = Trace{"p", 7, "d", 100};
    imprint.move = RefTip{"p", "refs/heads/master", "1"};
    imprint.created_project = "p";
    const auto remember = [&](Sequence sequence) {
        return write(*store, [=](Rows& rows) { return rows.remember(imprint, sequence); });
    };
    REQUIRE(remember(1));
    REQUIRE(remember(2));
    CHECK_FALSE(*write(*store, [](Rows& rows) { return rows.claim("k", 2); }));
    const std::vector<std::string> keys{"k", "other"};
    CHECK(*read(*store, [keys](Rows& rows) {
        return rows.known_keys(keys);
    }) == std::vector<std::string>{"k"});
    CHECK(*read(*store, [](Rows& rows) {
        return rows.traces("p", 7);
    }) == std::vector<Trace>{{"p", 7, "d", 100}});
    CHECK(read(*store, [](Rows& rows) { return rows.traces("p", 8); })->empty());
    CHECK(read(*store, [](Rows& rows) { return rows.ref_tips("p"); })->size() == 1);
    REQUIRE(write(*store, [](Rows& rows) {
        return rows.set_ref_tip({"p", "refs/heads/master", ""});
    }));
    CHECK(read(*store, [](Rows& rows) { return rows.ref_tips("p"); })->empty());
    // What was listed once stays listed.
    REQUIRE(write(*store, [](Rows& rows) { return rows.set_project({"p", false}); }));
    CHECK(read(*store, [](Rows& rows) { return rows.projects(); })->front().are_refs_known);
}

TEST_SUITE_END();
