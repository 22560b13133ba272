// SPDX-License-Identifier: Apache-2.0
#include "recorded.hpp"

#include <seakeeper/kubernetes/errors.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace seakeeper;
using namespace seakeeper::kubernetes;
using namespace std::chrono_literals;

namespace {

Error error_of(Verb verb, const test::RecordedAnswer& recorded) {
    const Answer answer{recorded.status, recorded.body, recorded.retry_after};
    return status_to_error(verb, answer);
}

} // namespace

TEST_SUITE_BEGIN("kubernetes errors");

TEST_CASE("a quota that nobody has counted yet is a quota, not a missing right") {
    // 1.34, in the first minutes after a custom resource appeared
    const auto error = status_to_error(
        Verb::write,
        {403,
         R"({"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"workflows.argoproj.io \"x\" is forbidden: status unknown for quota: seakeeper, resources: count/workflows.argoproj.io"})",
         {}}
    );
    CHECK(error.is(Errc::quota_exceeded));
}

TEST_CASE("recorded answers become the failure they stand for") {
    struct Row {
        std::string name;
        Verb verb;
        Errc code;
        std::string_view says;
    };
    const std::array rows{
        Row{"create_409_already_exists", Verb::write, Errc::already_exists, "AlreadyExists"},
        Row{"create_409_while_terminating", Verb::write, Errc::already_exists, "being deleted"},
        Row{"put_stale_rv_409", Verb::write, Errc::conflict, "Conflict"},
        Row{"delete_precondition_uid_409", Verb::write, Errc::conflict, "precondition"},
        Row{"create_403_quota", Verb::write, Errc::quota_exceeded, "exceeded quota"},
        Row{"create_403_rbac", Verb::write, Errc::permission_denied, "forbidden"},
        Row{"anonymous_403", Verb::read, Errc::permission_denied, "system:anonymous"},
        Row{"bad_token_401", Verb::read, Errc::unauthenticated, "Unauthorized"},
        Row{"throttled_429_max_inflight", Verb::read, Errc::throttled, "try again later"},
        Row{"json_patch_test_failed", Verb::write, Errc::invalid_argument, "422 Invalid"},
        Row{"merge_patch_wrong_uid_422", Verb::write, Errc::invalid_argument, "immutable"},
        Row{"fullcrd_unknown_field_strict", Verb::write, Errc::invalid_argument, "noSuchField"},
        Row{"create_bad_json", Verb::write, Errc::invalid_argument, "400"},
        Row{"strategic_patch_415", Verb::write, Errc::invalid_argument, "415"},
        Row{"list_expired_continue_410", Verb::read, Errc::gone, "Expired"},
        Row{"list_rv_future", Verb::read, Errc::unavailable, "504"},
        Row{"list_rv_future", Verb::write, Errc::unavailable, "504"}, // it says when to retry
        Row{"watch_rv_garbage_500", Verb::read, Errc::unavailable, "500"},
        Row{"watch_rv_garbage_500", Verb::write, Errc::unknown_outcome, "500"},
        Row{"create_size_1638_KiB", Verb::write, Errc::limit_exceeded, "too large"},
        Row{"create_size_2969_KiB", Verb::write, Errc::limit_exceeded, "ResourceExhausted"},
        Row{"create_size_3276_KiB", Verb::write, Errc::limit_exceeded, "413"},
        Row{"get_404", Verb::read, Errc::not_found, "not found"},
        Row{"create_namespace_missing", Verb::write, Errc::not_found, "no-such-ns"},
        Row{"log_404_pod_gone", Verb::read, Errc::not_found, "404"},
        Row{"log_no_container_400", Verb::read, Errc::invalid_argument, "container name"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const Error error = error_of(row.verb, test::recorded_answer(row.name));
        CAPTURE(error.message);
        CHECK(error.is(row.code));
        CHECK(error.message.find(row.says) != std::string::npos);
    }
}

TEST_CASE("answers that are no Status are judged by their code") {
    struct Row {
        int status;
        std::string_view body;
        Errc code;
    };
    constexpr std::array rows{
        Row{503, "<html>no server</html>", Errc::unavailable},
        Row{502, "", Errc::unavailable},
        Row{404, "404 page not found\n", Errc::not_found},
        Row{403, "{\"kind\":\"Stat", Errc::permission_denied},
        Row{409, "{}", Errc::conflict},
        Row{409, "[1]", Errc::conflict},
        Row{302, "", Errc::unsupported},
        Row{400,
            R"({"kind":"Status","message":"container \"main\" in pod \"p\" is waiting to start: PodInitializing"})",
            Errc::unavailable},
        Row{400,
            R"({"kind":"Status","message":"container \"main\" in pod \"p\" is not available"})",
            Errc::unavailable},
    };
    for (const Row& row : rows) {
        CAPTURE(row.body);
        CHECK(status_to_error(Verb::read, Answer{row.status, row.body, {}}).is(row.code));
    }
}

TEST_CASE("a server's text is quoted, not believed") {
    const Error error = status_to_error(Verb::read, Answer{404, "a\x1b[31m\nb", {}});
    CHECK(error.message.find('\x1b') == std::string::npos);
    CHECK(error.message.find('\n') == std::string::npos);
}

TEST_CASE("what is asked again, and when") {
    struct Row {
        std::string_view name;
        Attempt attempt;
        std::optional<std::chrono::milliseconds> wait;
    };
    const std::array rows{
        Row{"429 with Retry-After", {Verb::write, 1, 429, 1s, {}}, 1000ms},
        Row{"429 without", {Verb::read, 1, 429, {}, {}}, {}},
        Row{"500 with", {Verb::write, 1, 500, 2s, {}}, 2000ms},
        Row{"500 without", {Verb::read, 1, 500, {}, {}}, {}},
        Row{"404 with", {Verb::read, 1, 404, 1s, {}}, {}},
        Row{"the last try", {Verb::read, 10, 429, 1s, {}}, {}},
        Row{"lost connection", {Verb::read, 1, {}, {}, Errc::unavailable}, 800ms},
        Row{"lost again", {Verb::read, 2, {}, {}, Errc::unavailable}, 1600ms},
        Row{"never sent", {Verb::write, 1, {}, {}, Errc::unavailable}, 800ms},
        Row{"perhaps done", {Verb::write, 1, {}, {}, Errc::unknown_outcome}, {}},
        Row{"not who it should be", {Verb::read, 1, {}, {}, Errc::untrusted_peer}, {}},
        Row{"out of time", {Verb::read, 1, {}, {}, Errc::timed_out}, {}},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        CHECK((retry_delay(row.attempt, RetryLimits{}, 1.0) == row.wait));
    }
}

TEST_CASE("back-off doubles up to its limit, spread over its upper half") {
    const RetryLimits limits;
    CHECK(backoff_delay(1, limits, 0.0) == 400ms);
    CHECK(backoff_delay(1, limits, 1.0) == 800ms);
    CHECK(backoff_delay(5, limits, 1.0) == 12'800ms);
    CHECK(backoff_delay(7, limits, 1.0) == 30'000ms);
    CHECK(backoff_delay(1'000'000, limits, 0.0) == 15'000ms);
    CHECK(backoff_delay(-5, limits, 1.0) == 800ms);
}

TEST_CASE("a Status may say when to retry") {
    CHECK((retry_after_of(test::recorded_answer("list_rv_future").body) == 1s));
    CHECK_FALSE(retry_after_of("Too many requests"));
    CHECK_FALSE(retry_after_of(R"({"details":{"retryAfterSeconds":-1}})"));
    CHECK_FALSE(retry_after_of(R"({"details":{"retryAfterSeconds":"1"}})"));
}

TEST_SUITE_END();
