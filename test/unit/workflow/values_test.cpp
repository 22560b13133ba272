// SPDX-License-Identifier: Apache-2.0
// Values as Kubernetes and Argo read them: what cannot be read is never within a cap.
#include "workflow/policy_text_checks.hpp"
#include "workflow/quantity.hpp"

#include <doctest/doctest.h>

using namespace seakeeper::workflow;

TEST_CASE("quantities are read in thousandths, rounded up") {
    CHECK(parse_quantity("500m") == 500);
    CHECK(parse_quantity("+1.5") == 1500);
    CHECK(parse_quantity("1u") == 1);
    CHECK(parse_quantity(".5") == 500);
    CHECK(parse_quantity("2e3") == 2'000'000);
    CHECK(parse_quantity("2E+3") == 2'000'000);
    CHECK(parse_quantity("2e-3") == 2);
    CHECK(parse_quantity("1Ki") == 1'024'000);
    CHECK(parse_quantity("9E") == 9'000'000'000'000'000);
    for (const auto* text :
         {"", ".", "1.2.3", "-1", "1 Mi", "1x", "1e", "1e+", "1e99", "1e3x", "m"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_quantity(text));
    }
    CHECK_FALSE(parse_quantity(std::string(41, '1')));
}

TEST_CASE("durations are read in seconds, rounded up") {
    CHECK(parse_duration("90") == 90);
    CHECK(parse_duration("1h30m") == 5400);
    CHECK(parse_duration("500ms") == 1);
    CHECK(parse_duration("2d") == 172'800);
    for (const auto* text : {"", "s", "1y", "1h30", "1.2.3s", "-1s", "1 s"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("paths, names and formats that lead elsewhere are refused") {
    using namespace checks;
    CHECK_FALSE(check_path("/tmp/out", "path"));
    for (const auto* path :
         {"work", "/a//b", "/a/../b", "/a:b", "/argo", "/argo/x", "/run/secrets/x"}) {
        CAPTURE(path);
        CHECK(check_path(path, "path"));
    }
    CHECK_FALSE(check_path("/argonaut", "path"));
    CHECK_FALSE(check_sub_path("a/b"));
    for (const auto* path : {"/a", "a/..", "a\\b"}) {
        CAPTURE(path);
        CHECK(check_sub_path(path));
    }
    CHECK_FALSE(check_loop_format("host-%03d"));
    for (const auto* format : {"", "host", "%s", "%d%d", "%", "%123d", "\"%d", "\n%d"}) {
        CAPTURE(format);
        CHECK(check_loop_format(format));
    }
    CHECK(check_loop_format(boost::json::value(std::string(64, 'x') + "%d")));
    CHECK_FALSE(check_container_name("main"));
    CHECK(check_container_name("artifact-plugin-x"));
    CHECK_FALSE(check_env_name("PATH_1"));
    for (const auto* name : {"", "1A", "A B", "ARGO_X", "SEAKEEPER_X"}) {
        CAPTURE(name);
        CHECK(check_env_name(name));
    }
}
