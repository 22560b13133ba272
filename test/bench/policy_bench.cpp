// SPDX-License-Identifier: Apache-2.0
// What a definition costs when refs/meta/config moves: reading, judging, and binding to a site, at
// the contract's limit of 200 templates.
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iterator>
#include <string>

namespace {

using namespace seakeeper;

/// One DAG that calls 199 templates with containers, parameters, resources and outputs.
std::string largest_definition() {
    std::string text = R"(apiVersion: argoproj.io/v1alpha1
kind: Workflow
spec:
  entrypoint: main
  arguments: {parameters: [{name: revision}, {name: flavour, value: vanilla}]}
  volumeClaimTemplates:
    - metadata: {name: work}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
  templates:
    - name: main
      dag:
        tasks:
)";
    for (int i = 0; i < 199; ++i) {
        fmt::format_to(
            std::back_inserter(text),
            "          - {{name: task-{0}, template: step-{0}, {1}"
            "arguments: {{parameters: [{{name: what, value: part-{0}}}]}}}}\n",
            i,
            i == 0 ? "" : fmt::format("depends: task-{}, ", i - 1)
        );
    }
    for (int i = 0; i < 199; ++i) {
        fmt::format_to(
            std::back_inserter(text),
            R"(    - name: step-{}
      inputs: {{parameters: [{{name: what}}]}}
      retryStrategy: {{limit: 2, retryPolicy: OnError}}
      script:
        image: registry.example/ci/build:5
        command: [bash]
        env: [{{name: WHAT, value: '{{{{inputs.parameters.what}}}}'}}]
        resources: {{requests: {{cpu: 500m, memory: 512Mi}}, limits: {{cpu: "1", memory: 1Gi}}}}
        volumeMounts: [{{name: work, mountPath: /work}}]
        source: |
          ci/run "$WHAT"
      outputs: {{parameters: [{{name: report, valueFrom: {{path: /tmp/report, default: none}}}}]}}
)",
            i
        );
    }
    return text;
}

workflow::Site site() {
    workflow::Site made;
    made.namespace_ = "ci-untrusted";
    made.service_account = "runner";
    made.executor_service_account = "executor";
    return made;
}

workflow::Definition read() {
    return workflow::Definition::parse(largest_definition(), "largest.yaml").value();
}

void parse(benchmark::State& state) {
    const auto text = largest_definition();
    for (auto _ : state) {
        benchmark::DoNotOptimize(workflow::Definition::parse(text, "largest.yaml"));
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void police(benchmark::State& state) {
    const auto definition = read();
    const workflow::Policy policy;
    for (auto _ : state) {
        const auto findings = workflow::police(definition, policy);
        if (!findings.empty()) {
            state.SkipWithError(workflow::to_string(findings.front()).c_str());
            break;
        }
    }
    state.counters["goal_ms"] = 2;
}

void make_form(benchmark::State& state) {
    const auto definition = read();
    const auto place = site();
    for (auto _ : state) {
        benchmark::DoNotOptimize(workflow::ManifestForm::make(definition, place));
    }
}

} // namespace

BENCHMARK(parse)->Name("policy/200_templates/parse")->Unit(benchmark::kMillisecond);
BENCHMARK(police)->Name("policy/200_templates/police")->Unit(benchmark::kMillisecond);
BENCHMARK(make_form)->Name("policy/200_templates/make_form")->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
