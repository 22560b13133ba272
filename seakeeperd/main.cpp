// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"

#include <seakeeper/core/result.hpp>

#include <CLI/CLI.hpp>

#include <cstdio>
#include <ctime>
#include <malloc.h>

using namespace seakeeper::daemon;

namespace {

constexpr const char* purpose =
    "Seakeeper: continuous integration between Gerrit and Argo Workflows.\n"
    "Exit status: 0 done, 1 the answer is no, 2 wrong use or configuration, 3 a peer could not be "
    "reached.";

seakeeper::WallTime time_of(const std::string& text) {
    std::tm parts{};
    const char* end = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == nullptr || *end != '\0') {
        throw CLI::ValidationError{"--since", text + " is no time like 2026-11-22T15:00:00Z"};
    }
    return seakeeper::WallTime{std::chrono::seconds{timegm(&parts)}};
}

void add_serve(CLI::App& app, ServeOptions& options, int& status) {
    auto* serve_command = app.add_subcommand(
        "serve",
        "The service: listens to Gerrit, decides, runs and reports.\n"
        "Example: seakeeperd serve --config /etc/seakeeper/site.yaml"
    );
    serve_command->add_option(
        "--config", options.config, "the operator's file; without it: embedded, on this machine"
    );
    serve_command->add_option(
        "--events", options.events, "a recording to play instead of the stream"
    );
    serve_command->add_option(
        "--repositories", options.repositories, "bare repositories instead of Gerrit's"
    );
    serve_command->add_option(
        "--record", options.record, "append the stream and the facts read to this file"
    );
    serve_command->add_option("--state", options.state, "state folder; overrides the file's");
    serve_command->add_option_function<std::string>(
        "--since",
        [&](const std::string& text) { options.since = time_of(text); },
        "with a new store: act on what happened since this time (2026-11-22T15:00:00Z), not only "
        "from now on"
    );
    serve_command->add_flag(
        "--shadow", options.is_shadow, "decide and record, create and post nothing"
    );
    serve_command->add_option("--log-level", options.log_level, "debug, info, warning or error")
        ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
    serve_command->add_flag_callback(
        "--json-log", [&] { options.log_format = LogFormat::json; }, "logs as JSON lines"
    );
    serve_command->callback([&] { status = serve(options); });
}

void add_manifests(CLI::App& app, std::string& config, int& status) {
    auto* command = app.add_subcommand(
        "manifests",
        "Prints what the site's clusters have to be told (docs/deploy): namespaces, quotas, "
        "network "
        "policies, accounts, roles, admission policies.\n"
        "Example: seakeeperd manifests --config site.yaml | kubectl apply -f -"
    );
    command->add_option("--config", config, "the operator's file")->required();
    command->callback([&] { status = print_manifests(config); });
}

void add_accept_config(CLI::App& app, AcceptConfigOptions& options, int& status) {
    auto* command = app.add_subcommand(
        "accept-config",
        "Takes COMMIT for the last tip of PROJECT's refs/meta/config, after somebody has looked at "
        "why it\nwas rewound: trusted runs go on. The service has to be stopped.\n"
        "Example: seakeeperd accept-config --config /etc/seakeeper/site.yaml demo/app 4f1c..."
    );
    command->add_option("--config", options.config, "the operator's file")->required();
    command->add_option("project", options.project, "whose refs/meta/config")->required();
    command->add_option("commit", options.commit, "40 hexadecimal digits")->required();
    command->callback([&] { status = accept_config(options); });
}

} // namespace

int main(int count, char** arguments) {
    mallopt(M_ARENA_MAX, 2); // one thread allocates much; an arena for each other only holds memory
    CLI::App app{purpose, "seakeeperd"};
    app.set_version_flag("--version", "seakeeperd " SEAKEEPER_VERSION);
    app.require_subcommand(1);
    int status = exit_done;
    ServeOptions serve_options;
    add_serve(app, serve_options, status);
    add_check(app, status);
    std::string manifests_config;
    add_manifests(app, manifests_config, status);
    add_decide(app, status);
    add_explain(app, status);
    add_record(app, status);
    add_replay(app, status);
    add_run(app, status);
    AcceptConfigOptions accept_options;
    add_accept_config(app, accept_options, status);
    add_operate(app, status);
    try {
        app.parse(count, arguments);
        return status;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? exit_done : exit_usage;
    } catch (const seakeeper::Exception& error) {
        std::fprintf(stderr, "seakeeperd: %s\n", error.what());
        return exit_usage;
    }
}
