// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/plan.hpp"
#include "local/pod_runner.hpp"
#include "local/runner.hpp"

#include <seakeeper/core/log.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace seakeeper::local {

/// A run and what belongs to it while it is known here.
struct ActiveRun {
    ActiveRun(asio::any_io_executor executor, Program program, RunFolders where)
        : plan{std::move(program)}, folders{std::move(where)}, alarm{std::move(executor)} {}

    Plan plan;
    RunFolders folders;
    asio::steady_timer alarm;
    std::optional<WallTime> started;
    std::optional<WallTime> finished;
    std::map<std::size_t, std::shared_ptr<PodRunner>> pods; ///< that run now
};

/// Carries out plans: so many pods at once, the rest in order. Used from its executor's thread
/// only; made by make_shared, for pods that still run keep it alive.
class Engine : public std::enable_shared_from_this<Engine> {
public:
    /// Throws Exception as Runner does.
    Engine(asio::any_io_executor executor, Options options, Logger& log);

    ActiveRun& start(const std::string& name, Program program, RunFolders folders);
    ActiveRun* find(const std::string& name);
    void cancel(const std::string& name, const std::string& why);
    void forget(const std::string& name) { runs_.erase(name); }
    /// Every process ends; nothing is started any more.
    void close(const std::string& why);
    /// Comes back when something has changed, or at `until`.
    asio::awaitable<void> wait(Deadline until);
    bool has_changes() const { return !changed_.empty(); }
    std::set<std::string> take_changes() { return std::exchange(changed_, {}); }
    const Options& options() const { return runner_.options(); }

private:
    struct Waiting {
        std::string run;
        Launch launch;
    };

    void advance(const std::string& name);
    void take(const std::string& name, Acts acts);
    void kill(const std::string& name, std::size_t node);
    void pump();
    asio::awaitable<void> run_pod(std::string name, Launch launch);
    void set_alarm(const std::string& name, ActiveRun& run);
    void note(const std::string& name);

    asio::any_io_executor executor_;
    Runner runner_;
    Logger& log_;
    asio::steady_timer wake_; ///< an observer sleeps on it; cancelled when something changed
    std::map<std::string, std::unique_ptr<ActiveRun>> runs_;
    std::set<std::string> changed_;
    std::deque<Waiting> waiting_;
    std::size_t busy_ = 0;
    bool is_closing_ = false;
};

} // namespace seakeeper::local
