// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/admission.hpp"

#include <seakeeper/kubernetes/manifests.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::kubernetes {
namespace json = boost::json;
namespace {

using Objects = std::vector<json::object>;
constexpr std::string_view rbac = "rbac.authorization.k8s.io";

std::string account_of(const Place& place) {
    return place.rails.daemon_account.empty()
               ? fmt::format("seakeeper-{}", trust::to_string(place.site.trust_class))
               : place.rails.daemon_account;
}

/// `space` empty: an object of the cluster.
json::object
thing(std::string_view api, std::string_view kind, std::string_view space, std::string_view name) {
    json::object metadata{{"name", name}};
    if (!space.empty()) {
        metadata["namespace"] = space;
    }
    return {{"apiVersion", api}, {"kind", kind}, {"metadata", std::move(metadata)}};
}

json::object with_spec(json::object object, json::object spec) {
    object["spec"] = std::move(spec);
    return object;
}

json::object space(std::string_view name, std::string_view level, json::object labels) {
    auto object = thing("v1", "Namespace", "", name);
    for (const auto* mode : {"enforce", "warn", "audit"}) {
        labels[fmt::format("pod-security.kubernetes.io/{}", mode)] = level;
        labels[fmt::format("pod-security.kubernetes.io/{}-version", mode)] = "latest";
    }
    object.at("metadata").as_object()["labels"] = std::move(labels);
    return object;
}

json::object quota(const Place& place) {
    const Quota& most = place.rails.quota;
    // Templates and cron Workflows would be code that we never saw; services, a way in.
    return with_spec(
        thing("v1", "ResourceQuota", place.site.namespace_, "seakeeper"),
        {{"hard",
          json::object{
              {"pods", std::to_string(most.pods)},
              {"requests.cpu", most.cpu},
              {"requests.memory", most.memory},
              {"requests.storage", most.storage},
              {"persistentvolumeclaims", std::to_string(most.volume_claims)},
              {"count/workflows.argoproj.io", std::to_string(most.workflows)},
              {"count/workflowtemplates.argoproj.io", "0"},
              {"count/cronworkflows.argoproj.io", "0"},
              {"services", "0"}}}}
    );
}

std::string cpu(std::int64_t milli) {
    return milli % 1000 == 0 ? std::to_string(milli / 1000) : fmt::format("{}m", milli);
}

std::string bytes(std::int64_t amount) {
    for (const auto& [unit, size] :
         {std::pair{"Gi", std::int64_t{1} << 30}, std::pair{"Mi", std::int64_t{1} << 20}}) {
        if (amount % size == 0) {
            return fmt::format("{}{}", amount / size, unit);
        }
    }
    return std::to_string(amount);
}

json::object limits(const Place& place) {
    const auto& caps = place.policy.caps;
    const auto& usual = place.site.defaults;
    const json::object container{
        {"type", "Container"},
        {"default", json::object{{"cpu", usual.cpu_limit}, {"memory", usual.memory_limit}}},
        {"defaultRequest",
         json::object{{"cpu", usual.cpu_request}, {"memory", usual.memory_request}}},
        {"max", json::object{{"cpu", cpu(caps.milli_cpu)}, {"memory", bytes(caps.memory_bytes)}}}};
    const json::object claim{
        {"type", "PersistentVolumeClaim"},
        {"max", json::object{{"storage", bytes(caps.storage_bytes)}}}};
    return with_spec(
        thing("v1", "LimitRange", place.site.namespace_, "seakeeper"),
        {{"limits", json::array{container, claim}}}
    );
}

json::object port_of(std::string_view text) {
    const auto slash = text.find('/');
    const auto number = text.substr(0, slash);
    return {
        {"protocol", slash == text.npos ? "TCP" : text.substr(slash + 1)},
        {"port", std::atoi(std::string{number}.c_str())}};
}

json::object network(const Place& place) {
    const json::object dns_pods{
        {"namespaceSelector",
         json::object{
             {"matchLabels", json::object{{"kubernetes.io/metadata.name", "kube-system"}}}}},
        {"podSelector", json::object{{"matchLabels", json::object{{"k8s-app", "kube-dns"}}}}}};
    json::array egress{json::object{
        {"to", json::array{dns_pods}}, {"ports", json::array{port_of("53/UDP"), port_of("53")}}}};
    for (const auto& way : place.rails.egress) {
        json::array ports;
        for (const auto& port : way.ports) {
            ports.push_back(port_of(port));
        }
        egress.push_back(json::object{
            {"to", json::array{json::object{{"ipBlock", json::object{{"cidr", way.cidr}}}}}},
            {"ports", std::move(ports)}});
    }
    return with_spec(
        thing("networking.k8s.io/v1", "NetworkPolicy", place.site.namespace_, "seakeeper-egress"),
        {{"podSelector", json::object{}},
         {"policyTypes", json::array{"Egress"}},
         {"egress", std::move(egress)}}
    );
}

json::object deny_all(const Place& place) {
    return with_spec(
        thing("networking.k8s.io/v1", "NetworkPolicy", place.site.namespace_, "default-deny"),
        {{"podSelector", json::object{}}, {"policyTypes", json::array{"Ingress", "Egress"}}}
    );
}

json::object rule(json::array groups, json::array resources, json::array verbs) {
    return {
        {"apiGroups", std::move(groups)},
        {"resources", std::move(resources)},
        {"verbs", std::move(verbs)}};
}

struct Account {
    std::string space;
    std::string name;
};

/// A role and its binding; `where` empty: of the cluster.
void grant(
    std::string_view where,
    std::string_view name,
    json::array rules,
    const Account& account,
    Objects& all
) {
    const std::string_view prefix = where.empty() ? "Cluster" : "";
    const auto api = fmt::format("{}/v1", rbac);
    auto role = thing(api, fmt::format("{}Role", prefix), where, name);
    role["rules"] = std::move(rules);
    auto binding = thing(api, fmt::format("{}RoleBinding", prefix), where, name);
    binding["roleRef"] =
        json::object{{"apiGroup", rbac}, {"kind", fmt::format("{}Role", prefix)}, {"name", name}};
    binding["subjects"] = json::array{json::object{
        {"kind", "ServiceAccount"}, {"name", account.name}, {"namespace", account.space}}};
    all.push_back(std::move(role));
    all.push_back(std::move(binding));
}

json::object service_account(std::string_view where, std::string_view name) {
    auto account = thing("v1", "ServiceAccount", where, name);
    account["automountServiceAccountToken"] = false;
    return account;
}

void pod_accounts(const Place& place, Objects& all) {
    const auto& site = place.site;
    auto runner = service_account(site.namespace_, site.service_account);
    json::array pull;
    for (const auto& name : place.rails.image_pull_secrets) {
        pull.push_back(json::object{{"name", name}});
    }
    if (!pull.empty()) {
        runner["imagePullSecrets"] = std::move(pull);
    }
    all.push_back(std::move(runner));
    all.push_back(service_account(site.namespace_, site.executor_service_account));
    // Where Argo's controller looks for the executor's token (docs/service-account-secrets.md).
    auto token = thing(
        "v1", "Secret", site.namespace_, site.executor_service_account + ".service-account-token"
    );
    token.at("metadata").as_object()["annotations"] =
        json::object{{"kubernetes.io/service-account.name", site.executor_service_account}};
    token["type"] = "kubernetes.io/service-account-token";
    all.push_back(std::move(token));
    grant(
        site.namespace_,
        site.executor_service_account,
        {rule({"argoproj.io"}, {"workflowtaskresults"}, {"create", "patch"})},
        {site.namespace_, site.executor_service_account},
        all
    );
}

void daemon_account(const Place& place, Objects& all) {
    const Account account{place.rails.daemon_namespace, account_of(place)};
    const auto& where = place.site.namespace_;
    all.push_back(service_account(account.space, account.name));
    grant(
        where,
        "seakeeperd",
        {rule(
             {"argoproj.io"}, {"workflows"}, {"get", "list", "watch", "create", "patch", "delete"}
         ),
         rule({""}, {"pods"}, {"get", "list", "watch"}),
         rule({""}, {"pods/log"}, {"get"})},
        account,
        all
    );
    // What `seakeeperd check --cluster` reads; nothing in it is secret or writable.
    grant(
        where,
        "seakeeperd-audit",
        {rule(
             {""},
             {"namespaces", "resourcequotas", "limitranges", "serviceaccounts"},
             {"get", "list"}
         ),
         rule({rbac}, {"roles", "rolebindings"}, {"get", "list"}),
         rule({"networking.k8s.io"}, {"networkpolicies"}, {"get", "list"})},
        account,
        all
    );
}

void cluster_audit(const Place& place, const Objects& policies, Objects& all) {
    json::array names;
    for (const auto& policy : policies) {
        const auto& name = policy.at("metadata").at("name");
        if (policy.at("kind") == "ValidatingAdmissionPolicy") {
            names.push_back(name);
        }
    }
    auto readable = rule(
        {"admissionregistration.k8s.io"},
        {"validatingadmissionpolicies", "validatingadmissionpolicybindings"},
        {"get"}
    );
    readable["resourceNames"] = std::move(names);
    grant(
        "",
        fmt::format("seakeeperd-audit-{}", place.site.namespace_),
        {std::move(readable)},
        {place.rails.daemon_namespace, account_of(place)},
        all
    );
}

void add_place(const Place& place, Objects& all) {
    const auto& where = place.site.namespace_;
    // Only what a site runs as root is beyond restricted, and baseline still holds.
    const auto* level = place.site.run_as_non_root ? "restricted" : "baseline";
    all.push_back(
        space(where, level, {{workflow::label_trust, trust::to_string(place.site.trust_class)}})
    );
    const auto policies = admission_policies(place);
    all.insert(all.end(), policies.begin(), policies.end());
    all.push_back(quota(place));
    all.push_back(limits(place));
    all.push_back(deny_all(place));
    all.push_back(network(place));
    pod_accounts(place, all);
    daemon_account(place, all);
    cluster_audit(place, policies, all);
}

} // namespace

std::string daemon_user(const Place& place) {
    return fmt::format(
        "system:serviceaccount:{}:{}", place.rails.daemon_namespace, account_of(place)
    );
}

std::vector<json::object> manifests(std::span<const Place> places) {
    Objects all;
    for (const auto& place : places) {
        auto home = space(place.rails.daemon_namespace, "restricted", {});
        if (std::ranges::find(all, home) == all.end()) {
            all.push_back(std::move(home));
        }
    }
    for (const auto& place : places) {
        add_place(place, all);
    }
    return all;
}

} // namespace seakeeper::kubernetes
