// SPDX-License-Identifier: Apache-2.0
#include "plant.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/git/mirror.hpp>
#include <seakeeper/testing/builders.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <fstream>
#include <iterator>

namespace seakeeper::bench {
namespace {

namespace json = boost::json;
using trust::Class;

constexpr const char* project = "demo/app";
constexpr const char* instance = "bench";

constexpr const char* configuration = R"(triggers:
  check:
    events: [patchset-created]
    branch: [master]
    workflow: workflows/test.yaml
    trust: untrusted
    report: {label: Verified, success: +1, failure: -1}
)";

constexpr const char* definition = R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  templates:
    - name: main
      container:
        image: localhost/seakeeper-tools:1
        command: [sh, -c, make check]
)";

Result<std::string> file_text(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (!file) {
        return Error{Errc::not_found, fmt::format("reading {}: no such file", path)};
    }
    while (text.ends_with('\n')) {
        text.pop_back();
    }
    return text;
}

testing::Scene scene_of(std::uint32_t change) {
    return testing::a_change()
        .in_project(project)
        .numbered(change)
        .uploaded_by(testing::stranger())
        .upload();
}

event::Event question_about_project() {
    event::Event event;
    event.type = "project";
    event.project = project;
    return event;
}

decision::Executor place_of(const Wishes& wishes, Class value) {
    decision::Executor place;
    place.name = trust::to_string(value);
    place.site.trust_class = value;
    place.site.namespace_ = wishes.name_space;
    place.site.service_account = "runner";
    place.site.executor_service_account = "executor";
    place.site.instance_id = instance;
    place.site.controller_instance_id = "nobody";
    return place;
}

pipeline::Options options_of(const Wishes& wishes) {
    pipeline::Options options;
    auto& decisions = options.decisions;
    decisions.server = "bench";
    decisions.project_url = "https://gerrit.example/";
    decisions.self.username = "seakeeper";
    decisions.trust.label_owners = {"All-Projects", "demo/parent"};
    decisions.untrusted_policy.trust_class = Class::untrusted;
    decisions.trusted_policy.trust_class = Class::trusted;
    decisions.trusted_policy.images = {"localhost/"};
    decisions.trusted_policy.require_image_digest = false;
    decisions.untrusted = place_of(wishes, Class::untrusted);
    decisions.trusted = place_of(wishes, Class::trusted);
    options.channel.is_peer_verified = true;
    options.plant.is_ready = true;
    return options;
}

} // namespace

std::string line_of(std::uint32_t change) {
    return event::serialize(scene_of(change).event);
}

kubernetes::Client Plant::client(const Wishes& wishes) {
    auto configuration = kubernetes::read_kubeconfig(wishes.kubeconfig).value();
    configuration.name_space = wishes.name_space;
    kubernetes::ClientOptions options;
    options.connections = wishes.connections;
    return {executor(), std::move(configuration), no_log(), options};
}

Plant::Plant(const Wishes& wishes)
    : source{executor()}, logs_{wishes.folder + "/logs"}, bare_{client(wishes)},
      bare_number_{system_clock().wall().time_since_epoch().count()} {
    store_ = store::open({wishes.folder + "/store.db", {}}).value();
    if (wishes.lines.empty()) {
        use_facts_at_hand(wishes.events);
    } else {
        use_gerrit(wishes);
    }
    pipeline::ArgoOptions argo;
    argo.instance_id = instance;
    argo.log_folder = logs_.path();
    argo_ = std::make_unique<pipeline::ArgoExecutor>(executor(), client(wishes), argo, no_log());
    watched = std::make_unique<WatchedExecutor>(*argo_);
    pipeline::Parts parts{
        source,
        *facts_,
        *definitions_,
        {{wishes.lines.empty() ? "untrusted" : "trusted", watched.get()}}, // observed by one caller
        reporter_,
        *store_,
        logs_,
        system_clock(),
        no_log()};
    pipeline_ =
        std::make_unique<pipeline::Pipeline>(executor(), std::move(parts), options_of(wishes));
}

Plant::~Plant() = default;

void Plant::use_facts_at_hand(std::size_t events) {
    auto definitions = std::make_unique<testing::FakeDefinitions>();
    const auto name = ProjectName::parse(project).value();
    const auto tip = definitions->push(
        name, {{"seakeeper.yaml", configuration}, {"workflows/test.yaml", definition}}
    );
    auto facts = std::make_unique<testing::FakeFactsSource>();
    gerrit::Fact<gerrit::ConfigFacts> config;
    config.value = gerrit::ConfigFacts{name, tip};
    gerrit::Facts about_project;
    about_project.parents.value = std::vector<ProjectName>{};
    about_project.configs = {config};
    facts->put(question_about_project(), about_project);
    for (std::uint32_t change = 1; change <= events; ++change) {
        auto scene = scene_of(change);
        facts->put(scene.event, std::move(scene.facts));
    }
    definitions_ = std::move(definitions);
    facts_ = std::move(facts);
}

void Plant::use_gerrit(const Wishes& wishes) {
    gerrit::RestOptions rest;
    rest.user = wishes.gerrit_user;
    rest.password = Secret{file_text(wishes.password_file).value()};
    git::MirrorOptions mirror;
    mirror.folder = wishes.folder + "/mirrors";
    mirror.base_url = wishes.gerrit_url + "/a";
    mirror.user = rest.user;
    mirror.password = rest.password;
    rest_ = gerrit::make_rest_client(executor(), wishes.gerrit_url, rest, "").value();
    facts_ = std::make_unique<gerrit::RestFactsSource>(*rest_, gerrit::FactsOptions{});
    definitions_ = git::make_mirror(executor(), std::move(mirror));
}

void Plant::run_beside(asio::awaitable<void> work) {
    std::exception_ptr broken;
    const auto note = [&](std::exception_ptr error) {
        if (error && !broken) {
            broken = error;
        }
    };
    asio::co_spawn(context, pipeline_->run(), [&](std::exception_ptr error, Status status) {
        note(error);
        if (!status) {
            note(std::make_exception_ptr(Exception{status.error()}));
        }
        context.stop();
    });
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
        note(error);
        pipeline_->stop(std::chrono::milliseconds{500});
    });
    context.run();
    context.restart();
    if (broken) {
        std::rethrow_exception(broken);
    }
}

void Plant::run_alone(asio::awaitable<void> work) {
    std::exception_ptr broken;
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error) {
        broken = error;
        context.stop();
    });
    context.run();
    context.restart();
    if (broken) {
        std::rethrow_exception(broken);
    }
}

json::object Plant::bare_manifest() {
    auto manifest = json::parse(watched->manifest).as_object();
    const auto name = sha256_hex(fmt::format("bare {}", ++bare_number_)).substr(0, 26);
    manifest.at("metadata").as_object()["name"] = "sk-" + name;
    return manifest;
}

asio::awaitable<Status> Plant::post_bare(json::object manifest) {
    const auto until = Deadline::in(std::chrono::seconds{30});
    auto stored = co_await bare_.create(kubernetes::workflows, std::move(manifest), until);
    co_return stored ? Status{} : Status{stored.error()};
}

asio::awaitable<void> Plant::clean_some(std::vector<std::string>& names) {
    while (!names.empty()) {
        auto name = std::move(names.back());
        names.pop_back();
        const auto until = Deadline::in(std::chrono::seconds{30});
        json::object metadata;
        metadata["finalizers"] = nullptr;
        json::object patch;
        patch["metadata"] = std::move(metadata);
        auto freed =
            co_await bare_.merge_patch(kubernetes::workflows, name, std::move(patch), until);
        kubernetes::RemoveOptions now;
        auto gone =
            co_await bare_.remove(kubernetes::workflows, std::move(name), std::move(now), until);
        if (!freed || !gone) {
            fmt::print(stderr, "a Workflow of the benchmark stays behind\n");
        }
    }
}

asio::awaitable<void> Plant::clean_up() {
    const auto until = Deadline::in(std::chrono::seconds{60});
    std::string ours = fmt::format("seakeeper.dev/instance={}", instance);
    auto listed = co_await bare_.list(kubernetes::workflows, std::move(ours), until);
    std::vector<std::string> names;
    for (const auto& item : listed.value().items) {
        names.emplace_back(item.at("metadata").at("name").as_string());
    }
    int busy = 8;
    asio::steady_timer done{executor(), asio::steady_timer::time_point::max()};
    for (int i = 0; i < 8; ++i) {
        asio::co_spawn(executor(), clean_some(names), [&](std::exception_ptr) {
            if (--busy == 0) {
                done.cancel();
            }
        });
    }
    boost::system::error_code ignored;
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

} // namespace seakeeper::bench
