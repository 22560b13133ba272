// SPDX-License-Identifier: Apache-2.0
// Values that a rule looks at: the last one that is accepted, the first one that is not, and what
// is no such value at all.
#include "judged.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

/// Rules alone.
std::string
rules(const std::string& yaml, const Policy& policy = policy_of(trust::Class::untrusted)) {
    std::string told;
    for (const auto& finding : findings_of(yaml, policy)) {
        told += (told.empty() ? "" : " ") + finding.rule;
    }
    return told;
}

std::string spec(const std::string& line) {
    return rules(workflow_with(line));
}

std::string leaf(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a]}\n  " + more);
}

std::string container(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a], " + more + "}");
}

std::string loop(const std::string& with) {
    return rules(workflow_of(
        "- name: m\n  steps: [[{name: a, template: l, " + with
        + "}]]\n- name: l\n  container: {image: i, command: [a]}"
    ));
}

struct Row {
    const char* value;
    const char* rules;
};

/// What is accepted, of the first finding.
std::string
accepted(const std::string& yaml, const Policy& policy = policy_of(trust::Class::untrusted)) {
    const auto findings = findings_of(yaml, policy);
    REQUIRE_FALSE(findings.empty());
    return findings[0].accepted;
}

} // namespace

TEST_CASE("numbers: a literal one within the cap") {
    for (const auto& row : {
             Row{"activeDeadlineSeconds: 0", "deadline"},
             Row{"activeDeadlineSeconds: 1", ""},
             Row{"activeDeadlineSeconds: 3601", "deadline"},
             Row{"parallelism: 0", "parallelism"},
             Row{"parallelism: 1", ""},
             Row{"retryStrategy: {limit: -1}", "retry-limit"},
             Row{"retryStrategy: {limit: 0}", ""},
             Row{"retryStrategy: {limit: '5'}", ""},
             Row{"retryStrategy: {limit: '6'}", "retry-limit"},
             Row{"retryStrategy: {limit: ''}", "retry-limit"},
             Row{"retryStrategy: {limit: '2 times'}", "retry-limit"},
             Row{"retryStrategy: {limit: '99999999999999999999'}", "retry-limit"}, // no int64
             Row{"retryStrategy: {limit: 1, backoff: {factor: 0}}", "retry-limit"},
             Row{"retryStrategy: {limit: 1, backoff: {factor: 1}}", ""},
             Row{"retryStrategy: {limit: 1, backoff: {factor: 100}}", ""},
             Row{"retryStrategy: {limit: 1, backoff: {factor: 101}}", "retry-limit"},
             Row{"retryStrategy: {limit: 1, backoff: {duration: 1h}}", ""},
             Row{"retryStrategy: {limit: 1, backoff: {duration: 1h1s}}", "deadline"},
             Row{"retryStrategy: {limit: 1, backoff: {duration: soon}}", "deadline"},
             Row{"retryStrategy: {limit: 1, retryPolicy: OnTransientError}", ""},
             Row{"retryStrategy: {limit: 1, retryPolicy: Sometimes}", "retry-limit"},
             Row{"securityContext: {runAsUser: 1}", ""},
             Row{"securityContext: {runAsUser: 2147483647}", ""},
         }) {
        CAPTURE(row.value);
        CHECK(spec(row.value) == row.rules);
    }
    CHECK(rules(leaf("timeout: soon")) == "deadline");
    CHECK(
        rules(workflow_of("- name: m\n  containerSet:\n    retryStrategy: {retries: 1}\n    "
                          "containers: [{name: main, image: i, command: [a]}]"))
        == ""
    );
}

TEST_CASE("sequences: as many items as the cap, of literal numbers") {
    for (const auto& row : {
             Row{"withSequence: {end: 255}", ""},
             Row{"withSequence: {end: 256}", "loop"},
             Row{"withSequence: {start: 256, end: 1}", ""},
             Row{"withSequence: {start: 257, end: 1}", "loop"},
             Row{"withSequence: {start: '{{workflow.name}}', end: 255}", "loop literal"},
             Row{"withSequence: {start: '{{workflow.name}}', end: 256}", "loop loop literal"},
             Row{"withSequence: {count: 1000000000}", "loop"},
             Row{"withSequence: {count: 1000000001}", "loop loop"},
             Row{"withSequence: {count: -1000000000}", ""},
             Row{"withSequence: {count: -1000000001}", "loop"},
             Row{"withSequence: {count: '3 or so'}", "loop"},
             Row{"withSequence: {count: 3, format: 'a%02xb'}", ""},
             Row{"withSequence: {count: 3, format: '%99d'}", ""},
             Row{"withSequence: {count: 3, format: '%100d'}", "loop"},
             Row{"withSequence: {count: 3, format: '%d%d'}", "loop"},
             Row{"withSequence: {count: 3, format: '%'}", "loop"},
             Row{"withSequence: {count: 3, format: '%s'}", "loop"},
             Row{"withSequence: {count: 3, format: '%%'}", "loop"},
             Row{"withSequence: {count: 3, format: 'plain'}", "loop"},
             Row{"withSequence: {count: 3, format: '\"%d'}", "loop"},
         }) {
        CAPTURE(row.value);
        CHECK(loop(row.value) == row.rules);
    }
    CHECK(loop("withSequence: {count: 3, format: '%d" + std::string(62, 'x') + "'}") == "");
    CHECK(loop("withSequence: {count: 3, format: '%d" + std::string(63, 'x') + "'}") == "loop");
}

TEST_CASE("quantities: up to the cap, to the byte") {
    for (const auto& row : {
             Row{"resources: {limits: {cpu: 8000m}}", ""},
             Row{"resources: {limits: {cpu: 8001m}}", "resources"},
             Row{"resources: {limits: {cpu: 0}}", ""},
             Row{"resources: {limits: {memory: '17179869184'}}", ""},
             Row{"resources: {limits: {memory: '17179869185'}}", "resources"},
             Row{"resources: {requests: {ephemeral-storage: 64Gi}}", ""},
             Row{"resources: {requests: {ephemeral-storage: '68719476737'}}", "resources"},
             Row{"resources: {requests: {hugepages-2Mi: 1}}", "resources"},
         }) {
        CAPTURE(row.value);
        CHECK(rules(container(row.value)) == row.rules);
    }
    const auto disk = [](const std::string& text) {
        return spec("volumes: [{name: v, emptyDir: {" + text + "}}]");
    };
    CHECK(disk("sizeLimit: '68719476736'") == "");
    CHECK(disk("sizeLimit: '68719476737'") == "storage");
    CHECK(disk("medium: Memory") == "storage"); // without a limit
    CHECK(disk("medium: Memory, sizeLimit: '17179869184'") == "");
    CHECK(disk("medium: Memory, sizeLimit: '17179869185'") == "storage");
    const auto claim = [](const std::string& text) {
        return spec(
            "volumeClaimTemplates: [{metadata: {name: w}, spec: {accessModes: [ReadWriteOnce], "
            "resources: {requests: {"
            + text + "}}}}]"
        );
    };
    CHECK(claim("storage: 64Gi") == "");
    CHECK(claim("storage: '68719476737'") == "storage");
    CHECK(claim("cpu: 1") == "storage");
    CHECK(claim("cpu: 1, storage: 1Gi") == "storage");
    Policy none = policy_of(trust::Class::untrusted);
    none.caps.milli_cpu = none.caps.memory_bytes = 0;
    CHECK(rules(container("resources: {limits: {cpu: 0, memory: 0}}"), none) == "");
    CHECK(rules(container("resources: {limits: {cpu: 1m}}"), none) == "resources");
    CHECK(rules(container("resources: {limits: {memory: 1}}"), none) == "resources");
}

TEST_CASE("what is no quantity is refused, whoever should have seen it before") {
    // the reader of definitions refuses it first
    for (const auto& yaml :
         {container("resources: {limits: {cpu: lots}}"),
          workflow_with("volumes: [{name: v, emptyDir: {sizeLimit: big}}]")}) {
        const auto definition = Definition::parse(yaml, "w.yaml");
        REQUIRE_FALSE(definition);
        CHECK(definition.error().message.ends_with("[type]"));
    }
}

TEST_CASE("security contexts may say what every container gets, and no more") {
    for (const auto& row : {
             Row{"allowPrivilegeEscalation: false", ""},
             Row{"allowPrivilegeEscalation: true", "security-context"},
             Row{"privileged: false", ""},
             Row{"runAsNonRoot: true", ""},
             Row{"runAsGroup: 0", "security-context"},
             Row{"capabilities: {drop: [ALL]}", ""},
             Row{"capabilities: {drop: [NET_RAW, ALL]}", ""},
             Row{"capabilities: {drop: [NET_RAW]}", "security-context"},
             Row{"capabilities: {drop: []}", "security-context"},
             Row{"capabilities: {}", "security-context"},
             Row{"capabilities: {add: [CHOWN], drop: [ALL]}", "security-context"},
             Row{"seccompProfile: {type: RuntimeDefault}", ""},
             Row{"seccompProfile: {type: Localhost}", "security-context"},
             Row{"seccompProfile: {}", "security-context"},
         }) {
        CAPTURE(row.value);
        CHECK(rules(container("securityContext: {" + std::string{row.value} + "}")) == row.rules);
    }
    CHECK(accepted(container("securityContext: {privileged: true}")) == "false");
    CHECK(accepted(container("securityContext: {runAsNonRoot: false}")) == "true");
}

TEST_CASE("images: what is an image, and what names one by its digest") {
    const auto trusted = [](const std::string& image) {
        Policy policy = policy_of(trust::Class::trusted);
        policy.images = {"i", "r/abcd/"};
        policy.require_image_digest = true;
        return rules(
            workflow_of("- name: m\n  container: {image: '" + image + "', command: [a]}"), policy
        );
    };
    const std::string digest(64, 'a');
    CHECK(trusted("i@sha256:" + digest) == "");
    CHECK(trusted("i@sha256:" + digest + "a") == "image-digest");
    CHECK(trusted("i@sha256:" + std::string(64, 'g')) == "image-digest");
    CHECK(trusted("i@sha256:g" + std::string(63, 'a')) == "image-digest");
    CHECK(trusted("i@sha256:" + std::string(63, 'a') + "g") == "image-digest");
    CHECK(trusted("r/abcd/" + digest) == "image-digest"); // as long as one with a digest
    Policy any = policy_of(trust::Class::untrusted);
    any.images.clear();
    for (const char* image : {"a b", "a$b", "a`b", "a\\b"}) {
        CAPTURE(image);
        CHECK(
            rules(
                workflow_of(
                    "- name: m\n  container: {image: '" + std::string{image} + "', command: [a]}"
                ),
                any
            )
            == "image"
        );
    }
    CHECK(rules(workflow_of("- name: m\n  container: {image: 'a/b:c', command: [a]}"), any) == "");
    const auto in_defaults = [](const std::string& image) {
        return workflow_with(
            "templateDefaults: {container: {image: '" + image + "', command: [a]}}"
        );
    };
    CHECK(rules(in_defaults("x"), any) == "");
    CHECK(rules(in_defaults(""), any) == "image");
    // a prefix ends at a boundary; an empty one allows nothing
    Policy named = policy_of(trust::Class::untrusted);
    named.images = {"", "a/b"};
    for (const auto& row :
         {Row{"a/b", ""},
          Row{"a/b:1", ""},
          Row{"a/b/c", ""},
          Row{"a/b@sha256:x", ""},
          Row{"a/bc", "image"},
          Row{"/x", "image"}}) {
        CAPTURE(row.value);
        CHECK(
            rules(
                workflow_of(
                    "- name: m\n  container: {image: '" + std::string{row.value}
                    + "', command: [a]}"
                ),
                named
            )
            == row.rules
        );
    }
}

TEST_CASE("artifacts are fetched from listed hosts by http and https") {
    Policy policy = policy_of(trust::Class::untrusted);
    policy.artifact_hosts = {"h", "h.example:8443", ""};
    const auto http = [&](const std::string& url) {
        return rules(
            leaf("inputs: {artifacts: [{name: a, path: /a, http: {url: '" + url + "'}}]}"), policy
        );
    };
    for (const auto& row : {
             Row{"https://h/x", ""},
             Row{"http://h", ""},
             Row{"https://h?x", ""},
             Row{"https://h#x", ""},
             Row{"https://h.example:8443/x", ""},
             Row{"https://h.example/x", "artifact-host"},
             Row{"https://u@h/x", "artifact-host"},
             Row{"https://h@evil/x", "artifact-host"},
             Row{"https://h\\@evil/x", "artifact-host"},
             Row{"https://evil/https://h/", "artifact-host"},
             Row{"ssh://h/x", "artifact-host"},
             Row{"ftp://h/x", "artifact-host"},
             Row{"file:///h", "artifact-host"},
             Row{"h/x", "artifact-host"},
             Row{"https:///x", "artifact-host"},
         }) {
        CAPTURE(row.value);
        CHECK(http(row.value) == row.rules);
    }
}

TEST_CASE("names of variables and containers") {
    const auto variable = [](const std::string& name) {
        return rules(container("env: [{name: '" + name + "'}]"));
    };
    for (const char* good :
         {"A", "Z", "a", "z", "_", "A0", "A9", "a.b", "a-b", ".a", "ARGO", "x_ARGO_"}) {
        CAPTURE(good);
        CHECK(variable(good) == "");
    }
    for (const char* bad :
         {"0", "9", "1A", "A/", "A:", "A@", "A[", "A`", "A{", "A=B", "ARGO_", "SEAKEEPER_A"}) {
        CAPTURE(bad);
        CHECK(variable(bad) == "env-name");
    }
    const auto sidecar = [](const std::string& name) {
        return rules(leaf("sidecars: [{name: " + name + ", image: i, command: [a]}]"));
    };
    for (const auto& row :
         {Row{"wait", "container-name"},
          Row{"init", "container-name"},
          Row{"supervisor", "container-name"},
          Row{"artifact-plugin-x", "container-name"},
          Row{"waiter", ""},
          Row{"my-artifact-plugin-x", ""}}) {
        CAPTURE(row.value);
        CHECK(sidecar(row.value) == row.rules);
    }
}

TEST_CASE("paths: absolute, plain, and none of Argo's") {
    const auto mount = [](const std::string& path) {
        return rules(workflow_of(
            "- name: m\n  volumes: [{name: v, emptyDir: {}}]\n  container: {image: i, "
            "command: [a], volumeMounts: [{name: v, mountPath: '"
            + path + "'}]}"
        ));
    };
    for (const char* good :
         {"/", "/a", "/a/b.c", "/argonaut", "/home/x", "/var/run/a", "/x/argo"}) {
        CAPTURE(good);
        CHECK(mount(good) == "");
    }
    for (const char* bad :
         {"a",
          "//",
          "/a//b",
          "/.a",
          "/a/..",
          "/a:b",
          "/argo",
          "/argo/x",
          "/mainctrfs",
          "/run/argo/x",
          "/var/run/argo",
          "/run/secrets/x",
          "/var/run/secrets"}) {
        CAPTURE(bad);
        CHECK(mount(bad) == "mount-path");
    }
    const auto sub_path = [](const std::string& path) {
        return rules(workflow_of(
            "- name: m\n  volumes: [{name: v, emptyDir: {}}]\n  container: {image: i, "
            "command: [a], volumeMounts: [{name: v, mountPath: /v, subPath: '"
            + path + "'}]}"
        ));
    };
    CHECK(sub_path("a/b") == "");
    for (const char* bad : {"/a", "..", "a/../b", "a\\b"}) {
        CAPTURE(bad);
        CHECK(sub_path(bad) == "path");
    }
    CHECK(
        findings_of(container("volumeMounts: [{name: v, mountPath: /argo}]"), {})[0].reason
        == "Argo's executor and tokens live there"
    );
    CHECK(
        findings_of(container("volumeMounts: [{name: v, mountPath: a}]"), {})[0].reason
        == "it is not a plain absolute path"
    );
}

TEST_CASE("ports and variables: what is the same one twice") {
    CHECK(
        rules(container("ports: [{containerPort: 1}, {containerPort: 1, protocol: SCTP}]")) == ""
    );
    CHECK(
        rules(container("ports: [{containerPort: 1}, {containerPort: 2}, {containerPort: 1}]"))
        == "structure"
    );
    CHECK(
        findings_of(container("ports: [{containerPort: 7}, {containerPort: 7}]"), {})[0].reason
        == "ports has the port \"7/TCP\" twice"
    );
}

TEST_CASE("a site that lists nothing says so, one that lists something says what") {
    Policy none = policy_of(trust::Class::trusted);
    none.images.clear();
    none.artifact_hosts.clear();
    Policy some = policy_of(trust::Class::trusted);
    some.images = {"i", "r/"};
    some.artifact_hosts = {"h", "k"};
    some.config_maps = {"c", "d"};
    const auto other = workflow_of("- name: m\n  container: {image: x, command: [a]}");
    CHECK(accepted(other, none) == "none: the operator lists no registry for the class");
    CHECK(accepted(other, some) == "i..., r/...");
    const auto fetched =
        leaf("inputs: {artifacts: [{name: a, path: /a, http: {url: 'http://x/'}}]}");
    none.images = {"i"};
    CHECK(accepted(fetched, none) == "none: the operator lists no hosts for artifacts");
    CHECK(accepted(fetched, some) == "https:// and one of h, k");
    const auto read = container("envFrom: [{configMapRef: {name: x}}]");
    CHECK(accepted(read, none) == "none");
    CHECK(accepted(read, some) == "one of c, d");
    CHECK(accepted(container("resources: {limits: {cpu: 9}}")) == "at most 8000m");
    CHECK(
        accepted(container("resources: {limits: {memory: 17Gi}}")) == "at most 17179869184 bytes"
    );
    CHECK(accepted(container("resources: {limits: {gpu: 1}}")) == "cpu, memory, ephemeral-storage");
}
