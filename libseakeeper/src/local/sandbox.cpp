// SPDX-License-Identifier: Apache-2.0
#include "local/sandbox.hpp"

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
        append(argv, {"--size", fmt::format("{}", folders.memory_bytes), "--tmpfs", writable});
    }
    append(argv, {"--dir", "/home/ci"});
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
    // Debian finds awk, editors and linker caches through these.
    for (const char* copied : {"alternatives", "ld.so.cache"}) {
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
