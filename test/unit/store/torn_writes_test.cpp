// SPDX-License-Identifier: Apache-2.0
// The power goes at any moment, on a disk that loses and tears what was not synced: what the store
// acknowledged is there, and what is there is whole. SEAKEEPER_CUTS=10000 for the long run,
// SEAKEEPER_SEED for another.
#include "losing_disk.hpp"
#include "store_fixture.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>

using namespace seakeeper;
using namespace seakeeper::test;

namespace {

constexpr std::int64_t writes = 600;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// Of any size up to some pages, and told by its number.
const std::string& payload(std::int64_t number) {
    static const auto all = [] {
        std::mt19937_64 dice{7};
        std::vector<std::string> made;
        for (std::int64_t i = 0; i <= writes; ++i) {
            made.emplace_back(dice() % 20'000, static_cast<char>('a' + i % 26));
        }
        return made;
    }();
    return all.at(static_cast<std::size_t>(number));
}

std::string key(std::int64_t number) {
    return "row|" + std::to_string(number);
}

/// A store's life: each write is several rows, some of which replace or end older ones.
std::vector<DiskOperation> record_life() {
    const Folder folder;
    begin_recording();
    auto store = open_at(folder);
    for (std::int64_t number = 1; number <= writes; ++number) {
        auto work = [number](store::Rows& rows) -> Status {
            const std::vector<store::RawLine> lines{line(payload(number))};
            auto appended = rows.append(lines);
            if (!appended) {
                return appended.error();
            }
            if (number > 10) {
                const store::InboxEnd end{number - 10, store::InboxState::decided, "", ""};
                if (auto ended = rows.end_line(end); !ended) {
                    return ended;
                }
            }
            if (auto set = rows.set_value("last", std::to_string(number)); !set) {
                return set;
            }
            return rows.set_value(key(number), payload(number));
        };
        REQUIRE(write(*store, work));
        note_acknowledged(number);
    }
    store.reset();
    return take_recorded();
}

/// What is wrong with the store of these files; empty: nothing.
std::string judge(const std::map<std::string, std::string>& files, std::int64_t acknowledged) {
    const Folder folder;
    for (const auto& [name, bytes] : files) {
        std::ofstream{folder.file(name), std::ios::binary} << bytes;
    }
    auto store = store::open({folder.file("store.db"), {}});
    if (!store) {
        return "it cannot be opened: " + store.error().message;
    }
    auto look = [acknowledged](store::Rows& rows) -> Result<std::string> {
        const auto last = rows.value("last");
        if (!last) {
            return last.error();
        }
        const auto there = *last ? std::stoll(**last) : 0;
        if (there < acknowledged) {
            return "acknowledged " + std::to_string(acknowledged) + ", found "
                   + std::to_string(there);
        }
        for (std::int64_t number = 1; number <= there; ++number) {
            const auto found = rows.value(key(number));
            if (!found || *found != payload(number)) {
                return "row " + std::to_string(number) + " of " + std::to_string(there)
                       + " is not as it was written";
            }
        }
        const auto open = rows.open_lines(0, writes);
        const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(there, 10));
        const bool is_whole =
            open && open->size() == wanted && (open->empty() || open->back().sequence == there);
        return std::string{is_whole ? "" : "the inbox is not that of one moment"};
    };
    auto found = read(**store, look);
    store->reset();
    take_recorded(); // what looking at it did
    return found ? *found : "it cannot be read: " + found.error().message;
}

struct Cuts {
    std::size_t made = 0;
    std::vector<std::string> faults;
};

Cuts cut_at_random(const std::vector<DiskOperation>& life, Syncs syncs, std::size_t count) {
    const auto seed = number_from("SEAKEEPER_SEED", 20'261'124);
    std::mt19937_64 dice{seed};
    LosingDisk disk{life, syncs};
    std::vector<std::size_t> moments(count);
    for (auto& moment : moments) {
        moment = dice() % (disk.size() + 1);
    }
    std::sort(moments.begin(), moments.end());
    Cuts cuts;
    for (const auto moment : moments) {
        disk.go_to(moment);
        if (auto fault = judge(disk.cut(dice), disk.acknowledged()); !fault.empty()) {
            cuts.faults.push_back("operation " + std::to_string(moment) + ": " + fault);
        }
        ++cuts.made;
    }
    MESSAGE(
        cuts.made,
        " cuts among ",
        disk.size(),
        " operations, seed ",
        seed,
        ", ",
        cuts.faults.size(),
        " stores that lost or are not readable"
    );
    return cuts;
}

} // namespace

TEST_SUITE_BEGIN("store");

TEST_CASE("a cut of power loses nothing that was acknowledged") {
    const auto life = record_life();
    REQUIRE(
        std::count_if(
            life.begin(),
            life.end(),
            [](const auto& one) {
                return one.kind == DiskOperation::Kind::sync && one.file == "store.db";
            }
        )
        > 1
    ); // it was checkpointed on the way
    const auto cuts = cut_at_random(life, Syncs::kept, number_from("SEAKEEPER_CUTS", 200));
    for (const auto& fault : cuts.faults) {
        FAIL_CHECK(fault);
    }
    // The same on a disk that lies about syncs: this test can fail.
    CHECK_FALSE(cut_at_random(life, Syncs::forgotten, 20).faults.empty());
}

TEST_SUITE_END();
