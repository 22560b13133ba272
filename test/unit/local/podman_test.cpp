// SPDX-License-Identifier: Apache-2.0
// Runs in podman's containers, where podman can make one; ends 77 (skipped) where it cannot.
#include "local/process.hpp"
#include "machine.hpp"

#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

using namespace seakeeper;
using namespace seakeeper::local;
using namespace seakeeper::test;

namespace {

const std::string image = fmt::format("localhost/seakeeper-test-{}:1", ::getpid());

Status shell_out(const std::string& script) {
    return run_to_end({"sh", "-c", script}, std::chrono::seconds{60});
}

/// An image of busybox alone, and a try that needs nothing of ours.
Status make_image() {
    const Scratch scratch;
    const auto made = shell_out(fmt::format(
        "set -e; cd {}; mkdir -p image/bin image/etc; cp /bin/busybox image/bin/; "
        "for a in $(/bin/busybox --list); do test $a = busybox || ln -s busybox image/bin/$a; "
        "done; "
        "tar -C image -c . | podman import --change ENV=FROM_IMAGE=yes - {} >&2; "
        "podman run --rm --pull=never --network=none --ulimit=nofile=1024:1024 "
        "--ulimit=nproc=1024:1024 {} true",
        scratch.folder.string(),
        image,
        image
    ));
    return made;
}

} // namespace

TEST_CASE("a script runs in its image") {
    Machine machine{Images::required};
    REQUIRE(machine.start(
        "wf-a",
        shell(
            "wf-a",
            "readlink /bin/ls; id -u; echo $FROM_IMAGE; echo \"<$V>\"; pwd; exit 3",
            "",
            image
        )
    ));
    const auto seen = machine.until_over("wf-a");
    CHECK(seen.phase == pipeline::RunPhase::failed);
    REQUIRE(seen.steps.size() == 1);
    CHECK(seen.steps[0].exit_code == 3);
    const auto log = machine.log("wf-a");
    CAPTURE(log);
    CHECK(log.find("podman on this machine, image " + image) != log.npos);
    CHECK(log.find("busybox\n65534\nyes\n<$(id) wf-a>\n/workspace\n") != log.npos);
}

TEST_CASE("what a container must not reach it does not") {
    ::setenv("SEAKEEPER_TEST_CANARY", "keep-this-from-runs", 1);
    ::setenv("http_proxy", "http://keep-this-from-runs.example", 1);
    Machine machine{Images::required};
    std::ofstream{machine.scratch.folder / "secret"} << "canary";
    const Listener listener{machine.context};
    const auto connect =
        fmt::format("nc -w 3 127.0.0.1 {} </dev/null 2>/dev/null", listener.port());
    REQUIRE(
        machine.start("wf-b", shell("wf-b", burglary(machine.scratch.folder, connect), "", image))
    );
    CHECK(machine.until_over("wf-b").phase == pipeline::RunPhase::succeeded);
    const auto log = machine.log("wf-b");
    CAPTURE(log);
    CHECK(log.find("GOT") == log.npos);
    CHECK(log.find("end of burglary\n") != log.npos);
    ::unsetenv("http_proxy");
}

TEST_CASE("a deadline ends the container, not only podman") {
    Machine machine{Images::required};
    REQUIRE(machine.start("wf-c", shell("wf-c", "sleep 61", R"("activeDeadlineSeconds":2,)", image))
    );
    const auto seen = machine.until_over("wf-c");
    CHECK(seen.message == "Pod was active on the node longer than the specified deadline");
    const auto gone = shell_out("for i in 1 2 3 4 5 6 7 8 9 10; do podman container exists "
                                "seakeeper-wf-c || exit 0; sleep 0.5; done; "
                                "echo still there; exit 1");
    CHECK(gone);
}

TEST_CASE("an image that is not there is ignored, or is an error where images are required") {
    {
        Machine machine{Images::required};
        REQUIRE(machine.start("wf-d", shell("wf-d", "true", "", "localhost/nosuch:1")));
        const auto seen = machine.until_over("wf-d");
        CHECK(seen.phase == pipeline::RunPhase::error);
        CHECK(
            seen.message
            == "image localhost/nosuch:1 is not on this machine: podman pull localhost/nosuch:1"
        );
    }
    Machine machine;
    REQUIRE(machine.start("wf-e", shell("wf-e", "true", "", "localhost/nosuch:1")));
    CHECK(machine.until_over("wf-e").phase == pipeline::RunPhase::succeeded);
    CHECK(machine.log("wf-e").find("is ignored: podman has no such image") != std::string::npos);
}

int main(int count, char** arguments) {
    if (auto made = make_image(); !made) {
        std::printf("podman makes no container here: %s\n", made.error().message.c_str());
        return 77;
    }
    const int status = doctest::Context{count, arguments}.run();
    (void)shell_out("podman rmi " + image);
    return status;
}
