// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include <string>
#include <yaml/document.hpp>

using namespace seakeeper;
using namespace seakeeper::yaml;

namespace {

Node one(const std::string& text) {
    auto document = parse("v: " + text, "f.yaml");
    REQUIRE(document);
    return document->members.at(0).value;
}

std::string error_of(std::string_view text, const Limits& limits = {}) {
    const auto document = parse(text, "f.yaml", limits);
    CAPTURE(std::string{text.substr(0, 80)});
    REQUIRE_FALSE(document);
    return document.error().message;
}

} // namespace

TEST_CASE("a document keeps order, places, and what was quoted") {
    const auto document = parse("a: 1\nb:\n  - 'x'\n  - z: |\n      text\n", "f.yaml");
    REQUIRE(document);
    REQUIRE(document->kind == NodeKind::mapping);
    REQUIRE(document->members.size() == 2);
    CHECK(document->members[1].key == "b");
    CHECK(document->members[1].key_mark == Mark{2, 1});
    const auto* b = document->find("b");
    REQUIRE(b != nullptr);
    REQUIRE(b->items.size() == 2);
    CHECK(b->items[0].text == "x");
    CHECK_FALSE(b->items[0].is_plain);
    CHECK(b->items[0].mark == Mark{3, 5});
    CHECK(b->items[1].find("z")->text == "text\n");
    CHECK_FALSE(b->items[1].find("z")->is_plain);
    CHECK(document->find("a")->is_plain);
    CHECK(document->find("a")->mark == Mark{1, 4});
    CHECK(document->find("c") == nullptr);
}

TEST_CASE("columns count characters, whatever their bytes") {
    // two bytes, three, and four: one column each
    const auto sound = parse("# ü\n{ü: €, 🦭: [x, y]}\n", "f.yaml");
    REQUIRE(sound);
    CHECK(sound->members[0].key_mark == Mark{2, 2});
    CHECK(sound->members[0].value.mark == Mark{2, 5});
    CHECK(sound->members[1].key_mark == Mark{2, 8});
    CHECK(sound->members[1].value.items[1].mark == Mark{2, 15});
    CHECK(error_of("{ü: €, 🦭: !x y}").starts_with("f.yaml:1:11: found the tag"));
    CHECK(error_of("{ü: €, 🦭: \x01}").starts_with("f.yaml:1:11: "));
    CHECK(error_of("ü: 'ü' x").starts_with("f.yaml:1:8: not YAML"));
}

TEST_CASE("an empty file is a null node") {
    for (const char* text : {"", "\n\n", "# only this\n", "\xef\xbb\xbf"}) {
        const auto document = parse(text, "f.yaml");
        REQUIRE(document);
        CHECK(document->kind == NodeKind::null);
    }
}

TEST_CASE("what readers of YAML disagree about is refused with its place") {
    struct Row {
        const char* text;
        const char* expected;
    };
    for (const auto& row : {
             Row{"a: 1\nb: 2\na: 3\n",
                 "f.yaml:3:1: found the key \"a\" a second time (first in line 1)"},
             Row{"{a: 1, 'a': 2}", "f.yaml:1:8: found the key \"a\" a second time"},
             Row{"a: &x 1\n", "f.yaml:1:4: found the anchor \"&x\""},
             Row{"a: &x [1]\nb: *x\n", "found the anchor"},
             Row{"<<: {a: 1}\n", "f.yaml:1:1: found a merge key (<<)"},
             Row{"a: !!str 1\n", "f.yaml:1:4: found the tag"},
             Row{"a: !!map {}\n", "found the tag"},
             Row{"a: !x [1]\n", "found the tag"},
             Row{"a: 1\n---\nb: 2\n", "found a second document"},
             Row{"[a, b]: 1\n", "f.yaml:1:1: found a key that is a list or a mapping"},
             Row{"? {a: 1}\n: 2\n", "found a key that is a list or a mapping"},
             Row{"~: 1\n", "found an empty or null key"},
             Row{"on: 1\n",
                 "f.yaml:1:1: found the key \"on\", which YAML 1.1 does not read as text"},
             Row{"1: 1\n", "quote it"},
             Row{"a: [1, 2\n", "not YAML: end of sequence flow"},
             Row{"a: \"x\n", "not YAML:"},
             Row{"a:\tb: c\n  d", "not YAML:"},
             Row{"a: b\nc: d\x07", "f.yaml:2:5: found the control character 0x07"},
             Row{"a: b\nc: \xff", "f.yaml:2:1: found a line that is not UTF-8"},
         }) {
        CAPTURE(std::string{row.text});
        const auto message = error_of(row.text);
        CAPTURE(message);
        CHECK(message.find(row.expected) != message.npos);
        CHECK(message.starts_with("f.yaml:"));
    }
    CHECK(error_of(std::string_view{"a\0b", 3}).find("0x00") != std::string::npos);
    CHECK(parse("'on': 1\n'<<': 2\n2024-01-01: 3", "f.yaml"));
}

TEST_CASE("a broken text that is endless documents to yaml-cpp is refused in time") {
    for (const char* text :
         {"# A usual d[\n [\n {\n \"a\": \"b\"\n }\n ]\n ,]: {", "a: b\n]\n", "]: [\n", "}\n}"}) {
        CAPTURE(std::string{text});
        CHECK(error_of(text).starts_with("f.yaml:"));
    }
}

TEST_CASE("limits hold at n and refuse n + 1") {
    Limits limits;
    limits.bytes = 10;
    CHECK(parse("a: 3456789", "f", limits));
    CHECK(error_of("a: 34567890", limits) == "f.yaml:1:1: found 11 bytes, accepted are at most 10");
    limits = {};
    limits.nodes = 5; // a mapping, a key, a list, two items
    CHECK(parse("a: [1, 2]", "f", limits));
    CHECK(error_of("a: [1, 2, 3]", limits).find("more than 5 values") != std::string::npos);
    limits = {};
    limits.depth = 3;
    CHECK(parse("[[[1]]]", "f", limits));
    CHECK(error_of("[[[[1]]]]", limits).find("deeper than 3") != std::string::npos);
    CHECK(parse("[[[[1]]]]", "f", limits).error().is(Errc::limit_exceeded));
    for (const std::size_t n : {70U, 600U, 100'000U}) {
        const auto closed = std::string(n, '[') + std::string(n, ']');
        CHECK(error_of(closed).find("deeper than 64") != std::string::npos);
        CHECK(error_of(std::string(n, '[')).starts_with("f.yaml:1:"));
    }
    CHECK(error_of(std::string(100'000, '{')).starts_with("f.yaml:1:"));
}

TEST_CASE("plain scalars mean what Go's readers of YAML 1.1 take them for") {
    struct Row {
        const char* text;
        PlainType type;
    };
    for (const auto& row : {
             Row{"null", PlainType::null},
             Row{"~", PlainType::null},
             Row{"", PlainType::null},
             Row{"true", PlainType::boolean},
             Row{"FALSE", PlainType::boolean},
             Row{"y", PlainType::boolean_1_1},
             Row{"n", PlainType::boolean_1_1},
             Row{"Yes", PlainType::boolean_1_1},
             Row{"off", PlainType::boolean_1_1},
             Row{"nO", PlainType::string},
             Row{"0", PlainType::integer},
             Row{"-12", PlainType::integer},
             Row{"+1", PlainType::integer},
             Row{"1_000", PlainType::integer},
             Row{"010", PlainType::integer},
             Row{"0x1f", PlainType::integer},
             Row{"0o17", PlainType::integer},
             Row{"0b101", PlainType::integer},
             Row{"22:22", PlainType::integer},
             Row{"1.5", PlainType::floating},
             Row{".5", PlainType::floating},
             Row{"1.", PlainType::floating},
             Row{"1e3", PlainType::floating},
             Row{"1234567e89", PlainType::floating},
             Row{".inf", PlainType::floating},
             Row{"-.INF", PlainType::floating},
             Row{".nan", PlainType::floating},
             Row{"2024-01-02", PlainType::timestamp},
             Row{"2001-12-14T21:59:43Z", PlainType::timestamp},
             Row{"1.2.3", PlainType::string},
             Row{"abc", PlainType::string},
             Row{"'true'", PlainType::string},
             Row{"\"1\"", PlainType::string},
             Row{"v1", PlainType::string},
             Row{"1m", PlainType::string},
             Row{"-", PlainType::string},
             Row{".", PlainType::string},
             Row{"0xzz", PlainType::string},
             Row{"busybox:1", PlainType::string},
             Row{"e3", PlainType::string},
             Row{"10-20", PlainType::string},
         }) {
        CAPTURE(std::string{row.text});
        if (std::string_view{row.text} == "-") {
            continue; // a list in block context
        }
        CHECK(plain_type(one(row.text)) == row.type);
    }
}

TEST_CASE("integers and booleans are only what everybody reads alike") {
    CHECK(as_integer(one("+1")) == 1);
    CHECK(as_integer(one("-9223372036854775808")) == INT64_MIN);
    CHECK(as_integer(one("9223372036854775807")) == INT64_MAX);
    for (const char* text : {"9223372036854775808", "010", "1_0", "0x1", "'1'", "1.0", "x", "~"}) {
        CAPTURE(text);
        CHECK_FALSE(as_integer(one(text)));
    }
    CHECK(as_boolean(one("true")) == true);
    CHECK(as_boolean(one("false")) == false);
    for (const char* text : {"True", "yes", "'true'", "1", "~"}) {
        CAPTURE(text);
        CHECK_FALSE(as_boolean(one(text)));
    }
}
