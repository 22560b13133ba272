// SPDX-License-Identifier: Apache-2.0
#include "expr_evaluation.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/core.h>

#include <charconv>
#include <optional>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

Error broken(std::string_view path) {
    return {
        Errc::malformed,
        fmt::format(
            "{} is no path: $, .name, ['name'], [1], [1:2], [*], [?(@.a > 1)]", quoted(path, 80)
        )};
}

using Values = std::vector<json::value>;

std::optional<std::int64_t> integer(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    return fault == std::errc{} && end == text.data() + text.size() && !text.empty()
               ? std::optional{number}
               : std::nullopt;
}

void add_member(Values& out, const json::value& of, std::string_view name) {
    if (const auto* map = of.if_object()) {
        if (const auto* value = map->if_contains(name)) {
            out.push_back(*value);
        }
    }
}

void add_all(Values& out, const json::value& of) {
    if (const auto* list = of.if_array()) {
        out.insert(out.end(), list->begin(), list->end());
    } else if (const auto* map = of.if_object()) {
        for (const auto& member : *map) {
            out.push_back(member.value());
        }
    }
}

void add_slice(Values& out, const json::value& of, std::string_view range) {
    const auto* list = of.if_array();
    if (list == nullptr) {
        return;
    }
    const auto size = static_cast<std::int64_t>(list->size());
    const auto colon = range.find(':');
    const auto bound = [&](std::string_view text, std::int64_t otherwise) {
        const auto value = integer(text).value_or(otherwise);
        return std::clamp<std::int64_t>(value < 0 ? value + size : value, 0, size);
    };
    const auto end = bound(range.substr(colon + 1), size);
    for (auto i = bound(range.substr(0, colon), 0); i < end; ++i) {
        out.push_back((*list)[static_cast<std::size_t>(i)]);
    }
}

/// `?(@.a=="x" && @.b>1)`: `@` becomes a name of the expression language, which knows the rest.
Status add_filtered(Values& out, const json::value& of, std::string_view filter) {
    std::string text;
    for (const char c : filter) {
        text += c == '@' ? std::string{"current"} : std::string(1, c);
    }
    auto parsed = parse_expr(text);
    if (!parsed) {
        return parsed.error();
    }
    Values items;
    add_all(items, of);
    for (auto& item : items) {
        auto truth = evaluate(*parsed, json::object{{"current", item}});
        if (truth && truth->is_bool() && truth->get_bool()) {
            out.push_back(std::move(item));
        }
    }
    return {};
}

/// One `[...]`; whether the step can give many values.
Result<bool>
bracket(Values& out, const Values& in, std::string_view inside, std::string_view path) {
    const bool is_filter = inside.starts_with("?(") && inside.ends_with(')');
    const bool is_name = inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"')
                         && inside.back() == inside.front();
    for (const auto& value : in) {
        if (is_filter) {
            if (auto done = add_filtered(out, value, inside.substr(2, inside.size() - 3)); !done) {
                return done.error();
            }
        } else if (is_name) {
            add_member(out, value, inside.substr(1, inside.size() - 2));
        } else if (inside == "*") {
            add_all(out, value);
        } else if (inside.find(':') != inside.npos) {
            add_slice(out, value, inside);
        } else if (const auto index = integer(inside)) {
            const auto* list = value.if_array();
            const auto size = list == nullptr ? 0 : static_cast<std::int64_t>(list->size());
            const auto at = *index < 0 ? *index + size : *index;
            if (at >= 0 && at < size) {
                out.push_back((*list)[static_cast<std::size_t>(at)]);
            }
        } else {
            return broken(path);
        }
    }
    return is_filter || inside == "*" || inside.find(':') != inside.npos;
}

} // namespace

Result<json::value> json_path(const json::value& document, std::string_view path) {
    if (!path.starts_with('$')) {
        return broken(path);
    }
    Values found{document};
    bool is_many = false;
    std::string_view rest = path.substr(1);
    while (!rest.empty()) {
        Values next;
        if (rest.front() == '.') {
            rest.remove_prefix(1);
            const auto end = rest.find_first_of(".[");
            const auto name = rest.substr(0, end);
            if (name.empty()) {
                return broken(path);
            }
            for (const auto& value : found) {
                name == "*" ? add_all(next, value) : add_member(next, value, name);
            }
            is_many = is_many || name == "*";
            rest.remove_prefix(name.size());
        } else if (rest.front() == '[' && rest.find(']') != rest.npos) {
            const auto end = rest.starts_with("[?(") ? rest.find(")]") + 1 : rest.find(']');
            if (end == 0) {
                return broken(path);
            }
            auto many = bracket(next, found, rest.substr(1, end - 1), path);
            if (!many) {
                return many.error();
            }
            is_many = is_many || *many;
            rest.remove_prefix(end + 1);
        } else {
            return broken(path);
        }
        found = std::move(next);
    }
    if (is_many) {
        return json::value(json::array(found.begin(), found.end()));
    }
    if (found.empty()) {
        return Error{Errc::malformed, fmt::format("nothing is at {}", quoted(path, 80))};
    }
    return found.front();
}

} // namespace seakeeper::workflow
