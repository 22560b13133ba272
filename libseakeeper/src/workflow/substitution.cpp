// SPDX-License-Identifier: Apache-2.0
#include "substitution.hpp"

#include "expr_evaluation.hpp"
#include "go_json.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\n\r");
    return begin == text.npos ? std::string_view{}
                              : text.substr(begin, text.find_last_not_of(" \t\n\r") - begin + 1);
}

/// Argo puts a value into JSON with Go's quoting, which JSON does not know for these.
bool is_beyond_json(std::string_view value) {
    return std::ranges::any_of(value, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == 0x7f
               || (byte < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\b' && c != '\f');
    });
}

Result<std::string> checked(std::string value) {
    if (is_beyond_json(value)) {
        return Error{
            Errc::malformed,
            "cannot finish template replacement because the result was invalid JSON (a control "
            "character in a value)"};
    }
    return value;
}

bool is_output(std::string_view name) {
    return name.starts_with("steps.") || name.starts_with("tasks.") || name == "steps"
           || name == "tasks";
}

bool is_strict(std::string_view name, Unresolved unresolved) {
    return unresolved == Unresolved::refused
           || (unresolved == Unresolved::outputs_refused && is_output(name));
}

Error unknown(std::string_view name) {
    return {Errc::not_found, fmt::format("failed to resolve {{{{{}}}}}", name)};
}

const json::value* at_path(const json::object& environment, std::string_view path) {
    const json::object* map = &environment;
    while (true) {
        const auto dot = path.find('.');
        const auto* value = map->if_contains(path.substr(0, dot));
        if (value == nullptr || dot == path.npos) {
            return value;
        }
        map = value->if_object();
        if (map == nullptr) {
            return nullptr;
        }
        path.remove_prefix(dot + 1);
    }
}

Result<std::string>
expression_value(std::string_view tag, const Variables& variables, Unresolved unresolved) {
    auto parsed = parse_expr(tag.substr(1));
    if (!parsed) {
        return parsed.error().within("failed to evaluate expression");
    }
    const auto environment = variables.environment();
    bool is_complete = true;
    for (const auto& name : names_in(*parsed)) {
        if (at_path(environment, name) != nullptr || name.starts_with("sprig")) {
            continue;
        }
        is_complete = false;
        if (is_strict(name, unresolved)) {
            return Error{
                Errc::not_found, fmt::format("failed to evaluate expression: {} is missing", name)};
        }
    }
    auto value = evaluate(*parsed, environment);
    const bool is_hopeless =
        !value && (value.error().is(Errc::unsupported) || value.error().is(Errc::limit_exceeded));
    if (!is_complete && !is_hopeless && (!value || value->is_null())) {
        return fmt::format("{{{{{}}}}}", tag);
    }
    if (!value) {
        return value.error().within("failed to evaluate expression");
    }
    if (value->is_null()) {
        return Error{
            Errc::malformed, fmt::format("failed to evaluate expression {}", quoted(tag, 80))};
    }
    return checked(text_of(*value));
}

Result<std::string>
value_of(std::string_view tag, const Variables& variables, Unresolved unresolved) {
    const auto name = trimmed(tag);
    if (name.starts_with('=')) {
        return expression_value(name, variables, unresolved);
    }
    if (const auto* value = variables.find(name)) {
        return checked(*value);
    }
    const bool is_artifact = name.find(".outputs.artifacts.") != name.npos;
    if (is_strict(name, unresolved) && (unresolved == Unresolved::refused || !is_artifact)) {
        return unknown(tag);
    }
    return fmt::format("{{{{{}}}}}", tag);
}

void put(json::object& into, std::string_view path, json::value value) {
    json::object* map = &into;
    while (true) {
        const auto dot = path.find('.');
        if (dot == path.npos) {
            (*map)[path] = std::move(value);
            return;
        }
        auto& next = (*map)[path.substr(0, dot)];
        if (!next.is_object()) {
            next = json::object{};
        }
        map = &next.get_object();
        path.remove_prefix(dot + 1);
    }
}

} // namespace

const std::string* Variables::find(std::string_view name) const {
    for (const auto* scope = this; scope != nullptr; scope = scope->outside_) {
        if (const auto found = scope->own_.find(name); found != scope->own_.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

const json::object* Variables::find_artifact(std::string_view name) const {
    for (const auto* scope = this; scope != nullptr; scope = scope->outside_) {
        if (const auto found = scope->artifacts_.find(name); found != scope->artifacts_.end()) {
            return &found->second;
        }
    }
    return nullptr;
}

void Variables::flatten(std::map<std::string, json::value>& into) const {
    if (outside_ != nullptr) {
        outside_->flatten(into);
    }
    for (const auto& [name, value] : own_) {
        into[name] = json::string{value};
    }
    for (const auto& [name, value] : artifacts_) {
        into[name] = value;
    }
}

json::object Variables::environment() const {
    std::map<std::string, json::value> flat;
    flatten(flat);
    json::object nested;
    for (auto one = flat.begin(); one != flat.end(); ++one) {
        const auto below = flat.lower_bound(one->first + ".");
        if (below != flat.end() && below->first.starts_with(one->first + ".")) {
            continue;
        }
        put(nested, one->first, std::move(one->second));
    }
    return nested;
}

Result<std::string>
substitute(std::string_view text, const Variables& variables, Unresolved unresolved) {
    std::string out;
    while (true) {
        const auto open = text.find("{{");
        const auto close = open == text.npos ? open : text.find("}}", open + 2);
        if (close == text.npos) {
            out += text;
            return out;
        }
        out += text.substr(0, open);
        auto value = value_of(text.substr(open + 2, close - open - 2), variables, unresolved);
        if (!value) {
            return value;
        }
        out += *value;
        text.remove_prefix(close + 2);
    }
}

Status substitute(json::value& value, const Variables& variables, Unresolved unresolved) {
    if (auto* text = value.if_string()) {
        if (text->find("{{") == text->npos) {
            return {};
        }
        auto replaced = substitute(std::string_view{*text}, variables, unresolved);
        if (!replaced) {
            return replaced.error();
        }
        *text = *replaced;
        return {};
    }
    if (auto* list = value.if_array()) {
        for (auto& item : *list) {
            if (auto done = substitute(item, variables, unresolved); !done) {
                return done;
            }
        }
    } else if (auto* map = value.if_object()) {
        for (auto& member : *map) {
            if (auto done = substitute(member.value(), variables, unresolved); !done) {
                return done;
            }
        }
    }
    return {};
}

} // namespace seakeeper::workflow
