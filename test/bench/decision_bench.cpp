// SPDX-License-Identifier: Apache-2.0
// Decisions with facts at hand: matching, trust, policy's answer and binding, on one core.
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/decide.hpp>
#include <seakeeper/testing/builders.hpp>

#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

constexpr const char* configuration = R"(triggers:
  check:
    events: [patchset-created]
    workflow: workflows/test.yaml
    trust: untrusted
  release:
    events: [{vote: {label: Code-Review, value: [2]}}]
    workflow: workflows/test.yaml
    trust: trusted
)";

constexpr const char* workflow_text = R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  name: test
spec:
  entrypoint: main
  templates:
    - name: main
      container:
        image: registry.example/ci/build@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
        command: [make, check]
)";

decision::Executor executor(const char* name, Class trust_class) {
    decision::Executor made;
    made.name = name;
    made.site.trust_class = trust_class;
    made.site.namespace_ = std::string{"ns-"} + name;
    made.site.service_account = "runner";
    made.site.executor_service_account = "executor";
    made.site.instance_id = "bench";
    return made;
}

struct Site {
    decision::Options options;
    sensor::Sensor sensor;
    std::vector<std::shared_ptr<const decision::PreparedDefinition>> definitions;

    Site() {
        options.server = "example";
        options.project_url = "https://gerrit.example/r/";
        options.trusted_policy.trust_class = Class::trusted;
        options.trusted_policy.images = {"registry.example/ci/"};
        options.untrusted = executor("ci", Class::untrusted);
        options.trusted = executor("release", Class::trusted);
        const auto project = ProjectName::parse("demo/app").value();
        const auto tip = commit("config of demo/app");
        auto parsed = sensor::parse_configuration(configuration, "seakeeper.yaml").value();
        const auto layer = sensor::make_layer(project, tip, std::move(parsed));
        sensor = sensor::compile(std::span{&layer, 1}).value();
        definitions.push_back(decision::prepare(
            {project, tip, "workflows/test.yaml"},
            "b10b",
            Result<std::string>{std::string{workflow_text}},
            options
        ));
    }

    decision::DecideInput input(const Scene& scene) const {
        decision::DecideInput input{
            scene.event,
            scene.facts,
            options,
            "ps|demo/app|7|1|x",
            {{"event", "", sha256_hex("event")}},
            definitions,
            {}};
        input.channel.is_peer_verified = true;
        input.plant.is_ready = true;
        input.now = scene_time();
        return input;
    }
};

Scene a_vote() {
    return a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
}
Scene an_upload() {
    return a_change().uploaded_by(stranger()).upload();
}

void decide(benchmark::State& state, const Scene& scene, Class expected) {
    const Site site;
    const auto input = site.input(scene);
    for (auto _ : state) {
        const auto decisions = decision::decide_all(input, site.sensor);
        if (decisions.size() != 1 || decisions[0].record.runs_as != expected) {
            state.SkipWithError("another decision than expected");
            break;
        }
        benchmark::DoNotOptimize(decisions);
    }
    state.SetItemsProcessed(state.iterations());
    state.counters["goal"] = 40'000;
}

void decide_trusted(benchmark::State& state) {
    decide(state, a_vote(), Class::trusted);
}
void decide_untrusted(benchmark::State& state) {
    decide(state, an_upload(), Class::untrusted);
}

void classify_trusted(benchmark::State& state) {
    const auto scene = a_vote();
    const trust::SiteOptions options;
    const auto input = input_of(scene, options);
    for (auto _ : state) {
        const auto verdict = trust::classify(input);
        if (verdict.value != Class::trusted) {
            state.SkipWithError("not trusted");
            break;
        }
        benchmark::DoNotOptimize(verdict);
    }
    state.SetItemsProcessed(state.iterations());
}

// What the parts of a decision cost.
void bind_alone(benchmark::State& state) {
    const Site site;
    const auto scene = an_upload();
    const auto made = decision::decide(site.input(scene), *site.sensor.triggers[0]);
    workflow::WorkloadBinding binding;
    binding.workload = made.record.workload;
    binding.decision = made.digest;
    workflow::Subject subject;
    subject.project = scene.facts.change->project;
    subject.revision = scene.facts.change->current_revision;
    subject.ref = scene.facts.change->current()->ref;
    subject.url = "https://gerrit.example/r/demo/app";
    const auto& form = **site.definitions[0]->untrusted_form;
    for (auto _ : state) {
        binding.values = workflow::event_values(scene.event, subject);
        benchmark::DoNotOptimize(form.fill(binding));
    }
    state.SetItemsProcessed(state.iterations());
}

void record_alone(benchmark::State& state) {
    const Site site;
    const auto scene = a_vote();
    const auto made = decision::decide(site.input(scene), *site.sensor.triggers[1]);
    for (auto _ : state) {
        benchmark::DoNotOptimize(decision::digest_of(made.record));
    }
    state.SetItemsProcessed(state.iterations());
}

} // namespace

BENCHMARK(bind_alone)->Name("decision/part/bind");
BENCHMARK(record_alone)->Name("decision/part/record_digest");
BENCHMARK(decide_trusted)->Name("decision/match_trust_bind/trusted");
BENCHMARK(decide_untrusted)->Name("decision/match_trust_bind/untrusted");
BENCHMARK(classify_trusted)->Name("trust/classify/trusted");

BENCHMARK_MAIN();
