// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/artifacts.hpp"
#include "local/plan.hpp"
#include "local/process.hpp"
#include "local/runner.hpp"

#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace seakeeper::local {

/// Where the files of a run are.
struct RunFolders {
    std::string logs;      ///< LOGS/NODE.log, LOGS/NODE.CONTAINER.log
    std::string scratch;   ///< SCRATCH/NODE while it runs
    std::string artifacts; ///< ARTIFACTS/NODE/NAME
    std::string volumes;   ///< VOLUMES/NAME: claims, shared by the run's pods
};

/// One pod that runs: its containers as sandboxes, its artifacts in and out. Used from its
/// executor's thread only; kept alive by whoever awaits run().
class PodRunner : public std::enable_shared_from_this<PodRunner> {
public:
    PodRunner(
        asio::any_io_executor executor,
        Runner& runner,
        Launch launch,
        RunFolders folders,
        boost::json::object spec
    );

    /// `on_start` is called when its first container has started. Call once; does not fail.
    asio::awaitable<PodEnd> run(std::function<void()> on_start);
    /// Ends every process of it; `why` becomes the pod's end.
    void kill(const std::string& why);

private:
    struct Started {
        std::string name;
        std::unique_ptr<Process> process;
        std::vector<std::string> ender;
    };

    asio::awaitable<Status> bring_inputs();
    asio::awaitable<Status> bring_git(boost::json::object artifact, std::string to);
    Status bring(const boost::json::object& artifact, const std::string& to);
    void make_mounts(const Container& container, std::vector<Mount>& into) const;
    asio::awaitable<ContainerEnd> run_container(Container container, bool keeps_root);
    asio::awaitable<void> run_sidecar(Container container);
    asio::awaitable<void> run_mains();
    asio::awaitable<void> run_member(std::size_t index);
    void kill_sidecars();
    bool keeps_root() const;
    void collect();
    void collect_artifacts(const Filesystem& files);
    std::string log_path(const Container& container) const;
    std::optional<Deadline> until() const;
    std::chrono::seconds longest() const;

    asio::any_io_executor executor_;
    Runner& runner_;
    Launch launch_;
    RunFolders folders_;
    boost::json::object spec_;
    std::string folder_;
    Pod pod_;
    PodEnd end_;
    std::function<void()> on_start_;
    std::vector<Mount> inputs_;
    std::vector<Mount> main_mounts_;
    std::string main_root_;
    std::set<Process*> processes_;
    std::set<Process*> sidecars_;
    std::vector<std::vector<std::string>> enders_;
    std::size_t open_ = 0;   ///< coroutines beside run()
    std::vector<int> ended_; ///< of a set's members: exit codes, -1 while they run
    std::unique_ptr<asio::steady_timer> changed_;
    bool is_ending_ = false;
};

} // namespace seakeeper::local
