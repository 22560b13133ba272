// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/git/definitions.hpp>

#include <doctest/doctest.h>

using seakeeper::git::path_fault;

TEST_SUITE("git") {
    TEST_CASE("A79: paths that leave the tree or mean something else are refused") {
        using namespace std::string_view_literals;
        for (const auto path :
             {""sv,         "/"sv,      "/a"sv,    "a/"sv,      "a//b"sv,    "."sv,
              ".."sv,       "a/../b"sv, "./a"sv,   "a/."sv,     ".git"sv,    ".GIT/config"sv,
              "a/.Git/b"sv, ".git."sv,  ".git "sv, "GIT~1/x"sv, ".git. ."sv, "a\\b"sv,
              "..\\a"sv,    "a\nb"sv,   "a\rb"sv,  "a\0b"sv,    "a\x7f"sv,   "\xff"sv}) {
            CAPTURE(path);
            CHECK(path_fault(path) != nullptr);
        }
        for (const auto path :
             {"a"sv,
              "seakeeper.yaml"sv,
              "workflows/test.yaml"sv,
              "a b"sv,
              "..a"sv,
              "...a"sv,
              ".gitignore"sv,
              "a/.gitmodules"sv,
              "git"sv,
              "ü/é"sv,
              "-rf"sv,
              "a:b"sv}) {
            CAPTURE(path);
            CHECK(path_fault(path) == nullptr);
        }
        CHECK(path_fault(std::string(1'024, 'a')) == nullptr);
        CHECK(path_fault(std::string(1'025, 'a')) != nullptr);
    }
}
