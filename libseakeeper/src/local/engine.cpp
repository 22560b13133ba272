// SPDX-License-Identifier: Apache-2.0
#include "local/engine.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <filesystem>

namespace seakeeper::local {
namespace {

/// What a pod asks the specification for; the whole may have a thousand tasks.
boost::json::object volumes_of(const boost::json::object& spec) {
    const auto* volumes = spec.if_contains("volumes");
    return volumes == nullptr ? boost::json::object{} : boost::json::object{{"volumes", *volumes}};
}

} // namespace

Engine::Engine(asio::any_io_executor executor, Options options, Logger& log)
    : executor_{executor}, runner_{executor, std::move(options)}, log_{log}, wake_{executor} {
}

ActiveRun& Engine::start(const std::string& name, Program program, RunFolders folders) {
    auto& run = runs_[name];
    run = std::make_unique<ActiveRun>(executor_, std::move(program), std::move(folders));
    run->started = system_clock().wall();
    advance(name);
    return *run;
}

ActiveRun* Engine::find(const std::string& name) {
    const auto found = runs_.find(name);
    return found == runs_.end() ? nullptr : found->second.get();
}

void Engine::note(const std::string& name) {
    changed_.insert(name);
    wake_.cancel();
}

asio::awaitable<void> Engine::wait(Deadline until) {
    if (!changed_.empty()) {
        co_return;
    }
    wake_.expires_at(until.time());
    [[maybe_unused]] auto [fault] = co_await wake_.async_wait(asio::as_tuple(asio::use_awaitable));
}

void Engine::advance(const std::string& name) {
    if (auto* run = find(name)) {
        take(name, run->plan.advance(system_clock().wall()));
    }
}

void Engine::take(const std::string& name, Acts acts) {
    ActiveRun& run = *find(name);
    for (auto& launch : acts.launches) {
        waiting_.push_back({name, std::move(launch)});
    }
    for (const auto node : acts.kills) {
        kill(name, node);
    }
    set_alarm(name, run);
    if (run.plan.is_over() && !run.finished) {
        run.finished = system_clock().wall();
    }
    note(name);
    pump();
}

/// One that waits has its end at once; told later, for we are in the middle of a change.
void Engine::kill(const std::string& name, std::size_t node) {
    ActiveRun& run = *find(name);
    if (const auto pod = run.pods.find(node); pod != run.pods.end()) {
        return pod->second->kill("the run was stopped");
    }
    const auto erased = std::erase_if(waiting_, [&](const Waiting& one) {
        return one.run == name && one.launch.node == node;
    });
    if (erased > 0) {
        PodEnd end;
        end.killed = "the run was stopped";
        run.plan.finished(node, std::move(end), system_clock().wall());
    }
}

void Engine::set_alarm(const std::string& name, ActiveRun& run) {
    const auto next = run.plan.next_alarm();
    run.alarm.cancel();
    if (!next || run.plan.is_over()) {
        return;
    }
    const auto span = *next - system_clock().wall() + std::chrono::milliseconds{2};
    run.alarm.expires_after(std::max(span, std::chrono::milliseconds{1}));
    run.alarm.async_wait([weak = weak_from_this(), name](const boost::system::error_code& fault) {
        const auto self = weak.lock();
        if (!fault && self) {
            self->advance(name);
        }
    });
}

/// Starts what waits, as far as there is room.
void Engine::pump() {
    while (!is_closing_ && busy_ < runner_.options().leaves_at_once && !waiting_.empty()) {
        Waiting next = std::move(waiting_.front());
        waiting_.pop_front();
        if (find(next.run) == nullptr) {
            continue;
        }
        ++busy_;
        auto pod = run_pod(std::move(next.run), std::move(next.launch));
        asio::co_spawn(
            executor_,
            std::move(pod),
            [self = shared_from_this()](std::exception_ptr error) {
                if (error) {
                    self->log_.error("local pod broke", {});
                }
                --self->busy_;
                self->pump();
            }
        );
    }
}

asio::awaitable<void> Engine::run_pod(std::string name, Launch launch) {
    ActiveRun* run = find(name);
    const auto node = launch.node;
    PodEnd end;
    if (launch.until && system_clock().wall() >= *launch.until) {
        end.is_late = true; // there was no room for it in time
    } else {
        const auto pod = std::make_shared<PodRunner>(
            executor_,
            runner_,
            std::move(launch),
            run->folders,
            volumes_of(run->plan.program().spec)
        );
        run->pods[node] = pod;
        std::function<void()> on_start = [this, name, node] {
            if (ActiveRun* still = find(name)) {
                still->plan.started(node, system_clock().wall());
                advance(name);
            }
        };
        try {
            end = co_await pod->run(std::move(on_start));
        } catch (const std::exception& error) {
            end.fault = error.what();
        }
    }
    run = find(name); // it may have been forgotten meanwhile
    if (run == nullptr) {
        co_return;
    }
    run->pods.erase(node);
    run->plan.finished(node, std::move(end), system_clock().wall());
    advance(name);
}

void Engine::cancel(const std::string& name, const std::string& why) {
    if (ActiveRun* run = find(name); run != nullptr && !run->plan.is_over()) {
        run->plan.stop(why);
        advance(name);
        advance(name); // what waited has ended by the first
    }
}

void Engine::close(const std::string& why) {
    is_closing_ = true;
    waiting_.clear();
    for (auto& [name, run] : runs_) {
        run->alarm.cancel();
        for (auto& [node, pod] : run->pods) {
            pod->kill(why);
        }
    }
}

} // namespace seakeeper::local
