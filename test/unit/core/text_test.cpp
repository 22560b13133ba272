// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;

TEST_CASE("quoted text shows what it holds and nothing else happens") {
    CHECK(quoted("a\"b\\c") == R"("a\"b\\c")");
    CHECK(quoted("\x1b[31mred\r\n") == R"("\u001b[31mred\r\n")");
    CHECK(
        quoted("\xE2\x80\xAE"
               "abc")
        == R"("\u202eabc")"
    );
    CHECK(quoted("\xff") == R"("\xff")");
    CHECK(quoted("abcdefgh", 4) == "\"abcd\"...");
}

TEST_CASE("UTF-8 is checked as RFC 3629 has it") {
    CHECK(is_valid_utf8("grün 🚢"));
    CHECK_FALSE(is_valid_utf8("\xC0\xAF"));
    CHECK_FALSE(is_valid_utf8("\xED\xA0\x80"));
    CHECK_FALSE(is_valid_utf8("\xF4\x90\x80\x80"));
    CHECK_FALSE(is_valid_utf8("\xE2\x82"));
}

TEST_CASE("sanitized text carries no control over the reader's screen") {
    CHECK(sanitized("\x1b[31mred\x1b[0m", 100) == "red");
    CHECK(sanitized("a\r\nb\x07", 100) == "a\nb\xEF\xBF\xBD");
    CHECK(sanitized("\xE2\x80\xAEx", 100) == "\xEF\xBF\xBDx");
    CHECK(sanitized("grün", 3) == "gr");
    const auto once = sanitized("\x1b\x1b[1mx\xff\x00y", 100);
    CHECK(sanitized(once, 100) == once);
}
