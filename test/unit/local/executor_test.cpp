// SPDX-License-Identifier: Apache-2.0
#include "local/sandbox.hpp"
#include "run.hpp"

#include <seakeeper/local/executor.hpp>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::local;
namespace fs = std::filesystem;

namespace {

struct Scratch {
    fs::path folder = fs::temp_directory_path() / fmt::format("seakeeper-local-{}", ::getpid());
    Scratch() { fs::create_directories(folder); }
    ~Scratch() { fs::remove_all(folder); }
};

std::string shell(std::string_view name, std::string_view script, std::string_view more = "") {
    return fmt::format(
        R"({{"metadata":{{"name":"{0}"}},"spec":{{"entrypoint":"m",{2}"templates":[{{"name":"m",)"
        R"("script":{{"image":"debian","command":["sh"],"source":"{1}","env":[{{"name":"V","value":"$(id) {{{{workflow.name}}}}"}}]}}}}]}}}})",
        name,
        script,
        more
    );
}

class Machine {
public:
    Machine() {
        Options options;
        options.log_folder = scratch.folder / "logs";
        options.scratch_folder = scratch.folder / "scratch";
        executor = std::make_unique<LocalExecutor>(context.get_executor(), options, no_log());
    }

    Result<pipeline::RunRef> start(const std::string& name, const std::string& manifest) {
        pipeline::StartRequest request{name, "digest", "untrusted", manifest};
        return test::run(context, executor->start(request, Deadline::in(std::chrono::seconds{5})));
    }

    pipeline::Observation until_over(const std::string& name) {
        for (int i = 0; i < 100; ++i) {
            const auto until = Deadline::in(std::chrono::seconds{20});
            auto seen = test::run(context, executor->observe(until)).value();
            for (auto& one : seen) {
                if (one.run.workload == name && pipeline::is_over(one.phase)) {
                    return one;
                }
            }
        }
        return {};
    }

    std::string log(const std::string& name) const {
        std::ifstream file{scratch.folder / "logs" / name / (name + ".log")};
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }

    Scratch scratch;
    boost::asio::io_context context;
    std::unique_ptr<LocalExecutor> executor;
};

} // namespace

TEST_CASE("a script runs in its sandbox and its output is in the log") {
    Machine machine;
    REQUIRE(machine.start(
        "wf-a",
        shell("wf-a", "echo out; echo err >&2; id -u; ls -A $HOME | wc -l; echo \\\"<$V>\\\"")
    ));
    const auto seen = machine.until_over("wf-a");
    CHECK(seen.phase == pipeline::RunPhase::succeeded);
    const auto log = machine.log("wf-a");
    CAPTURE(log);
    CHECK(log.find("image debian is ignored") != log.npos);
    CHECK(log.find("out\n") != log.npos);
    CHECK(log.find("err\n") != log.npos);
    CHECK(log.find("65534\n0\n") != log.npos);
    CHECK(log.find("<$(id) wf-a>") != log.npos);
}

TEST_CASE("a sandbox sees no network, no other home, no state and no running service") {
    Machine machine;
    const auto secret = machine.scratch.folder / "secret";
    std::ofstream{secret} << "canary";
    const auto script = fmt::format(
        "for f in {} /root /var/lib /run/systemd /etc/shadow; do test -e $f && echo seen $f; done; "
        "grep -v lo: /proc/net/dev | tail -n +3; touch /usr/x 2>/dev/null && echo wrote; echo end",
        secret.string()
    );
    REQUIRE(machine.start("wf-b", shell("wf-b", script)));
    CHECK(machine.until_over("wf-b").phase == pipeline::RunPhase::succeeded);
    const auto log = machine.log("wf-b");
    CAPTURE(log);
    CHECK(log.find("seen") == log.npos);
    CHECK(log.find("wrote") == log.npos);
    CHECK(log.find("is ignored\nend\n") != log.npos);
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
    CHECK(late.message == "ran longer than its deadline");

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
