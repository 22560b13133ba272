// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "definitions.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace seakeeper::workflow::test {

/// A policy that says nothing of the image `i`.
inline Policy policy_of(trust::Class trust_class) {
    Policy policy;
    policy.trust_class = trust_class;
    policy.images = {"i"};
    policy.require_image_digest = false;
    policy.artifact_hosts = {"h"};
    return policy;
}

inline std::vector<Finding> findings_of(const std::string& yaml, const Policy& policy) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    CAPTURE(yaml);
    REQUIRE_MESSAGE(definition, definition.error().message);
    return police(*definition, policy);
}

/// "RULE LINE PATH" of every finding, one a line; nothing: accepted. Paths are below /spec.
inline std::string
judged(const std::string& yaml, const Policy& policy = policy_of(trust::Class::untrusted)) {
    std::string told;
    for (const auto& finding : findings_of(yaml, policy)) {
        const auto path =
            finding.path.starts_with("/spec/") ? finding.path.substr(6) : finding.path;
        told += (told.empty() ? "" : "\n") + finding.rule + ' ' + std::to_string(finding.place.line)
                + ' ' + path;
    }
    return told;
}

inline std::string judged_trusted(const std::string& yaml) {
    return judged(yaml, policy_of(trust::Class::trusted));
}

} // namespace seakeeper::workflow::test
