// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/watch_line.hpp"
#include "recorded.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace seakeeper;
using namespace seakeeper::kubernetes;

TEST_SUITE_BEGIN("watch lines");

TEST_CASE("recorded events are read") {
    std::string seen;
    for (const char* name : {"watch_normal", "watch_bookmarks", "watch_selector_leaves"}) {
        for (const std::string& line : test::recorded_lines(name)) {
            const auto event = decode_watch_line(line);
            REQUIRE_MESSAGE(event, event);
            constexpr std::array letters{'a', 'm', 'd', 'b'};
            seen += letters.at(static_cast<std::size_t>(event->kind));
            CHECK_FALSE(event->resource_version.empty());
        }
        seen += ' ';
    }
    CHECK(seen == "amd bbb adad ");
}

TEST_CASE("history that is gone is told apart from other errors") {
    const auto old = decode_watch_line(test::recorded_lines("watch_too_old_410").front());
    CHECK(old.error().is(Errc::gone));
    CHECK(old.error().message.find("too old resource version") != std::string::npos);
    CHECK(
        decode_watch_line(R"({"type":"ERROR","object":{"kind":"Status","code":500,"message":"x"}})")
            .error()
            .is(Errc::unavailable)
    );
    CHECK(decode_watch_line(R"({"type":"ERROR","object":{}})").error().is(Errc::unavailable));
    CHECK(decode_watch_line(R"({"type":"ERROR","object":{"code":1e99}})")
              .error()
              .is(Errc::unavailable));
}

TEST_CASE("what is no event is malformed") {
    for (const char* line :
         {"",
          "x",
          "[]",
          "{}",
          R"({"type":"ADDED"})",
          R"({"type":"ADDED","object":7})",
          R"({"type":"ADDED","object":{}})",
          R"({"type":"ADDED","object":{"metadata":{}}})",
          R"({"type":"NEW","object":{"metadata":{"resourceVersion":"1"}}})",
          R"({"type":7,"object":{"metadata":{"resourceVersion":"1"}}})",
          R"({"type":"ADDED","object":{"metadata":{"resourceVersion":1}}})"}) {
        CAPTURE(line);
        CHECK(decode_watch_line(line).error().is(Errc::malformed));
    }
    std::string deep = R"({"type":"ADDED","object":)";
    for (int i = 0; i < 100'000; ++i) {
        deep += R"({"a":)";
    }
    CHECK(decode_watch_line(deep).error().is(Errc::malformed));
}

TEST_CASE("lines are the same however the bytes are cut") {
    const std::string all = "one\n\ntwo\r\n\r\nthree\nfour";
    for (std::size_t step = 1; step <= all.size(); ++step) {
        CAPTURE(step);
        LineSplitter lines{10};
        std::string seen;
        for (std::size_t at = 0; at < all.size(); at += step) {
            lines.feed(std::string_view{all}.substr(at, step));
            for (auto line = lines.next(); line && *line; line = lines.next()) {
                seen += **line + "|";
            }
        }
        CHECK(seen == "one|two\r|three|");
    }
}

TEST_CASE("a line of the limit passes, one byte more does not") {
    LineSplitter exact{5};
    exact.feed("12345\n");
    CHECK(exact.next().value() == "12345");
    LineSplitter over{5};
    over.feed("12345");
    CHECK(over.next());
    over.feed("6");
    CHECK(over.next().error().is(Errc::limit_exceeded));
}

TEST_SUITE_END();
