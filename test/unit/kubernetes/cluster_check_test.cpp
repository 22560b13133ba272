// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cluster_parts.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/kubernetes/cluster_check.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <functional>

using namespace seakeeper;
using namespace seakeeper::kubernetes;

namespace {

Place a_place(trust::Class trust_class = trust::Class::untrusted) {
    Place place;
    place.site.trust_class = trust_class;
    place.policy.trust_class = trust_class;
    place.site.namespace_ = "ci";
    place.site.service_account = "runner";
    place.site.executor_service_account = "executor";
    place.site.node_selector = {{"pool", "untrusted"}};
    place.site.controller_instance_id = "argo-u";
    place.rails.egress = {{"192.0.2.1/32", {"443", "53/UDP"}}};
    return place;
}

bool is_text(const json::value& value, std::string_view text) {
    return value.is_string() && std::string_view{value.get_string()} == text;
}

json::object
object_of(const std::vector<json::object>& all, std::string_view kind, std::string_view name) {
    const auto found = std::ranges::find_if(all, [&](const json::object& one) {
        return is_text(one.at("kind"), kind) && is_text(one.at("metadata").at("name"), name);
    });
    REQUIRE(found != all.end());
    return *found;
}

json::object rules_of(const std::vector<json::object>& all) {
    json::array rules;
    for (const auto* kind : {"Role", "ClusterRole"}) {
        for (const auto& one : all) {
            const std::string_view name{one.at("metadata").at("name").as_string()};
            if (one.at("kind") == kind && name.starts_with("seakeeperd")) {
                for (const auto& rule : one.at("rules").as_array()) {
                    rules.push_back(rule);
                }
            }
        }
    }
    return {{"resourceRules", rules}, {"incomplete", false}};
}

/// A cluster as the manifests make it, with what a server adds.
ClusterReading a_good_cluster(const Place& place) {
    ClusterReading reading;
    reading.user = daemon_user(place);
    const auto all = manifests({&place, 1});
    for (auto object : audited(place)) {
        const auto label = label_of(object);
        object.at("metadata").as_object()["uid"] = "1-2-3";
        object["status"] = json::object{{"observedGeneration", 1}};
        if (auto* spec = object.if_contains("spec")) {
            if (auto* match = spec->as_object().if_contains("matchConstraints")) {
                match->as_object()["matchPolicy"] = "Equivalent";
                match->as_object()["objectSelector"] = json::object{};
                match->as_object()["resourceRules"].as_array()[0].as_object()["scope"] = "*";
            }
        }
        reading.objects.insert_or_assign(label, Result<json::object>{std::move(object)});
    }
    for (const auto* plural : {"networkpolicies", "rolebindings"}) {
        ObjectList list;
        for (const auto& one : all) {
            const bool is_policy = one.at("kind") == "NetworkPolicy";
            if (one.at("kind") == "RoleBinding" || is_policy) {
                if (is_policy == (plural == std::string_view{"networkpolicies"})) {
                    list.items.push_back(one);
                }
            }
        }
        reading.lists.insert_or_assign(plural, Result<ObjectList>{std::move(list)});
    }
    reading.rights["ci"] = rules_of(all);
    auto audit = object_of(all, "ClusterRole", "seakeeperd-audit-ci");
    reading.rights["default"] = json::object{{"resourceRules", audit.at("rules")}};
    return reading;
}

json::object& live(ClusterReading& reading, const std::string& label) {
    const auto found = reading.objects.find(label);
    REQUIRE_MESSAGE(found != reading.objects.end(), label);
    return found->second.value();
}

std::string text_of(const std::vector<ClusterFinding>& findings) {
    std::string text;
    for (const auto& one : findings) {
        text += to_string(one) + "\n";
    }
    return text;
}

} // namespace

TEST_CASE("a cluster as the manifests make it has no finding") {
    const auto place = a_place();
    const auto findings = judge_cluster(place, a_good_cluster(place));
    CHECK_MESSAGE(findings.empty(), text_of(findings));
}

TEST_CASE("what is missing or too wide is named: object, found, wanted") {
    struct Row {
        const char* what;
        std::function<void(ClusterReading&)> change;
        const char* finding;
    };
    const auto grant = [](const char* where, json::object rule) {
        return [=](ClusterReading& reading) {
            auto& rules = reading.rights.at(where)["resourceRules"].as_array();
            rules.push_back(rule);
        };
    };
    const auto gone = [](const char* label) {
        return [=](ClusterReading& reading) {
            reading.objects.insert_or_assign(
                label, Result<json::object>{Error{Errc::not_found, ""}}
            );
        };
    };
    const Row rows[] = {
        {"no quota",
         gone("ResourceQuota ci/seakeeper"),
         "ResourceQuota ci/seakeeper: found nothing"},
        {"no binding",
         gone("ValidatingAdmissionPolicyBinding ci.pods.seakeeper.dev"),
         "ValidatingAdmissionPolicyBinding ci.pods.seakeeper.dev: found nothing"},
        {"secrets",
         grant("ci", {{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"get", "list"}}}),
         "in ci: found secrets: get, list; wanted is those of the Roles"},
        {"cluster-admin",
         grant("default", {{"apiGroups", {"*"}}, {"resources", {"*"}}, {"verbs", {"*"}}}),
         "in default: found *.*: *; wanted is none in this namespace"},
        {"label",
         [](auto& reading) {
             live(reading, "Namespace ci")
                 .at("metadata")
                 .at("labels")
                 .as_object()
                 .erase("pod-security.kubernetes.io/enforce");
         },
         "Namespace ci /metadata/labels/pod-security.kubernetes.io/enforce: found \"null\"; wanted "
         "is "
         "\"restricted\""},
        {"a larger quota",
         [](auto& reading) {
             live(reading, "ResourceQuota ci/seakeeper").at("spec").at("hard").as_object()["pods"] =
                 "61";
         },
         "ResourceQuota ci/seakeeper /spec/hard/pods: found \"61\"; wanted is \"60\""},
        {"quota for some pods only",
         [](auto& reading) {
             live(reading, "ResourceQuota ci/seakeeper").at("spec").as_object()["scopes"] =
                 json::array{"BestEffort"};
         },
         "/spec/scopes: found"},
        {"warns only",
         [](auto& reading) {
             live(reading, "ValidatingAdmissionPolicyBinding ci.pods.seakeeper.dev")
                 .at("spec")
                 .as_object()["validationActions"] = json::array{"Warn"};
         },
         "/spec/validationActions/0: found \"Warn\"; wanted is \"Deny\""},
        {"an exemption",
         [](auto& reading) {
             live(reading, "ValidatingAdmissionPolicy ci.pods.seakeeper.dev")
                 .at("spec")
                 .as_object()["matchConditions"] = json::array{json::object{{"name", "x"}}};
         },
         "/spec/matchConditions: found"},
        {"a rule less",
         [](auto& reading) {
             live(reading, "ValidatingAdmissionPolicy ci.pods.seakeeper.dev")
                 .at("spec")
                 .at("validations")
                 .as_array()
                 .pop_back();
         },
         "/spec/validations: found"},
        {"the executor may read secrets",
         [](auto& reading) {
             live(reading, "Role ci/executor")["rules"].as_array().push_back(json::object{
                 {"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"get"}}});
         },
         "Role ci/executor /rules: found"},
        {"an open network",
         [](auto& reading) {
             live(reading, "NetworkPolicy ci/default-deny").at("spec").as_object()["egress"] =
                 json::array{json::object{}};
         },
         "NetworkPolicy ci/default-deny /spec/egress: found"},
        {"another network policy",
         [](auto& reading) {
             reading.lists.at("networkpolicies")
                 .value()
                 .items.push_back({{"metadata", json::object{{"name", "open"}}}});
         },
         "NetworkPolicy ci/open: found a policy that adds"},
        {"a binding for all accounts",
         [](auto& reading) {
             reading.lists.at("rolebindings")
                 .value()
                 .items.push_back(
                     {{"metadata", json::object{{"name", "all"}}},
                      {"subjects",
                       {json::object{{"kind", "Group"}, {"name", "system:serviceaccounts"}}}}}
                 );
         },
         "RoleBinding ci/all: found a binding that gives rights"},
        {"token mounted",
         [](auto& reading) {
             live(reading, "ServiceAccount ci/runner")["automountServiceAccountToken"] = true;
         },
         "ServiceAccount ci/runner /automountServiceAccountToken: found \"true\""},
        {"another user",
         [](auto& reading) { reading.user = "admin"; },
         "found \"admin\"; wanted is system:serviceaccount:seakeeper:seakeeper-untrusted"},
        {"a list that is not told",
         [](auto& reading) { reading.rights.at("ci")["incomplete"] = true; },
         "found an incomplete list"},
        {"not readable",
         [](auto& reading) {
             reading.lists.insert_or_assign(
                 "networkpolicies",
                 Result<ObjectList>{Error{Errc::permission_denied, "forbidden to look"}}
             );
         },
         "networkpolicies of ci: found forbidden to look"},
    };
    const auto place = a_place();
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto reading = a_good_cluster(place);
        row.change(reading);
        const auto findings = judge_cluster(place, reading);
        CHECK(findings.size() == 1);
        CHECK_MESSAGE(text_of(findings).find(row.finding) != std::string::npos, text_of(findings));
    }
}

TEST_CASE("narrower is no finding") {
    const auto place = a_place();
    auto reading = a_good_cluster(place);
    auto& hard = live(reading, "ResourceQuota ci/seakeeper").at("spec").at("hard").as_object();
    hard["pods"] = "10";
    hard["requests.memory"] = "98304Mi"; // 96Gi
    hard["count/secrets"] = "5";
    CHECK(judge_cluster(place, reading).empty());
}

TEST_CASE("two credentials of one identity are found out") {
    const auto token = [](std::string_view subject) {
        auto claims = base64(json::serialize(json::object{{"sub", subject}}));
        claims.erase(claims.find_last_not_of('=') + 1);
        return "e30." + claims + "." + std::string{subject};
    };
    Configuration a;
    a.host = "api.example";
    Configuration b = a;
    CHECK(shared_identity(a, b) == "");
    a.token = Secret{"opaque"};
    b.token = Secret{"opaque"};
    CHECK(shared_identity(a, b) == "the same token");
    a.token = Secret{token("system:serviceaccount:s:one")};
    b.token = Secret{token("system:serviceaccount:s:two")};
    CHECK(shared_identity(a, b) == "");
    b.token = Secret{token("system:serviceaccount:s:one") + "x"};
    CHECK(shared_identity(a, b).starts_with("the user \"system:serviceaccount:s:one\""));
    b.host = "other.example";
    CHECK(shared_identity(a, b) == ""); // an account of that name in another cluster
    a.ca_pem = b.ca_pem = "one authority";
    CHECK(shared_identity(a, b) != "");
    a.token = b.token = Secret{};
    a.client_certificate_pem = b.client_certificate_pem = "certificate";
    CHECK(shared_identity(a, b) == "the same client certificate");
}

TEST_CASE("manifests hold what the class's policy grants, and no more") {
    const auto place = a_place();
    const auto all = manifests({&place, 1});
    const auto role = json::serialize(object_of(all, "Role", "seakeeperd"));
    CHECK(role.find("secrets") == std::string::npos);
    CHECK(role.find("exec") == std::string::npos);
    const auto text = to_yaml(all);
    CHECK(text.find("count/workflowtemplates.argoproj.io: \"0\"") != std::string::npos);
    // every field that the policy forbids for the specification is in the rule
    const auto rules = workflow_rules(place);
    const auto has = [](const std::vector<AdmissionRule>& list, std::string_view part) {
        return std::ranges::any_of(list, [&](const AdmissionRule& rule) {
            return rule.expression.find(part) != std::string::npos;
        });
    };
    for (const auto* name :
         {"'podSpecPatch'", "'workflowTemplateRef'", "'hostNetwork'", "'resource'"}) {
        CAPTURE(name);
        CHECK(has(rules, name));
    }
    auto trusted = a_place(trust::Class::trusted);
    trusted.policy.secrets = {"it's"};
    trusted.policy.images = {"registry.example/"};
    CHECK(has(pod_rules(trusted), "@sha256:"));
    CHECK(has(pod_rules(trusted), "['it\\'s']"));
    CHECK(has(pod_rules(trusted), "c.image.startsWith('registry.example/')"));
    CHECK_FALSE(has(pod_rules(place), "@sha256:"));
}

TEST_CASE("text that YAML would read as something else is quoted") {
    const std::vector<json::object> objects{
        {{"a", "true"},
         {"n", "1"},
         {"list", json::array{json::object{{"x", "no"}, {"y", 2}}}},
         {"empty", json::object{}},
         {"deep", json::object{{"k:", json::array{"a b", "ok"}}}}}};
    CHECK(
        to_yaml(objects)
        == "---\na: \"true\"\n\"n\": \"1\"\nlist:\n  - x: \"no\"\n    \"y\": 2\nempty: {}\ndeep:\n "
           " "
           "\"k:\": [\"a b\", ok]\n"
    );
}
