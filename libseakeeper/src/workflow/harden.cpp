// SPDX-License-Identifier: Apache-2.0
#include "harden.hpp"

#include "blanks.hpp"
#include "quantity.hpp"
#include "walk.hpp"

#include <algorithm>
#include <charconv>

namespace seakeeper::workflow {
namespace json = boost::json;
namespace {

json::object& object_in(json::object& owner, std::string_view key) {
    auto& value = owner[key];
    return value.is_object() ? value.get_object() : value.emplace_object();
}

/// Requests above a default limit would make a pod that Kubernetes refuses.
void fill_resource(
    json::object& resources, std::string_view name, std::string_view request, std::string_view limit
) {
    const bool has_request = object_in(resources, "requests").contains(name);
    auto& limits = object_in(resources, "limits");
    if (limits.contains(name)) {
        return; // a request that is absent is taken from the limit
    }
    if (!has_request) {
        object_in(resources, "requests")[name] = request;
        object_in(resources, "limits")[name] = limit;
        return;
    }
    const std::string asked{text_at(*object_at(resources, "requests"), name)};
    const bool is_above = parse_quantity(asked).value_or(0) > parse_quantity(limit).value_or(0);
    limits[name] = is_above ? std::string_view{asked} : limit;
}

void fill_resources(json::object& container, const ContainerDefaults& defaults) {
    auto& resources = object_in(container, "resources");
    fill_resource(resources, "cpu", defaults.cpu_request, defaults.cpu_limit);
    fill_resource(resources, "memory", defaults.memory_request, defaults.memory_limit);
    if (object_at(resources, "requests")->empty()) {
        resources.erase("requests");
    }
}

void restrict_container(json::object& container) {
    json::object restricted{
        {"allowPrivilegeEscalation", false},
        {"capabilities", json::object{{"drop", json::array{"ALL"}}}},
    };
    if (const auto* asked = object_at(container, "securityContext")) {
        for (const char* key : {"readOnlyRootFilesystem", "runAsUser", "runAsGroup"}) {
            if (const auto* value = asked->if_contains(key)) {
                restricted[key] = *value;
            }
        }
    }
    container["securityContext"] = std::move(restricted);
}

/// Ours stand in front of the author's.
void prepend_environment(json::object& container) {
    json::array all{placeholder(Blank::environment)};
    if (const auto* asked = array_at(container, "env")) {
        all.insert(all.end(), asked->begin(), asked->end());
    }
    container["env"] = std::move(all);
}

void harden_container(json::object& container, const Site& site) {
    container["imagePullPolicy"] = site.image_pull == ImagePull::always ? "Always" : "IfNotPresent";
    restrict_container(container);
    fill_resources(container, site.defaults);
    prepend_environment(container);
}

void harden_containers(json::object& owner, std::string_view key, const Site& site) {
    auto* value = owner.if_contains(key);
    if (value == nullptr) {
        return;
    }
    for (auto& container : value->as_array()) {
        harden_container(container.as_object(), site);
    }
}

std::int64_t deadline_of(const json::object& template_object, const Site& site) {
    const auto most = static_cast<std::int64_t>(site.deadline.count());
    const auto* asked = template_object.if_contains("activeDeadlineSeconds");
    if (asked == nullptr) {
        return most;
    }
    std::int64_t seconds = most;
    if (const auto* number = asked->if_int64()) {
        seconds = *number;
    } else {
        const auto text = text_at(template_object, "activeDeadlineSeconds");
        std::from_chars(text.data(), text.data() + text.size(), seconds);
    }
    return std::clamp<std::int64_t>(seconds, 1, most);
}

void harden_inline(json::object& step, const Site& site) {
    if (auto* hidden = step.if_contains("inline")) {
        harden_template(hidden->as_object(), site);
    }
}

void harden_steps(json::object& one, const Site& site) {
    if (auto* groups = one.if_contains("steps")) {
        for (auto& group : groups->as_array()) {
            for (auto& step : group.as_array()) {
                harden_inline(step.as_object(), site);
            }
        }
    }
    if (auto* dag = one.if_contains("dag")) {
        for (auto& task : dag->as_object().at("tasks").as_array()) {
            harden_inline(task.as_object(), site);
        }
    }
}

} // namespace

void harden_template(json::object& one, const Site& site) {
    for (const char* key : {"container", "script"}) {
        if (auto* container = one.if_contains(key)) {
            harden_container(container->as_object(), site);
        }
    }
    if (auto* set = one.if_contains("containerSet")) {
        harden_containers(set->as_object(), "containers", site);
    }
    harden_containers(one, "initContainers", site);
    harden_containers(one, "sidecars", site);
    if (is_leaf_template(one)) {
        one["activeDeadlineSeconds"] = deadline_of(one, site);
    }
    if (one.contains("archiveLocation")) {
        one.erase("archiveLocation"); // only archiveLogs may stand in it, and that is the site's
    }
    harden_volumes(one, site);
    harden_steps(one, site);
}

void harden_volumes(json::object& owner, const Site& site) {
    auto* volumes = owner.if_contains("volumes");
    if (volumes == nullptr) {
        return;
    }
    for (auto& volume : volumes->as_array()) {
        auto* scratch = volume.as_object().if_contains("emptyDir");
        if (scratch != nullptr && !scratch->as_object().contains("sizeLimit")) {
            scratch->as_object()["sizeLimit"] = site.defaults.scratch;
        }
    }
}

json::object pod_security_context(const Site& site) {
    json::object context{{"seccompProfile", json::object{{"type", "RuntimeDefault"}}}};
    if (site.run_as_non_root) {
        context["runAsNonRoot"] = true;
        context["runAsUser"] = site.run_as_user;
        context["fsGroup"] = site.run_as_user; // claims are root's otherwise
    }
    return context;
}

} // namespace seakeeper::workflow
