// SPDX-License-Identifier: Apache-2.0
#include "run_state.hpp"

#include "local/status.hpp"
#include "workflow/go_json.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/file.h>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t tail_bytes = 4000;
constexpr std::ptrdiff_t tail_lines = 15;

/// The locked descriptor of a run's folder; -1: somebody has it.
int locked(const fs::path& folder) {
    const int lock =
        ::open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600); // NOLINT
    if (lock >= 0 && ::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        ::close(lock);
        return -1;
    }
    return lock;
}

/// What a run that was killed has left: it holds no lock any more, and still has scratch.
void sweep(const fs::path& runs) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{runs, ignored}) {
        if (!fs::exists(entry.path() / "scratch", ignored)) {
            continue;
        }
        if (const int lock = locked(entry.path()); lock >= 0) {
            local::end_leftovers((entry.path() / "scratch").string());
            fs::remove_all(entry.path() / "scratch", ignored);
            fs::remove_all(entry.path() / "artifacts", ignored);
            fs::remove_all(entry.path() / "volumes", ignored);
            ::close(lock);
        }
    }
}

std::string letters(std::size_t count) {
    std::random_device random;
    std::string out;
    while (out.size() < count) {
        out += "bcdfghjklmnpqrstvwxz2456789"[random() % 27];
    }
    return out;
}

} // namespace

RunState::RunState(std::string where, int lock, bool keeps)
    : folder{std::move(where)}, lock_{lock}, keeps_{keeps} {
    folders.logs = folder + "/logs";
    folders.scratch = folder + "/scratch";
    folders.artifacts = folder + "/artifacts";
    folders.volumes = folder + "/volumes";
}

RunState::RunState(RunState&& other) noexcept
    : folder{other.folder}, folders{other.folders}, lock_{std::exchange(other.lock_, -1)},
      keeps_{other.keeps_} {
}

RunState::~RunState() {
    if (lock_ < 0) {
        return;
    }
    std::error_code ignored;
    fs::remove_all(folders.scratch, ignored);
    if (!keeps_) {
        fs::remove_all(folders.artifacts, ignored);
        fs::remove_all(folders.volumes, ignored);
    }
    ::close(lock_);
}

Result<RunState> open_state(const std::string& state, const std::string& name, bool keeps) {
    std::error_code fault;
    const auto runs = fs::absolute(fs::path{state}) / "runs";
    const auto folder = runs / name;
    fs::create_directories(folder, fault);
    if (fault) {
        return Error{Errc::io, fmt::format("making {}: {}", folder.string(), fault.message())};
    }
    const int lock = locked(folder);
    if (lock < 0) {
        return Error{
            Errc::conflict, fmt::format("a run {} is going on in {}", name, folder.string())};
    }
    local::end_leftovers((folder / "scratch").string());
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (entry.path().filename() != "lock") {
            fs::remove_all(entry.path(), fault);
        }
    }
    sweep(runs);
    RunState made{folder.string(), lock, keeps};
    fs::create_directories(made.folders.logs, fault);
    fs::create_directories(made.folders.scratch, fault);
    return made;
}

void write_status(const RunState& state, const boost::json::object& status) {
    std::ofstream{state.folder + "/status.json"} << workflow::go_json(status) << "\n";
}

std::string run_name(const boost::json::object& metadata, const std::string& file) {
    const auto* name = metadata.if_contains("name");
    if (name != nullptr && name->is_string()) {
        return std::string{name->get_string()};
    }
    const auto* prefix = metadata.if_contains("generateName");
    if (prefix != nullptr && prefix->is_string()) {
        return std::string{prefix->get_string()} + letters(5);
    }
    auto stem = fs::path{file}.stem().string();
    std::ranges::replace_if(
        stem, [](char c) { return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')); }, '-'
    );
    return stem.substr(0, 50) + "-" + letters(5);
}

bool is_run_name(std::string_view name) {
    return !name.empty() && name.size() <= 63 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

std::string tail_of(const std::string& log) {
    std::ifstream file{log, std::ios::binary | std::ios::ate};
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
    const auto from = size > tail_bytes ? size - tail_bytes : 0;
    file.seekg(static_cast<std::streamoff>(from));
    std::string text(size - from, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    while (std::ranges::count(text, '\n') > tail_lines) {
        text.erase(0, text.find('\n') + 1);
    }
    text = sanitized(text, 2 * tail_bytes);
    return text.empty() || text.ends_with('\n') ? text : text + "\n";
}

} // namespace seakeeper::daemon
