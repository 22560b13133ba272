// SPDX-License-Identifier: Apache-2.0
#include "site.hpp"

#include "fields.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;

/// A path of the file, made absolute.
void read_path(Fields& fields, std::string_view key, std::string& target) {
    fields.text(key, target);
    if (!target.empty() && fs::path{target}.is_relative()) {
        target = fs::absolute(fs::path{fields.mistakes().file}.parent_path() / target)
                     .lexically_normal();
    }
}

void read_ssh(
    const yaml::Node* node, yaml::Mark owner, gerrit::StreamOptions& ssh, Mistakes& mistakes
) {
    Fields fields{node, "gerrit.ssh", owner, mistakes};
    std::int64_t port = ssh.port;
    std::chrono::seconds keepalive{30};
    fields.required("host", ssh.host);
    fields.integer("port", port, 1, 65535);
    fields.required("user", ssh.user);
    read_path(fields, "key_file", ssh.key_file);
    read_path(fields, "agent_key_file", ssh.agent_key_file);
    read_path(fields, "known_hosts_file", ssh.known_hosts_file);
    fields.texts("types", ssh.types);
    fields.duration("keepalive", keepalive);
    ssh.port = static_cast<std::uint16_t>(port);
    ssh.keepalive = keepalive;
    ssh.silence = 3 * keepalive;
    if (ssh.known_hosts_file.empty()) {
        mistakes.add(
            fields.mark(),
            "gerrit.ssh.known_hosts_file is missing; host keys are pinned, never learnt"
        );
    }
    if (ssh.key_file.empty() == ssh.agent_key_file.empty()) {
        mistakes.add(fields.mark(), "gerrit.ssh: give one of key_file and agent_key_file");
    }
}

void read_catch_up(
    const yaml::Node* node, yaml::Mark owner, pipeline::CatchUpOptions& catch_up, Mistakes& mistakes
) {
    Fields fields{node, "gerrit.catch_up", owner, mistakes};
    std::int64_t requests = catch_up.requests_per_minute;
    fields.duration("every", catch_up.every);
    fields.duration("overlap", catch_up.overlap);
    fields.integer("requests_per_minute", requests, 0, 60'000);
    catch_up.requests_per_minute = static_cast<std::uint32_t>(requests);
}

void read_retention(
    const yaml::Node* node,
    yaml::Mark owner,
    pipeline::RetentionOptions& retention,
    Mistakes& mistakes
) {
    Fields fields{node, "retention", owner, mistakes};
    std::int64_t size = 20'480;
    fields.duration("keep", retention.keep);
    fields.integer("size_mib", size, 0, 1 << 30);
    read_path(fields, "export", retention.export_folder);
    retention.most_bytes = size << 20;
    if (retention.keep < std::chrono::hours{24}) {
        mistakes.add(fields.mark(), "retention.keep: less than a day; accepted is 1d or more");
    }
    if (!retention.export_folder.empty() && !fs::is_directory(retention.export_folder)) {
        mistakes.add(
            fields.mark(),
            fmt::format(
                "retention.export: found {}, which is no folder",
                seakeeper::quoted(retention.export_folder)
            )
        );
    }
}

void read_runs(const yaml::Node* node, yaml::Mark owner, RunBounds& runs, Mistakes& mistakes) {
    Fields fields{node, "runs", owner, mistakes};
    fields.duration("create_within", runs.create_within);
    fields.duration("begin_within", runs.begin_within);
    fields.duration("past_deadline", runs.past_deadline);
}

void read_gerrit(const yaml::Node* node, GerritSite& gerrit, Mistakes& mistakes) {
    Fields fields{node, "gerrit", {}, mistakes};
    fields.required("name", gerrit.name);
    fields.required("url", gerrit.url);
    fields.text("fetch_url", gerrit.fetch_url);
    read_ssh(fields.take("ssh"), fields.mark(), gerrit.ssh, mistakes);
    read_catch_up(fields.take("catch_up"), fields.mark(), gerrit.catch_up, mistakes);
    Fields http{fields.take("http"), "gerrit.http", fields.mark(), mistakes};
    http.required("user", gerrit.http_user);
    read_path(http, "password_file", gerrit.http_password_file);
    read_path(http, "ca_file", gerrit.ca_file);
    if (gerrit.http_password_file.empty()) {
        mistakes.add(http.mark(), "gerrit.http.password_file is missing; a text is required");
    }
    if (!gerrit.url.starts_with("https://") && !gerrit.url.starts_with("http://")) {
        mistakes.add(
            fields.mark(),
            fmt::format(
                "gerrit.url: found {}; accepted is an http or https URL",
                seakeeper::quoted(gerrit.url)
            )
        );
    }
    if (gerrit.fetch_url.empty()) {
        gerrit.fetch_url = gerrit.url;
    }
}

bool is_port(std::string_view text) {
    int number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view rest{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    const bool is_known = rest.empty() || rest == "/TCP" || rest == "/UDP";
    return fault == std::errc{} && number > 0 && number < 65536 && is_known;
}

void read_egress(const yaml::Node* list, kubernetes::Rails& rails, Mistakes& mistakes) {
    for (const auto& node : list != nullptr ? list->items : std::vector<yaml::Node>{}) {
        Fields fields{&node, "executors.argo.wall.egress", node.mark, mistakes};
        kubernetes::Egress way;
        fields.required("cidr", way.cidr);
        fields.texts("ports", way.ports);
        const bool is_sound = !way.ports.empty() && std::ranges::all_of(way.ports, is_port);
        if (!is_sound) {
            mistakes.add(
                node.mark,
                "executors.argo.wall.egress.ports: accepted is a list of ports such as \"443\" or "
                "\"53/UDP\", not empty"
            );
        }
        rails.egress.push_back(std::move(way));
    }
}

void read_quota(
    const yaml::Node* node, yaml::Mark owner, kubernetes::Quota& quota, Mistakes& mistakes
) {
    Fields fields{node, "executors.argo.wall.quota", owner, mistakes};
    fields.integer("pods", quota.pods, 1, 1'000'000);
    fields.text("cpu", quota.cpu);
    fields.text("memory", quota.memory);
    fields.text("storage", quota.storage);
    fields.integer("volume_claims", quota.volume_claims, 0, 1'000'000);
    fields.integer("workflows", quota.workflows, 1, 1'000'000);
}

void read_wall(
    const yaml::Node* node, yaml::Mark owner, kubernetes::Rails& rails, Mistakes& mistakes
) {
    Fields fields{node, "executors.argo.wall", owner, mistakes};
    std::string account;
    fields.text("daemon_account", account);
    const auto slash = account.find('/');
    if (!account.empty() && (slash == account.npos || slash == 0 || slash + 1 == account.size())) {
        mistakes.add(
            fields.mark(),
            fmt::format(
                "executors.argo.wall.daemon_account: found {}; accepted is NAMESPACE/NAME",
                seakeeper::quoted(account)
            )
        );
    } else if (!account.empty()) {
        rails.daemon_namespace = account.substr(0, slash);
        rails.daemon_account = account.substr(slash + 1);
    }
    fields.text("artifact_secret", rails.artifact_secret);
    fields.texts("image_pull_secrets", rails.image_pull_secrets);
    read_egress(fields.take("egress"), rails, mistakes);
    read_quota(fields.take("quota"), fields.mark(), rails.quota, mistakes);
}

void read_argo(
    const yaml::Node* node, yaml::Mark owner, ExecutorSite& executor, Mistakes& mistakes
) {
    Fields fields{node, "executors.argo", owner, mistakes};
    workflow::Site& site = executor.site;
    read_path(fields, "kubeconfig", executor.kubeconfig);
    fields.text("context", executor.context);
    fields.required("namespace", site.namespace_);
    fields.required("service_account", site.service_account);
    fields.required("executor_service_account", site.executor_service_account);
    fields.map("node_selector", site.node_selector);
    fields.objects("tolerations", site.tolerations);
    fields.text("controller_instance_id", site.controller_instance_id);
    fields.text("artifact_repository", site.artifact_repository);
    fields.integer("run_as_user", site.run_as_user, 1, 2'000'000'000);
    if (const auto pull = fields.word("image_pull", {"always", "if_not_present"})) {
        site.image_pull =
            *pull == 0 ? workflow::ImagePull::always : workflow::ImagePull::if_not_present;
    }
    if (!site.service_account.empty() && site.service_account == site.executor_service_account) {
        mistakes.add(
            fields.mark(),
            "executors.argo: service_account and executor_service_account are the same; the pods' "
            "own account has no rights"
        );
    }
    read_wall(fields.take("wall"), fields.mark(), executor.rails, mistakes);
}

void read_limits(
    const yaml::Node* node, yaml::Mark owner, ExecutorSite& executor, Mistakes& mistakes
) {
    Fields fields{node, "executors.limits", owner, mistakes};
    workflow::Policy& policy = executor.policy;
    fields.duration("deadline", executor.site.deadline);
    fields.duration("keep", executor.site.keep);
    fields.integer("parallelism", executor.site.parallelism, 1, 1000);
    policy.caps.deadline = executor.site.deadline;
    policy.caps.parallelism = executor.site.parallelism;
    fields.integer("retries", policy.caps.retries, 0, 100);
    fields.integer("nodes", policy.caps.nodes, 1, 100'000);
    fields.texts("images", policy.images);
    fields.flag("image_digests", policy.require_image_digest);
    fields.texts("config_maps", policy.config_maps);
    fields.texts("secrets", policy.secrets);
    fields.texts("storage_classes", policy.storage_classes);
    fields.texts("artifact_hosts", policy.artifact_hosts);
    fields.texts("forbid", policy.forbidden);
    fields.texts("grant", policy.granted);
    if (const auto sound = workflow::check_fields(policy); !sound) {
        mistakes.add(fields.mark(), "executors.limits: " + sound.error().message);
    }
}

ExecutorSite read_executor(const yaml::Node& node, const Site& site, Mistakes& mistakes) {
    ExecutorSite executor;
    Fields fields{&node, "executors", node.mark, mistakes};
    fields.required("name", executor.name);
    if (const auto word = fields.word("class", {"untrusted", "trusted"})) {
        executor.site.trust_class = *word == 0 ? trust::Class::untrusted : trust::Class::trusted;
    } else if (!fields.has("class")) {
        mistakes.add(
            node.mark, "executors.class is missing; accepted is one of untrusted, trusted"
        );
    }
    executor.policy.trust_class = executor.site.trust_class;
    executor.site.instance_id = site.instance_id;
    const auto* argo = fields.take("argo");
    const auto* local = fields.take("local");
    if ((argo == nullptr) == (local == nullptr)) {
        mistakes.add(node.mark, "executors: give one of argo and local");
    } else if (argo != nullptr) {
        read_argo(argo, node.mark, executor, mistakes);
    } else {
        executor.is_local = true;
        Fields machine{local, "executors.local", node.mark, mistakes};
        read_path(machine, "repositories", executor.repositories);
        if (const auto images = machine.word("images", {"ignored", "where_present", "required"})) {
            executor.images = static_cast<local::Images>(*images);
        }
        place_on_this_machine(executor.site);
    }
    read_limits(fields.take("limits"), node.mark, executor, mistakes);
    return executor;
}

/// No node can carry the labels of both: one label has two values.
bool are_apart(const workflow::Site& a, const workflow::Site& b) {
    return std::ranges::any_of(a.node_selector, [&](const auto& label) {
        const auto other = b.node_selector.find(label.first);
        return other != b.node_selector.end() && other->second != label.second;
    });
}

/// What one executor must not share with another class; empty: shares nothing.
std::string shared_by(const ExecutorSite& a, const ExecutorSite& b, bool allow_shared_nodes) {
    if (a.is_local && b.is_local) {
        return "this machine";
    }
    if (a.is_local != b.is_local) {
        return "";
    }
    const bool is_same_cluster = a.kubeconfig == b.kubeconfig && a.context == b.context;
    if (is_same_cluster) {
        return "credentials (kubeconfig)";
    }
    if (a.site.namespace_ == b.site.namespace_) {
        return fmt::format("namespace {}", a.site.namespace_);
    }
    if (kubernetes::daemon_user(place_of(a)) == kubernetes::daemon_user(place_of(b))) {
        return "account (wall.daemon_account)";
    }
    if (!are_apart(a.site, b.site) && !allow_shared_nodes) {
        return "node pool (node_selector: no label has different values; a one-node test site may "
               "set allow_shared_nodes: true)";
    }
    return "";
}

void check_separation(const Site& site, yaml::Mark mark, Mistakes& mistakes) {
    std::set<std::string> names;
    for (const auto& executor : site.executors) {
        if (!names.insert(executor.name).second) {
            mistakes.add(
                mark,
                fmt::format("executors: two have the name {}", seakeeper::quoted(executor.name))
            );
        }
    }
    for (const auto& a : site.executors) {
        for (const auto& b : site.executors) {
            const bool is_pair = a.site.trust_class == trust::Class::trusted
                                 && b.site.trust_class == trust::Class::untrusted;
            const auto shared = is_pair ? shared_by(a, b, site.allow_shared_nodes) : "";
            if (!shared.empty()) {
                mistakes.add(
                    mark,
                    fmt::format(
                        "executors {} (trusted) and {} (untrusted) share their {}; the classes "
                        "share nothing",
                        a.name,
                        b.name,
                        shared
                    )
                );
            }
        }
    }
}

void read_account_ids(Fields& fields, std::string_view key, std::vector<AccountId>& target) {
    std::vector<std::string> texts;
    fields.texts(key, texts);
    for (const auto& text : texts) {
        std::uint32_t number = 0;
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (fault == std::errc{} && end == text.data() + text.size()) {
            target.push_back(AccountId{number});
        } else {
            fields.mistakes().add(
                fields.mark(),
                fmt::format(
                    "{}: found {}; accepted are account numbers",
                    fields.path_of(key),
                    seakeeper::quoted(text)
                )
            );
        }
    }
}

void read_self_approvals(Fields& trust, std::vector<trust::SelfApproval>& target) {
    const auto* node = trust.take("self_approvals");
    for (const auto& item : node != nullptr ? node->items : std::vector<yaml::Node>{}) {
        Fields fields{&item, "trust.self_approvals", item.mark, trust.mistakes()};
        std::string project;
        std::int64_t account = 0;
        fields.required("project", project);
        fields.integer("account", account, 1, 4'000'000'000);
        if (auto name = ProjectName::parse(project)) {
            target.push_back({*name, AccountId{static_cast<std::uint32_t>(account)}});
        } else {
            trust.mistakes().add(item.mark, name.error().message);
        }
    }
}

void read_config_review(const yaml::Node* node, Site& site, Mistakes& mistakes) {
    if (node == nullptr) {
        return;
    }
    pipeline::ConfigReview review;
    std::int64_t success = review.success;
    std::int64_t failure = review.failure;
    Fields fields{node, "config_review", node->mark, mistakes};
    fields.required("label", review.label);
    fields.integer("success", success, -100, 100);
    fields.integer("failure", failure, -100, 100);
    review.success = static_cast<int>(success);
    review.failure = static_cast<int>(failure);
    site.config_review = std::move(review);
}

void read_trust(const yaml::Node* node, trust::SiteOptions& options, Mistakes& mistakes) {
    Fields fields{node, "trust", {}, mistakes};
    fields.text("label", options.label);
    fields.texts("label_owners", options.label_owners);
    fields.texts("protected", options.protected_refs);
    fields.flag("require_non_uploader", options.require_non_uploader);
    read_self_approvals(fields, options.self_approvals);
    fields.flag("trusted_upload", options.trusted_upload);
    fields.flag("allow_submodules", options.allow_submodules);
    fields.flag("allow_direct_push", options.allow_direct_push);
    fields.text("marker_ref", options.marker_ref);
    fields.texts("trusted_groups", options.trusted_groups);
    read_account_ids(fields, "service_users", options.service_users);
    fields.duration("act_lifetime", options.act_lifetime);
    std::string instance;
    fields.text("gerrit_instance", instance);
    if (!instance.empty()) {
        options.gerrit_instance = instance;
    }
}

} // namespace

void place_on_this_machine(workflow::Site& site) {
    site.namespace_ = "local";
    site.service_account = "local";
    site.executor_service_account = "local";
}

kubernetes::Place place_of(const ExecutorSite& executor) {
    return {executor.site, executor.policy, executor.rails};
}

Result<Site> read_site(std::string_view bytes, const std::string& file) {
    auto document = yaml::parse(bytes, file);
    if (!document) {
        return document.error();
    }
    Site site;
    site.file = file;
    Mistakes mistakes{file, {}};
    {
        Fields fields{&*document, "", {}, mistakes};
        read_gerrit(fields.take("gerrit"), site.gerrit, mistakes);
        fields.text("instance_id", site.instance_id);
        fields.flag("allow_shared_nodes", site.allow_shared_nodes);
        const auto* executors = fields.take("executors");
        for (const auto& node :
             executors != nullptr ? executors->items : std::vector<yaml::Node>{}) {
            site.executors.push_back(read_executor(node, site, mistakes));
        }
        if (site.executors.empty()) {
            mistakes.add(fields.mark(), "executors: found none; at least one is required");
        }
        check_separation(site, executors != nullptr ? executors->mark : yaml::Mark{}, mistakes);
        read_trust(fields.take("trust"), site.trust, mistakes);
        read_config_review(fields.take("config_review"), site, mistakes);
        fields.text("retry_command", site.retry_command);
        read_retention(fields.take("retention"), fields.mark(), site.retention, mistakes);
        read_runs(fields.take("runs"), fields.mark(), site.runs, mistakes);
        read_path(fields, "state", site.state);
        fields.text("listen", site.listen);
        fields.text("public_url", site.public_url);
        read_path(fields, "log_token_file", site.log_token_file);
        fields.flag("shadow", site.is_shadow);
    }
    if (!mistakes.lines.empty()) {
        return Error{Errc::malformed, fmt::format("{}", fmt::join(mistakes.lines, "\n"))};
    }
    return site;
}

Result<Site> read_site_file(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file) {
        return Error{
            Errc::not_found, fmt::format("reading {}: no such file, or not readable", path)};
    }
    return read_site(bytes.str(), path);
}

} // namespace seakeeper::daemon
