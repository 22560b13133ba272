// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_answer.hpp"
#include "gerrit_recording.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace seakeeper::test;
using namespace std::chrono_literals;

TEST_CASE("each status has one meaning, and a lost write is not a failed one") {
    struct Row {
        int status;
        Errc read;
        Errc write;
    };
    for (const auto& row : {
             Row{302, Errc::unauthenticated, Errc::unauthenticated},
             Row{400, Errc::invalid_argument, Errc::invalid_argument},
             Row{401, Errc::unauthenticated, Errc::unauthenticated},
             Row{403, Errc::permission_denied, Errc::permission_denied},
             Row{404, Errc::not_found, Errc::not_found},
             Row{405, Errc::conflict, Errc::conflict},
             Row{408, Errc::timed_out, Errc::timed_out},
             Row{409, Errc::conflict, Errc::conflict},
             Row{412, Errc::conflict, Errc::conflict},
             Row{413, Errc::limit_exceeded, Errc::limit_exceeded},
             Row{418, Errc::invalid_argument, Errc::invalid_argument},
             Row{422, Errc::invalid_argument, Errc::invalid_argument},
             Row{429, Errc::throttled, Errc::throttled},
             Row{499, Errc::unavailable, Errc::unknown_outcome},
             Row{500, Errc::unavailable, Errc::unknown_outcome},
             Row{501, Errc::unsupported, Errc::unsupported},
             Row{502, Errc::unavailable, Errc::unknown_outcome},
             Row{503, Errc::unavailable, Errc::unavailable},
             Row{504, Errc::unavailable, Errc::unknown_outcome},
         }) {
        CAPTURE(row.status);
        CHECK(errc_of_status(row.status, Repeatable::yes) == row.read);
        CHECK(errc_of_status(row.status, Repeatable::no) == row.write);
    }
}

TEST_CASE("only Gerrit's JSON is an answer") {
    struct Row {
        const char* what;
        int status;
        const char* type;
        const char* body;
        Errc errc;
        const char* words;
    };
    const std::string deep = ")]}'\n" + std::string(100, '[') + std::string(100, ']');
    for (const auto& row : {
             Row{"login page",
                 200,
                 "text/html; charset=utf-8",
                 "<html>",
                 Errc::unavailable,
                 "login page"},
             Row{"plain text", 200, "text/plain", "hello", Errc::unavailable, "instead of"},
             Row{"no type", 200, "", "{}", Errc::unavailable, "instead of"},
             Row{"no prefix", 200, "application/json", "{}", Errc::malformed, "prefix"},
             Row{"prefix only", 200, "application/json", ")]}'", Errc::unavailable, "cut short"},
             Row{"truncated",
                 200,
                 "application/json",
                 ")]}'\n{\"a\":[1,",
                 Errc::unavailable,
                 "cut short"},
             Row{"empty", 200, "application/json", "", Errc::malformed, "prefix"},
             Row{"not JSON", 200, "application/json", ")]}'\n{a}", Errc::malformed, "not JSON"},
             Row{"two values", 200, "application/json", ")]}'\n{} {}", Errc::malformed, "not JSON"},
             Row{"bad UTF-8",
                 200,
                 "application/json",
                 ")]}'\n\"\xff\"",
                 Errc::malformed,
                 "not JSON"},
             Row{"deep", 200, "application/json", deep.c_str(), Errc::limit_exceeded, "deeper"},
             Row{"error page",
                 502,
                 "text/html",
                 "<html>Bad gateway",
                 Errc::unavailable,
                 "web page"},
             Row{"words", 403, "text/plain", "no\x1b[31m way\n", Errc::permission_denied, "403"},
         }) {
        CAPTURE(row.what);
        const auto value = json_of({row.status, row.type, row.body}, Repeatable::yes);
        REQUIRE_FALSE(value);
        CHECK(value.error().is(row.errc));
        CHECK(value.error().message.find(row.words) != std::string::npos);
        CHECK(value.error().message.find('\x1b') == std::string::npos);
    }
    CHECK(json_of({200, "Application/JSON; charset=utf-8", ")]}'\n{}\n"}, Repeatable::yes));
}

TEST_CASE("every recorded error answer keeps Gerrit's words") {
    for (const auto& version : gerrit_versions) {
        int errors = 0;
        for (const auto& recording : all_gerrit_recordings(version)) {
            const auto response = recording.response();
            const auto type = recording.type;
            const auto value = json_of({response.status, type, response.body}, Repeatable::yes);
            CAPTURE(recording.name);
            if (recording.status >= 400) {
                ++errors;
                CHECK_FALSE(value);
            } else if (recording.is_json()) {
                CHECK(value);
            }
        }
        CHECK(errors >= 20);
        const auto refused = gerrit_recording(version, "review-label-not-permitted");
        const auto response = refused.response();
        const auto error =
            json_of({response.status, refused.type, response.body}, Repeatable::no).error();
        CHECK(error.is(Errc::permission_denied));
        CHECK(error.message.find("is restricted") != std::string::npos);
    }
}

TEST_CASE("content is base64 in plain text") {
    const auto bytes = content_of({200, "text/plain;charset=iso-8859-1", "//4AYWJjDQrDqQ=="});
    REQUIRE(bytes);
    CHECK(*bytes == std::string("\xff\xfe\0abc\r\n\xc3\xa9", 10));
    CHECK_FALSE(content_of({200, "text/html", "AAAA"}));
    CHECK_FALSE(content_of({200, "text/plain", "not base64!"}));
}

TEST_CASE("waiting before a repeat grows, stays below its longest, obeys the server") {
    RetryPolicy policy;
    policy.attempts = 4;
    policy.first = 500ms;
    policy.longest = 30s;
    const auto delay =
        [&](Errc errc, int attempt, std::optional<std::chrono::seconds> after, double random) {
            return delay_before_retry(policy, Failure{errc, attempt, after}, random);
        };
    CHECK(delay(Errc::unavailable, 1, {}, 0.0) == 0ms);
    CHECK(delay(Errc::unavailable, 1, {}, 0.5) == 250ms);
    CHECK(delay(Errc::unavailable, 3, {}, 0.5) == 1000ms);
    CHECK(delay(Errc::timed_out, 2, {}, 0.999) == 999ms);
    CHECK(delay(Errc::throttled, 1, 3s, 0.1) == 3s);
    CHECK(delay(Errc::unavailable, 1, 30s, 0.1) == 30s);
    CHECK(delay(Errc::unavailable, 1, 31s, 0.1) == std::nullopt);
    CHECK(delay(Errc::unavailable, 4, {}, 0.1) == std::nullopt);
    CHECK(delay(Errc::not_found, 1, {}, 0.1) == std::nullopt);
    CHECK(delay(Errc::permission_denied, 1, {}, 0.1) == std::nullopt);
    policy.attempts = 100;
    CHECK(delay(Errc::unavailable, 90, {}, 0.9999) <= 30s);
}

TEST_CASE("a secret that a peer sends back is taken out") {
    CHECK(without_secret("a hunter22 b hunter22", "hunter22") == "a [secret] b [secret]");
    CHECK(without_secret("abc", "") == "abc");
}
