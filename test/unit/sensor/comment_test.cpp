// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/sensor/comment.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper::sensor;

TEST_SUITE("comment") {

    TEST_CASE("a command is the first line that the person wrote") {
        struct {
            const char* name;
            std::string comment;
            std::string_view line;
        } const rows[] = {
            {"patch set level comment", "Patch Set 3:\n\nrecheck", "recheck"},
            {"with votes", "Patch Set 3: Code-Review+1 Verified-1\n\nrecheck", "recheck"},
            {"with a count", "Patch Set 3: Code-Review+1\n\n(2 comments)\n\nrecheck", "recheck"},
            {"with a count of one", "Patch Set 3:\n\n(1 comment)\n\nrecheck\n", "recheck"},
            {"blanks around", "Patch Set 3:\n\n \t\n  recheck \t\r\n", "recheck"},
            {"text after it", "Patch Set 3:\n\nrecheck\n\nbecause it flaked", "recheck"},
            {"not the first line", "Patch Set 3:\n\nhello\nrecheck", "hello"},
            {"within a line", "Patch Set 3:\n\nplease recheck", "please recheck"},
            {"a quotation", "Patch Set 3:\n\n> recheck", ""},
            {"a quotation before it", "Patch Set 3:\n\n > old\n\nrecheck", ""},
            {"pasted header", "Patch Set 3:\n\nPatch Set 2:\n\nrecheck", "Patch Set 2:"},
            {"pasted mid-comment", "Patch Set 3:\n\nlook\n\nPatch Set 2:\n\nrecheck", "look"},
            {"header only", "Patch Set 3: Code-Review+2", ""},
            {"nothing", "", ""},
            {"no header", "recheck", "recheck"},
            {"no number in the header", "Patch Set x:\nrecheck", "Patch Set x:"},
            {"200 bytes", "Patch Set 3:\n\n" + std::string(200, 'x'), "x"},
            {"201 bytes", "Patch Set 3:\n\n" + std::string(201, 'x'), ""},
            {"201 bytes with blanks", "Patch Set 3:\n\nrecheck" + std::string(194, ' '), ""},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            const std::string expected =
                row.line == "x" ? std::string(200, 'x') : std::string{row.line};
            CHECK(command_line(row.comment) == expected);
        }
    }

    TEST_CASE("a command is the whole line, whatever its case and blanks") {
        CHECK(is_command("recheck", "recheck"));
        CHECK(is_command("Recheck", "recheck"));
        CHECK(is_command("check  \texperimental", "check experimental"));
        CHECK_FALSE(is_command("recheck please", "recheck"));
        CHECK_FALSE(is_command("recheck", "recheck please"));
        CHECK_FALSE(is_command("rechecked", "recheck"));
        CHECK_FALSE(is_command("recheck.", "recheck"));
        CHECK_FALSE(is_command("", "recheck"));
    }

    TEST_CASE("own words leave Gerrit's lines out and keep the rest as it is") {
        CHECK(own_words("Patch Set 1: Verified+1\n\n(3 comments)\n\nwhy?\n") == "\nwhy?\n");
        CHECK(own_words("Patch Set 1:\n\nwhy? (3 comments)") == "\nwhy? (3 comments)");
        CHECK(own_words("Uploaded patch set 2.") == "Uploaded patch set 2.");
        CHECK(own_words("") == "");
    }
}
