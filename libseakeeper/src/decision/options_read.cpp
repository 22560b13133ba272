// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/decision/circumstances.hpp>

#include <fmt/format.h>

namespace seakeeper::decision {
namespace {

Error malformed(std::string_view member) {
    return Error{Errc::malformed, fmt::format("reading a decision's options: member {}", member)};
}

/// Remembers the first fault of any of the objects that were read.
class Reading {
public:
    void note(const MemberReader& reader) {
        if (fault_.empty()) {
            fault_ = reader.fault();
        }
    }
    void fail(std::string_view member) {
        if (fault_.empty()) {
            fault_ = member;
        }
    }
    const std::string& fault() const { return fault_; }

private:
    std::string fault_;
};

trust::Class read_class(MemberReader& reader, Reading& reading) {
    const auto value = trust::class_of(reader.text("class"));
    if (!value) {
        reading.fail("class");
    }
    return value.value_or(trust::Class::denied);
}

AccountId account_of(std::int64_t number) {
    return AccountId{static_cast<std::uint32_t>(number)};
}

void read_self_approvals(const json::array& rows, trust::SiteOptions& options, Reading& reading) {
    for (const auto& row : rows) {
        if (!row.is_object()) {
            reading.fail("selfApprovals");
            return;
        }
        MemberReader reader{row.get_object()};
        auto project = ProjectName::parse(reader.text("project"));
        if (!project) {
            reading.fail("selfApprovals");
            return;
        }
        options.self_approvals.push_back({std::move(*project), account_of(reader.number("account"))}
        );
        reading.note(reader);
    }
}

void read_service_users(const json::array& rows, trust::SiteOptions& options, Reading& reading) {
    for (const auto& row : rows) {
        if (!row.is_int64()) {
            reading.fail("serviceUsers");
            return;
        }
        options.service_users.push_back(account_of(row.get_int64()));
    }
}

trust::SiteOptions read_trust(const json::object& object, Reading& reading) {
    MemberReader reader{object};
    trust::SiteOptions options;
    options.label = reader.text("label");
    options.label_owners = reader.texts("labelOwners");
    options.protected_refs = reader.texts("protected");
    options.require_non_uploader = reader.flag("requireNonUploader");
    read_self_approvals(reader.array("selfApprovals"), options, reading);
    options.trusted_upload = reader.flag("trustedUpload");
    options.allow_submodules = reader.flag("allowSubmodules");
    options.allow_direct_push = reader.flag("allowDirectPush");
    options.marker_ref = reader.text("markerRef");
    options.trusted_groups = reader.texts("trustedGroups");
    read_service_users(reader.array("serviceUsers"), options, reading);
    if (auto instance = reader.text("gerritInstance"); !instance.empty()) {
        options.gerrit_instance = std::move(instance);
    }
    options.act_lifetime = std::chrono::seconds{reader.number("actLifetime")};
    options.rights_lifetime = std::chrono::seconds{reader.number("rightsLifetime")};
    options.clock_skew = std::chrono::seconds{reader.number("clockSkew")};
    reading.note(reader);
    return options;
}

workflow::Policy read_policy(const json::object& object, Reading& reading) {
    MemberReader reader{object};
    MemberReader caps{reader.object("caps")};
    workflow::Policy policy;
    policy.trust_class = read_class(reader, reading);
    policy.caps.deadline = std::chrono::seconds{caps.number("deadline")};
    policy.caps.suspend = std::chrono::seconds{caps.number("suspend")};
    policy.caps.parallelism = caps.number("parallelism");
    policy.caps.retries = caps.number("retries");
    policy.caps.loop_items = caps.number("loopItems");
    policy.caps.nodes = caps.number("nodes");
    policy.caps.milli_cpu = caps.number("milliCpu");
    policy.caps.memory_bytes = caps.number("memoryBytes");
    policy.caps.storage_bytes = caps.number("storageBytes");
    policy.caps.volume_claims = caps.number("volumeClaims");
    policy.caps.raw_artifact_bytes = caps.number("rawArtifactBytes");
    policy.images = reader.texts("images");
    policy.require_image_digest = reader.flag("requireImageDigest");
    policy.config_maps = reader.texts("configMaps");
    policy.secrets = reader.texts("secrets");
    policy.storage_classes = reader.texts("storageClasses");
    policy.artifact_hosts = reader.texts("artifactHosts");
    reading.note(caps);
    reading.note(reader);
    return policy;
}

void read_selector(const json::object& object, workflow::Site& site, Reading& reading) {
    for (const auto& [key, value] : object) {
        if (!value.is_string()) {
            reading.fail("nodeSelector");
            return;
        }
        site.node_selector.emplace(key, value.get_string());
    }
}

Executor read_executor(const json::object& object, Reading& reading) {
    MemberReader reader{object};
    Executor executor;
    auto& site = executor.site;
    executor.name = reader.text("name");
    site.trust_class = read_class(reader, reading);
    site.namespace_ = reader.text("namespace");
    site.service_account = reader.text("serviceAccount");
    site.executor_service_account = reader.text("executorServiceAccount");
    read_selector(reader.object("nodeSelector"), site, reading);
    site.tolerations = reader.array("tolerations");
    site.instance_id = reader.text("instanceId");
    site.controller_instance_id = reader.text("controllerInstanceId");
    site.artifact_repository = reader.text("artifactRepository");
    site.run_as_user = reader.number("runAsUser");
    site.run_as_non_root = reader.flag("runAsNonRoot");
    site.image_pull = reader.text("imagePull") == "always" ? workflow::ImagePull::always
                                                           : workflow::ImagePull::if_not_present;
    site.defaults.cpu_request = reader.text("cpuRequest");
    site.defaults.cpu_limit = reader.text("cpuLimit");
    site.defaults.memory_request = reader.text("memoryRequest");
    site.defaults.memory_limit = reader.text("memoryLimit");
    site.defaults.scratch = reader.text("scratch");
    site.deadline = std::chrono::seconds{reader.number("deadline")};
    site.parallelism = reader.number("parallelism");
    site.keep = std::chrono::seconds{reader.number("keep")};
    reading.note(reader);
    return executor;
}

} // namespace

Result<Options> options_from_json(std::string_view text) {
    const auto object = object_from(text);
    if (!object) {
        return malformed("(no JSON object)");
    }
    MemberReader reader{*object};
    Reading reading;
    Options options;
    options.server = reader.text("server");
    options.project_url = reader.text("projectUrl");
    options.self.username = reader.text("self");
    options.trust = read_trust(reader.object("trust"), reading);
    options.untrusted_policy = read_policy(reader.object("untrustedPolicy"), reading);
    options.trusted_policy = read_policy(reader.object("trustedPolicy"), reading);
    if (reader.has("untrusted")) {
        options.untrusted = read_executor(reader.object("untrusted"), reading);
    }
    if (reader.has("trusted")) {
        options.trusted = read_executor(reader.object("trusted"), reading);
    }
    reading.note(reader);
    if (!reading.fault().empty()) {
        return malformed(reading.fault());
    }
    return options;
}

} // namespace seakeeper::decision
