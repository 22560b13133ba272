// SPDX-License-Identifier: Apache-2.0
#include "local/sandbox.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <utility>

namespace seakeeper::local {
namespace {

constexpr const char* script_path = "/argo/staging/script"; // where Argo puts it

void append(std::vector<std::string>& to, std::initializer_list<std::string> words) {
    to.insert(to.end(), words);
}

void append_root(std::vector<std::string>& argv, const SandboxFolders& folders) {
    if (!folders.root.empty()) {
        append(argv, {"--bind", folders.root, "/"});
    }
    append(argv, {"--ro-bind", "/usr", "/usr"});
    for (const char* link : {"bin", "lib", "lib32", "lib64", "libx32", "sbin"}) {
        if (std::filesystem::is_symlink(fmt::format("/{}", link))) {
            append(argv, {"--symlink", fmt::format("usr/{}", link), fmt::format("/{}", link)});
        } else {
            append(argv, {"--ro-bind-try", fmt::format("/{}", link), fmt::format("/{}", link)});
        }
    }
    append(argv, {"--ro-bind", folders.etc, "/etc"});
    append(argv, {"--proc", "/proc", "--dev", "/dev"});
    for (const char* writable : {"/workspace", "/tmp"}) {
        if (folders.root.empty()) {
            append(argv, {"--size", fmt::format("{}", folders.memory_bytes), "--tmpfs", writable});
        } else {
            append(argv, {"--dir", writable});
        }
    }
    append(argv, {"--dir", "/home/ci"});
    if (folders.has_network) {
        append(argv, {"--ro-bind-try", "/etc/resolv.conf", "/etc/resolv.conf"});
        append(argv, {"--ro-bind-try", "/etc/ssl", "/etc/ssl"});
    }
    for (const auto& mount : folders.mounts) {
        append(argv, {mount.is_read_only ? "--ro-bind" : "--bind", mount.source, mount.target});
    }
    if (!folders.script.empty()) {
        append(argv, {"--ro-bind", folders.script, script_path});
    }
    if (!folders.repositories.empty()) {
        append(argv, {"--ro-bind", folders.repositories, "/repositories"});
    }
}

} // namespace

std::vector<std::string>
sandbox_command(const Container& container, const SandboxFolders& folders) {
    std::vector<std::string> argv{
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session", "--hostname", "seakeeper"};
    if (folders.has_network) {
        argv.emplace_back("--share-net");
    }
    append(argv, {"--uid", "65534", "--gid", "65534", "--clearenv"});
    append_root(argv, folders);
    append(
        argv, {"--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin", "--setenv", "HOME", "/home/ci"}
    );
    append(argv, {"--setenv", "TMPDIR", "/tmp", "--setenv", "LANG", "C.UTF-8"});
    for (const auto& [name, value] : container.env) {
        append(argv, {"--setenv", name, value});
    }
    const auto& folder = container.working_dir;
    append(argv, {"--chdir", folder.empty() ? "/workspace" : folder, "--"});
    argv.insert(argv.end(), container.command.begin(), container.command.end());
    argv.insert(argv.end(), container.args.begin(), container.args.end());
    if (container.source) {
        argv.emplace_back(script_path);
    }
    return argv;
}

std::vector<std::string>
podman_command(const Container& container, const SandboxFolders& folders, const PodmanRun& run) {
    std::vector<std::string> argv{"podman", "run", "--rm", "--pull=never"};
    append(argv, {folders.has_network ? "--network=slirp4netns" : "--network=none"});
    append(argv, {"--name=" + run.name, "--label=" + run.label, "--log-driver=none"});
    append(argv, {fmt::format("--timeout={}", run.longest.count()), "--http-proxy=false"});
    append(argv, {"--cap-drop=all", "--security-opt=no-new-privileges", "--user=65534:65534"});
    if (run.is_root) { // as rootless podman does of itself
        append(argv, {"--uidmap=0:100000:65536", "--gidmap=0:100000:65536"});
    }
    append(argv, {"--pids-limit=4096", "--ulimit=nofile=1024:4096", "--ulimit=nproc=4096:4096"});
    append(argv, {"--hostname=seakeeper", "--no-hosts", "--read-only", "--read-only-tmpfs=false"});
    for (const char* writable : {"/workspace", "/tmp", "/home/ci"}) {
        if (!folders.root.empty() && std::string_view{writable} != "/home/ci") {
            append(argv, {"--mount=type=bind,src=" + folders.root + writable + ",dst=" + writable});
            continue;
        }
        append(
            argv,
            {fmt::format(
                "--tmpfs={}:rw,size={},mode=1777,notmpcopyup", writable, folders.memory_bytes
            )}
        );
    }
    const auto mount = [&](const std::string& from, std::string_view to) {
        if (!from.empty()) {
            append(argv, {fmt::format("--mount=type=bind,src={},dst={},ro=true", from, to)});
        }
    };
    mount(folders.script, script_path);
    mount(folders.repositories, "/repositories");
    for (const auto& one : folders.mounts) {
        append(
            argv,
            {fmt::format(
                "--mount=type=bind,src={},dst={},ro={}", one.source, one.target, one.is_read_only
            )}
        );
    }
    append(argv, {"--env=HOME=/home/ci", "--env=TMPDIR=/tmp"});
    for (const auto& [name, value] : container.env) {
        append(argv, {fmt::format("--env={}={}", name, value)});
    }
    const auto& folder = container.working_dir;
    append(argv, {"--workdir=" + (folder.empty() ? "/workspace" : folder)});
    const boost::json::array entrypoint{container.command.front()};
    append(argv, {"--entrypoint=" + boost::json::serialize(entrypoint), "--", container.image});
    argv.insert(argv.end(), container.command.begin() + 1, container.command.end());
    argv.insert(argv.end(), container.args.begin(), container.args.end());
    if (container.source) {
        argv.emplace_back(script_path);
    }
    return argv;
}

std::string podman_label(const std::string& scratch_folder) {
    return "dev.seakeeper.scratch=" + scratch_folder;
}

Status make_etc(const std::string& folder) {
    namespace fs = std::filesystem;
    const std::pair<const char*, const char*> files[] = {
        {"passwd", "ci:x:65534:65534:ci:/home/ci:/bin/sh\n"},
        {"group", "ci:x:65534:\n"},
        {"hosts", "127.0.0.1 localhost seakeeper\n"},
        {"nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"},
    };
    std::error_code fault;
    fs::create_directories(folder, fault);
    for (const auto& [name, text] : files) {
        std::ofstream{fs::path{folder} / name} << text;
    }
    // Debian finds awk, editors, linker caches and its own name through these.
    for (const char* copied : {"alternatives", "ld.so.cache", "os-release"}) {
        const auto options = fs::copy_options::recursive | fs::copy_options::copy_symlinks
                             | fs::copy_options::overwrite_existing;
        const auto target = fs::path{folder} / copied;
        if (!fs::exists(target) && fs::exists(fs::path{"/etc"} / copied)) {
            fs::copy(fs::path{"/etc"} / copied, target, options, fault);
        }
    }
    if (!fs::is_regular_file(fs::path{folder} / "nsswitch.conf")) {
        return Error{
            Errc::io, fmt::format("making a minimal /etc in {}: {}", folder, fault.message())};
    }
    return {};
}

} // namespace seakeeper::local
