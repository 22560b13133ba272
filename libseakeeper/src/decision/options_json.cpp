// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/decide.hpp>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace seakeeper::decision {
namespace {

namespace json = boost::json;

json::array json_of(const std::vector<std::string>& texts) {
    json::array array;
    for (const auto& text : texts) {
        array.emplace_back(text);
    }
    return array;
}

json::object json_of(const trust::SiteOptions& trust) {
    json::object object;
    object["label"] = trust.label;
    object["labelOwners"] = json_of(trust.label_owners);
    object["protected"] = json_of(trust.protected_refs);
    object["requireNonUploader"] = trust.require_non_uploader;
    json::array exceptions;
    for (const auto& exception : trust.self_approvals) {
        json::object row;
        row["project"] = exception.project.str();
        row["account"] = value_of(exception.account);
        exceptions.push_back(std::move(row));
    }
    object["selfApprovals"] = std::move(exceptions);
    object["trustedUpload"] = trust.trusted_upload;
    object["allowSubmodules"] = trust.allow_submodules;
    object["allowDirectPush"] = trust.allow_direct_push;
    object["markerRef"] = trust.marker_ref;
    object["trustedGroups"] = json_of(trust.trusted_groups);
    json::array service_users;
    for (const auto id : trust.service_users) {
        service_users.push_back(value_of(id));
    }
    object["serviceUsers"] = std::move(service_users);
    object["gerritInstance"] = trust.gerrit_instance.value_or("");
    object["actLifetime"] = trust.act_lifetime.count();
    object["rightsLifetime"] = trust.rights_lifetime.count();
    object["clockSkew"] = trust.clock_skew.count();
    return object;
}

json::object json_of(const workflow::Policy& policy) {
    json::object caps;
    caps["deadline"] = policy.caps.deadline.count();
    caps["suspend"] = policy.caps.suspend.count();
    caps["parallelism"] = policy.caps.parallelism;
    caps["retries"] = policy.caps.retries;
    caps["loopItems"] = policy.caps.loop_items;
    caps["nodes"] = policy.caps.nodes;
    caps["milliCpu"] = policy.caps.milli_cpu;
    caps["memoryBytes"] = policy.caps.memory_bytes;
    caps["storageBytes"] = policy.caps.storage_bytes;
    caps["volumeClaims"] = policy.caps.volume_claims;
    caps["rawArtifactBytes"] = policy.caps.raw_artifact_bytes;
    json::object object;
    object["class"] = trust::to_string(policy.trust_class);
    object["caps"] = std::move(caps);
    object["images"] = json_of(policy.images);
    object["requireImageDigest"] = policy.require_image_digest;
    object["configMaps"] = json_of(policy.config_maps);
    object["secrets"] = json_of(policy.secrets);
    object["storageClasses"] = json_of(policy.storage_classes);
    object["artifactHosts"] = json_of(policy.artifact_hosts);
    object["forbidden"] = json_of(policy.forbidden);
    object["granted"] = json_of(policy.granted);
    return object;
}

json::object json_of(const Executor& executor) {
    const auto& site = executor.site;
    json::object object;
    object["name"] = executor.name;
    object["class"] = trust::to_string(site.trust_class);
    object["namespace"] = site.namespace_;
    object["serviceAccount"] = site.service_account;
    object["executorServiceAccount"] = site.executor_service_account;
    json::object selector;
    for (const auto& [key, value] : site.node_selector) {
        selector[key] = value;
    }
    object["nodeSelector"] = std::move(selector);
    object["tolerations"] = site.tolerations;
    object["instanceId"] = site.instance_id;
    object["controllerInstanceId"] = site.controller_instance_id;
    object["artifactRepository"] = site.artifact_repository;
    object["runAsUser"] = site.run_as_user;
    object["runAsNonRoot"] = site.run_as_non_root;
    object["imagePull"] =
        site.image_pull == workflow::ImagePull::always ? "always" : "if-not-present";
    object["cpuRequest"] = site.defaults.cpu_request;
    object["cpuLimit"] = site.defaults.cpu_limit;
    object["memoryRequest"] = site.defaults.memory_request;
    object["memoryLimit"] = site.defaults.memory_limit;
    object["scratch"] = site.defaults.scratch;
    object["deadline"] = site.deadline.count();
    object["parallelism"] = site.parallelism;
    object["keep"] = site.keep.count();
    return object;
}

} // namespace

std::string to_json(const Options& options) {
    json::object object;
    object["server"] = options.server;
    object["projectUrl"] = options.project_url;
    object["self"] = options.self.username;
    object["trust"] = json_of(options.trust);
    object["untrustedPolicy"] = json_of(options.untrusted_policy);
    object["trustedPolicy"] = json_of(options.trusted_policy);
    if (options.untrusted) {
        object["untrusted"] = json_of(*options.untrusted);
    }
    if (options.trusted) {
        object["trusted"] = json_of(*options.trusted);
    }
    return json::serialize(object);
}

} // namespace seakeeper::decision
