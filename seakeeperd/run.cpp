// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "local/engine.hpp"
#include "local/status.hpp"
#include "run_files.hpp"
#include "run_progress.hpp"
#include "run_state.hpp"
#include "site.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
namespace json = boost::json;

constexpr const char* purpose =
    "Runs a Workflow on this machine as Argo would, without a cluster: each container is a sandbox "
    "(bubblewrap on this machine's /usr, podman where it has the image), without a network unless "
    "you ask for it. What cannot be honoured here is refused before anything starts.\n"
    "With --class what the service's policy has against the file refuses it as the service would; "
    "without, it is only told. Ctrl-C ends everything. Exit status 0 when the run succeeded.\n"
    "Examples: seakeeperd run ci.yaml; seakeeperd run -p suite=unit --class untrusted ci.yaml";

struct RunOptions {
    std::string file;
    std::vector<std::string> parameters;
    std::vector<std::string> templates;
    std::string trust_class = "none";
    std::string config;
    std::string state = "seakeeper-run";
    std::string name;
    std::string repositories;
    std::string images = "where_present";
    std::size_t parallel = 4;
    bool has_network = false;
    bool keeps = false;
    bool is_quiet = false;
};

/// The policy of a class: the operator's, or the defaults that `check` judges by.
Result<workflow::Policy> policy_of(const RunOptions& chosen, trust::Class trust_class) {
    workflow::Policy policy;
    policy.trust_class = trust_class;
    if (chosen.config.empty()) {
        return policy;
    }
    auto site = read_site_file(chosen.config);
    if (!site) {
        return site.error();
    }
    for (const auto& executor : site->executors) {
        if (executor.policy.trust_class == trust_class) {
            return executor.policy;
        }
    }
    return policy;
}

/// 0, or the exit code: findings refuse a class, and are told to everybody else.
int judge(const RunOptions& chosen, const workflow::Definition& definition) {
    const bool is_free = chosen.trust_class == "none";
    const auto trust_class =
        chosen.trust_class == "trusted" ? trust::Class::trusted : trust::Class::untrusted;
    auto policy = policy_of(chosen, trust_class);
    if (!policy) {
        return fail("run", policy.error());
    }
    const auto findings = workflow::police(definition, *policy);
    if (is_free && (chosen.is_quiet || findings.empty())) {
        return exit_done;
    }
    for (const auto& finding : findings) {
        fmt::print(
            stderr, "{}{}\n", is_free ? "warning: as an untrusted run: " : "", to_string(finding)
        );
    }
    if (is_free || findings.empty()) {
        return exit_done;
    }
    fmt::print(stderr, "refused as {}: {} findings\n", chosen.trust_class, findings.size());
    return exit_no;
}

Status set_parameter(json::object& spec, const std::string& given) {
    const auto equals = given.find('=');
    const auto name = given.substr(0, equals);
    auto* arguments = spec.if_contains("arguments");
    auto* list = arguments == nullptr ? nullptr : arguments->get_object().if_contains("parameters");
    for (std::size_t i = 0; equals != given.npos && list != nullptr && i < list->get_array().size();
         ++i) {
        auto& one = list->get_array()[i].get_object();
        if (one.at("name").as_string() == name) {
            one["value"] = given.substr(equals + 1);
            one.erase("valueFrom");
            return {};
        }
    }
    return Error{
        Errc::invalid_argument,
        fmt::format(
            "-p {}: accepted is NAME=VALUE of a parameter in spec.arguments", quoted(given, 80)
        )};
}

/// The manifest with its name and parameters; defaults of arguments become their values.
Result<json::object> manifest_of(const RunOptions& chosen, const workflow::Definition& definition) {
    json::object manifest = definition.tree();
    auto& spec = manifest["spec"].get_object();
    for (const auto& given : chosen.parameters) {
        if (auto set = set_parameter(spec, given); !set) {
            return set.error();
        }
    }
    auto* arguments = spec.if_contains("arguments");
    auto* list = arguments == nullptr ? nullptr : arguments->get_object().if_contains("parameters");
    for (std::size_t i = 0; list != nullptr && i < list->get_array().size(); ++i) {
        auto& one = list->get_array()[i].get_object();
        if (!one.contains("value") && one.contains("default")) {
            one["value"] = one["default"];
        }
    }
    auto& metadata = manifest["metadata"];
    if (!metadata.is_object()) {
        metadata = json::object{};
    }
    const auto name =
        chosen.name.empty() ? run_name(metadata.get_object(), chosen.file) : chosen.name;
    if (!is_run_name(name)) {
        return Error{
            Errc::invalid_argument,
            fmt::format("the name {}: accepted are 1 to 63 of a-z, 0-9 and '-'", quoted(name, 80))};
    }
    metadata.get_object()["name"] = name;
    return manifest;
}

/// What a coroutine of one run works with.
struct Running {
    std::shared_ptr<local::Engine> engine;
    std::string name;
    RunProgress progress;
    StatusKeeper keeper;
    bool is_terminal = false;
};

asio::awaitable<void> follow(Running& running) {
    while (true) {
        const auto* run = running.engine->find(running.name);
        running.progress.show(run->plan, system_clock().wall());
        if (run->plan.is_over() && run->pods.empty()) {
            co_return;
        }
        const auto idle = running.is_terminal ? std::chrono::milliseconds{250}
                                              : std::chrono::milliseconds{3'600'000};
        const auto span = running.keeper.keep(*run, idle);
        const auto until = Deadline::in(span);
        co_await running.engine->wait(until);
        if (!running.engine->take_changes().empty()) {
            running.keeper.note_change();
        }
    }
}

/// The last lines of what failed, and where the rest is.
void print_end(const local::ActiveRun& run, const RunState& state) {
    const auto& plan = run.plan;
    for (const auto& node : plan.nodes()) {
        const auto log = fmt::format("{}/{}.log", state.folders.logs, node.id);
        if (node.type == local::NodeType::pod && local::is_bad(node.phase) && fs::exists(log)) {
            fmt::print(
                "--- {}: {}\n{}",
                sanitized(node.name, 200),
                sanitized(node.message, 400),
                tail_of(log)
            );
        }
    }
    for (const auto& one : plan.outputs().parameters) {
        fmt::print("output {} = {}\n", one.name, sanitized(one.value.value_or(""), 2000));
    }
    const auto span = run.finished.value_or(WallTime{}) - run.started.value_or(WallTime{});
    fmt::print(
        "{} {} in {:.1f}s{}{}; logs and status.json: {}\n",
        to_string(plan.phase()),
        plan.program().name,
        std::chrono::duration<double>(span).count(),
        plan.message().empty() ? "" : ": ",
        sanitized(plan.message(), 400),
        state.folder
    );
}

int execute(const RunOptions& chosen, local::Program program, RunState& state) {
    boost::asio::io_context context;
    local::Options options;
    options.log_folder = state.folder;
    options.scratch_folder = state.folders.scratch;
    options.repositories = chosen.repositories;
    options.leaves_at_once = chosen.parallel;
    options.has_network = chosen.has_network;
    options.images = chosen.images == "ignored"    ? local::Images::ignored
                     : chosen.images == "required" ? local::Images::required
                                                   : local::Images::where_present;
    const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
    Running running{
        std::make_shared<local::Engine>(context.get_executor(), options, no_log()),
        program.name,
        RunProgress{is_terminal, chosen.is_quiet},
        StatusKeeper{state},
        is_terminal};
    boost::asio::signal_set signals{context, SIGINT, SIGTERM, SIGHUP};
    signals.async_wait([&](const boost::system::error_code& fault, int) {
        if (!fault) {
            running.engine->cancel(running.name, "interrupted");
        }
    });
    running.engine->start(running.name, std::move(program), state.folders);
    std::exception_ptr broken;
    auto following = follow(running);
    boost::asio::co_spawn(context, std::move(following), [&](std::exception_ptr error) {
        broken = error;
        signals.cancel();
        context.stop();
    });
    context.run();
    if (broken) {
        std::rethrow_exception(broken);
    }
    const auto& run = *running.engine->find(running.name);
    write_status(state, local::status_of(run.plan, run.started, run.finished));
    if (!chosen.is_quiet) {
        print_end(run, state);
    }
    return run.plan.phase() == local::NodePhase::succeeded ? exit_done : exit_no;
}

/// A definition that nobody can run: told as Argo's controller would tell it.
int refuse(RunState& state, const std::string& message) {
    fmt::print(stderr, "{}\n", message);
    write_status(state, {{"phase", "Failed"}, {"message", message}, {"nodes", json::object{}}});
    return exit_no;
}

int run(const RunOptions& chosen) {
    auto files = read_run_files(chosen.file, chosen.templates);
    if (!files) {
        const bool is_judged =
            files.error().is(Errc::malformed) || files.error().is(Errc::limit_exceeded);
        fail("run", files.error());
        return is_judged ? exit_no : exit_usage;
    }
    if (const int verdict = judge(chosen, *files->workflow); verdict != exit_done) {
        return verdict;
    }
    auto manifest = manifest_of(chosen, *files->workflow);
    if (!manifest) {
        return fail("run", manifest.error());
    }
    auto state = open_state(
        chosen.state, std::string{manifest->at("metadata").at("name").as_string()}, chosen.keeps
    );
    if (!state) {
        return fail("run", state.error());
    }
    auto lacks = lacks_of(*files, *manifest);
    if (!lacks) {
        return refuse(*state, lacks.error().message);
    }
    if (!lacks->empty()) {
        return refuse(
            *state, fmt::format("this machine cannot run it:\n{}", fmt::join(*lacks, "\n"))
        );
    }
    std::vector<json::object> trees;
    for (const auto& one : files->templates) {
        trees.push_back(one.tree);
    }
    auto program = local::read_program(*manifest, trees);
    if (!program) {
        return refuse(*state, program.error().message);
    }
    program->created = system_clock().wall();
    program->uid = "local-" + program->name;
    return execute(chosen, std::move(*program), *state);
}

} // namespace

void add_run(CLI::App& app, int& status) {
    auto options = std::make_shared<RunOptions>();
    auto* command = app.add_subcommand("run", purpose);
    command->add_option("file", options->file, "a Workflow, in YAML")->required();
    command->add_option("-p,--parameter", options->parameters, "NAME=VALUE of spec.arguments")
        ->take_all()
        ->allow_extra_args(false);
    command
        ->add_option(
            "--class",
            options->trust_class,
            "judge as the service would: untrusted, trusted or none"
        )
        ->check(CLI::IsMember({"untrusted", "trusted", "none"}))
        ->capture_default_str();
    command->add_option(
        "--config", options->config, "the operator's file whose policies --class means"
    );
    command
        ->add_option(
            "--templates",
            options->templates,
            "files or folders of WorkflowTemplates for templateRef"
        )
        ->take_all()
        ->allow_extra_args(false);
    command->add_option(
        "--name", options->name, "of the run; without it metadata.name or generateName"
    );
    command->add_option("--state", options->state, "folder of logs and status")
        ->capture_default_str();
    command->add_option(
        "--repositories", options->repositories, "shown inside, read-only, at /repositories"
    );
    command->add_option("--images", options->images, "ignored, where_present (podman) or required")
        ->check(CLI::IsMember({"ignored", "where_present", "required"}))
        ->capture_default_str();
    command->add_option("--parallel", options->parallel, "pods at once")
        ->check(CLI::Range(1, 256))
        ->capture_default_str();
    command->add_flag("--network", options->has_network, "steps have this machine's network");
    command->add_flag("--keep", options->keeps, "keep artifacts and volumes beside the logs");
    command->add_flag(
        "--quiet", options->is_quiet, "no progress: only what refuses it, and the exit code"
    );
    command->callback([options, &status] { status = run(*options); });
}

} // namespace seakeeper::daemon
