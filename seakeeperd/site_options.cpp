// SPDX-License-Identifier: Apache-2.0
#include "site_options.hpp"

#include <fmt/format.h>

namespace seakeeper::daemon {

decision::Options decision_options(const Site& site) {
    decision::Options options;
    options.server = site.gerrit.name;
    options.project_url = site.gerrit.fetch_url + (site.gerrit.fetch_url.ends_with('/') ? "" : "/");
    options.self.username = site.gerrit.ssh.user;
    options.trust = site.trust;
    for (const auto& executor : site.executors) {
        const bool is_trusted = executor.site.trust_class == trust::Class::trusted;
        auto& place = is_trusted ? options.trusted : options.untrusted;
        if (!place) {
            place = decision::Executor{executor.name, executor.site};
            (is_trusted ? options.trusted_policy : options.untrusted_policy) = executor.policy;
        }
    }
    return options;
}

Site embedded_site(const std::string& state, const std::string& repositories) {
    Site site;
    site.file = "(embedded)";
    site.gerrit.name = "recording";
    site.gerrit.ssh.user = "seakeeper";
    site.gerrit.fetch_url = "/repositories/";
    site.state = state.empty() ? "seakeeper-state" : state;
    site.trust.protected_refs = {"refs/heads/*"};
    // What was recorded may be old: its acts are judged as of the recording's own facts.
    site.trust.act_lifetime = std::chrono::hours{24 * 365 * 100};
    site.trust.rights_lifetime = site.trust.act_lifetime;
    for (const auto value : {trust::Class::untrusted, trust::Class::trusted}) {
        ExecutorSite executor;
        executor.name = fmt::format("local-{}", trust::to_string(value));
        executor.is_local = true;
        executor.repositories = repositories;
        executor.site.trust_class = value;
        executor.site.instance_id = site.instance_id;
        place_on_this_machine(executor.site);
        executor.policy.trust_class = value;
        executor.policy.images = {"localhost/"}; // ignored: steps run in sandboxes
        executor.policy.require_image_digest = false;
        site.executors.push_back(std::move(executor));
    }
    return site;
}

} // namespace seakeeper::daemon
