// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/sensor/pattern.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace seakeeper;
using namespace seakeeper::sensor;

namespace {

bool matches(std::string pattern, PatternStyle style, std::string_view text) {
    PatternPool pool;
    auto list = pool.compile({std::move(pattern)}, style);
    REQUIRE_MESSAGE(list, list.error().message);
    return list->matches(text);
}

struct Row {
    const char* pattern;
    PatternStyle style;
    const char* text;
    bool is_match;
};

} // namespace

TEST_SUITE("pattern") {

    TEST_CASE("globs and expressions describe whole texts") {
        constexpr auto name = PatternStyle::name;
        constexpr auto path = PatternStyle::path;
        constexpr auto text = PatternStyle::text;
        const Row rows[] = {
            {"master", name, "master", true},
            {"master", name, "master-2", false},
            {"master", name, "my-master", false},
            {"REL*", name, "REL1_43", true},
            {"REL*", name, "XREL", false},
            {"*@example.org", name, "a@example.org", true},
            {"*@example.org", name, "a@example.org.evil", false},
            {"*", name, "anything/at all", true},
            {"refs/heads/*", name, "refs/heads/a/b", true},
            {"wmf/?.*", name, "wmf/1.44", true},
            {"wmf/?.*", name, "wmf/12.44", false},
            {"a?c", name, "a/c", true},
            {"a\\*c", name, "a*c", true},
            {"a\\*c", name, "abc", false},
            {"a.c*d", name, "abcd", false},
            {"a+*b", name, "a+xb", true},
            {"*.php", path, "x.php", true},
            {"*.php", path, "a/x.php", false},
            {"**/*.php", path, "x.php", true},
            {"**/*.php", path, "a/b/x.php", true},
            {"**/*.php", path, "a/b/x.phpt", false},
            {"docs/**", path, "docs/a/b.md", true},
            {"docs/**", path, "src/docs/a", false},
            {"docs/*", path, "docs/a/b.md", false},
            {"docs/**/x.md", path, "docs/x.md", true},
            {"docs/**/x.md", path, "docs/a/b/x.md", true},
            {"docs/**/x.md", path, "docs/ax.md", false},
            {"**/test/*.py", path, "test/a.py", true},
            {"**/test/*.py", path, "x/contest/a.py", false},
            {"a/?.c", path, "a//.c", false},
            {"**", path, "a/b", true},
            {"^REL1_(39|43)$", name, "REL1_43", true},
            {"^REL1_(39|43)$", name, "REL1_431", false},
            {"^a|b$", name, "ax", false}, // the whole text, whatever the alternation
            {"^(?i)fix.*$", name, "FIXED", true},
            {"recheck", text, "please recheck it", true},
            {"(?i)^recheck$", text, "please recheck it", false},
        };
        for (const Row& row : rows) {
            CAPTURE(row.pattern);
            CAPTURE(row.text);
            CHECK(matches(row.pattern, row.style, row.text) == row.is_match);
        }
    }

    TEST_CASE("a list matches what any of its patterns does, however many there are") {
        PatternPool pool;
        std::vector<std::string> texts{"*.md"};
        for (int i = 0; i < 600; ++i) {
            texts.push_back("^user" + std::to_string(i) + "@.*\\.org$");
            texts.push_back("plain" + std::to_string(i));
        }
        const auto list = pool.compile(texts, PatternStyle::name);
        REQUIRE_MESSAGE(list, list.error().message);
        for (const char* text : {"user0@x.org", "user599@x.org", "plain0", "plain599", "a.md"}) {
            CAPTURE(text);
            CHECK(list->matches(text));
        }
        CHECK_FALSE(list->matches("user600@x.org"));
        CHECK_FALSE(list->matches("plain"));
        CHECK(list->texts() == texts);
        CHECK_FALSE(PatternList{}.matches(""));
    }

    TEST_CASE("what is wrong with a pattern is said with what to write instead") {
        struct {
            const char* pattern;
            PatternStyle style;
            const char* message;
        } const rows[] = {
            {"", PatternStyle::name, "an empty pattern describes nothing"},
            {"a[bc]", PatternStyle::name, "`[` means nothing in a glob"},
            {"{a,b}", PatternStyle::path, "give a list of globs"},
            {"a\\", PatternStyle::name, "a backslash at the end"},
            {"^REL", PatternStyle::name, "`^REL.*$` for what only begins so"},
            {"^(?!x).*$", PatternStyle::name, "write what must not match under `not:`"},
            {"^(?<=x)a$", PatternStyle::name, "look-around"},
            {"^(a)\\1$", PatternStyle::name, "back-reference"},
            {"^(a$", PatternStyle::name, "missing )"},
            {"(?<!a)b", PatternStyle::text, "look-around"},
            {"a)|(b", PatternStyle::text, "unexpected )"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.pattern);
            const auto checked = PatternPool::check(row.pattern, row.style);
            REQUIRE_FALSE(checked);
            CAPTURE(checked.error().message);
            CHECK(checked.error().message.find(row.message) != std::string::npos);
        }
    }

    TEST_CASE("equal lists are compiled once, and forgotten with their last user") {
        PatternPool pool;
        {
            const auto a = pool.compile({"a*", "^b$"}, PatternStyle::name);
            const auto b = pool.compile({"a*", "^b$"}, PatternStyle::name);
            CHECK(&a->texts() == &b->texts());
            const auto c = pool.compile({"a*", "^b$"}, PatternStyle::path);
            CHECK(&a->texts() != &c->texts());
            CHECK(pool.size() == 2);
        }
        CHECK(pool.size() == 0);
    }

    TEST_CASE("an expression that ruins backtracking engines takes linear time") {
        PatternPool pool;
        const auto list = pool.compile({"(a+)+$"}, PatternStyle::text);
        REQUIRE(list);
        const std::string text = std::string(16 * 1024, 'a') + "b";
        const auto before = std::chrono::steady_clock::now();
        CHECK_FALSE(list->matches(text));
        // Backtracking would outlive the universe; the bound only says "not that".
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds{5});
    }
}
