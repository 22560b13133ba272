// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "run.hpp"

#include <seakeeper/local/executor.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace seakeeper::test {

namespace fs = std::filesystem;

struct Scratch {
    fs::path folder = fs::temp_directory_path() / fmt::format("seakeeper-local-{}", ::getpid());
    Scratch() { fs::create_directories(folder); }
    ~Scratch() { fs::remove_all(folder); }
};

/// A Workflow of one script, in JSON.
inline std::string shell(
    std::string_view name,
    std::string_view script,
    std::string_view more = "",
    std::string_view image = "debian"
) {
    boost::json::object body{
        {"image", image},
        {"command", boost::json::array{"sh"}},
        {"source", script},
        {"env",
         boost::json::array{
             boost::json::object{{"name", "V"}, {"value", "$(id) {{workflow.name}}"}}}}};
    return fmt::format(
        R"({{"metadata":{{"name":"{0}"}},"spec":{{"entrypoint":"m",{2}"templates":[{{"name":"m","script":{1}}}]}}}})",
        name,
        boost::json::serialize(body),
        more
    );
}

/// A local executor with folders of its own.
class Machine {
public:
    explicit Machine(local::Images images = local::Images::where_present) {
        local::Options options;
        options.log_folder = scratch.folder / "logs";
        options.scratch_folder = scratch.folder / "scratch";
        options.images = images;
        executor =
            std::make_unique<local::LocalExecutor>(context.get_executor(), options, no_log());
    }

    Result<pipeline::RunRef> start(const std::string& name, const std::string& manifest) {
        pipeline::StartRequest request{name, "digest", "untrusted", manifest};
        return run(context, executor->start(request, Deadline::in(std::chrono::seconds{5})));
    }

    pipeline::Observation until_over(const std::string& name) {
        for (int i = 0; i < 100; ++i) {
            const auto until = Deadline::in(std::chrono::seconds{20});
            auto seen = run(context, executor->observe(until)).value();
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
    std::unique_ptr<local::LocalExecutor> executor;
};

/// Something on this machine that nobody in a sandbox may reach: a server on loopback.
class Listener {
public:
    explicit Listener(boost::asio::io_context& context)
        : acceptor_{context, {boost::asio::ip::address_v4::loopback(), 0}} {}
    unsigned port() const { return acceptor_.local_endpoint().port(); }

private:
    boost::asio::ip::tcp::acceptor acceptor_;
};

/// Tries to get at what a sandbox must not: prints "GOT what" for each that it reached, and its end
/// last, so that a script that broke early is noticed. `connect` tries this machine's loopback.
inline std::string burglary(const fs::path& state, std::string_view connect) {
    return fmt::format(
        R"sh(for f in {0} /root /var/lib /var/log /var/spool /run/systemd /run/lock /run/user /srv /mnt \
  /etc/shadow /etc/ssh /proc/1/root{0}; do
  if test -e "$f"; then echo "GOT $f"; fi
done
for f in /home/*; do case $f in "/home/ci" | "/home/*") ;; *) echo "GOT $f" ;; esac; done
if grep -qs keep-this-from-runs /proc/[0-9]*/environ; then echo GOT environment; fi
if test "$(ls -d /proc/[0-9]* | wc -l)" -gt 12; then echo GOT processes; fi
for f in /proc/$$/fd/*; do
  case "$(readlink "$f")" in socket:* | anon_inode:* | *seakeeper*)
    case ${{f##*/}} in [012]) ;; *) echo "GOT $f $(readlink "$f")" ;; esac ;;
  esac
done
if tail -n +3 /proc/net/dev | grep -qv lo:; then echo GOT interface; fi
if {1}; then echo GOT network; fi
for f in /usr/x /etc/x /argo/staging/script /repositories/x; do
  if sh -c ": >>$f" 2>/dev/null; then echo "GOT writing $f"; fi
done
if test "$(id -u)" = 0; then echo GOT root; fi
grep -q 'CapEff:.*0000000000000000' /proc/self/status || echo GOT capabilities
: >/workspace/mine && : >/tmp/mine && : >"$HOME/mine" && echo "end of burglary"
)sh",
        state.string(),
        connect
    );
}

} // namespace seakeeper::test
