// SPDX-License-Identifier: Apache-2.0
#include "run_state.hpp"

#include "local/status.hpp"
#include "site_folder.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/file.h>
#include <thread>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t tail_bytes = 4000;
constexpr std::ptrdiff_t tail_lines = 15;
constexpr std::chrono::milliseconds shortest_pause{500};

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

bool is_held(const fs::path& folder) {
    const int lock = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC); // NOLINT
    const bool is_taken = lock >= 0 && ::flock(lock, LOCK_SH | LOCK_NB) != 0;
    if (lock >= 0) {
        ::close(lock);
    }
    return is_taken;
}

/// The same for who may wait for a moment: `explain` looks at the lock by taking it.
int locked_soon(const fs::path& folder) {
    int lock = locked(folder);
    for (int i = 0; lock < 0 && i < 10; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        lock = locked(folder);
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
    const int lock = locked_soon(folder);
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
    const auto made = state.folder + "/status.json.new";
    std::ofstream{made} << boost::json::serialize(status) << "\n"; // nodes in their order
    std::error_code ignored;
    fs::rename(made, state.folder + "/status.json", ignored);
}

std::chrono::milliseconds
StatusKeeper::keep(const local::ActiveRun& run, std::chrono::milliseconds idle) {
    using std::chrono::steady_clock;
    const auto now = steady_clock::now();
    if (is_changed_ && now >= next_) {
        write_status(state_, local::status_of(run.plan, run.started, run.finished));
        const auto done = steady_clock::now();
        is_changed_ = false;
        next_ = done + std::max<steady_clock::duration>(shortest_pause, 30 * (done - now));
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_ - steady_clock::now());
    return is_changed_ ? std::min(idle, std::max(left, std::chrono::milliseconds{1})) : idle;
}

Result<local::StatusTree> read_run(const std::string& state, const std::string& name) {
    const auto folder = fs::path{state} / "runs" / name;
    const auto file = folder / "status.json";
    if (!is_run_name(name) || !fs::exists(folder / "lock")) {
        return Error{Errc::not_found, fmt::format("no run {} in {}", quoted(name, 80), state)};
    }
    const bool is_there = is_held(folder); // before its words: it may end in between
    boost::json::value status{{"phase", "Pending"}};
    if (fs::exists(file)) {
        auto text = read_text(file.string());
        if (!text) {
            return text.error();
        }
        boost::system::error_code fault;
        status = boost::json::parse(*text, fault);
        if (fault || !status.is_object()) {
            return Error{Errc::malformed, fmt::format("{}: not a run's status", file.string())};
        }
    }
    const auto keeper = is_there ? local::Keeper::there : local::Keeper::gone;
    auto tree = local::tree_of(status.get_object(), name, keeper, system_clock().wall());
    tree.folder = folder.string();
    return tree;
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
