// SPDX-License-Identifier: Apache-2.0
#include "local/process.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <spawn.h>
#include <sstream>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace seakeeper::local {
namespace {

constexpr std::size_t result_bytes = 256 * 1024; // as Argo keeps of outputs.result

Error system_error(std::string_view doing, int number) {
    return {Errc::io, fmt::format("{}: {}", doing, std::strerror(number))};
}

/// What children may know of our environment: where programs and podman's storage are.
std::vector<std::string> small_environment() {
    std::vector<std::string> kept;
    for (const char* name : {"PATH", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "TMPDIR"}) {
        if (const char* value = std::getenv(name)) { // NOLINT: nobody sets any of them
            kept.push_back(fmt::format("{}={}", name, value));
        }
    }
    return kept;
}

std::vector<char*> pointers_to(const std::vector<std::string>& words) {
    std::vector<char*> pointers;
    pointers.reserve(words.size() + 1);
    for (const auto& word : words) {
        pointers.push_back(const_cast<char*>(word.c_str())); // NOLINT: POSIX takes char*
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Starts argv with the two descriptors as its output and error; the pid. It inherits nothing else:
/// descriptors of ours are open connections, and bwrap's first process in a sandbox keeps the
/// environment it was started with, for all in there to read.
Result<int> spawn_child(const std::vector<std::string>& argv, int out, int err) {
    const auto words = pointers_to(argv);
    const auto environment = small_environment();
    const auto variables = pointers_to(environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, out, 1);
    posix_spawn_file_actions_adddup2(&actions, err, 2);
    posix_spawn_file_actions_addclosefrom_np(&actions, 3); // Asio's sockets are not close-on-exec
    pid_t pid = -1;
    const int fault =
        posix_spawnp(&pid, words[0], &actions, nullptr, words.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    if (fault != 0) {
        return system_error(fmt::format("starting {}", argv[0]), fault);
    }
    return pid;
}

/// bwrap's first process in a sandbox dies with the one outside, but only once it has asked the
/// kernel for that: killed before, it would go on. So the outside is stopped first, and cannot make
/// one any more; then both are ended.
void kill_sandbox(int pid) {
    ::kill(pid, SIGSTOP);
    siginfo_t seen{};
    while (::waitid(P_PID, static_cast<id_t>(pid), &seen, WSTOPPED | WEXITED | WNOWAIT) < 0
           && errno == EINTR) {
    }
    std::ifstream children{fmt::format("/proc/{0}/task/{0}/children", pid)};
    for (int child = 0; children >> child;) {
        ::kill(child, SIGKILL);
    }
    ::kill(pid, SIGKILL);
}

} // namespace

Process::Process(asio::any_io_executor executor, std::size_t log_bytes)
    : output_{executor}, pidfd_{executor}, log_left_{log_bytes} {
}

Process::~Process() {
    if (pid_ > 0) {
        is_sandbox_ ? kill_sandbox(pid_) : void(::kill(pid_, SIGKILL));
        reap();
    }
    if (log_ >= 0) {
        ::close(log_);
    }
}

Result<std::unique_ptr<Process>> Process::spawn(
    asio::any_io_executor executor,
    std::vector<std::string> argv,
    std::string log_path,
    std::size_t log_bytes
) {
    std::unique_ptr<Process> process{new Process{executor, log_bytes}};
    process->log_ = ::open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (process->log_ < 0) {
        return system_error(fmt::format("opening log {}", log_path), errno);
    }
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("making a pipe", errno);
    }
    process->output_.assign(ends[0]);
    auto pid = spawn_child(argv, ends[1], process->log_);
    ::close(ends[1]);
    if (!pid) {
        return pid.error();
    }
    process->pid_ = *pid;
    process->is_sandbox_ = argv[0] == "bwrap";
    const auto pidfd = ::syscall(SYS_pidfd_open, *pid, 0); // Linux 5.3
    if (pidfd < 0) {
        return system_error("watching a child process", errno);
    }
    process->pidfd_.assign(static_cast<int>(pidfd));
    return process;
}

void Process::kill(std::string why) {
    if (pid_ > 0 && fault_.empty()) {
        fault_ = std::move(why);
        is_sandbox_ ? kill_sandbox(pid_) : void(::kill(pid_, SIGKILL));
    }
}

void Process::keep(std::string_view chunk) {
    const auto shown = chunk.substr(0, log_left_);
    log_left_ -= shown.size();
    [[maybe_unused]] auto written = ::write(log_, shown.data(), shown.size());
    if (shown.size() < chunk.size() && !shown.empty()) {
        constexpr std::string_view note = "\nseakeeper: the log was cut here\n";
        written = ::write(log_, note.data(), note.size());
    }
    result_ += chunk;
    if (result_.size() > 2 * result_bytes) {
        result_.erase(0, result_.size() - result_bytes);
    }
}

int Process::reap() {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

asio::awaitable<ProcessEnd> Process::wait(std::optional<Deadline> until) {
    asio::steady_timer alarm{output_.get_executor()};
    if (until) {
        alarm.expires_at(until->time());
        alarm.async_wait([this](const boost::system::error_code& fault) {
            if (!fault) {
                is_late_ = fault_.empty();
                kill("ran longer than its deadline");
            }
        });
    }
    std::array<char, 16384> chunk{};
    const asio::mutable_buffer view = asio::buffer(chunk);
    while (true) {
        auto [fault, count] =
            co_await output_.async_read_some(view, asio::as_tuple(asio::use_awaitable));
        keep(std::string_view{chunk.data(), count});
        if (fault) {
            break;
        }
    }
    // Readable once the process has ended; it has its output closed, so it is about to.
    [[maybe_unused]] auto [ignored] = co_await pidfd_.async_wait(
        asio::posix::stream_descriptor::wait_read, asio::as_tuple(asio::use_awaitable)
    );
    alarm.cancel();
    const int code = reap();
    if (result_.size() > result_bytes) {
        result_.erase(0, result_.size() - result_bytes);
    }
    if (result_.ends_with('\n')) {
        result_.pop_back();
    }
    ProcessEnd end;
    end.exit_code = code;
    end.result = std::move(result_);
    end.fault = fault_;
    end.is_late = is_late_;
    co_return end;
}

Status run_to_end(const std::vector<std::string>& argv, std::chrono::milliseconds most) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
        return system_error("making a pipe", errno);
    }
    auto pid = spawn_child(argv, ends[1], ends[1]);
    ::close(ends[1]);
    std::string said;
    const auto until = std::chrono::steady_clock::now() + most;
    bool is_late = false;
    while (pid) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
        pollfd ready{ends[0], POLLIN, 0};
        std::array<char, 4096> chunk{};
        if (::poll(&ready, 1, std::max(0, static_cast<int>(left.count()))) <= 0) {
            is_late = true;
            ::kill(*pid, SIGKILL);
            break;
        }
        const auto count = ::read(ends[0], chunk.data(), chunk.size());
        if (count <= 0) {
            break;
        }
        said.append(chunk.data(), static_cast<std::size_t>(count));
    }
    ::close(ends[0]);
    if (!pid) {
        return pid.error();
    }
    int status = 0;
    while (::waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!is_late && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        return {};
    }
    return Error{
        Errc::unsupported,
        is_late ? fmt::format("{} did not end in time", argv[0]) : quoted(said, 600)};
}

void end_leftovers(const std::string& scratch) {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator{"/proc", ignored}) {
        const auto name = entry.path().filename().string();
        std::ifstream file{entry.path() / "cmdline", std::ios::binary};
        std::ostringstream read; // an iterator would throw when the process has just ended
        read << file.rdbuf();
        const auto line = read.str();
        const bool is_ours = line.starts_with(std::string_view{"bwrap\0", 6})
                             && line.find(scratch + "/") != line.npos;
        if (is_ours && name.find_first_not_of("0123456789") == name.npos) {
            ::kill(std::stoi(name), SIGKILL);
        }
    }
}

void start_alone(const std::vector<std::string>& argv) {
    // The shell ends at once and leaves its child to init: nobody has to wait for it.
    std::vector<std::string> words{"sh", "-c", "\"$@\" >/dev/null 2>&1 &", "sh"};
    words.insert(words.end(), argv.begin(), argv.end());
    const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (auto pid = spawn_child(words, nowhere, nowhere)) {
        while (::waitpid(*pid, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    ::close(nowhere);
}

} // namespace seakeeper::local
