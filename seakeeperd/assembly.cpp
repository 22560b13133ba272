// SPDX-License-Identifier: Apache-2.0
#include "assembly.hpp"

#include "core/failpoint.hpp"
#include "site_options.hpp"
#include "terminal_reporter.hpp"

#include <seakeeper/git/mirror.hpp>
#include <seakeeper/local/executor.hpp>
#include <seakeeper/pipeline/argo_executor.hpp>
#include <seakeeper/pipeline/gerrit_reporter.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

std::string file_text(const std::string& path) {
    if (path.empty()) {
        return {};
    }
    std::ifstream file{path, std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) {
        throw Exception{Error{Errc::not_found, fmt::format("reading {}: no such file", path)}};
    }
    return bytes.str();
}

void make_state_folder(const std::string& state) {
    std::error_code fault;
    fs::create_directories(state, fault);
    fs::permissions(state, fs::perms::owner_all, fault);
    if (fault || !fs::is_directory(state)) {
        throw Exception{
            Error{Errc::io, fmt::format("making state folder {}: {}", state, fault.message())}};
    }
}

bool is_loopback(const std::string& url) {
    return url.starts_with("http://127.") || url.starts_with("http://localhost")
           || url.starts_with("http://[::1]");
}

void connect_gerrit(Assembly& all) {
    const GerritSite& gerrit = all.site.gerrit;
    gerrit::RestOptions rest;
    rest.user = gerrit.http_user;
    rest.password = read_secret(gerrit.http_password_file).value();
    git::MirrorOptions mirror;
    mirror.folder = all.site.state + "/mirrors";
    mirror.base_url = gerrit.url + (gerrit.url.ends_with('/') ? "a" : "/a");
    mirror.user = rest.user;
    mirror.password = rest.password;
    mirror.ca_pem_file = gerrit.ca_file;
    const auto executor = all.context.get_executor();
    all.rest = make_rest_client(executor, gerrit.url, rest, file_text(gerrit.ca_file)).value();
    if (SEAKEEPER_BROKEN("I7")) {
        all.log.info("password", {{"is", std::string{rest.password.reveal()}}});
    }
    all.history = std::make_unique<gerrit::RestHistory>(*all.rest);
    all.source = gerrit::make_ssh_stream(executor, gerrit.ssh, all.log);
    gerrit::FactsOptions facts;
    facts.web_url = gerrit.url;
    all.facts = std::make_unique<gerrit::RestFactsSource>(*all.rest, facts);
    all.definitions = git::make_mirror(executor, std::move(mirror));
    all.reporter = std::make_unique<pipeline::GerritReporter>(*all.rest, all.log);
}

void play(Assembly& all, const ServeOptions& options) {
    auto recording = gerrit::read_recording(options.events).value();
    git::MirrorOptions mirror;
    mirror.folder = all.site.state + "/mirrors";
    mirror.base_url = "file://" + fs::absolute(options.repositories).string();
    all.source = gerrit::play_lines(std::move(recording.lines));
    all.facts = gerrit::play_facts(std::move(recording.facts));
    all.definitions = git::make_mirror(all.context.get_executor(), std::move(mirror));
    all.reporter = std::make_unique<TerminalReporter>();
}

std::unique_ptr<pipeline::Executor> make_executor(Assembly& all, const ExecutorSite& site) {
    const auto executor = all.context.get_executor();
    if (site.is_local) {
        local::Options options;
        options.log_folder = all.logs.path();
        options.scratch_folder = fmt::format("{}/scratch-{}", all.site.state, site.name);
        options.repositories = site.repositories;
        options.images = site.images;
        return std::make_unique<local::LocalExecutor>(executor, std::move(options), all.log);
    }
    auto configuration = site.kubeconfig.empty()
                             ? kubernetes::in_cluster_configuration()
                             : kubernetes::read_kubeconfig(site.kubeconfig, site.context);
    configuration->name_space = site.site.namespace_;
    pipeline::ArgoOptions options;
    options.instance_id = all.site.instance_id;
    options.log_folder = all.logs.path();
    kubernetes::Client client{executor, std::move(configuration).value(), all.log};
    return std::make_unique<pipeline::ArgoExecutor>(
        executor, std::move(client), std::move(options), all.log
    );
}

/// A ready-made place for trusted runs, or what is missing.
trust::PlantState plant_of(const Site& site) {
    trust::PlantState plant;
    for (const auto& executor : site.executors) {
        plant.is_ready |= executor.site.trust_class == trust::Class::trusted;
    }
    plant.fault = plant.is_ready ? "" : "no executor of class trusted is configured";
    return plant;
}

pipeline::Options pipeline_options(const Assembly& all, const ServeOptions& options) {
    pipeline::Options chosen;
    const Site& site = all.site;
    chosen.decisions = decision_options(site);
    // The stream's host key is pinned, or the user named the file; REST must be verified as well.
    chosen.channel.is_peer_verified = !options.events.empty()
                                      || site.gerrit.url.starts_with("https://")
                                      || is_loopback(site.gerrit.url);
    chosen.plant = plant_of(site);
    chosen.catch_up = site.gerrit.catch_up;
    chosen.catch_up.since = options.since;
    chosen.retention = site.retention;
    chosen.start_within = site.runs.create_within;
    chosen.taken_within = site.runs.begin_within;
    chosen.deadline_slack = site.runs.past_deadline;
    chosen.mode = site.is_shadow ? pipeline::Mode::shadow : pipeline::Mode::act;
    chosen.config_review = site.config_review;
    chosen.retry_command = site.retry_command;
    chosen.logs_url = site.public_url.empty() ? "" : site.public_url + "/logs";
    if (options.config.empty()) {
        chosen.on_decided = tell_on_terminal;
    }
    return chosen;
}

} // namespace

std::unique_ptr<Assembly> assemble(const ServeOptions& options, Site site, Logger& log) {
    auto all = std::make_unique<Assembly>(std::move(site), log);
    make_state_folder(all->site.state);
    all->logs = pipeline::LogFolder{all->site.state + "/logs"};
    store::Options store_options;
    store_options.path = all->site.state + "/seakeeper.db";
    store_options.on_damage = [&log](const Error& error) {
        log.error("the store is damaged: restore a copy", {{"error", error.message}});
        std::abort();
    };
    all->rehearsal = std::make_unique<pipeline::Rehearsal>(store_options.path);
    all->store = store::open(std::move(store_options)).value();
    if (options.events.empty()) {
        connect_gerrit(*all);
    } else {
        play(*all, options);
    }
    if (!options.record.empty()) {
        const auto privacy =
            options.keeps_private ? gerrit::Privacy::keep : gerrit::Privacy::leave_out;
        all->recorder = std::make_unique<gerrit::Recorder>(options.record, privacy);
        all->recorded_source = gerrit::recorded(*all->source, *all->recorder);
        all->recorded_facts = gerrit::recorded(*all->facts, *all->recorder);
    }
    std::vector<pipeline::NamedExecutor> named;
    const std::vector<ExecutorSite> none;
    for (const auto& executor : options.is_recording ? none : all->site.executors) {
        all->executors.push_back(make_executor(*all, executor));
        named.push_back({executor.name, all->executors.back().get()});
    }
    pipeline::Parts parts{
        all->stream(),
        all->reader(),
        *all->definitions,
        std::move(named),
        *all->reporter,
        *all->store,
        all->logs,
        system_clock(),
        log,
        all->history.get(),
        all->rehearsal.get()};
    all->pipeline = std::make_unique<pipeline::Pipeline>(
        all->context.get_executor(), std::move(parts), pipeline_options(*all, options)
    );
    return all;
}

} // namespace seakeeper::daemon
