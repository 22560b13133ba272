// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cluster_parts.hpp"
#include "kubernetes/json.hpp"

#include <seakeeper/kubernetes/cluster_check.hpp>

#include <array>
#include <optional>

namespace seakeeper::kubernetes {
namespace {

constexpr Resource self{"authentication.k8s.io", "v1", "selfsubjectreviews", false};
constexpr Resource rights{"authorization.k8s.io", "v1", "selfsubjectrulesreviews", false};
constexpr Resource network_policies{"networking.k8s.io", "v1", "networkpolicies"};
constexpr Resource role_bindings{"rbac.authorization.k8s.io", "v1", "rolebindings"};

struct Kind {
    std::string_view name;
    Resource resource;
};

// Those that the role seakeeperd-audit may read.
constexpr std::array kinds{
    Kind{"Namespace", {"", "v1", "namespaces", false}},
    Kind{"ResourceQuota", {"", "v1", "resourcequotas"}},
    Kind{"LimitRange", {"", "v1", "limitranges"}},
    Kind{"ServiceAccount", {"", "v1", "serviceaccounts"}},
    Kind{"NetworkPolicy", network_policies},
    Kind{"Role", {"rbac.authorization.k8s.io", "v1", "roles"}},
    Kind{"RoleBinding", role_bindings},
    Kind{
        "ValidatingAdmissionPolicy",
        {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", false}},
    Kind{
        "ValidatingAdmissionPolicyBinding",
        {"admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", false}},
};

Resource resource_of(std::string_view kind) {
    for (const auto& one : kinds) {
        if (one.name == kind) {
            return one.resource;
        }
    }
    return {};
}

bool is_about_us(const Error& error) {
    return !error.is(Errc::not_found) && !error.is(Errc::permission_denied);
}

asio::awaitable<Result<std::string>> ask_user(Client& client, Deadline until) {
    json::object question{
        {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "SelfSubjectReview"}};
    auto answer = co_await client.ask(self, std::move(question), until);
    if (!answer) {
        co_return answer.error();
    }
    const auto* status = object_at(*answer, "status");
    const auto* user = status == nullptr ? nullptr : object_at(*status, "userInfo");
    co_return user == nullptr ? std::string{} : std::string{text_at(*user, "username")};
}

asio::awaitable<Status>
ask_rights(Client& client, std::string where, ClusterReading& reading, Deadline until) {
    json::object question{
        {"apiVersion", "authorization.k8s.io/v1"},
        {"kind", "SelfSubjectRulesReview"},
        {"spec", json::object{{"namespace", where}}}};
    auto answer = co_await client.ask(rights, std::move(question), until);
    if (!answer) {
        co_return answer.error();
    }
    const auto* status = object_at(*answer, "status");
    reading.rights[where] = status == nullptr ? json::object{} : *status;
    co_return Status{};
}

asio::awaitable<Status>
read_objects(Client& client, const Place& place, ClusterReading& reading, Deadline until) {
    const auto wanted = audited(place);
    for (const auto& object : wanted) {
        const auto resource = resource_of(text_at(object, "kind"));
        std::string name{text_at(*object_at(object, "metadata"), "name")};
        auto live = co_await client.get(resource, std::move(name), until);
        if (!live && is_about_us(live.error())) {
            co_return live.error();
        }
        reading.objects.insert_or_assign(label_of(object), std::move(live));
    }
    co_return Status{};
}

asio::awaitable<Status> read_lists(Client& client, ClusterReading& reading, Deadline until) {
    for (const auto resource : {network_policies, role_bindings}) {
        std::string everything;
        auto list = co_await client.list(resource, std::move(everything), until);
        if (!list && is_about_us(list.error())) {
            co_return list.error();
        }
        reading.lists.insert_or_assign(std::string{resource.plural}, std::move(list));
    }
    co_return Status{};
}

} // namespace

asio::awaitable<Result<ClusterReading>>
read_cluster(Client client, Place place, std::vector<std::string> elsewhere, Deadline until) {
    ClusterReading reading;
    auto user = co_await ask_user(client, until);
    if (!user) {
        co_return user.error();
    }
    reading.user = std::move(*user);
    elsewhere.push_back(place.site.namespace_);
    for (auto& where : elsewhere) {
        auto asked = co_await ask_rights(client, where, reading, until);
        if (!asked) {
            co_return asked.error();
        }
    }
    auto objects = co_await read_objects(client, place, reading, until);
    if (!objects) {
        co_return objects.error();
    }
    auto lists = co_await read_lists(client, reading, until);
    if (!lists) {
        co_return lists.error();
    }
    co_return reading;
}

} // namespace seakeeper::kubernetes
