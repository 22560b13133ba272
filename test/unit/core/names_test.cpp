// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/names.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;

TEST_CASE("project names are what Gerrit can hold and we can put into a path") {
    for (const char* good :
         {"demo/app", "All-Projects", "mediawiki/extensions/Vec_tor+1", "ünïcode"}) {
        CAPTURE(good);
        REQUIRE(ProjectName::parse(good));
        CHECK(ProjectName::parse(good)->str() == good);
    }
    for (const char* bad :
         {"",
          "/a",
          "a/",
          "a//b",
          "../etc",
          "a/./b",
          "a.git",
          "a\nb",
          "a{{b",
          "-x",
          "a:b",
          "a%2Fb"}) {
        CAPTURE(bad);
        CHECK(ProjectName::parse(bad).error().is(Errc::malformed));
    }
    CHECK(ProjectName::parse(std::string(512, 'a')));
    CHECK_FALSE(ProjectName::parse(std::string(513, 'a')));
}

TEST_CASE("ref names follow git-check-ref-format") {
    for (const char* good : {"refs/heads/master", "refs/changes/01/1/1", "refs/meta/config"}) {
        CAPTURE(good);
        CHECK(RefName::parse(good));
    }
    for (const char* bad :
         {"master",
          "--upload-pack=x",
          "refs/heads/a..b",
          "refs/heads/a@{1}",
          "refs/heads/a\r",
          "refs/heads/.x",
          "refs/heads/x.lock",
          "refs//x",
          "refs/heads/x."}) {
        CAPTURE(bad);
        CHECK_FALSE(RefName::parse(bad));
    }
}

TEST_CASE("commit ids are whole and lower case") {
    CHECK(CommitId::parse("b5045cc4046dbc1d7cafa4c603fd3cdf35dc5dde"));
    CHECK_FALSE(CommitId::parse("b5045cc"));
    CHECK_FALSE(CommitId::parse("B5045CC4046DBC1D7CAFA4C603FD3CDF35DC5DDE"));
    CHECK_FALSE(CommitId::parse(zero_commit));
}
