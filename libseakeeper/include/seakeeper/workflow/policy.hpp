// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/trust/class.hpp>
#include <seakeeper/workflow/definition.hpp>

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::workflow {

/// Something in a definition that its class may not have.
struct Finding {
    std::string rule; ///< stable id: "pod-spec-patch", "image", "interpolation" ...
    std::string file;
    Place place;
    std::string path; ///< JSON pointer into the definition
    std::string found;
    std::string reason;
    std::string accepted;
    friend bool operator==(const Finding&, const Finding&) = default;
};

/// A rule of the policy: what it refuses, and what to write instead (docs/policy.md).
struct Rule {
    std::string_view id;
    std::string_view refuses;
    std::string_view accepted;
};

/// All of them, in the order of docs/policy.md.
SEAKEEPER_API std::span<const Rule> policy_rules();

/// "file:line:column: found F: reason; accepted is A [rule]".
SEAKEEPER_API std::string to_string(const Finding& finding);

/// How much a definition may ask for. Seconds, counts, and Kubernetes quantities in base units.
struct Caps {
    std::chrono::seconds deadline{std::chrono::hours{1}};
    std::chrono::seconds suspend{std::chrono::minutes{10}};
    std::int64_t parallelism = 8;
    std::int64_t retries = 5;
    std::int64_t loop_items = 256; ///< of one withItems or withSequence
    std::int64_t nodes = 2000;     ///< pods that the literal loops and calls multiply to
    std::int64_t milli_cpu = 8'000;
    std::int64_t memory_bytes = std::int64_t{16} << 30;
    std::int64_t storage_bytes = std::int64_t{64} << 30; ///< one emptyDir or claim
    std::int64_t volume_claims = 4;
    std::int64_t raw_artifact_bytes = 256 << 10;
};

/// What the operator grants to one class. Everything that is not granted is refused.
struct Policy {
    trust::Class trust_class = trust::Class::untrusted;
    Caps caps;
    /// Prefixes of image references, "registry.example/ci/"; empty: every image (untrusted only).
    std::vector<std::string> images;
    /// Trusted images are named by digest (A67); a test site may lift it.
    bool require_image_digest = true;
    std::vector<std::string> config_maps;     ///< names that containers may read
    std::vector<std::string> secrets;         ///< trusted only: names that containers may read
    std::vector<std::string> storage_classes; ///< of volume claims
    std::vector<std::string> artifact_hosts;  ///< hosts of git and http artifacts
    /// Fields that the site forbids beyond the list, "template.sidecars" (docs/policy.md).
    std::vector<std::string> forbidden;
    /// Trusted only: fields that the list lets a site grant, "template.daemon".
    std::vector<std::string> granted;
};

/// Whether `forbidden` and `granted` name fields of the list, and only such as may be granted.
SEAKEEPER_API Status check_fields(const Policy& policy);

/// Judges the whole object against an allow-list: templates wherever they hide, unknown power
/// refused. Empty: nothing to object to. Pure; at most 100 findings, in the order of the file.
SEAKEEPER_API std::vector<Finding> police(const Definition& definition, const Policy& policy);

/// One Errc::refused of the findings' sentences, one per line; only for a list that is not empty.
SEAKEEPER_API Error refusal_of(std::span<const Finding> findings);

} // namespace seakeeper::workflow
