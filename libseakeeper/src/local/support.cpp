// SPDX-License-Identifier: Apache-2.0
#include "local/support.hpp"

#include "workflow/expr_evaluation.hpp"
#include "workflow/tags.hpp"
#include "workflow/walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::array_at;
using workflow::child;
using workflow::object_at;
using workflow::text_at;

namespace {

struct Rule {
    std::string_view key;
    Lack lack;
    std::string_view reason;
};

constexpr std::array spec_rules{
    Rule{"workflowTemplateRef", Lack::templates, "runs a specification that is not in this file"},
    Rule{"synchronization", Lack::cluster, "its locks are a cluster's"},
    Rule{"suspend", Lack::person, "waits for somebody to resume it"},
    Rule{"shutdown", Lack::person, "is how somebody ends a run"},
    Rule{"podSpecPatch", Lack::kubelet, "patches pods"},
    Rule{"hostNetwork", Lack::kubelet, "is about a node's network"},
    Rule{"hostAliases", Lack::kubelet, "is written by a kubelet"},
    Rule{"dnsConfig", Lack::kubelet, "is written by a kubelet"},
    Rule{"executorPlugins", Lack::cluster, "its plugins run beside a controller"},
    Rule{"workflowMetadata", Lack::cluster, "is written by a controller"},
    Rule{"resourceClaims", Lack::kubelet, "its devices are a node's"},
};
constexpr std::array template_rules{
    Rule{"resource", Lack::cluster, "acts on objects of a cluster"},
    Rule{"http", Lack::cluster, "is asked by an agent's pod"},
    Rule{"plugin", Lack::cluster, "is asked by an agent's pod"},
    Rule{"data", Lack::artifact_store, "lists the contents of an artifact store"},
    Rule{"daemon", Lack::kubelet, "counts as done when a kubelet finds its pod ready"},
    Rule{"synchronization", Lack::cluster, "its locks are a cluster's"},
    Rule{"memoize", Lack::cluster, "its cache is a ConfigMap"},
    Rule{"podSpecPatch", Lack::kubelet, "patches pods"},
    Rule{"hostAliases", Lack::kubelet, "is written by a kubelet"},
    Rule{"resourceClaims", Lack::kubelet, "its devices are a node's"},
};
constexpr std::array container_rules{
    Rule{"envFrom", Lack::cluster, "reads a ConfigMap or a Secret"},
    Rule{"lifecycle", Lack::kubelet, "is called by a kubelet"},
    Rule{"volumeDevices", Lack::kubelet, "its devices are a node's"},
    Rule{"restartPolicy", Lack::kubelet, "is done by a kubelet"},
    Rule{"restartPolicyRules", Lack::kubelet, "is done by a kubelet"},
};
constexpr std::array artifact_rules{
    Rule{"s3", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"gcs", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"azure", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"oss", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"hdfs", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"artifactory", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"plugin", Lack::artifact_store, "is in an artifact store of its own"},
    Rule{"http", Lack::network, "is fetched from a server"},
    Rule{"artifactGC", Lack::artifact_store, "is about an artifact store"},
};
constexpr std::array git_rules{
    Rule{"usernameSecret", Lack::cluster, "reads a Secret"},
    Rule{"passwordSecret", Lack::cluster, "reads a Secret"},
    Rule{"sshPrivateKeySecret", Lack::cluster, "reads a Secret"},
    Rule{"insecureIgnoreHostKey", Lack::rest, "is not done here"},
    Rule{"insecureSkipTLS", Lack::rest, "is not done here"},
};
constexpr std::array output_rules{
    Rule{"jsonPath", Lack::cluster, "reads an object of a cluster"},
    Rule{"jqFilter", Lack::cluster, "reads an object of a cluster"},
    Rule{"configMapKeyRef", Lack::cluster, "reads a ConfigMap"},
    Rule{"event", Lack::cluster, "is filled in by an event binding"},
};

/// Looks at one file; findings in the order of its walk.
class Inspection {
public:
    Inspection(const Program& program, std::size_t file, std::vector<Unsupported>& found)
        : program_{program}, file_{file}, found_{found} {}

    void look(const json::object& manifest) {
        const auto* spec = object_at(manifest, "spec");
        if (spec == nullptr) {
            return;
        }
        apply("/spec", *spec, spec_rules);
        volumes("/spec", *spec);
        if (const auto* arguments = object_at(*spec, "arguments")) {
            sides("/spec", *spec, *arguments, "arguments");
        }
        hooks("/spec", *spec);
        if (const auto* defaults = object_at(*spec, "templateDefaults")) {
            lists_of_defaults("/spec/templateDefaults", *defaults);
        }
        workflow::for_each_template(*spec, [&](const std::string& at, const json::object& body) {
            look_at_template(at, body);
        });
    }

private:
    void add(std::string pointer, Lack lack, std::string reason) {
        found_.push_back({file_, std::move(pointer), lack, std::move(reason)});
    }

    void apply(const std::string& at, const json::object& object, std::span<const Rule> rules) {
        for (const auto& [key, value] : object) {
            const auto rule = std::ranges::find(rules, std::string_view{key}, &Rule::key);
            const bool is_off = value.is_null() || (value.is_bool() && !value.get_bool());
            if (rule != rules.end() && !is_off) {
                add(child(at, key),
                    rule->lack,
                    fmt::format("{} {}", std::string_view{key}, rule->reason));
            }
        }
    }

    /// Argo merges lists by their members' names, which is not done here.
    void lists_of_defaults(const std::string& at, const json::object& defaults) {
        for (const auto& [key, value] : defaults) {
            if (value.is_array()) {
                add(child(at, key),
                    Lack::rest,
                    fmt::format(
                        "the list {} of templateDefaults is merged by names", std::string_view{key}
                    ));
            } else if (value.is_object()) {
                lists_of_defaults(child(at, key), value.get_object());
            }
        }
    }

    void look_at_expression(const std::string& at, std::string_view text) {
        auto parsed = workflow::parse_expr(text);
        const Status known = parsed ? workflow::check_functions(*parsed) : Status{parsed.error()};
        if (!known) {
            add(at, Lack::rest, known.error().message);
        }
    }

    void look_at_texts(const std::string& at, std::string_view key, const json::value& value) {
        if (const auto* text = value.if_string()) {
            if (key == "expression" || key == "fromExpression") {
                return look_at_expression(at, *text);
            }
            for (const auto& tag : workflow::tags_of(*text)) {
                if (tag.is_expression) {
                    look_at_expression(at, tag.name.substr(1));
                }
            }
        } else if (const auto* list = value.if_array()) {
            for (std::size_t i = 0; i < list->size(); ++i) {
                look_at_texts(child(at, i), key, (*list)[i]);
            }
        } else if (const auto* map = value.if_object()) {
            for (const auto& member : *map) {
                const std::string_view name = member.key();
                if (name != "inline") { // visited as a template
                    look_at_texts(child(at, name), name, member.value());
                }
            }
        }
    }

    void look_at_template(const std::string& at, const json::object& body) {
        look_at_texts(at, "", json::value(body));
        apply(at, body, template_rules);
        volumes(at, body);
        for (const char* side : {"inputs", "outputs"}) {
            if (const auto* declared = object_at(body, side)) {
                sides(at, body, *declared, side);
            }
        }
        for (const char* kind : {"container", "script"}) {
            if (const auto* container = object_at(body, kind)) {
                look_at_container(child(at, kind), *container);
            }
        }
        if (const auto* set = object_at(body, "containerSet")) {
            containers(child(at, "containerSet"), *set, "containers");
            if (const auto* retry = object_at(*set, "retryStrategy")) {
                static_cast<void>(retry);
                add(child(child(at, "containerSet"), "retryStrategy"),
                    Lack::rest,
                    "retries inside of a pod are not done here");
            }
        }
        for (const char* kind : {"initContainers", "sidecars"}) {
            containers(at, body, kind);
        }
        if (const auto* suspend = object_at(body, "suspend");
            suspend != nullptr && !suspend->contains("duration")) {
            add(child(at, "suspend"),
                Lack::person,
                "suspend without a duration waits for somebody to resume it");
        }
        workflow::for_each_step(at, body, [&](const std::string& where, const json::object& step) {
            look_at_call(where, step);
        });
    }

    void look_at_call(const std::string& at, const json::object& call) {
        const auto* own = object_at(call, "inline");
        const auto is_lost = [&](const char* key) { return own->contains(key); };
        const auto is_loop = [&](const char* key) { return call.contains(key); };
        if (own != nullptr
            && (std::ranges::any_of(std::array{"steps", "dag", "retryStrategy"}, is_lost)
                || std::ranges::any_of(
                    std::array{"withItems", "withParam", "withSequence"}, is_loop
                ))) {
            add(child(at, "inline"),
                Lack::argo,
                "an inline template that has steps, tasks or retries, or that a loop repeats, is "
                "lost by Argo's controller, and the run fails or never ends");
        }
        if (const auto* reference = object_at(call, "templateRef")) {
            const auto name = std::string{text_at(*reference, "name")};
            const auto known = program_.templates.find(name);
            if (name.find("{{") != name.npos) {
                add(child(at, "templateRef"),
                    Lack::templates,
                    "the name of a WorkflowTemplate has a tag in it");
            } else if (known == program_.templates.end() || !known->second.contains(text_at(*reference, "template"))) {
                add(child(at, "templateRef"),
                    Lack::templates,
                    fmt::format(
                        "template {} of WorkflowTemplate {} was not given (--templates)",
                        quoted(text_at(*reference, "template"), 60),
                        quoted(name, 60)
                    ));
            }
        }
        if (const auto* arguments = object_at(call, "arguments")) {
            sides(at, call, *arguments, "arguments");
        }
        hooks(at, call);
    }

    void hooks(const std::string& at, const json::object& owner) {
        const auto* map = object_at(owner, "hooks");
        for (const auto& [name, hook] : map == nullptr ? json::object{} : *map) {
            look_at_call(child(child(at, "hooks"), name), hook.get_object());
        }
    }

    void sides(
        const std::string& at,
        const json::object& owner,
        const json::object& declared,
        std::string_view side
    ) {
        const auto where = child(at, side);
        each(where, declared, "parameters", [&](const std::string& here, const json::object& one) {
            const auto* from = object_at(one, "valueFrom");
            if (from == nullptr) {
                return;
            }
            apply(child(here, "valueFrom"), *from, output_rules);
            if (side != "outputs" && from->contains("supplied")) {
                add(child(here, "valueFrom"), Lack::person, "supplied is filled in by somebody");
            }
        });
        each(where, declared, "artifacts", [&](const std::string& here, const json::object& one) {
            apply(here, one, artifact_rules);
            if (const auto* git = object_at(one, "git")) {
                apply(child(here, "git"), *git, git_rules);
            }
            const auto* archive = object_at(one, "archive");
            if (archive != nullptr && archive->contains("zip") && side == "inputs") {
                add(child(child(here, "archive"), "zip"),
                    Lack::rest,
                    "zip archives are not unpacked here");
            }
        });
        static_cast<void>(owner);
    }

    template <class Visit>
    void each(
        const std::string& at, const json::object& owner, std::string_view key, const Visit& visit
    ) {
        const auto* list = array_at(owner, key);
        for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
            visit(child(child(at, key), i), (*list)[i].get_object());
        }
    }

    void containers(const std::string& at, const json::object& owner, std::string_view key) {
        each(at, owner, key, [&](const std::string& here, const json::object& one) {
            look_at_container(here, one);
        });
    }

    void look_at_container(const std::string& at, const json::object& container) {
        apply(at, container, container_rules);
        const auto* command = array_at(container, "command");
        if (command == nullptr || command->empty()) {
            add(at,
                Lack::image,
                "a container without command runs what its image says, and images are not read here"
            );
        }
        each(at, container, "env", [&](const std::string& here, const json::object& one) {
            const auto* from = object_at(one, "valueFrom");
            const auto* field = from == nullptr ? nullptr : object_at(*from, "fieldRef");
            const auto path = field == nullptr ? "" : text_at(*field, "fieldPath");
            if (from != nullptr && path != "metadata.name" && path != "metadata.namespace") {
                add(child(here, "valueFrom"),
                    field != nullptr ? Lack::kubelet : Lack::cluster,
                    "valueFrom reads what only a cluster has");
            }
        });
        each(at, container, "volumeMounts", [&](const std::string& here, const json::object& one) {
            const auto name = std::string{text_at(one, "name")};
            if (std::ranges::find(volumes_, name) == volumes_.end()) {
                add(here,
                    Lack::cluster,
                    fmt::format("volume {} is none of this file's directories", quoted(name, 60)));
            }
        });
    }

    void volumes(const std::string& at, const json::object& owner) {
        each(at, owner, "volumeClaimTemplates", [&](const std::string&, const json::object& one) {
            if (const auto* metadata = object_at(one, "metadata")) {
                volumes_.emplace_back(text_at(*metadata, "name"));
            }
        });
        each(at, owner, "volumes", [&](const std::string& here, const json::object& one) {
            if (one.contains("emptyDir") || one.contains("ephemeral")) {
                volumes_.emplace_back(text_at(one, "name"));
                return;
            }
            for (const auto& member : one) {
                if (member.key() != "name") {
                    const bool is_object = member.key() == "configMap" || member.key() == "secret"
                                           || member.key() == "persistentVolumeClaim"
                                           || member.key() == "projected";
                    add(child(here, member.key()),
                        is_object ? Lack::cluster : Lack::kubelet,
                        fmt::format(
                            "a volume of kind {} is a cluster's", std::string_view{member.key()}
                        ));
                }
            }
            volumes_.emplace_back(text_at(one, "name"));
        });
    }

    const Program& program_;
    std::size_t file_;
    std::vector<Unsupported>& found_;
    std::vector<std::string> volumes_;
};

} // namespace

std::string_view to_string(Lack lack) {
    constexpr std::array<std::string_view, 9> names{
        "needs-cluster",
        "needs-kubelet",
        "needs-artifact-store",
        "needs-network",
        "needs-person",
        "needs-image",
        "needs-templates",
        "not-built",
        "argo-hangs"};
    return names.at(static_cast<std::size_t>(lack));
}

std::vector<Unsupported> find_unsupported(
    const Program& program, const json::object& manifest, const std::vector<json::object>& templates
) {
    std::vector<Unsupported> found;
    Inspection{program, 0, found}.look(manifest);
    for (std::size_t i = 0; i < templates.size(); ++i) {
        Inspection{program, i + 1, found}.look(templates[i]);
    }
    return found;
}

} // namespace seakeeper::local
