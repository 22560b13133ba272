// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/core/secret.hpp>
#include <seakeeper/gerrit/stream.hpp>
#include <seakeeper/kubernetes/manifests.hpp>
#include <seakeeper/local/executor.hpp>
#include <seakeeper/pipeline/catch_up.hpp>
#include <seakeeper/pipeline/config_review.hpp>
#include <seakeeper/pipeline/retention.hpp>
#include <seakeeper/trust/options.hpp>
#include <seakeeper/workflow/binding.hpp>
#include <seakeeper/workflow/policy.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The operator's file (docs/schema/site.json), read once at start. Relative paths in it are
// relative to the file's folder.
namespace seakeeper::daemon {

struct GerritSite {
    std::string name; ///< part of every id: two Gerrits never mix
    std::string url;  ///< base URL, with its path
    gerrit::StreamOptions ssh;
    std::string http_user;
    std::string http_password_file;
    std::string ca_file; ///< empty: the machine's trust store
    pipeline::CatchUpOptions catch_up;
    std::string fetch_url; ///< where pods fetch patch sets from; empty: `url`
};

/// One executor: Argo in a namespace of a cluster, or this machine.
struct ExecutorSite {
    std::string name;
    bool is_local = false;
    std::string kubeconfig;   ///< empty: the pod's own service account
    std::string context;      ///< of the kubeconfig; empty: its current one
    std::string repositories; ///< local: shown to steps at /repositories
    local::Images images = local::Images::where_present; ///< local
    workflow::Site site;
    workflow::Policy policy;
    kubernetes::Rails rails; ///< of the cluster's own wall
};

/// When a run that does not get on is given up.
struct RunBounds {
    std::chrono::seconds create_within{3'600}; ///< from its decision
    std::chrono::seconds begin_within{600};    ///< from its creation to a sign of its controller
    std::chrono::seconds past_deadline{600};   ///< beyond the deadline of its class
};

struct Site {
    std::string file;
    GerritSite gerrit;
    std::string instance_id = "seakeeper";
    std::vector<ExecutorSite> executors;
    trust::SiteOptions trust;
    std::string state = "/var/lib/seakeeper";
    std::string listen = "127.0.0.1:8083";
    std::string public_url;     ///< what links in messages begin with; empty: no links
    std::string log_token_file; ///< needed for logs of private changes and trusted runs
    std::optional<pipeline::ConfigReview> config_review;
    std::string retry_command = "recheck";
    pipeline::RetentionOptions retention;
    RunBounds runs;
    bool allow_shared_nodes = false;
    bool is_shadow = false;
};

/// Errc::malformed with every mistake on a line of its own: file, line, column, what was found,
/// what is accepted. Also refuses classes that share a namespace, account, kubeconfig or node pool.
Result<Site> read_site(std::string_view bytes, const std::string& file);
Result<Site> read_site_file(const std::string& path);

/// What the manifests of an executor's namespace are made from.
kubernetes::Place place_of(const ExecutorSite& executor);

/// Errc::refused when kubeconfigs of the two classes are one identity: the same token, certificate
/// or service account. Reads them; one that cannot be read is an error too.
Status check_identities(const Site& site);

/// Names of a place where there is no cluster: a bound Workflow always has them.
void place_on_this_machine(workflow::Site& site);

/// First line of a file that only its owner may read. Errc::permission_denied for one that group or
/// others can.
Result<Secret> read_secret(const std::string& path);

} // namespace seakeeper::daemon
