// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/condition_evaluation.hpp"
#include "workflow/go_json.hpp"
#include "workflow/walk.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <fmt/printf.h>

#include <algorithm>
#include <charconv>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::go_json;
using workflow::object_at;
using workflow::text_at;

namespace {

constexpr std::size_t most_items = 100'000;

/// An item in a node's name: texts plain, everything else in JSON, no parentheses.
std::string shown(const json::value& item) {
    auto text = item.is_string()  ? std::string{item.get_string()}
                : item.is_array() ? std::string{}
                                  : go_json(item);
    if (const auto* list = item.if_array()) {
        text = "[";
        for (const auto& one : *list) {
            text += (text.size() == 1 ? "" : " ")
                    + (one.is_string() ? std::string{one.get_string()} : go_json(one));
        }
        text += "]";
    } else if (item.is_null()) {
        text = "[]";
    }
    std::erase_if(text, [](char c) { return c == '(' || c == ')'; });
    return text;
}

/// The name of the i-th call, and what `item` means in it.
std::string set_item(
    workflow::Variables& variables, std::string_view name, std::size_t i, const json::value& item
) {
    if (const auto* map = item.if_object()) {
        std::vector<std::string> parts;
        for (const auto& [key, value] : *map) {
            const auto text = value.is_string() ? std::string{value.get_string()} : go_json(value);
            variables.set(fmt::format("item.{}", std::string_view{key}), text);
            parts.push_back(fmt::format("{}:{}", std::string_view{key}, text));
        }
        std::ranges::sort(parts);
        variables.set("item", go_json(item));
        json::string joined;
        for (const auto& part : parts) {
            joined += (joined.empty() ? "" : ",") + part;
        }
        return fmt::format("{}({}:{})", name, i, shown(json::value(joined)));
    }
    variables.set(
        "item",
        item.is_string() ? std::string{item.get_string()}
        : item.is_null() ? "null"
                         : go_json(item)
    );
    return fmt::format("{}({}:{})", name, i, shown(item));
}

/// The elements of a list as they are written.
std::vector<std::string_view> written(std::string_view list) {
    std::vector<std::string_view> elements;
    int depth = 0;
    bool is_text = false;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        const char c = list[i];
        if (is_text) {
            i += c == '\\' ? 1 : 0;
            is_text = c != '"';
            continue;
        }
        is_text = c == '"';
        depth += c == '[' || c == '{' ? 1 : 0;
        if (depth == 1 && (c == ',' || c == ']')) {
            elements.push_back(list.substr(begin, i - begin));
        }
        if (depth == 1 && (c == ',' || c == '[')) {
            begin = i + 1;
        }
        depth -= c == ']' || c == '}' ? 1 : 0;
    }
    return elements;
}

Result<json::array> parameter_items(const std::string& text) {
    boost::system::error_code fault;
    auto value = json::parse(text, fault);
    if (fault || !value.is_array()) {
        auto shown_text = text.substr(0, text.find_last_not_of(" \n\t") + 1);
        return Error{
            Errc::malformed,
            fmt::format(
                "withParam value could not be parsed as a JSON list: {}: {}",
                shown_text,
                fault ? "not json" : "it is no list"
            )};
    }
    auto& items = value.get_array();
    const auto texts = written(text);
    for (std::size_t i = 0; i < items.size() && i < texts.size(); ++i) {
        const auto from = texts[i].find_first_not_of(" \t\r\n");
        if (items[i].is_number() && from != std::string_view::npos) { // 1.0 stays 1.0
            const auto end = texts[i].find_last_not_of(" \t\r\n");
            items[i] = json::string{texts[i].substr(from, end - from + 1)};
        }
    }
    return std::move(items);
}

Result<std::int64_t> bound_of(const json::object& sequence, std::string_view key) {
    const auto text = any_text_at(sequence, key).value_or("0");
    std::int64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (fault != std::errc{} || end != text.data() + text.size()) {
        return Error{
            Errc::malformed, fmt::format("strconv.Atoi: parsing \"{}\": invalid syntax", text)};
    }
    return number;
}

/// Go's `%d`, `%03d`, `%x` in a text; more than one directive, or another one, is refused.
Result<std::string> formatted(const std::string& format, std::int64_t number) {
    const auto percent = format.find('%');
    const auto end =
        percent == format.npos ? percent : format.find_first_not_of("0123456789-+ ", percent + 1);
    if (end == format.npos || format.find('%', end) != format.npos
        || std::string_view{"dxXo"}.find(format[end]) == std::string_view::npos
        || end - percent > 5) {
        return Error{
            Errc::unsupported,
            fmt::format("the format {} of a sequence: accepted is one %d, %x, %X or %o", format)};
    }
    return fmt::sprintf(format, number);
}

Result<json::array> sequence_items(const json::object& sequence) {
    auto start = bound_of(sequence, "start");
    auto end = bound_of(sequence, "end");
    auto count = bound_of(sequence, "count");
    if (!start || !end || !count) {
        return (!start ? start : !end ? end : count).error();
    }
    if (!sequence.contains("end")) {
        if (*count == 0) {
            return json::array{};
        }
        *end = *start + *count - 1;
    }
    const auto size = static_cast<std::size_t>(std::abs(*end - *start)) + 1;
    if (size > most_items) {
        return Error{
            Errc::limit_exceeded,
            fmt::format("a sequence of {} items; at most {} are run", size, most_items)};
    }
    const auto format = std::string{text_at(sequence, "format")};
    json::array items;
    const std::int64_t by = *start <= *end ? 1 : -1;
    for (auto i = *start; items.size() < size; i += by) {
        auto text = formatted(format.empty() ? "%d" : format, i);
        if (!text) {
            return text.error();
        }
        items.emplace_back(*text);
    }
    return items;
}

Result<json::array> items_of(const json::object& step) {
    if (const auto* items = workflow::array_at(step, "withItems")) {
        return *items;
    }
    if (step.contains("withParam")) {
        return parameter_items(std::string{text_at(step, "withParam")});
    }
    return sequence_items(*object_at(step, "withSequence"));
}

} // namespace

Result<std::vector<Call>>
expanded_calls(const json::object& step, const workflow::Variables& variables) {
    const auto name = std::string{text_at(step, "name")};
    if (!step.contains("withItems") && !step.contains("withParam")
        && !step.contains("withSequence")) {
        return std::vector<Call>{{name, step}};
    }
    const auto when = text_at(step, "when");
    const auto proceeds = workflow::evaluate_when(when);
    const bool is_skipped = proceeds && !*proceeds;
    auto items = items_of(step);
    if (!items) {
        return is_skipped ? Result<std::vector<Call>>{std::vector<Call>{}} : items.error();
    }
    json::object bare = step;
    for (const char* key : {"withItems", "withParam", "withSequence"}) {
        bare.erase(key);
    }
    std::vector<Call> calls;
    for (std::size_t i = 0; i < items->size(); ++i) {
        workflow::Variables inner{&variables};
        Call call;
        call.name = set_item(inner, name, i, (*items)[i]);
        json::value filled = bare;
        // Artifacts are resolved by now, hooks are when they run.
        json::value hooks = bare.contains("hooks") ? bare["hooks"] : json::value{};
        filled.get_object().erase("hooks");
        const auto how = is_skipped ? workflow::Unresolved::kept : workflow::Unresolved::refused;
        if (auto done = substitute(filled, inner, how); !done) {
            return done.error();
        }
        call.step = std::move(filled.get_object());
        if (!hooks.is_null()) {
            if (auto done = substitute(hooks, inner, workflow::Unresolved::kept); !done) {
                return done.error();
            }
            call.step["hooks"] = std::move(hooks);
        }
        call.step["name"] = call.name;
        calls.push_back(std::move(call));
    }
    return calls;
}

Result<std::chrono::milliseconds> duration_of(std::string_view text) {
    const Error broken{
        Errc::malformed,
        fmt::format("unable to parse {} as a duration: accepted are 90, 1m30s, 2h", text)};
    double total = 0;
    bool has_unit = false;
    std::string_view rest = text;
    while (!rest.empty()) {
        double number = 0;
        const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        if (fault != std::errc{} || number < 0) {
            return broken;
        }
        rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
        constexpr std::pair<std::string_view, double> units[] = {
            {"ms", 1},
            {"us", 1e-3},
            {"ns", 1e-6},
            {"s", 1e3},
            {"m", 6e4},
            {"h", 3.6e6},
            {"d", 8.64e7}};
        const auto* unit = std::ranges::find_if(units, [&](const auto& one) {
            return rest.starts_with(one.first);
        });
        if (unit == std::end(units)) {
            if (!rest.empty() || has_unit) {
                return broken;
            }
            total = number * 1e3;
            break;
        }
        total += number * unit->second;
        has_unit = true;
        rest.remove_prefix(unit->first.size());
    }
    if (text.empty() || total > 1e15) {
        return broken;
    }
    return std::chrono::milliseconds{static_cast<std::int64_t>(total)};
}

} // namespace seakeeper::local
