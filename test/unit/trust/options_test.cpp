// SPDX-License-Identifier: Apache-2.0
#include "trust/gerrit_time.hpp"

#include <seakeeper/trust/options.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;

TEST_CASE("a glob's star stays within a path segment, two stars do not") {
    struct Row {
        const char* glob;
        const char* text;
        bool matches;
    };
    for (const auto& row : {
             Row{"refs/heads/master", "refs/heads/master", true},
             Row{"refs/heads/master", "refs/heads/master2", false},
             Row{"refs/heads/master", "refs/heads/maste", false},
             Row{"refs/heads/*", "refs/heads/a", true},
             Row{"refs/heads/*", "refs/heads/a/b", false},
             Row{"refs/heads/**", "refs/heads/a/b", true},
             Row{"refs/heads/REL*_*", "refs/heads/REL1_2", true},
             Row{"refs/heads/REL*_*", "refs/heads/REL1", false},
             Row{"refs/**/x*y/z", "refs/a/b/xay/xby/z", true},
             Row{"refs/**/x*y/z", "refs/a/xa/y/z", false},
             Row{"**", "", true},
             Row{"*", "", true},
             Row{"", "", true},
             Row{"", "a", false},
             Row{"a*", "a", true},
             Row{"**/a", "b/c/a", true},
             Row{"a**b*c", "a/x/bb/bxc", true},
             Row{"*a", "/a", false},
             Row{"**/a", "ba", false},
             Row{"a**", "a", true},
             Row{"a*b", "a", false},
             Row{"*x**y", "x/y", true},
         }) {
        CAPTURE(row.glob);
        CAPTURE(row.text);
        CHECK(trust::matches_glob(row.glob, row.text) == row.matches);
    }
}

TEST_CASE("a glob and its text end where they say") {
    constexpr std::string_view stars = "ab*";
    constexpr std::string_view letters = "abcd";
    CHECK_FALSE(trust::matches_glob(stars.substr(0, 2), letters));
    CHECK(trust::matches_glob(stars.substr(0, 2), letters.substr(0, 2)));
    CHECK_FALSE(trust::matches_glob(letters, letters.substr(0, 2)));
    CHECK_FALSE(trust::matches_glob(letters.substr(0, 2), letters));
    CHECK_FALSE(trust::matches_glob(std::string_view{"a**"}.substr(0, 2), "a/b"));
}

TEST_CASE("a glob made to backtrack ends in good time") {
    std::string glob;
    for (int i = 0; i < 200; ++i) {
        glob += "*a";
    }
    CHECK_FALSE(trust::matches_glob(glob + "b", std::string(20'000, 'a')));
}

TEST_CASE("only branches and tags can be protected") {
    trust::SiteOptions options;
    options.protected_refs = {"**"};
    CHECK(trust::is_protected(options, "refs/heads/x"));
    CHECK(trust::is_protected(options, "refs/tags/x"));
    for (const auto* ref :
         {"refs/changes/01/1/1",
          "refs/users/01/1",
          "refs/meta/config",
          "refs/for/master",
          "HEAD"}) {
        CAPTURE(ref);
        CHECK_FALSE(trust::is_protected(options, ref));
    }
}

TEST_CASE("a branch has a marker ref, other refs have none") {
    const trust::SiteOptions options;
    const auto marker = trust::marker_of(options, RefName::parse("refs/heads/a/b").value());
    REQUIRE(marker);
    CHECK(marker->str() == "refs/seakeeper/trusted/heads/a/b");
    CHECK_FALSE(trust::marker_of(options, RefName::parse("refs/tags/v1").value()));
    trust::SiteOptions odd;
    odd.marker_ref = "refs/seakeeper/trusted";
    CHECK_FALSE(trust::marker_of(odd, RefName::parse("refs/heads/master").value()));
    odd.marker_ref = "no ref: BRANCH";
    CHECK_FALSE(trust::marker_of(odd, RefName::parse("refs/heads/master").value()));
}

TEST_CASE("Gerrit's times are read exactly, and nothing else is") {
    const auto time = trust::gerrit_time("2026-11-22 14:22:18.123456789");
    REQUIRE(time);
    CHECK(to_rfc3339(*time) == "2026-11-22T14:22:18.123Z");
    const auto read = [](const char* text) { return to_rfc3339(trust::gerrit_time(text).value()); };
    CHECK(read("2026-11-22 14:22:18") == "2026-11-22T14:22:18.000Z");
    CHECK(read("2026-11-22 14:22:18.000000000") == read("2026-11-22 14:22:18"));
    CHECK(read("2026-11-22 14:22:18.5") == "2026-11-22T14:22:18.500Z");
    CHECK(read("2026-11-22 14:22:18.05") == "2026-11-22T14:22:18.050Z");
    CHECK(read("2026-11-22 14:22:18.0059") == "2026-11-22T14:22:18.005Z");
    CHECK(read("2026-11-22 23:59:59") == "2026-11-22T23:59:59.000Z");
    CHECK(read("2026-12-31 23:59:60") == "2027-01-01T00:00:00.000Z");
    for (const auto* text :
         {"",
          "2026-11-22T14:22:18Z",
          "2026-13-22 14:22:18",
          "2026-11-31 14:22:18",
          "2026-11-22 24:22:18",
          "2026-11-22 14:60:18",
          "2026-11-22 14:22:61",
          "2026-11-22 14:22:18,1",
          "2026-11-22 14:22:18.1x",
          "2026-11-22 14:22:1/",
          "2026-11-22 14:22:1:",
          "2026-11-22 14:22:1",
          "2026-11-22 14:22:18.",
          "2026-11-22 14:22:18.1234567890",
          "2026-11-22 14:22:18 +0100",
          "x026-11-22 14:22:18"}) {
        CAPTURE(text);
        CHECK_FALSE(trust::gerrit_time(text));
    }
}
