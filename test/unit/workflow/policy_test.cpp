// SPDX-License-Identifier: Apache-2.0
#include "definitions.hpp"

#include <seakeeper/workflow/policy.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

using namespace seakeeper;
using namespace seakeeper::workflow;
using namespace seakeeper::workflow::test;

namespace {

Policy trusted() {
    Policy policy;
    policy.trust_class = trust::Class::trusted;
    policy.images = {"registry.example/ci/", "i"};
    policy.require_image_digest = false;
    policy.secrets = {"deploy-key"};
    return policy;
}

std::vector<Finding> judge(const std::string& yaml, const Policy& policy = {}) {
    const auto definition = Definition::parse(yaml, "w.yaml");
    CAPTURE(yaml);
    REQUIRE_MESSAGE(definition, definition.error().message);
    return police(*definition, policy);
}

std::string rules_of(const std::vector<Finding>& findings) {
    std::string rules;
    for (const auto& finding : findings) {
        rules += (rules.empty() ? "" : " ") + finding.rule;
    }
    return rules;
}

/// A Workflow of one template with more fields.
std::string with_template(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a]}\n  " + more);
}

std::string with_container(const std::string& more) {
    return workflow_of("- name: m\n  container: {image: i, command: [a], " + more + "}");
}

} // namespace

TEST_CASE("a usual definition has nothing against it in either class") {
    Policy policy;
    policy.images = {"registry.example/ci/"};
    CHECK(rules_of(judge(test_file("test.yaml"), policy)) == "");
    CHECK(rules_of(judge(test_file("test.yaml"), trusted())) == "");
    policy.images = {"registry.example/c"};
    CHECK(rules_of(judge(test_file("test.yaml"), policy)) == "image image image");
}

TEST_CASE("every power that a specification may ask for has its rule") {
    struct Row {
        const char* line;
        const char* untrusted;
        const char* trusted;
    };
    for (const auto& row : {
             Row{"podSpecPatch: '{}'", "pod-spec-patch", "pod-spec-patch"},
             Row{"hostNetwork: true", "host-access", "host-access"},
             Row{"affinity: {}", "node-placement", "node-placement"},
             Row{"tolerations: [{operator: Exists}]", "node-placement", "node-placement"},
             Row{"schedulerName: mine", "node-placement", "node-placement"},
             Row{"podPriorityClassName: high", "priority", "priority"},
             Row{"priority: 7", "priority", "priority"},
             Row{"dnsConfig: {nameservers: [1.2.3.4]}", "network", "network"},
             Row{"hostAliases: []", "network", "network"},
             Row{"imagePullSecrets: [{name: deploy-key}]", "secret-access", ""},
             Row{"imagePullSecrets: [{name: other}]", "secret-access", "secret-access"},
             Row{"workflowTemplateRef: {name: x}", "unseen-code", "unseen-code"},
             Row{"synchronization: {mutexes: [{name: x}]}", "shared-state", "shared-state"},
             Row{"metrics: {prometheus: []}", "controller-load", "controller-load"},
             Row{"workflowMetadata: {labels: {a: b}}", "identity", "identity"},
             Row{"podMetadata: {labels: {a: b}}", "identity", "identity"},
             Row{"artifactGC: {strategy: Never}", "artifact-location", "artifact-location"},
             Row{"artifactRepositoryRef: {key: k}", "artifact-location", "artifact-location"},
             Row{"executorPlugins: []", "external-action", "external-action"},
             Row{"suspend: true", "hang", "hang"},
             Row{"shutdown: Stop", "hang", "hang"},
             Row{"resourceClaims: []", "devices", "devices"},
             Row{"automountServiceAccountToken: true", "security-context", "security-context"},
             Row{"securityContext: {runAsUser: 0}", "security-context", "security-context"},
             Row{"securityContext: {sysctls: []}", "security-context", "security-context"},
             Row{"securityContext: {seccompProfile: {type: Unconfined}}",
                 "security-context",
                 "security-context"},
             Row{"activeDeadlineSeconds: 3601", "deadline", "deadline"},
             Row{"activeDeadlineSeconds: 3600", "", ""},
             Row{"parallelism: 9", "parallelism", "parallelism"},
             Row{"parallelism: 8", "", ""},
             Row{"retryStrategy: {retryPolicy: Always}", "retry-limit", "retry-limit"},
             Row{"retryStrategy: {limit: 6}", "retry-limit", "retry-limit"},
             Row{"retryStrategy: {limit: '{{workflow.parameters.n}}'}",
                 "retry-limit literal",
                 "retry-limit literal"},
             Row{"retryStrategy: {limit: 1, backoff: {maxDuration: 2h}}", "deadline", "deadline"},
             Row{"retryStrategy: {limit: 1, expression: 'asInt(lastRetry.exitCode) > 1'}",
                 "expression",
                 "expression"},
             Row{"retryStrategy: {limit: 1, expression: \"lastRetry.exitCode != '2'\"}", "", ""},
             Row{"serviceAccountName: anything", "", ""}, // replaced
             Row{"nodeSelector: {pool: trusted}", "", ""},
             Row{"ttlStrategy: {secondsAfterCompletion: 1}", "", ""},
             Row{"templateDefaults: {serviceAccountName: x}", "service-account", "service-account"},
             Row{"templateDefaults: {container: {image: i, command: [a], securityContext: "
                 "{privileged: true}}}",
                 "security-context",
                 "security-context"},
             Row{"templateDefaults: {sidecars: [{name: wait, image: i, command: [a]}]}",
                 "container-name",
                 "container-name"},
             Row{"volumes: [{name: v, hostPath: {path: /}}]", "host-access", "host-access"},
             Row{"volumes: [{name: v, secret: {secretName: deploy-key}}]", "secret-access", ""},
             Row{"volumes: [{name: v, secret: {secretName: executor.service-account-token}}]",
                 "secret-access",
                 "secret-access"},
             Row{"volumes: [{name: v, projected: {sources: []}}]",
                 "secret-access",
                 "secret-access"},
             Row{"volumes: [{name: v, configMap: {name: x}}]", "config-access", "config-access"},
             Row{"volumes: [{name: v, persistentVolumeClaim: {claimName: x}}]",
                 "host-access",
                 "host-access"},
             Row{"volumes: [{name: v, csi: {driver: d}}]", "host-access", "host-access"},
             Row{"volumes: [{name: v, emptyDir: {sizeLimit: 65Gi}}]", "storage", "storage"},
             Row{"volumes: [{name: v, emptyDir: {sizeLimit: 64Gi}}]", "", ""},
             Row{"volumes: [{name: v, emptyDir: {sizeLimit: 16Gi, medium: Memory}}]", "", ""},
             Row{"volumes: [{name: v, emptyDir: {sizeLimit: 17Gi, medium: Memory}}]",
                 "storage",
                 "storage"},
             Row{"volumes: [{name: v, emptyDir: {medium: HugePages}}]",
                 "storage storage",
                 "storage storage"},
             Row{"volumes: [{name: '{{=x}}', emptyDir: {}}]", "literal", "literal"},
             Row{"volumeClaimTemplates: [{metadata: {name: w}, spec: {volumeName: theirs}}]",
                 "host-access",
                 "host-access"},
             Row{"volumeClaimTemplates: [{metadata: {name: w}, spec: {storageClassName: fast}}]",
                 "storage",
                 "storage"},
             Row{"volumeClaimTemplates: [{metadata: {name: w, labels: {a: b}}}]",
                 "identity",
                 "identity"},
             Row{"arguments: {parameters: [{name: p, valueFrom: {configMapKeyRef: {name: c, key: "
                 "k}}}]}",
                 "parameter-source",
                 "parameter-source"},
         }) {
        CAPTURE(row.line);
        CHECK(rules_of(judge(workflow_with(row.line))) == row.untrusted);
        CHECK(rules_of(judge(workflow_with(row.line), trusted())) == row.trusted);
    }
}

TEST_CASE("every power that a template or container may ask for has its rule") {
    struct Row {
        std::string yaml;
        const char* rules;
    };
    for (const auto& row : {
             Row{with_template("podSpecPatch: '{}'"), "pod-spec-patch"},
             Row{with_template("serviceAccountName: x"), "service-account"},
             Row{with_template("automountServiceAccountToken: false"), "service-account"},
             Row{with_template("executor: {serviceAccountName: x}"), "service-account"},
             Row{with_template("securityContext: {}"), "security-context"},
             Row{with_template("nodeSelector: {a: b}"), "node-placement"},
             Row{with_template("priorityClassName: x"), "priority"},
             Row{with_template("metadata: {labels: {workflows.argoproj.io/completed: 'true'}}"),
                 "identity"},
             Row{with_template("memoize: {key: k, maxAge: 1h, cache: {}}"), "shared-state"},
             Row{with_template("daemon: true"), "hang"},
             Row{with_template("timeout: 2h"), "deadline"},
             Row{with_template("timeout: 1h"), ""},
             Row{with_template("activeDeadlineSeconds: '{{inputs.parameters.x}}'"),
                 "deadline literal"},
             Row{with_template("archiveLocation: {s3: {key: x}}"), "artifact-location"},
             Row{with_template("inputs: {parameters: [{name: p, valueFrom: {supplied: {}}}]}"),
                 "parameter-source"},
             Row{with_template("inputs: {artifacts: [{name: a, path: /a, s3: {key: ../x}}]}"),
                 "artifact-location"},
             Row{with_template("inputs: {artifacts: [{name: a, path: /a, http: {url: "
                               "'http://169.254.169.254/'}}]}"),
                 "artifact-host"},
             Row{with_template(
                     "inputs: {artifacts: [{name: a, path: /a, git: {repo: 'ssh://h/x'}}]}"
                 ),
                 "artifact-host"},
             Row{with_template("outputs: {artifacts: [{name: a, path: /a, s3: {key: theirs}}]}"),
                 "artifact-location"},
             Row{with_template("outputs: {parameters: [{name: p, valueFrom: {expression: "
                               "\"sprig.getHostByName('x')\"}}]}"),
                 "expression"},
             Row{with_template("sidecars: [{name: s, image: i, command: [a], lifecycle: {}}]"),
                 "container-hook"},
             Row{with_container("env: [{name: ARGO_DEBUG_PAUSE_AFTER, value: 'true'}]"),
                 "env-name"},
             Row{with_container("env: [{name: SEAKEEPER_REF, value: x}]"), "env-name"},
             Row{with_container(
                     "env: [{name: X, valueFrom: {secretKeyRef: {name: deploy-key, key: k}}}]"
                 ),
                 "secret-access"},
             Row{with_container("envFrom: [{secretRef: {name: x}}]"), "secret-access"},
             Row{with_container("envFrom: [{configMapRef: {name: x}}]"), "config-access"},
             Row{with_container(
                     "env: [{name: X, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
                 ),
                 ""},
             Row{with_container("securityContext: {privileged: true}"), "security-context"},
             Row{with_container("securityContext: {capabilities: {add: [NET_ADMIN]}}"),
                 "security-context"},
             Row{with_container("securityContext: {runAsNonRoot: false}"), "security-context"},
             Row{with_container("securityContext: {procMount: Unmasked}"), "security-context"},
             Row{with_container("securityContext: {runAsUser: 1000, readOnlyRootFilesystem: true}"),
                 ""},
             Row{with_container("resources: {limits: {cpu: 9}}"), "resources"},
             Row{with_container("resources: {limits: {cpu: 8, memory: 16Gi}}"), ""},
             Row{with_container("resources: {requests: {nvidia.com/gpu: 1}}"), "resources"},
             Row{with_container("resources: {claims: [{name: x}]}"), "devices"},
             Row{with_container("ports: [{containerPort: 80, hostPort: 80}]"), "host-access"},
             Row{with_container("livenessProbe: {httpGet: {port: 80, host: 169.254.169.254}}"),
                 "host-access"},
             Row{with_container("volumeMounts: [{name: v, mountPath: /var/run/secrets/x}]"),
                 "mount-path"},
             Row{with_container("volumeMounts: [{name: v, mountPath: /argo/../argo}]"),
                 "mount-path"},
             Row{with_container(
                     "volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]"
                 ),
                 "host-access"},
             Row{workflow_of(
                     "- name: m\n  container: {image: '{{inputs.parameters.i}}', command: [a]}"
                 ),
                 "literal"},
             Row{workflow_of("- name: m\n  suspend: {}"), "suspend"},
             Row{workflow_of("- name: m\n  suspend: {duration: 11m}"), "suspend"},
             Row{workflow_of("- name: m\n  suspend: {duration: '600'}"), ""},
             Row{workflow_of("- name: m\n  resource: {action: get}"), "external-action"},
             Row{workflow_of("- name: m\n  http: {url: 'http://x'}"), "external-action"},
             Row{workflow_of("- name: m\n  plugin: {x: {}}"), "external-action"},
             Row{workflow_of("- name: m\n  data: {}"), "external-action"},
             Row{workflow_of("- name: m\n  containerSet:\n    retryStrategy: {duration: 1s}\n    "
                             "containers: [{name: main, image: i, command: [a]}]"),
                 "retry-limit"},
         }) {
        CAPTURE(row.yaml);
        CHECK(rules_of(judge(row.yaml)) == row.rules);
    }
}

TEST_CASE("what Kubernetes would refuse in the middle of a run is refused before it") {
    const auto container = [](const std::string& more) {
        return "- name: m\n  container: {image: i, command: [a], " + more + "}";
    };
    struct Row {
        std::string more;
        const char* rules;
    };
    for (const auto& row : {
             Row{"ports: [{containerPort: 1}, {containerPort: 1, protocol: UDP}]", ""},
             Row{"ports: [{containerPort: 1}, {containerPort: 2}]", ""},
             Row{"ports: [{containerPort: 1}, {containerPort: 1}]", "structure"},
             Row{"ports: [{containerPort: 1}, {containerPort: 1, protocol: TCP}]", "structure"},
             Row{"ports: [{containerPort: 1, protocol: tcp}]", "structure"},
             Row{"env: [{name: A}, {name: B}]", ""},
             Row{"env: [{name: A}, {name: A, value: x}]", "structure"},
             Row{"terminationMessagePolicy: File", ""},
             Row{"terminationMessagePolicy: Files", "structure"},
             Row{"livenessProbe: {httpGet: {port: 1, scheme: HTTPS}}", ""},
             Row{"livenessProbe: {httpGet: {port: 1, scheme: https}}", "structure"},
             Row{"env: [{name: A, valueFrom: {}}]", "structure"},
             Row{"env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", ""},
             Row{"env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}, "
                 "resourceFieldRef: {resource: limits.cpu}}}]",
                 "structure"},
             Row{"env: [{name: A, valueFrom: {configMapKeyRef: {key: k}}}]", "config-access"},
             Row{"envFrom: [{configMapRef: {optional: true}}]", "config-access"},
         }) {
        CAPTURE(row.more);
        CHECK(rules_of(judge(workflow_of(container(row.more)))) == row.rules);
    }
    const auto mounts = [](const std::string& paths) {
        return workflow_of(
            "- name: m\n  volumes: [{name: v, emptyDir: {}}]\n  container: {image: i, command: "
            "[a], "
            "volumeMounts: ["
            + paths + "]}"
        );
    };
    CHECK(rules_of(judge(mounts("{name: v, mountPath: /a}, {name: v, mountPath: /b}"))) == "");
    CHECK(
        rules_of(judge(mounts("{name: v, mountPath: /a}, {name: v, mountPath: /a}"))) == "structure"
    );
    CHECK(
        rules_of(judge(workflow_of(container("") + "\n  volumes: [{name: v, configMap: {}}]")))
        == "config-access"
    );
    const auto claim = [](const std::string& mode) {
        return workflow_of("- name: m\n  container: {image: i, command: [a]}")
               + "  volumeClaimTemplates: [{metadata: {name: c}, spec: {accessModes: [" + mode
               + "], resources: {requests: {storage: 1Mi}}}}]\n";
    };
    CHECK(rules_of(judge(claim("ReadWriteOnce"))) == "");
    CHECK(rules_of(judge(claim("ReadWriteOnce, ReadWriteTwice"))) == "structure");
    // Secrets are a trusted workload's; the list is asked about a name.
    const auto policy = trusted();
    const auto secret = [&](const std::string& tail) {
        return rules_of(judge(
            workflow_of(
                "- name: m\n  container: {image: "
                + std::string{"registry.example/ci/tools@sha256:"} + std::string(64, 'a')
                + ", command: [a]" + tail
            ),
            policy
        ));
    };
    CHECK(secret(", env: [{name: A, valueFrom: {secretKeyRef: {key: k}}}]}") == "secret-access");
    CHECK(secret(", envFrom: [{secretRef: {}}]}") == "secret-access");
    CHECK(secret("}\n  volumes: [{name: v, secret: {optional: true}}]") == "secret-access");
}

// Each seen on Argo 4.0.2: a panic, a run past its deadline, or "failed to get a template".
TEST_CASE("an inline template is a leaf, run once") {
    const auto leaf = std::string{"container: {image: i, command: [a]}"};
    const auto step = [](const std::string& inside, const std::string& more = "") {
        return workflow_of(
            "- name: m\n  steps: [[{name: a, inline: {" + inside + "}" + more
            + "}]]\n- name: l\n  container: {image: i, command: [a]}"
        );
    };
    CHECK(rules_of(judge(step(leaf))) == "");
    CHECK(rules_of(judge(step(leaf, ", when: 1 == 2"))) == "");
    CHECK(rules_of(judge(step("suspend: {duration: '1'}"))) == "");
    CHECK(rules_of(judge(step("steps: [[{name: b, template: l}]]"))) == "inline");
    CHECK(rules_of(judge(step("dag: {tasks: [{name: b, template: l}]}"))) == "inline");
    CHECK(rules_of(judge(step(leaf + ", retryStrategy: {limit: 1}"))) == "inline");
    CHECK(rules_of(judge(step(leaf, ", withItems: [1, 2]"))) == "inline");
    CHECK(rules_of(judge(step(leaf, ", withParam: '[1]'"))) == "inline");
    CHECK(rules_of(judge(step(leaf, ", withSequence: {count: 2}"))) == "inline");
    CHECK(rules_of(judge(step(leaf) + "\n  retryStrategy: {limit: 1}\n")) == "inline");
    CHECK(
        rules_of(judge(step(leaf) + "\n  templateDefaults: {retryStrategy: {limit: 1}}\n"))
        == "inline"
    );
    CHECK(rules_of(judge(step(leaf) + "\n  templateDefaults: {timeout: 1m}\n")) == "");
    const auto findings = judge(workflow_of(
        "- name: m\n  dag: {tasks: [{name: a, inline: {" + leaf + ", retryStrategy: {limit: 1}}}]}"
    ));
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].path == "/spec/templates/0/dag/tasks/0/inline");
}

TEST_CASE("templates are judged wherever they hide") {
    const auto hidden = std::string{"{container: {image: i, command: [a], lifecycle: {}}}"};
    const auto leaf = std::string{"\n- name: l\n  container: {image: i, command: [a]}"};
    for (const auto& yaml : {
             workflow_of("- name: m\n  steps: [[{name: a, inline: " + hidden + "}]]"),
             workflow_of("- name: m\n  dag: {tasks: [{name: a, inline: " + hidden + "}]}"),
             workflow_of(
                 "- name: m\n  steps: [[{name: a, inline: {steps: [[{name: b, inline: " + hidden
                 + "}]]}}]]"
             ),
         }) {
        const auto findings = judge(yaml);
        CHECK(rules_of(findings).ends_with("container-hook"));
        CHECK(findings.back().path.ends_with("/inline/container/lifecycle"));
    }
    CHECK(
        rules_of(judge(
            workflow_of("- name: m\n  steps: [[{name: a, templateRef: {name: x, template: z}}]]")
        ))
        == "unseen-code"
    );
    CHECK(
        rules_of(judge(workflow_of(
            "- name: m\n  steps: [[{name: a, template: l, hooks: {exit: {templateRef: {name: "
            "x}}}}]]"
            + leaf
        )))
        == "unseen-code"
    );
    CHECK(
        rules_of(judge(workflow_of(
            "- name: m\n  steps: [[{name: a, template: l, hooks: {h: {template: l, expression: "
            "'now() > 1'}}}]]"
            + leaf
        )))
        == "expression"
    );
}

TEST_CASE("identity in the file is dropped, Argo's and ours in it refused") {
    const auto yaml = [](const std::string& metadata) {
        return "metadata: {" + metadata + "}\n" + workflow_with("parallelism: 1");
    };
    CHECK(rules_of(judge(yaml("name: x, namespace: ci-trusted, labels: {team: web}"))) == "");
    CHECK(rules_of(judge(yaml("labels: {workflows.argoproj.io/completed: 'true'}"))) == "identity");
    CHECK(rules_of(judge(yaml("annotations: {seakeeper.dev/decision: x}"))) == "identity");
    CHECK(rules_of(judge(yaml("ownerReferences: []"))) == "identity");
    CHECK(rules_of(judge(yaml("finalizers: [x]"))) == "identity");
    CHECK(
        rules_of(judge(workflow_with("parallelism: 1") + "status: {phase: Succeeded}\n"))
        == "status"
    );
}

TEST_CASE("images: prefix at a boundary, digest where trusted") {
    const std::string digest = "@sha256:" + std::string(64, 'a');
    struct Row {
        std::string image;
        const char* untrusted;
        const char* trusted;
    };
    for (const auto& row : {
             Row{"registry.example/ci/git:2", "", "image-digest"},
             Row{"registry.example/ci/git" + digest, "", ""},
             Row{"registry.example/ci/git@sha256:abc", "", "image-digest"},
             Row{"registry.example/other/git" + digest, "image", "image"},
             Row{"busybox:1", "", "image-digest"},
             Row{"busybox2", "image", "image"},
             Row{"registry.example.evil/ci/x", "image", "image"},
         }) {
        Policy policy;
        policy.images = {"registry.example/ci/", "busybox"};
        const auto yaml =
            workflow_of("- name: m\n  container: {image: '" + row.image + "', command: [a]}");
        CAPTURE(row.image);
        CHECK(rules_of(judge(yaml, policy)) == row.untrusted);
        policy.trust_class = trust::Class::trusted;
        CHECK(rules_of(judge(yaml, policy)) == row.trusted);
        policy.images.clear();
        CHECK(rules_of(judge(yaml, policy)) == "image");
    }
}

TEST_CASE("loops, calls and recursion are bounded before anything is made") {
    const auto leaf = std::string{"\n- name: l\n  container: {image: i, command: [a]}"};
    const auto loop = [&](const std::string& with) {
        return rules_of(judge(
            workflow_of("- name: m\n  steps: [[{name: a, template: l, " + with + "}]]" + leaf)
        ));
    };
    CHECK(loop("withSequence: {count: 256}") == "");
    CHECK(loop("withSequence: {count: '257'}") == "loop");
    CHECK(loop("withSequence: {count: 1000000000}") == "loop");
    CHECK(
        loop("withSequence: {start: '-9223372036854775807', end: '9223372036854775807'}")
        == "loop loop loop"
    );
    CHECK(loop("withSequence: {start: 1, end: 256}") == "");
    CHECK(loop("withSequence: {start: 1, end: 257}") == "loop");
    CHECK(loop("withSequence: {count: '{{inputs.parameters.n}}'}") == "loop literal");
    std::string items = "withItems: [";
    for (int i = 0; i < 256; ++i) {
        items += "1, ";
    }
    CHECK(loop(items + "]") == "");
    CHECK(loop(items + "1]") == "limit");
    CHECK(
        rules_of(judge(workflow_of("- name: m\n  steps: [[{name: a, template: m}]]")))
        == "recursion"
    );
    CHECK(
        rules_of(
            judge(workflow_of("- name: m\n  steps: [[{name: a, template: o}]]\n- name: o\n  dag: "
                              "{tasks: [{name: a, inline: {steps: [[{name: b, template: m}]]}}]}"))
        )
        == "recursion inline"
    );
    std::string towers;
    for (int i = 0; i < 12; ++i) {
        const auto next = "t" + std::to_string(i);
        towers += "- name: " + (i == 0 ? std::string{"m"} : "t" + std::to_string(i - 1))
                  + "\n  steps: [[{name: a, template: " + next + "}, {name: b, template: " + next
                  + "}]]\n";
    }
    CHECK(
        rules_of(judge(workflow_of(towers + "- name: t11\n  container: {image: i, command: [a]}")))
        == "limit"
    );
}

TEST_CASE("expressions and odd tags are refused, simple tags stand where Argo needs them") {
    const auto args = [](const std::string& text) {
        return rules_of(judge(workflow_of(
            "- name: m\n  inputs: {parameters: [{name: p, value: x}]}\n  container: {image: i, "
            "command: [a], args: ['"
            + text + "']}"
        )));
    };
    CHECK(args("{{inputs.parameters.p}} {{workflow.name}}") == "");
    CHECK(args("{{=1+1}}") == "expression");
    CHECK(args("{{ = sprig.env }}") == "expression");
    CHECK(args("{{={{inputs.parameters.p}}}}") == "expression");
    CHECK(args("{{inputs.parameters.p") == "tag");
    CHECK(args("{{a b}}") == "tag");
    CHECK(args("{{}}") == "tag");
    CHECK(args("{{workflow.parameters.subject}}") == "parameter");
}

TEST_CASE("text from outside is followed into scripts, through arguments and inputs") {
    const auto yaml = [](const std::string& parameter, const std::string& source) {
        return head("arguments: {parameters: [{name: " + parameter + "}]}")
               + "  templates:\n"
                 "  - name: m\n"
                 "    steps: [[{name: a, template: s, arguments: {parameters: [{name: p, value: "
                 "'{{workflow.parameters."
               + parameter
               + "}}'}]}}]]\n"
                 "  - name: s\n"
                 "    inputs: {parameters: [{name: p}]}\n"
                 "    script:\n"
                 "      image: i\n"
                 "      command: [sh]\n"
                 "      env: [{name: P, value: '{{inputs.parameters.p}}'}]\n"
                 "      source: '"
               + source + "'\n";
    };
    CHECK(rules_of(judge(yaml("given", "echo {{inputs.parameters.p}}"))) == "interpolation");
    CHECK(rules_of(judge(yaml("given", "echo {{workflow.parameters.given}}"))) == "interpolation");
    CHECK(rules_of(judge(yaml("subject", "echo {{inputs.parameters.p}}"))) == "interpolation");
    CHECK(rules_of(judge(yaml("given", "echo {{inputs.parameters}}"))) == "interpolation");
    CHECK(rules_of(judge(yaml("given", "echo \"$P\""))) == "");
    CHECK(rules_of(judge(yaml("revision", "echo {{inputs.parameters.p}}"))) == "");
    CHECK(rules_of(judge(yaml("subject-base64", "echo {{inputs.parameters.p}}"))) == "");
    CHECK(
        rules_of(judge(yaml("given", "echo {{inputs.parameters.p}}"), trusted())) == "interpolation"
    );
}

TEST_CASE("results of steps that may not run are refused: Argo waits for them for ever") {
    const auto dag = [](const std::string& first, const std::string& tag) {
        return rules_of(judge(workflow_of(
            "- name: m\n  dag:\n    tasks:\n    - {name: a, template: l" + first
            + "}\n    - {name: b, template: l, dependencies: [a], arguments: {parameters: [{name: "
              "p, "
              "value: '"
            + tag
            + "'}]}}\n- name: l\n  inputs: {parameters: [{name: p, default: x}]}\n  container: "
              "{image: i, command: [a]}\n  outputs: {parameters: [{name: o, valueFrom: {path: "
              "/o}}]}"
        )));
    };
    CHECK(dag("", "{{tasks.a.outputs.result}}") == "");
    CHECK(dag(", when: 1 == 2", "{{tasks.a.outputs.result}}") == "hanging-result");
    CHECK(dag(", withParam: '[]'", "{{tasks.a.outputs.result}}") == "hanging-result");
    CHECK(dag(", withItems: []", "{{tasks.a.outputs.result}}") == "hanging-result");
    CHECK(dag(", when: 1 == 2", "{{tasks.a.outputs.parameters.o}}") == "hanging-result");
    CHECK(dag("", "{{tasks.a.outputs.parameters.o}}") == "");
    CHECK(dag(", continueOn: {error: true}", "{{tasks.a.outputs.result}}") == "hanging-result");
    CHECK(dag(", when: 1 == 2", "{{tasks.a.status}}") == "");
}

TEST_CASE("a finding says where, what, why and what is accepted") {
    const auto findings = judge(with_template("podSpecPatch: '{}'"));
    REQUIRE(findings.size() == 1);
    CHECK(
        to_string(findings[0])
        == "w.yaml:8:19: found podSpecPatch: \"{}\": it may change everything about a pod, after "
           "every "
           "check; accepted is the fields of the template [pod-spec-patch]"
    );
    CHECK(findings[0].path == "/spec/templates/0/podSpecPatch");
    CHECK(refusal_of(findings).is(Errc::refused));
    std::string many;
    for (int i = 0; i < 150; ++i) {
        many += "- {name: " + (i == 0 ? std::string{"m"} : "t" + std::to_string(i))
                + ", suspend: {}}\n";
    }
    const auto most = judge(workflow_of(many));
    CHECK(most.size() == 100);
    CHECK(std::ranges::is_sorted(most, {}, &Finding::place));
}
