// SPDX-License-Identifier: Apache-2.0
#include "local/pod_runner.hpp"

#include "local/artifacts.hpp"
#include "workflow/walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace seakeeper::local {
namespace fs = std::filesystem;
namespace json = boost::json;
using workflow::object_at;
using workflow::text_at;

namespace {

// A container of podman's outlives a killed process of ours: it ends by itself this long after.
constexpr std::chrono::seconds backstop{60};
constexpr std::chrono::hours longest_pod{24};
constexpr std::size_t parameter_bytes = 256 * 1024;

bool flag_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
}

std::string shell_quoted(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? "'\\''" : std::string(1, c);
    }
    return out + "'";
}

/// Argo's emissary looks a program up before it starts it.
std::optional<std::string> why_not_found(const Container& container) {
    const auto& program = container.command.front();
    if (program.find('/') != program.npos) {
        // Only of this machine's own folders is it known beforehand; anything else may be mounted.
        const bool is_there = !program.starts_with('/') || !container.mounts.empty()
                              || program.find('/', 1) == program.npos
                              || std::ranges::any_of(
                                  std::initializer_list<std::string_view>{
                                      "/tmp/", "/workspace/", "/argo/", "/repositories/", "/home/"},
                                  [&](auto folder) { return program.starts_with(folder); }
                              )
                              || ::access(program.c_str(), F_OK) == 0;
        return is_there ? std::nullopt
                        : std::optional{fmt::format(
                            "failed to find name in PATH: exec: \"{0}\": stat {0}: no such file or "
                            "directory",
                            program
                        )};
    }
    for (const char* folder : {"/usr/local/bin", "/usr/bin", "/bin"}) {
        if (::access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0) {
            return std::nullopt;
        }
    }
    return fmt::format(
        "failed to find name in PATH: exec: \"{}\": executable file not found in $PATH", program
    );
}

std::string git_script(const json::object& git) {
    const auto depth = integer_at(git, "depth");
    const auto revision = text_at(git, "revision");
    const auto branch = text_at(git, "branch");
    const auto wanted = !revision.empty() ? revision : !branch.empty() ? branch : "HEAD";
    std::string more;
    if (const auto* fetch = workflow::array_at(git, "fetch")) {
        for (const auto& one : *fetch) {
            more += " " + shell_quoted(one.get_string());
        }
    }
    const auto shallow = depth ? fmt::format(" --depth {}", *depth) : "";
    const auto repo = shell_quoted(text_at(git, "repo"));
    // A name that cannot be fetched by itself (a short commit) is looked for in everything.
    return fmt::format(
        "set -e; git init -q .; git remote add origin {0}; "
        "if [ -n {3} ]; then git fetch -q{1} origin {3}; fi; "
        "git fetch -q{1} origin {2} 2>/dev/null && git checkout -q --detach FETCH_HEAD || "
        "{{ git fetch -q --tags origin '+refs/heads/*:refs/remotes/origin/*'; git checkout -q "
        "--detach {2}; }}",
        repo,
        shallow,
        shell_quoted(wanted),
        more.empty() ? "''" : more
    );
}

} // namespace

PodRunner::PodRunner(
    asio::any_io_executor executor,
    Runner& runner,
    Launch launch,
    RunFolders folders,
    json::object spec
)
    : executor_{std::move(executor)}, runner_{runner}, launch_{std::move(launch)},
      folders_{std::move(folders)}, spec_{std::move(spec)},
      folder_{folders_.scratch + "/" + launch_.id},
      changed_{std::make_unique<asio::steady_timer>(executor_)} {
    changed_->expires_at(std::chrono::steady_clock::time_point::max()); // waits end by cancel()
}

std::optional<Deadline> PodRunner::until() const {
    if (!launch_.until) {
        return std::nullopt;
    }
    return Deadline::in(*launch_.until - system_clock().wall());
}

std::chrono::seconds PodRunner::longest() const {
    if (!launch_.until) {
        return longest_pod;
    }
    const auto left =
        std::chrono::ceil<std::chrono::seconds>(*launch_.until - system_clock().wall());
    return std::max(left, std::chrono::seconds{0}) + backstop;
}

std::string PodRunner::log_path(const Container& container) const {
    return container.name == "main"
               ? fmt::format("{}/{}.log", folders_.logs, launch_.id)
               : fmt::format("{}/{}.{}.log", folders_.logs, launch_.id, container.name);
}

asio::awaitable<PodEnd> PodRunner::run(std::function<void()> on_start) {
    on_start_ = std::move(on_start);
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    fs::create_directories(folders_.logs, ignored);
    auto pod = read_pod(launch_.pod, spec_);
    if (!pod) {
        end_.fault = pod.error().message;
        co_return end_;
    }
    pod_ = std::move(*pod);
    auto brought = co_await bring_inputs();
    if (!brought) {
        end_.fault = "init: Error (exit code 64): " + brought.error().message;
    }
    for (std::size_t i = 0; i < pod_.init.size() && !end_.fault && !is_ending_; ++i) {
        auto ended = co_await run_container(pod_.init[i], false);
        const bool is_good = ended.exit_code == 0;
        end_.init.push_back(std::move(ended));
        is_ending_ = is_ending_ || !is_good;
    }
    if (!end_.fault && !is_ending_) {
        co_await run_mains();
    }
    kill_sidecars();
    while (open_ > 0) {
        [[maybe_unused]] auto [fault] =
            co_await changed_->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (!end_.fault && !end_.is_late && !end_.killed && !end_.mains.empty()) {
        collect();
    }
    fs::remove_all(folder_, ignored);
    co_return std::move(end_);
}

asio::awaitable<Status> PodRunner::bring_inputs() {
    for (std::size_t i = 0; i < pod_.inputs.size(); ++i) {
        const auto& artifact = pod_.inputs[i];
        const auto path = std::string{text_at(artifact, "path")};
        const auto to = fmt::format("{}/in/{}", folder_, i);
        Status done;
        if (artifact.contains("git")) {
            done = co_await bring_git(artifact, to);
        } else if (artifact.contains("raw") || artifact.contains("stored")) {
            done = bring(artifact, to);
        } else if (flag_at(artifact, "optional")) {
            continue;
        } else {
            done = Status{Error{
                Errc::not_found,
                fmt::format("artifact {} has no location", text_at(artifact, "name"))}};
        }
        if (!done) {
            if (flag_at(artifact, "optional") && done.error().is(Errc::not_found)) {
                continue;
            }
            co_return done;
        }
        if (const auto mode = integer_at(artifact, "mode")) {
            std::error_code ignored;
            fs::permissions(to, static_cast<fs::perms>(*mode & 07777), ignored);
        }
        inputs_.push_back({to, path, false});
    }
    co_return Status{};
}

Status PodRunner::bring(const json::object& artifact, const std::string& to) {
    std::error_code ignored;
    fs::create_directories(fs::path{to}.parent_path(), ignored);
    if (const auto* raw = object_at(artifact, "raw")) {
        std::ofstream file{to, std::ios::binary};
        file << text_at(*raw, "data");
        return file.flush() ? Status{} : Status{Error{Errc::io, fmt::format("writing {}", to)}};
    }
    return copy_stored(
        std::string{text_at(artifact, "stored")}, std::string{text_at(artifact, "storedPath")}, to
    );
}

asio::awaitable<Status> PodRunner::bring_git(json::object artifact, std::string to) {
    std::error_code ignored;
    fs::create_directories(to, ignored);
    fs::permissions(to, fs::perms::all, ignored);
    auto argv = runner_.git_command(git_script(*object_at(artifact, "git")), to);
    const auto log = fmt::format("{}/{}.init.log", folders_.logs, launch_.id);
    const auto log_bytes = runner_.options().log_bytes;
    auto process = Process::spawn(executor_, std::move(argv), log, log_bytes);
    if (!process) {
        co_return process.error();
    }
    processes_.insert(process->get());
    const auto deadline = until();
    const ProcessEnd end = co_await (*process)->wait(deadline);
    processes_.erase(process->get());
    end_.is_late = end.is_late;
    if (end.exit_code != 0) {
        co_return Error{
            Errc::io,
            fmt::format(
                "git could not fetch artifact {} from {}: exit code {}, see {}",
                text_at(artifact, "name"),
                quoted(text_at(*object_at(artifact, "git"), "repo"), 200),
                end.exit_code,
                log
            )};
    }
    co_return Status{};
}

void PodRunner::make_mounts(const Container& container, std::vector<Mount>& into) const {
    std::error_code ignored;
    for (const auto& mount : container.mounts) {
        const bool is_own = std::ranges::find(pod_.volumes, mount.volume) != pod_.volumes.end();
        auto source = is_own ? fmt::format("{}/volumes/{}", folder_, mount.volume)
                             : fmt::format("{}/{}", folders_.volumes, mount.volume);
        source += mount.sub_path.empty() ? "" : "/" + mount.sub_path;
        fs::create_directories(source, ignored);
        fs::permissions(source, fs::perms::all, ignored);
        into.push_back({source, mount.path, mount.is_read_only});
    }
    if (std::ranges::find(pod_.mains, container.name, &Container::name) != pod_.mains.end()) {
        into.insert(into.end(), inputs_.begin(), inputs_.end());
    }
}

bool PodRunner::keeps_root() const {
    std::vector<Mount> mounts;
    const auto main = std::ranges::find(pod_.mains, "main", &Container::name);
    if (main != pod_.mains.end()) {
        make_mounts(*main, mounts);
    }
    return std::ranges::any_of(
               pod_.parameters,
               [&](const auto& one) { return !one.path.empty() && needs_root(mounts, one.path); }
           )
           || std::ranges::any_of(pod_.outputs, [&](const auto& one) {
                  return needs_root(mounts, text_at(one, "path"));
              });
}

asio::awaitable<ContainerEnd> PodRunner::run_container(Container container, bool keeps_root) {
    ContainerEnd ended{container.name, 64, ""};
    Job job;
    job.id = container.name == "main" ? launch_.id : launch_.id + "-" + container.name;
    job.folder = folder_;
    make_mounts(container, job.mounts);
    job.keeps_root = keeps_root;
    job.container = container;
    if (container.name == "main") {
        main_mounts_ = job.mounts;
    }
    const auto most = longest();
    auto start = co_await runner_.prepare(std::move(job), most);
    if (!start || is_ending_) {
        ended.message = start ? "ended before it started" : start.error().message;
        if (!start && !start.error().is(Errc::limit_exceeded)) {
            end_.fault = ended.message;
        }
        co_return ended;
    }
    const auto log = log_path(container);
    std::ofstream{log} << "seakeeper: " << start->note << "\n";
    if (const auto lost =
            start->is_image || !inputs_.empty() ? std::nullopt : why_not_found(container)) {
        std::ofstream{log, std::ios::app} << *lost << "\n";
        ended.message = *lost;
        co_return ended;
    }
    if (container.name == "main") {
        main_root_ = start->root;
    }
    const auto log_bytes = runner_.options().log_bytes;
    auto process = Process::spawn(executor_, std::move(start->argv), log, log_bytes);
    if (!process) {
        end_.fault = process.error().message;
        co_return ended;
    }
    if (auto told = std::exchange(on_start_, nullptr)) {
        told();
    }
    processes_.insert(process->get());
    const auto deadline = until();
    ProcessEnd end = co_await (*process)->wait(deadline);
    processes_.erase(process->get());
    if (!end.fault.empty() && !start->ender.empty()) {
        start_alone(start->ender);
    }
    end_.is_late = end_.is_late || end.is_late;
    is_ending_ = is_ending_ || end.is_late;
    ended.exit_code = end.exit_code;
    if (container.name == "main" && launch_.wants_result) {
        end_.outputs.result = std::move(end.result);
    }
    co_return ended;
}

asio::awaitable<void> PodRunner::run_sidecar(Container container) {
    ContainerEnd ended{container.name, 0, ""};
    Job job;
    job.id = launch_.id + "-" + container.name;
    job.folder = folder_;
    make_mounts(container, job.mounts);
    job.container = container;
    const auto most = longest();
    auto start = co_await runner_.prepare(std::move(job), most);
    if (!start || is_ending_) {
        co_return;
    }
    const auto log = log_path(container);
    std::ofstream{log} << "seakeeper: " << start->note << "\n";
    const auto log_bytes = runner_.options().log_bytes;
    auto process = Process::spawn(executor_, std::move(start->argv), log, log_bytes);
    if (!process) {
        co_return;
    }
    sidecars_.insert(process->get());
    const auto deadline = until();
    const ProcessEnd end = co_await (*process)->wait(deadline);
    sidecars_.erase(process->get());
    if (!start->ender.empty()) {
        start_alone(start->ender);
    }
    if (end.fault.empty()) {
        ended.exit_code = end.exit_code;
        end_.sidecars.push_back(std::move(ended));
    }
}

void PodRunner::kill_sidecars() {
    is_ending_ = true;
    for (auto* process : sidecars_) {
        process->kill("its pod has ended");
    }
}

/// Sidecars first, then all of the set at once: each waits for what it needs.
asio::awaitable<void> PodRunner::run_mains() {
    const auto self = shared_from_this();
    const auto done = [self](std::exception_ptr error) {
        if (error) {
            self->end_.fault = "a container of it broke";
        }
        --self->open_;
        self->changed_->cancel();
    };
    for (const auto& sidecar : pod_.sidecars) {
        ++open_;
        auto running = run_sidecar(sidecar);
        asio::co_spawn(executor_, std::move(running), done);
    }
    if (pod_.mains.size() == 1) {
        const bool keeps = keeps_root();
        auto ended = co_await run_container(pod_.mains[0], keeps);
        if (!end_.fault) {
            end_.mains.push_back(std::move(ended));
        }
        co_return;
    }
    ended_.assign(pod_.mains.size(), -1);
    const auto sidecars = open_;
    for (std::size_t i = 0; i < pod_.mains.size(); ++i) {
        ++open_;
        auto running = run_member(i);
        asio::co_spawn(executor_, std::move(running), done);
    }
    while (open_ > sidecars && std::ranges::count(ended_, -1) > 0) {
        [[maybe_unused]] auto [fault] =
            co_await changed_->async_wait(asio::as_tuple(asio::use_awaitable));
    }
    // A kubelet tells of containers in the order of their names, and Argo of the first that failed.
    std::ranges::sort(end_.mains, {}, &ContainerEnd::name);
}

asio::awaitable<void> PodRunner::run_member(std::size_t index) {
    const Container& container = pod_.mains[index];
    ContainerEnd ended{container.name, 64, ""};
    for (const auto& need : container.needs) {
        const auto found = std::ranges::find(pod_.mains, need, &Container::name);
        const auto other = static_cast<std::size_t>(found - pod_.mains.begin());
        while (other < ended_.size() && ended_[other] < 0) {
            [[maybe_unused]] auto [fault] =
                co_await changed_->async_wait(asio::as_tuple(asio::use_awaitable));
        }
        if (other < ended_.size() && ended_[other] != 0 && ended.message.empty()) {
            ended.message =
                fmt::format("dependency \"{}\" exited with non-zero code: {}", need, ended_[other]);
        }
    }
    if (ended.message.empty()) {
        const bool keeps = container.name == "main" && keeps_root();
        ended = co_await run_container(container, keeps);
    }
    ended_[index] = ended.exit_code;
    end_.mains.push_back(std::move(ended));
    changed_->cancel();
}

void PodRunner::kill(const std::string& why) {
    is_ending_ = true;
    end_.killed = why;
    for (auto* process : processes_) {
        process->kill(why);
    }
    kill_sidecars();
}

void PodRunner::collect() {
    const Filesystem files{main_root_, main_mounts_};
    for (const auto& one : pod_.parameters) {
        if (one.path.empty()) {
            if (one.otherwise) {
                end_.outputs.parameters.push_back({one.name, *one.otherwise, one.global_name});
            }
            continue;
        }
        auto text = read_inside(files, one.path, parameter_bytes);
        if (text && text->ends_with('\n')) {
            text->pop_back();
        }
        if (!text && one.otherwise) {
            text = Result<std::string>{*one.otherwise};
        }
        if (!text) {
            end_.wait_fault = text.error().message;
            return;
        }
        end_.outputs.parameters.push_back({one.name, std::move(*text), one.global_name});
    }
    collect_artifacts(files);
}

void PodRunner::collect_artifacts(const Filesystem& files) {
    for (const auto& one : pod_.outputs) {
        const auto name = std::string{text_at(one, "name")};
        const auto to = fmt::format("{}/{}/{}", folders_.artifacts, launch_.id, name);
        std::error_code ignored;
        fs::remove_all(to, ignored);
        if (auto done = copy_out(files, std::string{text_at(one, "path")}, to); !done) {
            if (flag_at(one, "optional") && done.error().is(Errc::not_found)) {
                continue;
            }
            end_.wait_fault = fmt::format("{}: {}", name, done.error().message);
            return;
        }
        json::object stored = one;
        stored["stored"] = to;
        end_.outputs.artifacts.push_back(std::move(stored));
    }
}

} // namespace seakeeper::local
