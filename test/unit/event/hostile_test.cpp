// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/parse.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::event;
using namespace std::string_literals;

namespace {

/// A valid event with `text` in place of a value nobody knows.
std::string with_value(const std::string& text) {
    return R"({"type":"x","y":)" + text + "}";
}

std::string nested(std::size_t depth) { // the event's own object counts
    return with_value(std::string(depth - 1, '[') + std::string(depth - 1, ']'));
}

} // namespace

TEST_SUITE("event") {
    TEST_CASE("hostile lines are refused, each by itself") {
        struct Row {
            const char* name;
            std::string line;
            Errc errc;
        };
        const Row rows[] = {
            {"empty", "", Errc::malformed},
            {"blank", "   ", Errc::malformed},
            {"byte order mark", "\xEF\xBB\xBF{\"type\":\"x\"}", Errc::malformed},
            {"NUL byte before", "\0{\"type\":\"x\"}"s, Errc::malformed},
            {"NUL byte after", "{\"type\":\"x\"}\0"s, Errc::malformed},
            {"NUL byte in a text", "{\"type\":\"x\0y\"}"s, Errc::malformed},
            {"NUL escaped in a text", R"({"type":"x","y":"a\u0000b"})", Errc::malformed},
            {"NUL escaped in a key", R"({"type":"x","a\u0000":1})", Errc::malformed},
            {"control character", "{\"type\":\"x\x01\"}", Errc::malformed},
            {"two values", R"({"type":"x"}{"type":"y"})", Errc::malformed},
            {"trailing comma", R"({"type":"x",})", Errc::malformed},
            {"comment", R"({"type":"x"/* */})", Errc::malformed},
            {"single quotes", "{'type':'x'}", Errc::malformed},
            {"cut off", R"({"type":"x","y":{"z")", Errc::malformed},
            {"half a text", R"({"type":"x)", Errc::malformed},
            {"not UTF-8", with_value("\"\xff\""), Errc::malformed},
            {"overlong slash", with_value("\"\xc0\xaf\""), Errc::malformed},
            {"surrogate in UTF-8", with_value("\"\xed\xa0\x80\""), Errc::malformed},
            {"beyond Unicode", with_value("\"\xf4\x90\x80\x80\""), Errc::malformed},
            {"cut character", with_value("\"\xe2\x82\""), Errc::malformed},
            {"lone high surrogate", with_value(R"("\ud800")"), Errc::malformed},
            {"lone low surrogate", with_value(R"("\udc00")"), Errc::malformed},
            {"two high surrogates", with_value(R"("\ud800\ud800")"), Errc::malformed},
            {"high surrogate, text", with_value(R"("\ud800x")"), Errc::malformed},
            {"bad escape", with_value(R"("\x41")"), Errc::malformed},
            {"1e999", with_value("1e999"), Errc::malformed},
            {"-1e999", with_value("-1e999"), Errc::malformed},
            {"huge exponent", with_value("1e99999999999999999999"), Errc::malformed},
            {"NaN", with_value("NaN"), Errc::malformed},
            {"Infinity", with_value("Infinity"), Errc::malformed},
            {"leading zero", with_value("012"), Errc::malformed},
            {"plus sign", with_value("+1"), Errc::malformed},
            {"A05: author twice",
             R"({"type":"comment-added","author":{"username":"evil"},"author":{"username":"good"}})",
             Errc::malformed},
            {"same key escaped",
             R"({"type":"comment-added","author":{},"\u0061uthor":{}})",
             Errc::malformed},
            {"type twice", R"({"type":"x","type":"x"})", Errc::malformed},
            {"key twice deep inside",
             with_value(R"([{"a":{"b":1,"c":2,"b":1}}])"),
             Errc::malformed},
            {"empty key twice", with_value(R"({"":1,"":2})"), Errc::malformed},
            {"100,000 arrays", nested(100'000), Errc::limit_exceeded},
            {"100,000 open arrays", with_value(std::string(100'000, '[')), Errc::limit_exceeded},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            const auto event = parse(row.line);
            REQUIRE_FALSE(event);
            CHECK_MESSAGE(event.error().is(row.errc), event);
            CHECK(event.error().message.starts_with("reading an event: "));
        }
        CHECK(parse(R"({"type":"x"})"));
    }

    TEST_CASE("odd but valid texts pass unchanged") {
        for (const std::string text :
             {R"("😀")",
              R"("\ud83d\ude00")",
              R"("\u202e\u0007")",
              "\"\x7f\"",
              "1e308",
              "-0.0",
              "5e-324",
              "18446744073709551615",
              "123456789012345678901234567890",
              "0.1",
              "-9223372036854775808",
              "3.141592653589793115997963468544185161590576171875"}) {
            CAPTURE(text);
            const auto event = parse(with_value(text));
            REQUIRE_MESSAGE(event, event);
            const auto again = parse(serialize(*event));
            REQUIRE_MESSAGE(again, again);
            CHECK(*again == *event);
            CHECK(serialize(*again) == serialize(*event));
        }
    }

    TEST_CASE("the size of a line is limited") {
        const auto line_of = [](std::size_t size) {
            const std::string rest = R"({"type":"x","y":""})";
            return R"({"type":"x","y":")" + std::string(size - rest.size(), 'a') + "\"}";
        };
        constexpr std::size_t n = 1 << 20;
        CHECK(parse(line_of(n)));
        const auto above = parse(line_of(n + 1));
        REQUIRE_FALSE(above);
        CHECK(above.error().is(Errc::limit_exceeded));
        CHECK(above.error().message == "reading an event: 1048577 bytes, at most 1048576");
        CHECK(parse(line_of(100), {.line_bytes = 100}));
        CHECK_FALSE(parse(line_of(101), {.line_bytes = 100}));
    }

    TEST_CASE("the depth of a line is limited") {
        CHECK(parse(nested(64)));
        const auto above = parse(nested(65));
        REQUIRE_FALSE(above);
        CHECK(above.error().is(Errc::limit_exceeded));
        CHECK(parse(nested(3), {.depth = 3}));
        CHECK_FALSE(parse(nested(4), {.depth = 3}));
    }
}
