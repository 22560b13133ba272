// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/cel.hpp"
#include "workflow/fields.hpp"

#include <seakeeper/kubernetes/manifests.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>

// What a Workflow of a class has to be. A Workflow has no status subresource: who may create or
// patch it may write its status, and Argo believes it (workflow_types.go). Which fields no author
// has is read from the table that our policy uses.
namespace seakeeper::kubernetes {
namespace {

namespace fields = workflow::fields;
using Rules = std::vector<AdmissionRule>;

constexpr const char* templates =
    "(object.spec.?templates.orValue([]) + "
    "(has(object.spec.templateDefaults) ? [object.spec.templateDefaults] : []))";

/// What the class may not have in an object, but for what the binding itself writes there.
std::vector<std::string_view>
forbidden(fields::Object object, trust::Class trust_class, std::vector<std::string_view> ours) {
    std::vector<std::string_view> names;
    for (const auto& field : fields::of(object)) {
        const bool is_ours = std::ranges::find(ours, field.name) != ours.end();
        const auto letter = field.letter(trust_class);
        // what a site may grant is forbidden here all the same: the wall knows no grants
        const bool is_forbidden =
            letter == fields::Letter::forbid || letter == fields::Letter::grant;
        if (is_forbidden && !is_ours) {
            names.push_back(field.name);
        }
    }
    return names;
}

/// A rule that holds at creation, and that the daemon's own later patches may not touch. Argo's
/// controller, which writes all of these, is the only other who may.
std::string settled(
    const Place& place, std::string_view at_creation, std::string_view member, std::string_view none
) {
    return fmt::format(
        "request.operation == 'CREATE' ? {0} : (request.userInfo.username != {1} || "
        "object.{2}.orValue({3}) == oldObject.{2}.orValue({3}))",
        at_creation,
        cel(daemon_user(place)),
        member,
        none
    );
}

void identity(const Place& place, Rules& rules) {
    const auto& site = place.site;
    rules.push_back(
        {settled(place, "!has(object.status)", "?status", "{}"), "its status is Argo's to write"}
    );
    rules.push_back(
        {fmt::format(
             "object.metadata.?labels[{}].orValue('') == {} && "
             "object.metadata.?labels[{}].orValue('') == object.metadata.name",
             cel(workflow::label_trust),
             cel(trust::to_string(site.trust_class)),
             cel(workflow::label_workload)
         ),
         "Workflows carry their class and workload"}
    );
    rules.push_back(
        {fmt::format(
             "object.metadata.?labels[{}].orValue('') == {}",
             cel(workflow::label_controller),
             cel(site.controller_instance_id)
         ),
         "Workflows are for the class's own controller"}
    );
    rules.push_back(
        {fmt::format(
             "request.operation != 'CREATE' || (object.metadata.?labels.orValue({{}}).all(k, "
             "!k.startsWith('workflows.argoproj.io/') || k == {}) && "
             "object.metadata.?annotations.orValue({{}}).all(k, "
             "!k.startsWith('workflows.argoproj.io/')))",
             cel(workflow::label_controller)
         ),
         "labels and annotations of workflows.argoproj.io are Argo's to write"}
    );
    rules.push_back(
        {settled(
             place,
             "size(object.metadata.?ownerReferences.orValue([])) == 0",
             "metadata.?ownerReferences",
             "[]"
         ),
         "Workflows belong to nobody else"}
    );
}

void accounts(const Place& place, Rules& rules) {
    rules.push_back(
        {fmt::format(
             "object.spec.?serviceAccountName.orValue('') == {} && "
             "object.spec.?executor.?serviceAccountName.orValue('') == {} && "
             "!object.spec.?automountServiceAccountToken.orValue(true)",
             cel(place.site.service_account),
             cel(place.site.executor_service_account)
         ),
         fmt::format(
             "Workflows run as {}, Argo's executor as {}, and mount no other token",
             place.site.service_account,
             place.site.executor_service_account
         )}
    );
}

void places(const Place& place, Rules& rules) {
    for (const auto& [key, value] : place.site.node_selector) {
        rules.push_back(
            {fmt::format("object.spec.?nodeSelector[{}].orValue('') == {}", cel(key), cel(value)),
             fmt::format("Workflows go to nodes with {}={}", key, value)}
        );
    }
    const auto deadline = place.site.deadline.count();
    rules.push_back(
        {fmt::format(
             "object.spec.?activeDeadlineSeconds.orValue(0) >= 1 && "
             "object.spec.activeDeadlineSeconds <= {} && "
             "object.spec.?parallelism.orValue(0) >= 1 && object.spec.parallelism <= {}",
             deadline,
             place.site.parallelism
         ),
         fmt::format(
             "Workflows end within {} s and run at most {} pods at once",
             deadline,
             place.site.parallelism
         )}
    );
    rules.push_back(
        {fmt::format(
             "(!has(object.spec.artifactRepositoryRef) || "
             "(object.spec.artifactRepositoryRef.?configMap.orValue('') == "
             "'artifact-repositories' && "
             "object.spec.artifactRepositoryRef.?key.orValue('') == {})) && "
             "(!has(object.spec.artifactGC) || object.spec.artifactGC == {{'strategy': 'Never'}})",
             cel(place.site.artifact_repository)
         ),
         "artifacts go to the class's own store and are not collected by pods"}
    );
}

/// Argo's controller writes a Workflow back as its Go structures have it, empty `metadata` of
/// templates and all; after creation nobody but the controller changes these (updates, below).
std::string at_creation(std::string_view expression) {
    return fmt::format("request.operation != 'CREATE' || ({})", expression);
}

void power(const Place& place, Rules& rules) {
    const auto trust_class = place.site.trust_class;
    const auto spec = cel_list(forbidden(
        fields::Object::workflow_spec,
        trust_class,
        {"tolerations", "artifactRepositoryRef", "artifactGC"}
    ));
    const auto one = cel_list(forbidden(fields::Object::template_, trust_class, {}));
    rules.push_back(
        {at_creation(fmt::format("{}.all(k, !(k in object.spec))", spec)),
         "the specification has no field that the class may not have"}
    );
    rules.push_back(
        {at_creation(fmt::format("{}.all(t, {}.all(k, !(k in t)))", templates, one)),
         "templates have no field that the class may not have"}
    );
    const auto step = fmt::format(
        "(!has(s.templateRef) && !s.?hooks.orValue({{}}).exists(h, has(s.hooks[h].templateRef)) && "
        "(!has(s.inline) || {}.all(k, !(k in s.inline))))",
        one
    );
    rules.push_back(
        {at_creation(fmt::format(
             "{0}.all(t, t.?steps.orValue([]).all(g, g.all(s, {1})) && "
             "t.?dag.?tasks.orValue([]).all(s, {1}))",
             templates,
             step
         )),
         "steps refer to templates of their own Workflow, inline ones judged like the others"}
    );
    rules.push_back(
        {at_creation("!object.spec.?hooks.orValue({}).exists(h, "
                     "has(object.spec.hooks[h].templateRef))"),
         "hooks refer to templates of their own Workflow"}
    );
}

/// After creation the daemon may ask for an end, and nothing else.
void updates(const Place& place, Rules& rules) {
    const auto is_other = fmt::format(
        "request.operation != 'UPDATE' || request.userInfo.username != {} || ",
        cel(daemon_user(place))
    );
    rules.push_back(
        {is_other
             + "(object.spec.all(k, k == 'shutdown' || (k in oldObject.spec && "
               "object.spec[k] == oldObject.spec[k])) && oldObject.spec.all(k, k in object.spec))",
         "of a specification only shutdown changes"}
    );
    rules.push_back(
        {is_other
             + "['labels', 'annotations'].all(m, "
               "object.metadata[?m].orValue({}) == oldObject.metadata[?m].orValue({}))",
         "labels and annotations stay as they were created"}
    );
}

} // namespace

std::vector<AdmissionRule> workflow_rules(const Place& place) {
    Rules rules;
    identity(place, rules);
    accounts(place, rules);
    places(place, rules);
    power(place, rules);
    updates(place, rules);
    return rules;
}

} // namespace seakeeper::kubernetes
