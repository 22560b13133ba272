// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/trust/class.hpp>
#include <seakeeper/workflow/definition.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <boost/json/array.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace seakeeper::workflow {

enum class ImagePull : std::uint8_t {
    always,         ///< a private image in a node's cache is no way around its registry
    if_not_present, ///< for sites whose images are on the nodes
};

/// Requests and limits of a container that does not name its own; Kubernetes quantities.
struct ContainerDefaults {
    std::string cpu_request = "100m";
    std::string cpu_limit = "2";
    std::string memory_request = "128Mi";
    std::string memory_limit = "2Gi";
    std::string scratch = "10Gi"; ///< sizeLimit of an emptyDir
};

/// Where an executor of one class puts workloads: the operator's side of a binding.
struct Site {
    trust::Class trust_class = trust::Class::untrusted;
    std::string namespace_;
    std::string service_account;          ///< of the pods; without any rights
    std::string executor_service_account; ///< of Argo's init and wait containers
    std::map<std::string, std::string> node_selector;
    boost::json::array tolerations;
    std::string instance_id;            ///< label `seakeeper.dev/instance`; ours and nobody else's
    std::string controller_instance_id; ///< of the Argo controller; empty: the one without
    /// Key of ConfigMap `artifact-repositories` in the namespace; empty: no artifact repository.
    std::string artifact_repository;
    std::int64_t run_as_user = 8737;
    /// Off only for images that need root (Class::trusted, or a test site).
    bool run_as_non_root = true;
    ImagePull image_pull = ImagePull::always;
    ContainerDefaults defaults;
    std::chrono::seconds deadline{std::chrono::hours{1}}; ///< default and cap
    std::int64_t parallelism = 8;                         ///< default and cap
    std::chrono::seconds keep{std::chrono::hours{24}};    ///< after the end, ttlStrategy
};

/// One workload of a definition: all that differs from another at the same site.
struct WorkloadBinding {
    std::string workload;   ///< workload_id(); the Workflow's name
    std::string decision;   ///< digest of the decision, on the annotation
    std::string definition; ///< "project@commit:path", on the annotation
    EventValues values;
    std::map<std::string, std::string> parameters; ///< given by a person (`run -p`)
};
/// And where it is put.
struct Binding : WorkloadBinding {
    Site site;
};

/// A Workflow that is ours from the first byte to the last.
struct BoundWorkflow {
    std::string workload;
    std::string json;   ///< the manifest: what is sent
    std::string digest; ///< the value of annotation seakeeper.dev/manifest
};

/// Most bytes of a manifest: below etcd's 1.5 MiB with room for the status that Argo adds.
inline constexpr std::size_t manifest_limit = 1 << 20;

/// The Workflow that is sent, but for what differs from workload to workload: the definition's
/// structure, our identity, place, accounts, deadlines and security context (argo-workflows v4:
/// fields of WorkflowSpec and Template). Written once for a definition and a site, filled in for
/// every decision. A value: copies share the text; any thread.
class SEAKEEPER_API ManifestForm {
public:
    /// Only for a definition that police had nothing against. Errc::invalid_argument: the site is
    /// broken.
    static Result<ManifestForm> make(const Definition& definition, const Site& site);

    /// Event values become parameters that the definition declares without a value, and SEAKEEPER_*
    /// in the environment of every container. Errc::malformed: a declared parameter has no value,
    /// or a plain one is not possible; Errc::invalid_argument: the binding is broken;
    /// Errc::limit_exceeded: too large.
    Result<BoundWorkflow> fill(const WorkloadBinding& binding) const;

private:
    struct Text;
    explicit ManifestForm(std::shared_ptr<const Text> text) : text_{std::move(text)} {}

    std::shared_ptr<const Text> text_; // shared: it is large and never changes
};

/// Makes a form and fills it in once.
SEAKEEPER_API Result<BoundWorkflow> bind(const Definition& definition, const Binding& binding);

} // namespace seakeeper::workflow
