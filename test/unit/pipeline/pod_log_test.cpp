// SPDX-License-Identifier: Apache-2.0
#include "pipeline/pod_log.hpp"

#include <doctest/doctest.h>

using seakeeper::pipeline::LogLines;

TEST_CASE("lines are told apart however the bytes arrive, without their times") {
    LogLines lines{1000};
    CHECK(lines.take("2026-11-22T15:04:05.1Z one\n2026-11-22T15:04:05.12Z t") == "one\n");
    CHECK(lines.take("wo\n") == "two\n");
    CHECK(lines.take("2026-11-22T15:04:06Z three") == "");
    CHECK(lines.finish() == "three\n");
    CHECK(lines.since() == "2026-11-22T15:04:05Z");
}

TEST_CASE("what a second connection repeats is not written twice") {
    LogLines lines{1000};
    CHECK(lines.take("2026-11-22T15:04:05.100000002Z one\n2026-11-22T15:04:05.2Z half") == "one\n");
    lines.resume();
    CHECK(lines.since() == "2026-11-22T15:04:05Z");
    CHECK(
        lines.take("2026-11-22T15:04:05.100000002Z one\n2026-11-22T15:04:05.2Z half done\n")
        == "half done\n"
    );
}

TEST_CASE("a line that is older than the one before it is not lost") {
    LogLines lines{1000};
    CHECK(
        lines.take("2026-11-22T15:04:06.00002Z error\n2026-11-22T15:04:05.99999Z output\n")
        == "error\noutput\n"
    );
    CHECK(lines.take("2026-11-22T15:04:09Z a\n2026-11-22T15:04:12Z b\n") == "a\nb\n");
    lines.resume();
    CHECK(lines.since() == "2026-11-22T15:04:09Z");
    CHECK(
        lines.take("2026-11-22T15:04:09Z a\n2026-11-22T15:04:12Z b\n2026-11-22T15:04:11.9Z c\n")
        == "c\n"
    );
}

TEST_CASE("Argo's own lines are left out, and a long log says where it was cut") {
    LogLines lines{8};
    CHECK(lines.take("2026-11-22T15:04:05.1Z time=x level=INFO msg=y argo=true\n") == "");
    CHECK(lines.take("2026-11-22T15:04:05.2Z 1234567\n") == "1234567\n");
    CHECK(lines.take("2026-11-22T15:04:05.3Z x\n") == "seakeeper: the log was cut here\n");
    CHECK(lines.take("2026-11-22T15:04:05.4Z y\n") == "");
}
