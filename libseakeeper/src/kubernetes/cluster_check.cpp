// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cluster_parts.hpp"
#include "kubernetes/json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/cluster_check.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

namespace seakeeper::kubernetes {
namespace {

using Findings = std::vector<ClusterFinding>;

// -- the daemon's own rights ------------------------------------------------------------------

/// A right, spelt as a rule does; "*" is what the server says.
struct Right {
    std::string group;
    std::string resource;
    std::string verb;
    friend auto operator<=>(const Right&, const Right&) = default;
};
using Rights = std::set<Right>;

std::vector<std::string> texts_of(const json::object& rule, std::string_view key) {
    std::vector<std::string> texts;
    if (const auto* list = array_at(rule, key)) {
        for (const auto& one : *list) {
            if (one.is_string()) {
                texts.emplace_back(one.get_string());
            }
        }
    }
    return texts;
}

void add_rule(const json::object& rule, Rights& rights) {
    for (const auto& group : texts_of(rule, "apiGroups")) {
        for (const auto& resource : texts_of(rule, "resources")) {
            for (const auto& verb : texts_of(rule, "verbs")) {
                rights.insert({group, resource, verb});
            }
        }
    }
}

/// What everybody who is authenticated may ask about themselves (system:basic-user).
bool is_about_self(const Right& right) {
    return right.verb == "create"
           && ((right.group == "authorization.k8s.io"
                && (right.resource == "selfsubjectaccessreviews"
                    || right.resource == "selfsubjectrulesreviews"))
               || (right.group == "authentication.k8s.io" && right.resource == "selfsubjectreviews")
           );
}

bool is_of_daemon(const json::object& role) {
    const auto name = text_at(*object_at(role, "metadata"), "name");
    return name.starts_with("seakeeperd");
}

/// What the manifests give the daemon in `where`: its roles there, and the cluster's one.
Rights granted(const Place& place, std::string_view where) {
    Rights rights;
    for (const auto& object : manifests({&place, 1})) {
        const auto kind = text_at(object, "kind");
        const bool is_here = kind == "Role" && where == place.site.namespace_;
        if ((is_here || kind == "ClusterRole") && is_of_daemon(object)) {
            for (const auto& rule : object.at("rules").as_array()) {
                add_rule(rule.as_object(), rights);
            }
        }
    }
    return rights;
}

/// Rights beyond the granted ones, in words: "secrets: get, list".
std::vector<std::string> excess(const json::object& status, const Rights& allowed) {
    Rights held;
    if (const auto* rules = array_at(status, "resourceRules")) {
        for (const auto& rule : *rules) {
            if (rule.is_object()) {
                add_rule(rule.get_object(), held);
            }
        }
    }
    std::map<std::string, std::vector<std::string>> verbs;
    for (const auto& right : held) {
        if (!allowed.contains(right) && !is_about_self(right)) {
            const auto dot = right.group.empty() ? "" : ".";
            verbs[right.resource + dot + right.group].push_back(right.verb);
        }
    }
    std::vector<std::string> words;
    for (const auto& [resource, list] : verbs) {
        words.push_back(fmt::format("{}: {}", resource, fmt::join(list, ", ")));
    }
    return words;
}

bool is_incomplete(const json::object& status) {
    const auto* value = status.if_contains("incomplete");
    return value != nullptr && value->is_bool() && value->get_bool();
}

void judge_rights(const Place& place, const ClusterReading& reading, Findings& findings) {
    for (const auto& [where, status] : reading.rights) {
        const auto object = fmt::format("rights of {} in {}", reading.user, where);
        const bool is_own = where == place.site.namespace_;
        const auto* wanted = is_own ? "those of the Roles seakeeperd and seakeeperd-audit alone"
                                    : "none in this namespace";
        for (const auto& words : excess(status, granted(place, where))) {
            findings.push_back({object, words, wanted});
        }
        if (is_incomplete(status)) {
            findings.push_back(
                {object,
                 "an incomplete list: an authorizer does not tell what it allows",
                 "RBAC alone, or an authorizer that lists its rules"}
            );
        }
    }
    if (reading.user != daemon_user(place)) {
        findings.push_back(
            {fmt::format("user of executor in {}", place.site.namespace_),
             quoted(reading.user, 120),
             fmt::format("{}, whose patches the admission policy restricts", daemon_user(place))}
        );
    }
}

// -- objects ----------------------------------------------------------------------------------

std::string why_unread(const Error& error) {
    return error.is(Errc::not_found) ? "nothing" : error.message;
}

void judge_objects(const Place& place, const ClusterReading& reading, Findings& findings) {
    for (const auto& object : audited(place)) {
        const auto label = label_of(object);
        const auto live = reading.objects.find(label);
        if (live == reading.objects.end() || !live->second) {
            const auto found = live == reading.objects.end() ? "it was not asked for"
                                                             : why_unread(live->second.error());
            findings.push_back({label, found, "the object of the manifests"});
            continue;
        }
        for (auto& one : differences(object, *live->second)) {
            findings.push_back(
                {fmt::format("{} {}", label, one.pointer),
                 std::move(one.found),
                 std::move(one.wanted)}
            );
        }
    }
}

std::set<std::string> known_names(const Place& place, std::string_view kind) {
    std::set<std::string> names;
    for (const auto& object : manifests({&place, 1})) {
        if (text_at(object, "kind") == kind) {
            names.emplace(text_at(*object_at(object, "metadata"), "name"));
        }
    }
    return names;
}

/// A subject that pods of the place, or the daemon, have a part in.
bool is_ours(const Place& place, const json::object& subject) {
    const auto& space = place.site.namespace_;
    const auto name = text_at(subject, "name");
    const auto where = text_at(subject, "namespace");
    const auto kind = text_at(subject, "kind");
    if (kind == "Group") {
        return name == "system:serviceaccounts" || name == "system:authenticated"
               || name == "system:unauthenticated" || name == "system:serviceaccounts:" + space;
    }
    const auto user = kind == "ServiceAccount"
                          ? fmt::format("system:serviceaccount:{}:{}", where, name)
                          : std::string{name};
    const std::array ours{
        place.site.service_account, place.site.executor_service_account, std::string{"default"}};
    const auto is_of_pods = std::ranges::any_of(ours, [&](const std::string& account) {
        return user == fmt::format("system:serviceaccount:{}:{}", space, account);
    });
    return is_of_pods || user == daemon_user(place);
}

bool binds_ours(const Place& place, const json::object& binding) {
    const auto* subjects = array_at(binding, "subjects");
    return subjects != nullptr && std::ranges::any_of(*subjects, [&](const json::value& one) {
               return one.is_object() && is_ours(place, one.get_object());
           });
}

/// Objects beyond the manifests that widen what they say.
void judge_others(const Place& place, const ClusterReading& reading, Findings& findings) {
    struct Extra {
        const char* plural;
        const char* kind;
        const char* found;
        const char* wanted;
    };
    constexpr std::array extras{
        Extra{
            "networkpolicies",
            "NetworkPolicy",
            "a policy that adds to what pods may reach",
            "the manifests' own; other destinations stand in wall.egress"},
        Extra{
            "rolebindings",
            "RoleBinding",
            "a binding that gives rights to the pods' or the daemon's accounts",
            "the manifests' own"},
    };
    for (const auto& extra : extras) {
        const auto list = reading.lists.find(extra.plural);
        if (list == reading.lists.end() || !list->second) {
            findings.push_back(
                {fmt::format("{} of {}", extra.plural, place.site.namespace_),
                 list == reading.lists.end() ? "they were not asked for"
                                             : list->second.error().message,
                 "a list that can be read"}
            );
            continue;
        }
        const auto known = known_names(place, extra.kind);
        for (const auto& item : list->second->items) {
            const auto* metadata = object_at(item, "metadata");
            const std::string name{metadata == nullptr ? "" : text_at(*metadata, "name")};
            const bool is_policy = std::string_view{extra.kind} == "NetworkPolicy";
            if (!known.contains(name) && (is_policy || binds_ours(place, item))) {
                findings.push_back(
                    {fmt::format("{} {}/{}", extra.kind, place.site.namespace_, name),
                     extra.found,
                     extra.wanted}
                );
            }
        }
    }
}

} // namespace

std::string to_string(const ClusterFinding& finding) {
    return fmt::format("{}: found {}; wanted is {}", finding.object, finding.found, finding.wanted);
}

std::vector<json::object> audited(const Place& place) {
    constexpr std::array hidden{"Secret", "ClusterRole", "ClusterRoleBinding"};
    std::vector<json::object> objects;
    for (auto& object : manifests({&place, 1})) {
        const auto kind = text_at(object, "kind");
        const auto* metadata = object_at(object, "metadata");
        const auto name = text_at(*metadata, "name");
        const auto where = kind == "Namespace" ? name : text_at(*metadata, "namespace");
        const bool is_hidden = std::ranges::find(hidden, kind) != hidden.end();
        if (!is_hidden && (where.empty() || where == place.site.namespace_)) {
            objects.push_back(std::move(object));
        }
    }
    return objects;
}

std::string label_of(const json::object& object) {
    const auto* metadata = object_at(object, "metadata");
    const auto where = text_at(*metadata, "namespace");
    const auto* slash = where.empty() ? "" : "/";
    return fmt::format(
        "{} {}{}{}", text_at(object, "kind"), where, slash, text_at(*metadata, "name")
    );
}

std::vector<ClusterFinding> judge_cluster(const Place& place, const ClusterReading& reading) {
    Findings findings;
    judge_rights(place, reading, findings);
    judge_objects(place, reading, findings);
    judge_others(place, reading, findings);
    return findings;
}

} // namespace seakeeper::kubernetes
