// SPDX-License-Identifier: Apache-2.0
#include "pipeline/argo_observation.hpp"
#include "pipeline/pod_log.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/pipeline/argo_executor.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace seakeeper::pipeline {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Connections to the log of a pod that has ended that may break before it is left as it is.
constexpr int log_tries = 10;

/// How a connection to a pod's log ended.
enum class LogEnd { complete, broken, gone };

struct ArgoExecutor::State : std::enable_shared_from_this<ArgoExecutor::State> {
    State(asio::any_io_executor where, kubernetes::Client kube, ArgoOptions chosen, Logger& logger)
        : executor{std::move(where)}, client{std::move(kube)}, options{std::move(chosen)},
          log{logger} {}

    std::string selector() const {
        return fmt::format("{}={}", workflow::label_instance, options.instance_id);
    }
    asio::awaitable<Result<std::vector<Observation>>> list(Deadline until);
    Result<Observation> observed(const json::object& object);
    asio::awaitable<void> settle(std::string workload, Deadline until);
    void follow(const Observation& seen);
    asio::awaitable<void> follow_pod(std::string workload, RunStep step);
    asio::awaitable<LogEnd> follow_once(std::string pod, std::ofstream& file, LogLines& lines);
    asio::awaitable<bool> has_ended(std::string pod);
    asio::awaitable<void> sleep(std::chrono::milliseconds span);

    asio::any_io_executor executor;
    kubernetes::Client client;
    ArgoOptions options;
    Logger& log;
    std::unique_ptr<kubernetes::Watch> watch;
    SteadyTime next_list{};
    std::set<std::string> followed;               ///< nodes whose log is followed or done
    std::map<std::string, std::size_t> open_logs; ///< by workload
    bool is_closing = false;
};

asio::awaitable<void> ArgoExecutor::State::sleep(std::chrono::milliseconds span) {
    asio::steady_timer timer{executor, span};
    [[maybe_unused]] auto [fault] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// Whether the step's container is over, or gone.
asio::awaitable<bool> ArgoExecutor::State::has_ended(std::string pod) {
    const auto until = Deadline::in(10s);
    auto object = co_await client.get(kubernetes::pods, std::move(pod), until);
    if (!object) {
        co_return object.error().is(Errc::not_found);
    }
    boost::system::error_code fault;
    const json::value value(std::move(*object)); // braces would make an array of it
    const auto* phase = value.find_pointer("/status/phase", fault);
    if (phase != nullptr && phase->is_string()) {
        co_return phase->get_string() == "Succeeded" || phase->get_string() == "Failed";
    }
    co_return false;
}

/// Copies what one connection gives.
asio::awaitable<LogEnd>
ArgoExecutor::State::follow_once(std::string pod, std::ofstream& file, LogLines& lines) {
    kubernetes::LogQuery query;
    query.is_following = true;
    query.has_timestamps = true;
    query.since_time = lines.since();
    const auto until = Deadline::in(10s);
    auto stream = co_await client.pod_log(std::move(pod), std::move(query), until);
    if (!stream) {
        co_return stream.error().is(Errc::not_found) ? LogEnd::gone : LogEnd::broken;
    }
    while (!is_closing) {
        const auto soon = Deadline::in(60s);
        auto piece = co_await (*stream)->read(soon);
        if (!piece && piece.error().is(Errc::timed_out)) {
            continue;
        }
        if (!piece) {
            co_return LogEnd::broken;
        }
        if (piece->empty()) {
            co_return LogEnd::complete;
        }
        file << lines.take(*piece) << std::flush;
    }
    co_return LogEnd::broken;
}

asio::awaitable<void> ArgoExecutor::State::follow_pod(std::string workload, RunStep step) {
    const auto folder = std::filesystem::path{options.log_folder} / workload;
    std::filesystem::create_directories(folder);
    // Begun anew after a restart of ours: the API server still has all of it.
    std::ofstream file{folder / (step.node + ".log"), std::ios::binary | std::ios::trunc};
    LogLines lines{options.log_bytes};
    int broken = 0;
    while (!is_closing) {
        // Asked before reading: what is read to its end after the pod's end is complete.
        const bool is_ended = co_await has_ended(step.pod);
        const auto end = co_await follow_once(step.pod, file, lines);
        if (end == LogEnd::gone || (is_ended && end == LogEnd::complete)) {
            break;
        }
        if (is_ended && ++broken == log_tries) {
            log.warning(
                "a log could not be read to its end", {{"workload", workload}, {"pod", step.pod}}
            );
            break;
        }
        lines.resume();
        co_await sleep(300ms);
    }
    file << lines.finish();
}

void ArgoExecutor::State::follow(const Observation& seen) {
    const auto& workload = seen.run.workload;
    for (const auto& step : seen.steps) {
        if (step.pod.empty() || !followed.insert(step.node).second) {
            continue;
        }
        ++open_logs[workload];
        auto work = follow_pod(workload, step);
        auto self = shared_from_this();
        asio::co_spawn(executor, std::move(work), [self, workload](std::exception_ptr error) {
            if (error) {
                self->log.error("following a pod's log broke", {{"workload", workload}});
            }
            --self->open_logs[workload];
        });
    }
}

/// Gives the logs of a run that has ended their time.
asio::awaitable<void> ArgoExecutor::State::settle(std::string workload, Deadline until) {
    while (open_logs[workload] > 0 && !until.passed()) {
        co_await sleep(50ms);
    }
    if (open_logs[workload] > 0) {
        log.warning("logs of an ended run are incomplete", {{"workload", workload}});
    }
}

/// Logs of a run that has ended are read when its end is confirmed: after a restart there may be
/// thousands of them.
Result<Observation> ArgoExecutor::State::observed(const json::object& object) {
    auto seen = read_argo(object);
    if (seen && !is_over(seen->phase)) {
        follow(*seen);
    }
    return seen;
}

asio::awaitable<Result<std::vector<Observation>>> ArgoExecutor::State::list(Deadline until) {
    auto found = co_await client.list(kubernetes::workflows, selector(), until);
    if (!found) {
        co_return found.error();
    }
    watch = client.watch(kubernetes::workflows, selector(), found->resource_version);
    next_list = std::chrono::steady_clock::now() + options.list_again;
    std::vector<Observation> listed;
    for (const auto& object : found->items) {
        if (auto seen = observed(object)) {
            listed.push_back(std::move(*seen));
        } else {
            log.warning("Workflow not understood", {{"error", seen.error().message}});
        }
    }
    co_return listed;
}

ArgoExecutor::ArgoExecutor(
    asio::any_io_executor executor, kubernetes::Client client, ArgoOptions options, Logger& log
)
    : state_{
        std::make_shared<State>(std::move(executor), std::move(client), std::move(options), log)} {
}

ArgoExecutor::~ArgoExecutor() {
    state_->is_closing = true;
}

asio::awaitable<Result<RunRef>> ArgoExecutor::start(StartRequest request, Deadline until) {
    auto state = state_;
    const auto doing = fmt::format("creating Workflow {}", request.workload);
    boost::system::error_code fault;
    const json::value manifest = json::parse(request.manifest, fault);
    if (fault || !manifest.is_object()) {
        co_return Error{Errc::malformed, doing + ": its manifest is not a JSON object"};
    }
    json::object sent = manifest.get_object();
    auto stored = co_await state->client.create(kubernetes::workflows, std::move(sent), until);
    const bool may_exist =
        !stored
        && (stored.error().is(Errc::already_exists) || stored.error().is(Errc::unknown_outcome));
    if (may_exist) {
        stored = co_await state->client.get(kubernetes::workflows, request.workload, until);
    }
    if (!stored) {
        co_return std::move(stored).error().within(doing);
    }
    const auto seen = read_argo(*stored);
    if (!seen) {
        co_return seen.error().within(doing);
    }
    if (may_exist && !is_of_manifest(*stored, manifest.get_object())) {
        co_return Error{
            Errc::already_exists, doing + ": the name is taken by a Workflow of another manifest"};
    }
    co_return seen->run;
}

asio::awaitable<Result<std::vector<Observation>>> ArgoExecutor::observe(Deadline until) {
    auto state = state_;
    if (!state->watch || std::chrono::steady_clock::now() >= state->next_list) {
        auto listed = co_await state->list(until);
        co_return listed;
    }
    auto event = co_await state->watch->next(until);
    std::vector<Observation> seen;
    if (!event) {
        if (event.error().is(Errc::timed_out)) {
            co_return seen;
        }
        state->watch.reset(); // a list tells what the watch no longer can
        if (event.error().is(Errc::gone)) {
            co_return seen;
        }
        co_return event.error();
    }
    if (event->kind == kubernetes::WatchEventKind::bookmark) {
        co_return seen;
    }
    const bool is_deleted = event->kind == kubernetes::WatchEventKind::deleted;
    auto one = state->observed(event->object);
    if (!one) {
        state->watch.reset();
        co_return one.error();
    }
    if (is_deleted && !is_over(one->phase)) {
        one->phase = RunPhase::vanished;
        one->message = "the Workflow was deleted before it had ended";
    }
    seen.push_back(std::move(*one));
    co_return seen;
}

asio::awaitable<Result<Observation>> ArgoExecutor::inspect(RunRef run, Deadline until) {
    auto state = state_;
    auto object = co_await state->client.get(kubernetes::workflows, run.workload, until);
    if (!object) {
        co_return object.error();
    }
    co_return state->observed(*object);
}

asio::awaitable<Result<Observation>> ArgoExecutor::confirm(Observation ended, Deadline until) {
    auto state = state_;
    state->follow(ended);
    if (ended.phase == RunPhase::succeeded) {
        auto selector = fmt::format("workflows.argoproj.io/workflow={}", ended.run.workload);
        auto pods = co_await state->client.list(kubernetes::pods, std::move(selector), until);
        if (!pods) {
            co_return pods.error();
        }
        distrust(ended, pods->items);
    }
    const auto patience = Deadline::in(state->options.log_patience);
    co_await state->settle(ended.run.workload, patience);
    co_return ended;
}

asio::awaitable<Status> ArgoExecutor::cancel(RunRef run, Deadline until) {
    auto state = state_;
    json::object spec;
    spec["shutdown"] = "Terminate";
    json::object patch;
    patch["spec"] = std::move(spec);
    auto done = co_await state->client.merge_patch(
        kubernetes::workflows, run.workload, std::move(patch), until
    );
    if (!done && !done.error().is(Errc::not_found)) {
        co_return done.error();
    }
    co_return Status{};
}

asio::awaitable<Status> ArgoExecutor::release(RunRef run, Deadline until) {
    auto state = state_;
    auto object = co_await state->client.get(kubernetes::workflows, run.workload, until);
    if (!object) {
        co_return object.error().is(Errc::not_found) ? Status{} : Status{object.error()};
    }
    const auto status = kubernetes::read_workflow_status(*object);
    if (!status || (!run.uid.empty() && status->uid != run.uid)) {
        co_return Status{}; // another object has the name by now: not ours to touch
    }
    const auto place = std::ranges::find(status->finalizers, workflow::finalizer);
    if (place == status->finalizers.end()) {
        co_return Status{};
    }
    const auto path = fmt::format("/metadata/finalizers/{}", place - status->finalizers.begin());
    json::array patch;
    patch.push_back(json::object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", status->uid}}
    );
    patch.push_back(json::object{{"op", "test"}, {"path", path}, {"value", workflow::finalizer}});
    patch.push_back(json::object{{"op", "remove"}, {"path", path}});
    auto done = co_await state->client.json_patch(
        kubernetes::workflows, run.workload, std::move(patch), until
    );
    if (!done && !done.error().is(Errc::not_found)) {
        co_return std::move(done).error().within(fmt::format("releasing Workflow {}", run.workload)
        );
    }
    if (const auto seen = read_argo(*object)) {
        for (const auto& step : seen->steps) {
            state->followed.erase(step.node);
        }
    }
    state->open_logs.erase(run.workload);
    co_return Status{};
}

asio::awaitable<Status> ArgoExecutor::discard(RunRef run, Deadline until) {
    auto state = state_;
    auto object = co_await state->client.get(kubernetes::workflows, run.workload, until);
    if (!object) {
        co_return object.error().is(Errc::not_found) ? Status{} : Status{object.error()};
    }
    const auto status = kubernetes::read_workflow_status(*object);
    if (!status || (!run.uid.empty() && status->uid != run.uid)) {
        co_return Status{}; // another object has the name by now
    }
    auto stopped = co_await cancel(run, until); // a pod that starts right now is stopped as well
    if (!stopped) {
        co_return stopped;
    }
    kubernetes::RemoveOptions options;
    options.uid = status->uid;
    auto removed = co_await state->client.remove(
        kubernetes::workflows, run.workload, std::move(options), until
    );
    if (!removed && !removed.error().is(Errc::not_found)) {
        co_return removed;
    }
    auto released = co_await release(std::move(run), until);
    co_return released;
}

} // namespace seakeeper::pipeline
