// SPDX-License-Identifier: Apache-2.0
#include "policy_text_checks.hpp"

#include "expression.hpp"

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seakeeper::workflow::checks {
namespace json = boost::json;

Verdict objection(RuleId rule, std::string_view reason, std::string accepted) {
    return Objection{rule, std::string{reason}, std::move(accepted)};
}

std::string_view text_of(const json::value& value) {
    const auto* text = value.if_string();
    return text == nullptr ? std::string_view{} : std::string_view{*text};
}

namespace {

/// Texts with tags are the walker's to refuse, and say nothing before Argo has put values in.
bool has_tag(std::string_view text) {
    return text.find("{{") != text.npos;
}

Verdict fault_of(const std::optional<SyntaxFault>& fault, std::string_view accepted) {
    if (!fault) {
        return std::nullopt;
    }
    return objection("expression", "it does not parse: " + fault->message, std::string{accepted});
}

} // namespace

Verdict check_container_name(const json::value& value) {
    const auto name = text_of(value);
    constexpr std::array reserved{"wait", "init", "supervisor"};
    if (std::ranges::find(reserved, name) == reserved.end()
        && !name.starts_with("artifact-plugin-")) {
        return std::nullopt;
    }
    return objection("container-name", "Argo's own containers have that name", "another name");
}

Verdict check_env_name(const json::value& value) {
    const auto name = text_of(value);
    if (name.starts_with("ARGO_") || name.starts_with("SEAKEEPER_")) {
        return objection(
            "env-name",
            "variables of this prefix are written by Argo and by us, and steer them",
            "a name without the prefixes ARGO_ and SEAKEEPER_"
        );
    }
    const auto is_fit = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')
               || c == '_' || c == '.' || c == '-';
    };
    if (name.empty() || (name.front() >= '0' && name.front() <= '9')
        || !std::ranges::all_of(name, is_fit)) {
        return objection("env-name", "it is no name of a variable", "letters, digits, '_'");
    }
    return std::nullopt;
}

Verdict check_path(const json::value& value, RuleId rule) {
    const auto path = text_of(value);
    constexpr std::array reserved{
        "/var/run/argo", "/run/argo", "/argo", "/mainctrfs", "/var/run/secrets", "/run/secrets"};
    const bool is_odd = !path.starts_with('/') || path.find("//") != path.npos
                        || path.find("/.") != path.npos || path.find(':') != path.npos;
    const bool is_reserved = std::ranges::any_of(reserved, [&](std::string_view prefix) {
        return path == prefix || (path.starts_with(prefix) && path[prefix.size()] == '/');
    });
    if (!is_odd && !is_reserved) {
        return std::nullopt;
    }
    return objection(
        rule,
        is_reserved ? "Argo's executor and tokens live there" : "it is not a plain absolute path",
        "an absolute path without '..', outside of /argo, /mainctrfs, /var/run/argo and "
        "/var/run/secrets"
    );
}

Verdict check_expression(const json::value& value) {
    if (has_tag(text_of(value))) {
        return std::nullopt;
    }
    return fault_of(
        parse_expression(text_of(value)).fault,
        "names, literals and operators, as in steps['a'].status == 'Succeeded'; no function calls"
    );
}

Verdict check_condition(const json::value& value) {
    return fault_of(check_when(text_of(value)), "a comparison, as in '{{steps.a.status}}' == 'x'");
}

Verdict check_depends(const json::value& value) {
    if (has_tag(text_of(value))) {
        return std::nullopt;
    }
    return fault_of(
        parse_depends(text_of(value)).fault, "task names with && || ! ( ), as in a && b.Failed"
    );
}

Verdict check_sub_path(const json::value& value) {
    const auto path = text_of(value);
    const bool is_inside =
        !path.starts_with('/') && path.find("..") == path.npos && path.find('\\') == path.npos;
    if (is_inside) {
        return std::nullopt;
    }
    return objection(
        "path", "it may lead to what is not this run's", "a relative path without '..'"
    );
}

Verdict check_loop_format(const json::value& value) {
    auto text = text_of(value);
    bool is_fit = text.size() <= 64;
    int verbs = 0;
    while (is_fit && !text.empty()) {
        const auto c = static_cast<unsigned char>(text.front());
        text.remove_prefix(1);
        if (c != '%') {
            is_fit = c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
            continue;
        }
        const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
        is_fit = ++verbs == 1 && digits <= 2 && digits < text.size()
                 && std::string_view{"dxXo"}.find(text[digits]) != std::string_view::npos;
        text.remove_prefix(std::min(digits + 1, text.size()));
    }
    if (is_fit && verbs == 1) {
        return std::nullopt;
    }
    return objection(
        "loop", "Argo's controller formats every item with it", "one %d, %x or %NNd in plain text"
    );
}

Verdict check_word(
    const json::value& value,
    std::initializer_list<std::string_view> words,
    RuleId rule,
    std::string_view reason
) {
    if (std::ranges::find(words, text_of(value)) != words.end()) {
        return std::nullopt;
    }
    return objection(rule, reason, fmt::format("one of {}", fmt::join(words, ", ")));
}

} // namespace seakeeper::workflow::checks
