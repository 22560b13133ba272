// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/workflow/policy.hpp>

#include <array>
#include <string>
#include <string_view>

namespace seakeeper::workflow {

/// All rules, in the order of docs/policy.md. A rule that is not in here does not compile.
inline constexpr std::array rules{
    // the file
    Rule{"yaml", "it is not YAML, or YAML with anchors, tags or duplicate keys", "plain YAML"},
    Rule{
        "type",
        "a value of another type than Argo's, which would stop Argo's controller",
        "the type that the finding names; text in quotes"},
    Rule{
        "unknown-field",
        "a field that Argo has not, or that is newer than this list",
        "one of the fields that the finding names"},
    Rule{
        "structure",
        "a Workflow that cannot run: Argo would say \"invalid spec\"",
        "what the finding names"},
    Rule{"limit", "more of something than the class may have", "as many as the finding names"},
    // what a class may not ask for
    Rule{"status", "a status that comes with the object: Argo believes it", "no status"},
    Rule{"identity", "labels, annotations, owners, finalizers: they are ours", "none of them"},
    Rule{"pod-spec-patch", "a patch of pods, applied after every check", "fields of the template"},
    Rule{"service-account", "an account or token of the author's choice", "the class's account"},
    Rule{"node-placement", "nodes of the author's choice", "the class's node pool"},
    Rule{"host-access", "reach to the node or to what is not this run's", "emptyDir, claims"},
    Rule{"network", "names and addresses of the author's choice", "the cluster's DNS"},
    Rule{"secret-access", "credentials of the namespace", "secrets that the site lists (trusted)"},
    Rule{"config-access", "objects of the namespace", "config maps that the site lists; literals"},
    Rule{"unseen-code", "a template that is not in this file", "the template itself"},
    Rule{"shared-state", "locks and caches that other runs use", "none of them"},
    Rule{"controller-load", "memory of Argo's controller", "none of it"},
    Rule{"external-action", "acts by an account of the namespace or by Argo's agent", "containers"},
    Rule{"security-context", "more than an ordinary user has", "runAsUser, runAsGroup above 0"},
    Rule{
        "artifact-location",
        "a place in a store that other runs use",
        "artifacts without a location, raw, git, http"},
    Rule{"priority", "a place before other runs", "none; the site may grant it to trusted"},
    Rule{"hang", "a run that waits for somebody or does not end", "suspend.duration"},
    Rule{"devices", "devices of the cluster", "none of them"},
    Rule{"newer-argo", "a field that not every supported Argo knows", "a file without it"},
    Rule{"parameter-source", "parameters from elsewhere", "value, default; outputs: path"},
    Rule{"container-hook", "acts outside of the container's own life", "none of them"},
    Rule{"site", "a field that this site forbids, though others have it", "a file without it"},
    // values
    Rule{"literal", "a tag where policy must see the value", "a literal"},
    Rule{"expression", "an expression that does not parse, or calls functions", "names, operators"},
    Rule{"tag", "a tag that is none", "{{NAME}}"},
    Rule{"deadline", "longer than the class may run", "a literal up to the cap"},
    Rule{"parallelism", "more at once than the class may", "a literal up to the cap"},
    Rule{"retry-limit", "a retry without limit, or above the cap", "limit up to the cap"},
    Rule{"suspend", "a suspension without end, or above the cap", "duration up to the cap"},
    Rule{"loop", "a sequence that fills the controller's memory", "literal start, end, count"},
    Rule{"image", "an image from elsewhere", "one of the site's registries"},
    Rule{"image-digest", "an image by tag in a trusted run", "name@sha256:digest"},
    Rule{"container-name", "a name of Argo's own containers", "another name"},
    Rule{
        "env-name",
        "variables that steer Argo or that are ours",
        "a name without ARGO_, SEAKEEPER_"},
    Rule{"mount-path", "a mount over Argo's files or tokens", "a plain absolute path"},
    Rule{
        "path",
        "a path that leads out of its place, to Argo's tokens or another run's artifacts",
        "a plain path without '..'"},
    Rule{"artifact-host", "a fetch from an unlisted host", "hosts that the site lists"},
    Rule{
        "resources", "resources above the cap, or no resource at all", "cpu, memory up to the cap"},
    Rule{"storage", "storage above the cap, or of an unlisted class", "up to the cap"},
    // the run as a whole
    Rule{"recursion", "a template that calls itself", "loops, retryStrategy"},
    Rule{
        "inline",
        "an inline template with steps, retries or a loop: Argo does not find it again, and some "
        "of "
        "these runs never end",
        "a template with a name"},
    Rule{"parameter", "a workflow parameter that nobody declares", "spec.arguments.parameters"},
    Rule{"reference", "a name that is not there where it is used", "the name of something earlier"},
    Rule{
        "hanging-result",
        "an output of a step that may not have run: Argo waits for it for ever",
        "a step that always runs before, or an output with a default"},
    Rule{
        "interpolation",
        "text from outside as part of a program",
        "the environment: env with the parameter, \"$NAME\" in the script"},
};

/// The identifier of a rule; only one of `rules` compiles.
class RuleId {
public:
    consteval RuleId(const char* id) : id_{id} { // NOLINT(google-explicit-constructor)
        bool is_known = false;
        for (const auto& rule : rules) {
            is_known = is_known || rule.id == id_;
        }
        if (!is_known) {
            throw "no such rule"; // makes the call no constant expression
        }
    }
    constexpr std::string_view str() const { return id_; }

private:
    std::string_view id_;
};

} // namespace seakeeper::workflow
