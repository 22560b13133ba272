// SPDX-License-Identifier: Apache-2.0
// What an object must name, and name once: Kubernetes refuses the pod otherwise, in the middle of a
// run, and an API server fills in an empty name that no list was asked about.
#include "policy_text_checks.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <set>

namespace seakeeper::workflow::checks {
namespace json = boost::json;
using fields::Object;
namespace {

Verdict need(const json::object& object, std::string_view key, RuleId rule) {
    if (object.contains(key)) {
        return std::nullopt;
    }
    return objection(
        rule, "it names none", fmt::format("{}: one that the operator lists for the class", key)
    );
}

/// A variable takes its value from one place.
Verdict need_one_source(const json::object& source) {
    if (source.size() == 1) {
        return std::nullopt;
    }
    return objection("structure", "Kubernetes refuses the pod", "one source of the value");
}

std::string mount_of(const json::object& mount) {
    return std::string{text_at(mount, "mountPath")};
}

std::string name_of(const json::object& one) {
    return std::string{text_at(one, "name")};
}

std::string port_of(const json::object& port) {
    const auto* number = port.if_contains("containerPort");
    const auto protocol = text_at(port, "protocol");
    return fmt::format(
        "{}/{}",
        number != nullptr && number->is_int64() ? number->get_int64() : 0,
        protocol.empty() ? "TCP" : protocol
    );
}

Verdict need_unique(
    const json::object& container,
    std::string_view key,
    std::string (*id)(const json::object&),
    std::string_view what
) {
    const auto* list = array_at(container, key);
    std::set<std::string> seen;
    for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
        auto one = id((*list)[i].as_object());
        if (seen.contains(one)) {
            return objection(
                "structure",
                fmt::format("{} has {} {} twice", key, what, quoted(one, 80)),
                "each once"
            );
        }
        seen.insert(std::move(one));
    }
    return std::nullopt;
}

Verdict check_container(const json::object& container) {
    if (auto verdict = need_unique(container, "env", name_of, "the variable")) {
        return verdict;
    }
    if (auto verdict = need_unique(container, "ports", port_of, "the port")) {
        return verdict;
    }
    return need_unique(container, "volumeMounts", mount_of, "the path");
}

} // namespace

Verdict check_parts(Object type, const json::object& object) {
    switch (type) {
    case Object::config_map_key:
    case Object::named_reference:
    case Object::config_map_volume:
        return need(object, "name", "config-access");
    case Object::secret_key:
    case Object::secret_reference:
    case Object::pull_secret:
        return need(object, "name", "secret-access");
    case Object::secret_volume:
        return need(object, "secretName", "secret-access");
    case Object::env_source:
        return need_one_source(object);
    case Object::container:
    case Object::named_container:
    case Object::set_container:
    case Object::script:
        return check_container(object);
    default:
        return std::nullopt;
    }
}

} // namespace seakeeper::workflow::checks
