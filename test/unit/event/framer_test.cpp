// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/framer.hpp>

#include <doctest/doctest.h>

#include <vector>

using seakeeper::event::Framer;

namespace {

void drain(Framer& framer, std::vector<std::string>& lines) {
    while (const auto line = framer.next()) {
        lines.emplace_back(*line);
    }
}

/// What comes out when `bytes` arrive in pieces of `size`.
std::vector<std::string> framed(Framer& framer, std::string_view bytes, std::size_t size) {
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < bytes.size(); i += size) {
        framer.push(bytes.substr(i, size));
        drain(framer, lines);
    }
    return lines;
}

} // namespace

TEST_SUITE("event") {
    TEST_CASE("lines come out the same however the bytes arrive") {
        const std::string bytes = "one\ntwo\r\n\n\r\nthree\rfour\n" + std::string(11, 'x')
                                  + "\n0123456789\n0123456789\r\nlast\n" + std::string(25, 'y')
                                  + "\nend\npart";
        const std::vector<std::string> expected{
            "one", "two", "three\rfour", "0123456789", "0123456789", "last", "end"};
        for (std::size_t size = 1; size <= bytes.size(); ++size) {
            CAPTURE(size);
            Framer framer{10};
            CHECK(framed(framer, bytes, size) == expected);
            CHECK(framer.oversize_lines() == 2);
            CHECK(framer.pending_bytes() == 4);
        }
    }

    TEST_CASE("a line that never ends costs no more than the limit") {
        Framer framer{100};
        for (int i = 0; i < 1'000; ++i) {
            framer.push(std::string(50, 'x'));
            CHECK_FALSE(framer.next());
            CHECK(framer.pending_bytes() <= 101);
        }
        CHECK(framer.oversize_lines() == 1);
        std::vector<std::string> lines;
        framer.push("tail\nnext\n");
        drain(framer, lines);
        CHECK(lines == std::vector<std::string>{"next"});
        CHECK(framer.oversize_lines() == 1);
    }

    TEST_CASE("a new connection starts with a new line") {
        Framer framer{10};
        framer.push("half");
        CHECK_FALSE(framer.next());
        framer.clear();
        framer.push("whole\n");
        CHECK(framer.next() == "whole");
        framer.push(std::string(20, 'x'));
        CHECK_FALSE(framer.next());
        framer.clear();
        framer.push("again\n");
        CHECK(framer.next() == "again");
        CHECK(framer.oversize_lines() == 1);
    }
}
