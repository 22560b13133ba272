// SPDX-License-Identifier: Apache-2.0
#include "policy_checks.hpp"

#include "policy_text_checks.hpp"
#include "quantity.hpp"
#include "tags.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace seakeeper::workflow {
namespace json = boost::json;
using fields::Check;
using fields::Object;
using namespace checks;

namespace {

/// A literal whole number, as a number or as text.
std::optional<std::int64_t> literal(const json::value& value) {
    if (const auto* number = value.if_int64()) {
        return *number;
    }
    const auto text = text_of(value);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

/// Beyond it nothing is computed: it is refused anyway.
constexpr std::int64_t loop_bound = 1'000'000'000;

struct Range {
    std::int64_t least;
    std::int64_t most;
};

Verdict check_number(const json::value& value, Range range, RuleId rule, std::string_view reason) {
    const auto number = literal(value);
    if (number && *number >= range.least && *number <= range.most) {
        return std::nullopt;
    }
    return objection(
        rule, reason, fmt::format("a literal number from {} to {}", range.least, range.most)
    );
}

Verdict check_duration(const json::value& value, std::int64_t most, RuleId rule) {
    const auto text = text_of(value);
    const auto seconds = parse_duration(text);
    if (seconds && *seconds <= most) {
        return std::nullopt;
    }
    return objection(
        rule,
        "it may last longer than the operator allows",
        fmt::format("a literal duration up to {}s", most)
    );
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::ranges::find(list, name) != list.end();
}

Verdict check_listed(
    const json::value& value,
    const std::vector<std::string>& list,
    RuleId rule,
    std::string_view what
) {
    if (contains(list, text_of(value))) {
        return std::nullopt;
    }
    return objection(
        rule,
        fmt::format("the operator does not list this {} for the class", what),
        list.empty() ? "none" : fmt::format("one of {}", fmt::join(list, ", "))
    );
}

bool has_image_prefix(std::string_view image, std::string_view prefix) {
    if (prefix.empty() || !image.starts_with(prefix)) {
        return false;
    }
    constexpr std::string_view boundaries = "/:@";
    return image.size() == prefix.size() || boundaries.find(prefix.back()) != boundaries.npos
           || boundaries.find(image[prefix.size()]) != boundaries.npos;
}

bool has_digest(std::string_view image) {
    const auto at = image.find("@sha256:");
    return at != image.npos && image.size() == at + 8 + 64
           && image.substr(at + 8).find_first_not_of("0123456789abcdef") == image.npos;
}

Verdict check_image(const json::value& value, const Policy& policy) {
    const auto image = text_of(value);
    const bool is_trusted = policy.trust_class == trust::Class::trusted;
    const bool is_listed = std::ranges::any_of(policy.images, [&](const auto& prefix) {
        return has_image_prefix(image, prefix);
    });
    if (!is_listed && (is_trusted || !policy.images.empty())) {
        return objection(
            "image",
            "it is not from a registry that the operator lists for the class",
            policy.images.empty() ? "none: the operator lists no registry for the class"
                                  : fmt::format("{}...", fmt::join(policy.images, "..., "))
        );
    }
    if (image.find_first_of(" \t\n$\\\"'`") != image.npos || image.empty()) {
        return objection("image", "it is not an image reference", "registry/name@sha256:digest");
    }
    if (is_trusted && policy.require_image_digest && !has_digest(image)) {
        return objection(
            "image-digest", "a tag may name another image tomorrow", "registry/name@sha256:digest"
        );
    }
    return std::nullopt;
}

/// Host of an http or https URL, with what stands before or after it there; empty if it is none.
std::string_view host_of(std::string_view url) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (url.starts_with(scheme)) {
            url.remove_prefix(scheme.size());
            return url.substr(0, url.find_first_of("/?#"));
        }
    }
    return {};
}

Verdict check_url(const json::value& value, const Policy& policy) {
    const auto host = host_of(text_of(value));
    if (!host.empty() && contains(policy.artifact_hosts, host)) {
        return std::nullopt;
    }
    return objection(
        "artifact-host",
        "it is fetched from inside the cluster before the workload runs",
        policy.artifact_hosts.empty()
            ? "none: the operator lists no hosts for artifacts"
            : fmt::format("https:// and one of {}", fmt::join(policy.artifact_hosts, ", "))
    );
}

Verdict check_author_labels(const json::value& value) {
    for (const auto& [key, unused] : value.as_object()) {
        const std::string_view name = key;
        if (name.find("argoproj.io") != name.npos || name.find("seakeeper") != name.npos) {
            return objection(
                "identity",
                fmt::format("{} decides which controller acts on an object", quoted(name, 80)),
                "keys outside of argoproj.io and seakeeper.dev (all are dropped)"
            );
        }
    }
    return std::nullopt;
}

Verdict check_cpu_and_memory(const json::value& value, const Caps& caps) {
    for (const auto& [key, amount] : value.as_object()) {
        const std::string_view name = key;
        const auto most = name == "cpu"                 ? caps.milli_cpu
                          : name == "memory"            ? caps.memory_bytes
                          : name == "ephemeral-storage" ? caps.storage_bytes
                                                        : -1;
        if (most < 0) {
            return objection(
                "resources",
                fmt::format("{} is not a resource for workloads", quoted(name, 60)),
                "cpu, memory, ephemeral-storage"
            );
        }
        const auto milli = parse_quantity(text_of(amount));
        if (!milli || (name == "cpu" ? *milli : *milli / 1000) > most) {
            return objection(
                "resources",
                fmt::format("{} of {}", quoted(text_of(amount), 40), name),
                name == "cpu" ? fmt::format("at most {}m", most)
                              : fmt::format("at most {} bytes", most)
            );
        }
    }
    return std::nullopt;
}

Verdict check_storage(const json::value& value, const Caps& caps) {
    const auto is_within = [&](const json::value& amount) {
        const auto milli = parse_quantity(text_of(amount));
        return milli && *milli / 1000 <= caps.storage_bytes;
    };
    bool is_fine = true;
    if (const auto* map = value.if_object()) {
        for (const auto& [key, amount] : *map) {
            is_fine = is_fine && key == "storage" && is_within(amount);
        }
    } else {
        is_fine = is_within(value);
    }
    if (is_fine) {
        return std::nullopt;
    }
    return objection(
        "storage",
        "it is more than the operator allows",
        fmt::format("storage of at most {} bytes", caps.storage_bytes)
    );
}

Verdict check_size(std::size_t size, std::int64_t most, std::string_view what) {
    if (static_cast<std::int64_t>(size) <= most) {
        return std::nullopt;
    }
    return objection(
        "limit", fmt::format("{} {}", size, what), fmt::format("at most {} {}", most, what)
    );
}

Verdict check_drop_all(const json::value& value) {
    const auto& list = value.as_array();
    if (std::ranges::any_of(list, [](const auto& one) { return text_of(one) == "ALL"; })) {
        return std::nullopt;
    }
    return objection(
        "security-context", "capabilities that an ordinary user has not would be kept", "[ALL]"
    );
}

Verdict check_flag(const json::value& value, const json::value& only) {
    if (value == only) {
        return std::nullopt;
    }
    return objection(
        "security-context",
        "it would give a container more than an ordinary user has",
        only.as_bool() ? "true" : "false"
    );
}

Verdict check_capped(Check check, const json::value& value, const Policy& policy) {
    const auto& caps = policy.caps;
    constexpr std::string_view too_much = "it is more than the operator allows";
    switch (check) {
    case Check::deadline:
        return check_number(value, {1, caps.deadline.count()}, "deadline", too_much);
    case Check::parallelism:
        return check_number(value, {1, caps.parallelism}, "parallelism", too_much);
    case Check::retries:
        return check_number(value, {0, caps.retries}, "retry-limit", too_much);
    case Check::duration:
        return check_duration(value, caps.deadline.count(), "deadline");
    case Check::suspend_duration:
        return check_duration(value, caps.suspend.count(), "suspend");
    case Check::non_zero_user:
        return check_number(value, {1, INT32_MAX}, "security-context", "0 is root");
    case Check::loop_count:
        return check_number(
            value,
            {-loop_bound, loop_bound},
            "loop",
            "Argo's controller makes the whole list in its memory"
        );
    case Check::loop_items:
        return check_size(value.as_array().size(), caps.loop_items, "items of a loop");
    case Check::claims:
        return check_size(value.as_array().size(), caps.volume_claims, "volume claims");
    case Check::raw_size:
        return check_size(text_of(value).size(), caps.raw_artifact_bytes, "bytes of raw artifact");
    case Check::cpu_and_memory:
        return check_cpu_and_memory(value, caps);
    case Check::storage:
        return check_storage(value, caps);
    case Check::expression:
        return check_expression(value);
    case Check::when:
        return check_condition(value);
    case Check::depends:
        return check_depends(value);
    case Check::loop_format:
        return check_loop_format(value);
    case Check::backoff_factor:
        return check_number(value, {1, 100}, "retry-limit", "Argo multiplies by it each time");
    default:
        return std::nullopt;
    }
}

Verdict check_sequence(const json::object& object, const Policy& policy) {
    const auto number = [&](std::string_view key) {
        const auto* value = object.if_contains(key);
        const auto given = value == nullptr ? 0 : literal(*value).value_or(0);
        return std::clamp<std::int64_t>(given, -loop_bound, loop_bound);
    };
    const auto count =
        object.contains("count") ? number("count") : std::abs(number("end") - number("start")) + 1;
    if (count > policy.caps.loop_items) {
        return objection(
            "loop",
            "Argo's controller makes the whole list in its memory",
            fmt::format("at most {} items", policy.caps.loop_items)
        );
    }
    return std::nullopt;
}

/// Memory of an emptyDir is the pod's memory.
Verdict check_empty_dir(const json::object& object, const Policy& policy) {
    const auto* size = object.if_contains("sizeLimit");
    const auto milli = size == nullptr ? std::nullopt : parse_quantity(text_of(*size));
    const bool is_memory = object.contains("medium");
    if (!is_memory || (milli && *milli / 1000 <= policy.caps.memory_bytes)) {
        return std::nullopt;
    }
    return objection(
        "storage",
        "files in memory without a limit, or above it",
        fmt::format("sizeLimit of at most {} bytes", policy.caps.memory_bytes)
    );
}

Verdict check_access_modes(const json::value& value) {
    for (const auto& mode : value.as_array()) {
        auto verdict = check_word(
            mode,
            {"ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"},
            "structure",
            "Kubernetes knows no such mode"
        );
        if (verdict) {
            return verdict;
        }
    }
    return std::nullopt;
}

/// A part of a security context that says less than the restricted level asks for.
Verdict check_present(const json::object& object, std::string_view key, std::string_view accepted) {
    if (object.contains(key)) {
        return std::nullopt;
    }
    return objection(
        "security-context", "it says less than what every container gets", std::string{accepted}
    );
}

/// Words of which there are only so many.
Verdict check_words(Check check, const json::value& value, const Policy& policy) {
    switch (check) {
    case Check::retry_policy:
        return check_word(
            value,
            {"Always", "OnFailure", "OnError", "OnTransientError"},
            "retry-limit",
            "Argo knows no such policy"
        );
    case Check::medium:
        return check_word(value, {"Memory"}, "storage", "only a disk or memory holds it");
    case Check::protocol:
        return check_word(value, {"TCP", "UDP", "SCTP"}, "structure", "no such protocol");
    case Check::scheme:
        return check_word(value, {"HTTP", "HTTPS"}, "structure", "no such scheme");
    case Check::message_policy:
        return check_word(
            value, {"File", "FallbackToLogsOnError"}, "structure", "Kubernetes knows no such policy"
        );
    case Check::access_modes:
        return check_access_modes(value);
    default:
        return check_capped(check, value, policy);
    }
}

} // namespace

Verdict check_value(Check check, const json::value& value, const Policy& policy) {
    switch (check) {
    case Check::none:
        return std::nullopt;
    case Check::author_labels:
        return check_author_labels(value);
    case Check::false_only:
        return check_flag(value, false);
    case Check::true_only:
        return check_flag(value, true);
    case Check::runtime_default:
        return text_of(value) == "RuntimeDefault"
                   ? std::nullopt
                   : objection(
                       "security-context", "it lifts the system call filter", "RuntimeDefault"
                   );
    case Check::drop_all:
        return check_drop_all(value);
    case Check::image:
        return check_image(value, policy);
    case Check::container_name:
        return check_container_name(value);
    case Check::env_name:
        return check_env_name(value);
    case Check::mount_path:
        return check_path(value, "mount-path");
    case Check::file_path:
        return check_path(value, "path");
    case Check::sub_path:
        return check_sub_path(value);
    case Check::config_map:
        return check_listed(value, policy.config_maps, "config-access", "config map");
    case Check::secret:
        return check_listed(value, policy.secrets, "secret-access", "secret");
    case Check::storage_class:
        return check_listed(value, policy.storage_classes, "storage", "storage class");
    case Check::artifact_host:
    case Check::repository:
        return check_url(value, policy);
    default:
        return check_words(check, value, policy);
    }
}

Verdict check_object(Object type, const json::object& object, const Policy& policy) {
    if (type == Object::retry_strategy && !object.contains("limit")) {
        return objection(
            "retry-limit",
            "a retry without limit goes on for ever",
            fmt::format("limit from 0 to {}", policy.caps.retries)
        );
    }
    if (type == Object::container_set_retry && !object.contains("retries")) {
        return objection("retry-limit", "a retry without limit", "retries");
    }
    if (type == Object::suspend && !object.contains("duration")) {
        return objection(
            "suspend",
            "it waits for somebody for ever",
            fmt::format("duration up to {}s", policy.caps.suspend.count())
        );
    }
    switch (type) {
    case Object::sequence:
        return check_sequence(object, policy);
    case Object::empty_dir:
        return check_empty_dir(object, policy);
    case Object::capabilities:
        return object.contains("add") ? std::nullopt // said already
                                      : check_present(object, "drop", "drop: [ALL], or none");
    case Object::seccomp:
        return check_present(object, "type", "type: RuntimeDefault, or none");
    default:
        return check_parts(type, object);
    }
}

} // namespace seakeeper::workflow
