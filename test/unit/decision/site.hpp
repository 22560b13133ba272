// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/configuration.hpp>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

namespace seakeeper::test {

inline constexpr const char* plain_workflow = R"(apiVersion: argoproj.io/v1alpha1
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

inline ProjectName project(std::string_view name) {
    return ProjectName::parse(name).value();
}

using Files = std::vector<std::pair<std::string, std::string>>;

inline decision::ConfigTip tip(std::string_view name, const Files& files) {
    decision::ConfigTip made;
    made.at.project = project(name);
    for (const auto& [path, bytes] : files) {
        made.files[path] = {sha256_hex(bytes).substr(0, 40), bytes};
    }
    made.at.commit = decision::commit_standing_for(made.files);
    return made;
}

inline decision::Executor executor(const char* name, trust::Class value) {
    decision::Executor made;
    made.name = name;
    made.site.trust_class = value;
    made.site.namespace_ = std::string{"ns-"} + name;
    made.site.service_account = "runner";
    made.site.executor_service_account = "executor";
    made.site.instance_id = "test";
    return made;
}

inline decision::Options options() {
    decision::Options options;
    options.server = "example";
    options.project_url = "https://gerrit.example/r/";
    options.trusted_policy.trust_class = trust::Class::trusted;
    options.trusted_policy.images = {"registry.example/ci/"};
    options.untrusted = executor("ci", trust::Class::untrusted);
    options.trusted = executor("release", trust::Class::trusted);
    return options;
}

} // namespace seakeeper::test
