// SPDX-License-Identifier: Apache-2.0
// Recorded events under two configurations of a site of 2,200 projects, and check of all of them.
// SEAKEEPER_EVENTS=100000 for the figure of the documents; fewer by default, so that CI can run it.
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/check_site.hpp>
#include <seakeeper/decision/compare.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/testing/builders.hpp>

#include <benchmark/benchmark.h>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdlib>

using namespace seakeeper;
using namespace seakeeper::testing;

namespace {

constexpr std::size_t projects = 2'200;

constexpr const char* root_yaml = R"(triggers:
  test:
    events: [patchset-created, {comment: recheck}]
    branch: [master, "REL1_*"]
    not: {author: {email: ["*@bots.example"]}}
    workflow: workflows/test.yaml
    report: {label: Verified}
  gate:
    events: [{vote: {label: Code-Review, value: 2}}]
    branch: [master]
    workflow: workflows/test.yaml
    trust: trusted
)";

std::string own_yaml(std::size_t i) {
    return fmt::format(
        R"(triggers:
  unit:
    events: [patchset-created]
    branch: [master, "REL1_{}"]
    topic: "^(?:bump|fix)-{}-.*$"
    workflow: workflows/unit.yaml
  postmerge:
    events: [change-merged]
    branch: [master]
    workflow: workflows/post.yaml
    trust: trusted
)",
        39 + i % 8,
        i % 50
    );
}

std::string workflow(std::string_view name) {
    return fmt::format(
        R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: {0}-
spec:
  entrypoint: main
  arguments: {{parameters: [{{name: revision}}]}}
  templates:
    - name: main
      dag:
        tasks:
          - {{name: style, template: step, arguments: {{parameters: [{{name: what, value: style}}]}}}}
          - {{name: unit, template: step, arguments: {{parameters: [{{name: what, value: unit}}]}}}}
    - name: step
      inputs: {{parameters: [{{name: what}}]}}
      container:
        image: registry.example/ci/build@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        command: [make]
        env: [{{name: WHAT, value: '{{{{inputs.parameters.what}}}}'}}]
)",
        name
    );
}

decision::Executor executor(const char* name, trust::Class value) {
    decision::Executor made;
    made.name = name;
    made.site.trust_class = value;
    made.site.namespace_ = std::string{"ns-"} + name;
    made.site.service_account = "runner";
    made.site.executor_service_account = "executor";
    made.site.instance_id = "bench";
    return made;
}

decision::Options options() {
    decision::Options options;
    options.server = "example";
    options.project_url = "https://gerrit.example/r/";
    options.trusted_policy.trust_class = trust::Class::trusted;
    options.trusted_policy.images = {"registry.example/ci/"};
    options.untrusted = executor("ci", trust::Class::untrusted);
    options.trusted = executor("release", trust::Class::trusted);
    return options;
}

std::string project_name(std::size_t i) {
    return fmt::format("group{}/project-{}", i % 40, i);
}

decision::ConfigTip
tip(const std::string& name, std::vector<std::pair<std::string, std::string>> files) {
    decision::ConfigTip made;
    made.at.project = ProjectName::parse(name).value();
    for (auto& [path, bytes] : files) {
        made.files[path] = {sha256_hex(bytes).substr(0, 40), bytes};
    }
    made.at.commit = decision::commit_standing_for(made.files);
    return made;
}

std::vector<decision::ConfigTip> site(const std::string& root, const std::string& last) {
    std::vector<decision::ConfigTip> tips{
        tip("All-Projects", {{"seakeeper.yaml", root}, {"workflows/test.yaml", workflow("test")}})};
    for (std::size_t i = 0; i < projects; ++i) {
        tips.push_back(
            tip(project_name(i),
                {{"seakeeper.yaml", i + 1 == projects ? last : own_yaml(i)},
                 {"workflows/unit.yaml", workflow("unit")},
                 {"workflows/post.yaml", workflow("post")}})
        );
    }
    return tips;
}

std::size_t wanted() {
    const char* text = std::getenv("SEAKEEPER_EVENTS");
    return text == nullptr ? 2'000 : std::strtoul(text, nullptr, 10);
}

Scene scene(std::size_t i) {
    auto change = a_change();
    // The eighth event, a merge to master, is of the last project: replay_leaf changes that one.
    change.in_project(project_name((projects - 1 + (i + projects - 7) * 7919) % projects))
        .numbered(static_cast<std::uint32_t>(i + 1));
    change.to_branch(i % 3 == 0 ? "REL1_40" : "master").uploaded_by(volunteer());
    switch (i % 4) {
    case 0:
        return change.upload();
    case 1:
        return change.comment(volunteer(), "looks fine to me");
    case 2:
        return change.voted(maintainer(), 2).vote();
    default:
        return change.voted(maintainer(), 2).merged_by(maintainer()).merge();
    }
}

const gerrit::RecordedStream& events() {
    static const auto stream = [] {
        std::string rows;
        for (std::size_t i = 0; i < wanted(); ++i) {
            const auto one = scene(i);
            rows += boost::json::serialize(boost::json::object{
                {"received", to_rfc3339(scene_time())}, {"line", event::serialize(one.event)}});
            rows += fmt::format(
                "\n{{\"event\":\"{}\",\"facts\":{}}}\n",
                gerrit::recorded_name(one.event),
                boost::json::serialize(to_json(one.facts))
            );
        }
        return gerrit::RecordedStream::read(std::move(rows), "bench").value();
    }();
    return stream;
}

void replay(benchmark::State& state, const std::string& root, const std::string& last) {
    const auto& stream = events();
    const auto before = site(root_yaml, own_yaml(projects - 1));
    const auto after = site(root, last);
    const bool is_same = root == root_yaml && last == own_yaml(projects - 1);
    for (auto _ : state) {
        decision::SiteConfiguration from{before, options(), "from"};
        decision::SiteConfiguration to{after, options(), "to"};
        const auto made = decision::compare(from, to, stream);
        if (!made || made->is_same() != is_same) {
            state.SkipWithError("another outcome than expected");
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(stream.size()));
    state.counters["goal"] = 10'000; // 100,000 events in 10 s
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    return text.replace(text.find(from), from.size(), to);
}

/// What all projects inherit reports to another label: every match of it is decided in full, twice.
void replay_root(benchmark::State& state) {
    auto root = replaced(root_yaml, "label: Verified", "label: Tested");
    root = replaced(root, "    branch: [master]\n", "    branch: [master, main]\n");
    replay(state, root, own_yaml(projects - 1));
}

/// One project of all has another branch.
void replay_leaf(benchmark::State& state) {
    replay(
        state, root_yaml, replaced(own_yaml(projects - 1), "branch: [master]", "branch: [main]")
    );
}

void replay_nothing(benchmark::State& state) {
    replay(state, root_yaml, own_yaml(projects - 1));
}

void check(benchmark::State& state) {
    const auto tips = site(root_yaml, own_yaml(projects - 1));
    for (auto _ : state) {
        const auto found = decision::check_site(tips, options(), decision::Company::site);
        if (!found.empty()) {
            state.SkipWithError(to_string(found.front()).c_str());
            break;
        }
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(projects));
    state.counters["goal"] = projects / 2; // all in 2 s
}

} // namespace

BENCHMARK(replay_root)->Name("replay/root_trigger_changed")->Unit(benchmark::kMillisecond);
BENCHMARK(replay_leaf)->Name("replay/one_project_changed")->Unit(benchmark::kMillisecond);
BENCHMARK(replay_nothing)->Name("replay/nothing_changed")->Unit(benchmark::kMillisecond);
BENCHMARK(check)->Name("check/2200_projects")->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
