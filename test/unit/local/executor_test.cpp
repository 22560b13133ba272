// SPDX-License-Identifier: Apache-2.0
#include "local/sandbox.hpp"
#include "machine.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

using namespace seakeeper;
using namespace seakeeper::local;
using namespace seakeeper::test;

TEST_CASE("a script runs in its sandbox and its output is in the log") {
    Machine machine;
    REQUIRE(machine.start(
        "wf-a", shell("wf-a", "echo out; echo err >&2; id -u; ls -A $HOME | wc -l; echo \"<$V>\"")
    ));
    const auto seen = machine.until_over("wf-a");
    CHECK(seen.phase == pipeline::RunPhase::succeeded);
    const auto log = machine.log("wf-a");
    CAPTURE(log);
    CHECK(log.find("image debian is ignored: podman ") != log.npos);
    CHECK(log.find("out\n") != log.npos);
    CHECK(log.find("err\n") != log.npos);
    CHECK(log.find("65534\n0\n") != log.npos);
    CHECK(log.find("<$(id) wf-a>") != log.npos);
}

TEST_CASE("what a sandbox must not reach it does not") {
    ::setenv("SEAKEEPER_TEST_CANARY", "keep-this-from-runs", 1);
    Machine machine;
    std::ofstream{machine.scratch.folder / "secret"} << "canary";
    const Listener listener{machine.context};
    const auto connect = fmt::format(
        "perl -MIO::Socket::INET -e 'exit !IO::Socket::INET->new(PeerAddr => \"127.0.0.1:{}\", "
        "Timeout => 3)'",
        listener.port()
    );
    REQUIRE(machine.start("wf-b", shell("wf-b", burglary(machine.scratch.folder, connect))));
    CHECK(machine.until_over("wf-b").phase == pipeline::RunPhase::succeeded);
    const auto log = machine.log("wf-b");
    CAPTURE(log);
    CHECK(log.find("GOT") == log.npos);
    CHECK(log.find("end of burglary\n") != log.npos);
    ::unsetenv("SEAKEEPER_TEST_CANARY");
}

TEST_CASE("a log says why an image was ignored, and a required one that is not there fails the step"
) {
    Machine machine{Images::ignored};
    REQUIRE(machine.start("wf-g", shell("wf-g", "true")));
    CHECK(machine.until_over("wf-g").phase == pipeline::RunPhase::succeeded);
    CHECK(
        machine.log("wf-g").find("image debian is ignored: this machine's configuration says so")
        != std::string::npos
    );
}

TEST_CASE("a word longer than Linux takes fails the step and names it") {
    Machine machine{Images::ignored};
    const std::string most(128 * 1024 - 1, 'x');
    const auto manifest = [](const std::string& name, const std::string& word) {
        return fmt::format(
            R"({{"metadata":{{"name":"{0}"}},"spec":{{"entrypoint":"m","templates":[{{"name":"m","container":)"
            R"({{"image":"i","command":["sh","-c","echo ${{#1}}","sh"],"args":["{1}"]}}}}]}}}})",
            name,
            word
        );
    };
    REQUIRE(machine.start("wf-h", manifest("wf-h", most)));
    CHECK(machine.until_over("wf-h").phase == pipeline::RunPhase::succeeded);
    CHECK(machine.log("wf-h").find("131071\n") != std::string::npos);
    REQUIRE(machine.start("wf-i", manifest("wf-i", most + "x")));
    const auto seen = machine.until_over("wf-i");
    CHECK(seen.phase == pipeline::RunPhase::failed);
    CHECK(seen.message.find("131072 bytes long; Linux takes at most 131071") != std::string::npos);
}

TEST_CASE("where no sandbox can be made there is no executor, and it says what is missing") {
    boost::asio::io_context context;
    const Scratch scratch;
    Options options;
    options.log_folder = scratch.folder;
    options.scratch_folder = scratch.folder / "scratch";
    options.repositories = scratch.folder / "nowhere"; // as good as any reason bwrap has
    std::string said;
    try {
        const LocalExecutor executor{context.get_executor(), options, no_log()};
    } catch (const Exception& error) {
        said = error.what();
    }
    CAPTURE(said);
    CHECK(said.find("bubblewrap can make no sandbox here") != said.npos);
    CHECK(said.find("nowhere") != said.npos);
    CHECK(said.find("without a sandbox nothing is run") != said.npos);
}

TEST_CASE("a failing step tells its exit code") {
    Machine machine;
    REQUIRE(machine.start("wf-c", shell("wf-c", "exit 3")));
    const auto seen = machine.until_over("wf-c");
    CHECK(seen.phase == pipeline::RunPhase::failed);
    REQUIRE(seen.steps.size() == 1);
    CHECK(seen.steps[0].exit_code == 3);
}

TEST_CASE("a deadline ends a run, and so does cancelling it") {
    Machine machine;
    REQUIRE(machine.start("wf-d", shell("wf-d", "sleep 60", R"("activeDeadlineSeconds":1,)")));
    const auto late = machine.until_over("wf-d");
    CHECK(late.phase == pipeline::RunPhase::failed);
    CHECK(late.message == "Pod was active on the node longer than the specified deadline");

    REQUIRE(machine.start("wf-e", shell("wf-e", "sleep 60")));
    (void
    )test::run(machine.context, machine.executor->observe(Deadline::in(std::chrono::seconds{5})));
    const pipeline::RunRef ref{"wf-e", ""};
    CHECK(test::run(
        machine.context, machine.executor->cancel(ref, Deadline::in(std::chrono::seconds{5}))
    ));
    CHECK(machine.until_over("wf-e").phase == pipeline::RunPhase::cancelled);
}

TEST_CASE("starting twice finds the run, and a released run is forgotten") {
    Machine machine;
    const auto manifest = shell("wf-f", "true");
    REQUIRE(machine.start("wf-f", manifest));
    CHECK(machine.start("wf-f", manifest)->uid == "local-wf-f");
    CHECK(machine.until_over("wf-f").steps.size() == 1);
    const pipeline::RunRef ref{"wf-f", ""};
    const auto soon = Deadline::in(std::chrono::seconds{5});
    CHECK(test::run(machine.context, machine.executor->release(ref, soon)));
    CHECK(
        test::run(machine.context, machine.executor->inspect(ref, soon)).error().is(Errc::not_found)
    );
}

TEST_CASE("the sandbox's command line takes the environment from the container alone") {
    Container container;
    container.command = {"make"};
    container.args = {"test"};
    container.env = {{"A", "b"}};
    const auto argv = sandbox_command(container, {"/e", "", "", 1024});
    CHECK(std::ranges::find(argv, "--clearenv") != argv.end());
    CHECK(std::ranges::find(argv, "--unshare-all") != argv.end());
    CHECK(
        std::vector<std::string>(argv.end() - 3, argv.end())
        == std::vector<std::string>{"--", "make", "test"}
    );
}

TEST_CASE("podman's command line: no network, nobody, nothing pulled, nothing of ours passed on") {
    Container container;
    container.image = "registry.example/tools:1";
    container.command = {"make", "-k"};
    container.args = {"test"};
    container.env = {{"A", "b=c"}};
    container.source = "x";
    const SandboxFolders folders{"/e", "/s/script", "/srv/git", 1024};
    const PodmanRun run{"seakeeper-x", podman_label("/s"), std::chrono::seconds{90}, true};
    auto argv = podman_command(container, folders, run);
    const auto has = [&](std::string_view word) {
        return std::ranges::find(argv, word) != argv.end();
    };
    for (const char* word :
         {"--network=none",
          "--pull=never",
          "--user=65534:65534",
          "--cap-drop=all",
          "--read-only",
          "--security-opt=no-new-privileges",
          "--http-proxy=false",
          "--timeout=90",
          "--env=A=b=c",
          "--uidmap=0:100000:65536",
          "--name=seakeeper-x",
          "--label=dev.seakeeper.scratch=/s",
          "--mount=type=bind,src=/s/script,dst=/argo/staging/script,ro=true",
          "--mount=type=bind,src=/srv/git,dst=/repositories,ro=true",
          "--tmpfs=/workspace:rw,size=1024,mode=1777,notmpcopyup",
          "--workdir=/workspace"}) {
        CAPTURE(word);
        CHECK(has(word));
    }
    const std::vector<std::string> tail{
        "--entrypoint=[\"make\"]",
        "--",
        "registry.example/tools:1",
        "-k",
        "test",
        "/argo/staging/script"};
    CHECK(std::vector<std::string>(argv.end() - 6, argv.end()) == tail);
    argv =
        podman_command(container, {"/e", "", "", 1024}, {"n", "l", std::chrono::seconds{1}, false});
    CHECK_FALSE(has("--uidmap=0:100000:65536"));
    CHECK(std::ranges::none_of(argv, [](const auto& word) { return word.starts_with("--mount"); }));
}
