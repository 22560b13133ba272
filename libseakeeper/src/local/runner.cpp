// SPDX-License-Identifier: Apache-2.0
#include "local/runner.hpp"

#include "local/process.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

namespace seakeeper::local {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto for_a_check = 10s;

bool is_installed(std::string_view program) {
    return std::ranges::any_of(
        std::initializer_list<std::string_view>{"/usr/bin", "/usr/local/bin", "/bin"},
        [&](std::string_view folder) {
            return ::access(fmt::format("{}/{}", folder, program).c_str(), X_OK) == 0;
        }
    );
}

[[noreturn]] void fail(Errc code, std::string_view why) {
    throw Exception{Error{
        code,
        fmt::format("setting up the local executor: {}; without a sandbox nothing is run", why)}};
}

/// That a sandbox can be made here at all is seen at the start, not in the first change's vote.
void try_bubblewrap(const SandboxFolders& folders) {
    if (!is_installed("bwrap")) {
        fail(Errc::not_found, "bubblewrap (bwrap) is not installed: apt-get install bubblewrap");
    }
    Container nothing;
    nothing.command = {"true"};
    if (auto made = run_to_end(sandbox_command(nothing, folders), for_a_check); !made) {
        fail(
            Errc::unsupported,
            fmt::format(
                "bubblewrap can make no sandbox here: {}. It needs user namespaces "
                "(kernel.unprivileged_userns_clone, user.max_user_namespaces), which a chroot "
                "never has and a container only where it is allowed them",
                made.error().message
            )
        );
    }
}

Status check_words(const std::vector<std::string>& argv) {
    for (const auto& word : argv) {
        if (word.size() >= longest_word) {
            return Error{
                Errc::limit_exceeded,
                fmt::format(
                    "{} is {} bytes long; Linux takes at most {} in one argument or variable",
                    quoted(word, 40),
                    word.size(),
                    longest_word - 1
                )};
        }
    }
    return {};
}

/// The folder that stands for the root, with the writable folders that a root has.
Status make_root(const std::string& root) {
    std::error_code fault;
    for (const char* folder : {"/tmp", "/workspace", "/home/ci"}) {
        fs::create_directories(root + folder, fault);
        fs::permissions(root + folder, fs::perms::all, fault);
    }
    return fault ? Status{Error{Errc::io, fmt::format("making {}: {}", root, fault.message())}}
                 : Status{};
}

Status write_script(const std::string& path, const std::string& text) {
    std::ofstream script{path, std::ios::binary};
    script << text;
    return script.flush() ? Status{} : Status{Error{Errc::io, fmt::format("writing {}", path)}};
}

} // namespace

Runner::Runner(asio::any_io_executor executor, Options options)
    : executor_{std::move(executor)}, options_{std::move(options)} {
    // Bind sources are resolved by bwrap and podman: relative ones would depend on their folder.
    options_.scratch_folder = fs::absolute(options_.scratch_folder);
    options_.log_folder = fs::absolute(options_.log_folder);
    if (!options_.repositories.empty()) {
        options_.repositories = fs::absolute(options_.repositories);
    }
    if (auto made = make_etc(options_.scratch_folder + "/etc"); !made) {
        throw Exception{made.error()};
    }
    end_leftovers(options_.scratch_folder); // what outlived an earlier process of ours
    try_bubblewrap(folders());
    has_podman_ = options_.images != Images::ignored && is_installed("podman");
    if (options_.images == Images::required && !has_podman_) {
        fail(
            Errc::not_found,
            "images are required and podman is not installed: apt-get install podman"
        );
    }
    if (has_podman_) {
        // Containers that outlived an earlier process of ours. Waited for: later it would take
        // those that this one starts, which have the same label.
        const auto label = "label=" + podman_label(options_.scratch_folder);
        (void)run_to_end({"podman", "rm", "--force", "--time=0", "--filter", label}, for_a_check);
    }
}

SandboxFolders Runner::folders() const {
    SandboxFolders folders;
    folders.etc = options_.scratch_folder + "/etc";
    folders.repositories = options_.repositories;
    folders.memory_bytes = options_.memory_bytes;
    folders.has_network = options_.has_network;
    return folders;
}

/// Never pulled: what is not on this machine is not there.
asio::awaitable<bool> Runner::has_image(std::string image) {
    std::vector<std::string> ask{"podman", "image", "exists", "--", std::move(image)};
    auto process = Process::spawn(executor_, std::move(ask), "/dev/null", 0);
    if (!process) {
        co_return false;
    }
    const auto until = Deadline::in(for_a_check);
    const ProcessEnd end = co_await (*process)->wait(until);
    co_return end.fault.empty() && end.exit_code == 0;
}

/// Why the image is not used; empty: it is.
asio::awaitable<Result<std::string>> Runner::why_no_podman(std::string image) {
    if (image.empty()) {
        co_return std::string{"it names no image"};
    }
    if (options_.images == Images::ignored) {
        co_return std::string{"this machine's configuration says so"};
    }
    if (!has_podman_) {
        co_return std::string{"podman is not installed"};
    }
    const bool is_there = co_await has_image(image);
    if (is_there) {
        co_return std::string{};
    }
    if (options_.images == Images::required) {
        co_return Error{
            Errc::not_found,
            fmt::format("image {} is not on this machine: podman pull {}", image, image)};
    }
    co_return fmt::format("podman has no such image (podman pull {})", image);
}

std::vector<std::string>
Runner::git_command(const std::string& script, const std::string& folder) const {
    auto own = folders();
    own.mounts.push_back({folder, "/workspace/artifact", false});
    Container container;
    container.command = {"sh", "-c", script};
    container.env = {{"GIT_TERMINAL_PROMPT", "0"}, {"GIT_CONFIG_NOSYSTEM", "1"}};
    container.working_dir = "/workspace/artifact";
    return sandbox_command(container, own);
}

asio::awaitable<Result<Start>> Runner::prepare(Job job, std::chrono::seconds longest) {
    const Container& container = job.container;
    auto image = container.image;
    auto ignored = co_await why_no_podman(std::move(image));
    if (!ignored) {
        co_return ignored.error();
    }
    auto own = folders();
    own.mounts = std::move(job.mounts);
    Start start;
    start.is_image = ignored->empty();
    Status made;
    if (job.keeps_root) {
        own.root = start.root = fmt::format("{}/root-{}", job.folder, container.name);
        made = make_root(own.root);
    }
    if (made && container.source) {
        own.script = fmt::format("{}/script-{}", job.folder, container.name);
        made = write_script(own.script, *container.source);
    }
    if (!made) {
        co_return made.error();
    }
    const char* const network = own.has_network ? "with a network" : "no network";
    if (start.is_image) {
        PodmanRun run{
            "seakeeper-" + job.id,
            podman_label(options_.scratch_folder),
            longest,
            ::geteuid() == 0};
        start.argv = podman_command(container, own, run);
        start.ender = {"podman", "rm", "--force", "--time=0", "--ignore", run.name};
        start.note = fmt::format("podman on this machine, image {}, {}", container.image, network);
    } else {
        start.argv = sandbox_command(container, own);
        start.note = fmt::format(
            "bubblewrap on this machine, {}; image {} is ignored: {}",
            network,
            container.image.empty() ? "(none)" : container.image,
            *ignored
        );
    }
    if (auto fit = check_words(start.argv); !fit) {
        co_return fit.error();
    }
    co_return start;
}

} // namespace seakeeper::local
