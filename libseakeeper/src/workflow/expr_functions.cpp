// SPDX-License-Identifier: Apache-2.0
#include "expr_evaluation.hpp"
#include "go_json.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <functional>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

using Arguments = std::span<const json::value>;
using Value = Result<json::value>;

Error misfit(std::string_view name, const json::value& value) {
    return {
        Errc::malformed, fmt::format("{}() does not take {}", name, quoted(go_json(value), 60))};
}

std::string_view string_at(Arguments a, std::size_t i) {
    return i < a.size() && a[i].is_string() ? std::string_view{a[i].get_string()}
                                            : std::string_view{};
}

json::value text(std::string value) {
    return json::string{std::move(value)};
}

Value to_int(Arguments a) {
    if (a[0].is_number()) {
        return a[0].is_int64() ? a[0]
                               : json::value(static_cast<std::int64_t>(a[0].to_number<double>()));
    }
    std::int64_t number = 0;
    const auto given = string_at(a, 0);
    const auto [end, fault] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (given.empty() || fault != std::errc{} || end != given.data() + given.size()) {
        return misfit("int", a[0]);
    }
    return json::value(number);
}

Value to_float(Arguments a) {
    if (a[0].is_number()) {
        return json::value(a[0].to_number<double>());
    }
    double number = 0;
    const auto given = string_at(a, 0);
    const auto [end, fault] = std::from_chars(given.data(), given.data() + given.size(), number);
    if (given.empty() || fault != std::errc{} || end != given.data() + given.size()) {
        return misfit("float", a[0]);
    }
    return json::value(number);
}

Value length(Arguments a) {
    if (a[0].is_string()) {
        const std::string_view given = a[0].get_string();
        return json::value(static_cast<std::int64_t>(std::ranges::count_if(given, [](char c) {
            return (c & 0xc0) != 0x80;
        })));
    }
    const auto* list = a[0].if_array();
    const auto* map = a[0].if_object();
    if (list == nullptr && map == nullptr) {
        return misfit("len", a[0]);
    }
    return json::value(static_cast<std::int64_t>(list != nullptr ? list->size() : map->size()));
}

Value from_json(Arguments a) {
    boost::system::error_code fault;
    auto value = json::parse(string_at(a, 0), fault);
    return fault ? Value{misfit("fromJSON", a[0])} : value;
}

Value path_in_json(Arguments a) {
    boost::system::error_code fault;
    const auto document = json::parse(string_at(a, 0), fault);
    return fault ? Value{misfit("jsonpath", a[0])} : json_path(document, string_at(a, 1));
}

std::string trimmed(std::string_view given, std::string_view of = " \t\r\n\v\f") {
    const auto begin = given.find_first_not_of(of);
    return begin == given.npos
               ? std::string{}
               : std::string{given.substr(begin, given.find_last_not_of(of) - begin + 1)};
}

std::string mapped(std::string_view given, char from, char to, int shift) {
    std::string out{given};
    for (char& c : out) {
        c = static_cast<char>(c >= from && c <= to ? c + shift : c);
    }
    return out;
}

std::string replaced(std::string_view given, std::string_view from, std::string_view to) {
    std::string out;
    while (!from.empty()) {
        const auto at = given.find(from);
        out += given.substr(0, at);
        if (at == given.npos) {
            return out;
        }
        out += to;
        given.remove_prefix(at + from.size());
    }
    return std::string{given};
}

Value split(std::string_view given, std::string_view by) {
    json::array out;
    while (true) {
        const auto at = by.empty() ? given.npos : given.find(by);
        out.emplace_back(given.substr(0, at));
        if (at == given.npos) {
            return json::value(std::move(out));
        }
        given.remove_prefix(at + by.size());
    }
}

Value join(std::string_view name, const json::value& list, std::string_view by) {
    if (!list.is_array()) {
        return misfit(name, list);
    }
    std::string out;
    for (std::size_t i = 0; i < list.get_array().size(); ++i) {
        out += (i == 0 ? "" : std::string{by}) + text_of(list.get_array()[i]);
    }
    return text(std::move(out));
}

Value extreme(std::string_view name, Arguments a) {
    const Arguments of = a.size() == 1 && a[0].is_array()
                             ? Arguments{a[0].get_array().data(), a[0].get_array().size()}
                             : a;
    if (of.empty() || !std::ranges::all_of(of, [](const auto& one) { return one.is_number(); })) {
        return misfit(name, a[0]);
    }
    const auto less = [](const json::value& x, const json::value& y) {
        return x.to_number<double>() < y.to_number<double>();
    };
    return name == "max" ? *std::ranges::max_element(of, less)
                         : *std::ranges::min_element(of, less);
}

Value sum(Arguments a) {
    json::value total = std::int64_t{0};
    if (!a[0].is_array()) {
        return misfit("sum", a[0]);
    }
    for (const auto& one : a[0].get_array()) {
        if (!one.is_number()) {
            return misfit("sum", one);
        }
        total = total.is_int64() && one.is_int64()
                    ? json::value(total.get_int64() + one.get_int64())
                    : json::value(total.to_number<double>() + one.to_number<double>());
    }
    return total;
}

Value rounded(Arguments a, double (*how)(double)) {
    return a[0].is_number() ? Value{json::value(how(a[0].to_number<double>()))}
                            : misfit("round", a[0]);
}

Value end_of_list(std::string_view name, const json::value& list) {
    if (!list.is_array()) {
        return misfit(name, list);
    }
    const auto& items = list.get_array();
    return items.empty() ? json::value{} : name == "first" ? items.front() : items.back();
}

Value members(std::string_view name, const json::value& map) {
    if (!map.is_object()) {
        return misfit(name, map);
    }
    json::array out;
    for (const auto& member : map.get_object()) {
        out.push_back(name == "keys" ? json::value(member.key()) : member.value());
    }
    return json::value(std::move(out));
}

Value repeated(Arguments a, std::size_t left) {
    const auto given = string_at(a, 0);
    const auto times = a[1].is_int64() ? a[1].get_int64() : -1;
    if (times < 0 || (!given.empty() && static_cast<std::size_t>(times) > left / given.size())) {
        return Error{Errc::limit_exceeded, "repeat() makes too much"};
    }
    std::string out;
    for (std::int64_t i = 0; i < times; ++i) {
        out += given;
    }
    return text(std::move(out));
}

struct Function {
    std::string_view name;
    std::size_t least;
    std::size_t most;
    std::function<Value(Arguments, std::size_t)> act;
};

std::string suffix_cut(std::string_view given, std::string_view suffix) {
    return std::string{
        given.ends_with(suffix) ? given.substr(0, given.size() - suffix.size()) : given};
}

std::string prefix_cut(std::string_view given, std::string_view prefix) {
    return std::string{given.starts_with(prefix) ? given.substr(prefix.size()) : given};
}

bool is_empty(const json::value& v) {
    return v.is_null() || (v.is_string() && v.get_string().empty())
           || (v.is_bool() && !v.get_bool()) || (v.is_number() && v.to_number<double>() == 0)
           || (v.is_array() && v.get_array().empty()) || (v.is_object() && v.get_object().empty());
}

std::vector<Function> first_functions() {
    using A = Arguments;
    return {
        {"int", 1, 1, [](A a, auto) { return to_int(a); }},
        {"asInt", 1, 1, [](A a, auto) { return to_int(a); }},
        {"float", 1, 1, [](A a, auto) { return to_float(a); }},
        {"asFloat", 1, 1, [](A a, auto) { return to_float(a); }},
        {"string", 1, 1, [](A a, auto) -> Value { return text(go_text(a[0])); }},
        {"toJson", 1, 1, [](A a, auto) -> Value { return text(go_json(a[0])); }},
        {"toJSON", 1, 1, [](A a, auto) -> Value { return text(go_json(a[0])); }},
        {"fromJSON", 1, 1, [](A a, auto) { return from_json(a); }},
        {"jsonpath", 2, 2, [](A a, auto) { return path_in_json(a); }},
        {"len", 1, 1, [](A a, auto) { return length(a); }},
        {"trim",
         1,
         2,
         [](A a, auto) -> Value {
             return text(
                 a.size() == 1 ? trimmed(string_at(a, 0))
                               : trimmed(string_at(a, 0), string_at(a, 1))
             );
         }},
        {"trimPrefix",
         2,
         2,
         [](A a, auto) -> Value { return text(prefix_cut(string_at(a, 0), string_at(a, 1))); }},
        {"trimSuffix",
         2,
         2,
         [](A a, auto) -> Value { return text(suffix_cut(string_at(a, 0), string_at(a, 1))); }},
        {"upper",
         1,
         1,
         [](A a, auto) -> Value { return text(mapped(string_at(a, 0), 'a', 'z', 'A' - 'a')); }},
        {"lower",
         1,
         1,
         [](A a, auto) -> Value { return text(mapped(string_at(a, 0), 'A', 'Z', 'a' - 'A')); }},
        {"split", 2, 2, [](A a, auto) { return split(string_at(a, 0), string_at(a, 1)); }},
        {"join", 1, 2, [](A a, auto) { return join("join", a[0], string_at(a, 1)); }},
        {"replace",
         3,
         3,
         [](A a, auto) -> Value {
             return text(replaced(string_at(a, 0), string_at(a, 1), string_at(a, 2)));
         }},
    };
}

std::vector<Function> second_functions() {
    using A = Arguments;
    return {
        {"repeat", 2, 2, [](A a, std::size_t left) { return repeated(a, left); }},
        {"hasPrefix",
         2,
         2,
         [](A a, auto) -> Value { return string_at(a, 0).starts_with(string_at(a, 1)); }},
        {"hasSuffix",
         2,
         2,
         [](A a, auto) -> Value { return string_at(a, 0).ends_with(string_at(a, 1)); }},
        {"indexOf",
         2,
         2,
         [](A a, auto) -> Value {
             const auto at = string_at(a, 0).find(string_at(a, 1));
             return at == std::string_view::npos ? std::int64_t{-1} : static_cast<std::int64_t>(at);
         }},
        {"abs",
         1,
         1,
         [](A a, auto) -> Value {
             return a[0].is_int64() ? json::value(std::abs(a[0].get_int64()))
                                    : rounded(a, [](double d) { return std::fabs(d); });
         }},
        {"ceil", 1, 1, [](A a, auto) { return rounded(a, [](double d) { return std::ceil(d); }); }},
        {"floor",
         1,
         1,
         [](A a, auto) { return rounded(a, [](double d) { return std::floor(d); }); }},
        {"round",
         1,
         1,
         [](A a, auto) { return rounded(a, [](double d) { return std::round(d); }); }},
        {"max", 1, 100, [](A a, auto) { return extreme("max", a); }},
        {"min", 1, 100, [](A a, auto) { return extreme("min", a); }},
        {"sum", 1, 1, [](A a, auto) { return sum(a); }},
        {"first", 1, 1, [](A a, auto) { return end_of_list("first", a[0]); }},
        {"last", 1, 1, [](A a, auto) { return end_of_list("last", a[0]); }},
    };
}

std::vector<Function> third_functions() {
    using A = Arguments;
    return {
        {"keys", 1, 1, [](A a, auto) { return members("keys", a[0]); }},
        {"values", 1, 1, [](A a, auto) { return members("values", a[0]); }},
        {"sprig.trim", 1, 1, [](A a, auto) -> Value { return text(trimmed(string_at(a, 0))); }},
        {"sprig.upper",
         1,
         1,
         [](A a, auto) -> Value { return text(mapped(string_at(a, 0), 'a', 'z', 'A' - 'a')); }},
        {"sprig.lower",
         1,
         1,
         [](A a, auto) -> Value { return text(mapped(string_at(a, 0), 'A', 'Z', 'a' - 'A')); }},
        {"sprig.replace",
         3,
         3,
         [](A a, auto) -> Value {
             return text(replaced(string_at(a, 2), string_at(a, 0), string_at(a, 1)));
         }},
        {"sprig.trimSuffix",
         2,
         2,
         [](A a, auto) -> Value { return text(suffix_cut(string_at(a, 1), string_at(a, 0))); }},
        {"sprig.trimPrefix",
         2,
         2,
         [](A a, auto) -> Value { return text(prefix_cut(string_at(a, 1), string_at(a, 0))); }},
        {"sprig.contains",
         2,
         2,
         [](A a, auto) -> Value {
             return string_at(a, 1).find(string_at(a, 0)) != std::string_view::npos;
         }},
        {"sprig.default", 2, 2, [](A a, auto) -> Value { return is_empty(a[1]) ? a[0] : a[1]; }},
        {"sprig.splitList",
         2,
         2,
         [](A a, auto) { return split(string_at(a, 1), string_at(a, 0)); }},
        {"sprig.join", 2, 2, [](A a, auto) { return join("sprig.join", a[1], string_at(a, 0)); }},
        {"sprig.toJson", 1, 1, [](A a, auto) -> Value { return text(go_json(a[0])); }},
        {"sprig.fromJson", 1, 1, [](A a, auto) { return from_json(a); }},
        {"sprig.toString", 1, 1, [](A a, auto) -> Value { return text(go_text(a[0])); }},
    };
}

const std::vector<Function>& functions() {
    static const std::vector<Function> all = [] {
        auto list = first_functions();
        for (auto more : {second_functions(), third_functions()}) {
            std::ranges::move(more, std::back_inserter(list));
        }
        return list;
    }();
    return all;
}

} // namespace

std::string called_in(const Expr& call) {
    const Expr& callee = call.parts[0];
    if (callee.kind == ExprKind::name) {
        return callee.text;
    }
    const bool is_sprig = callee.kind == ExprKind::member && callee.parts[0].kind == ExprKind::name
                          && callee.parts[0].text == "sprig" && callee.parts[1].literal.is_string();
    return is_sprig ? "sprig." + std::string{callee.parts[1].literal.get_string()} : "";
}

Status check_functions(const Expr& expression) {
    constexpr std::array<std::string_view, 9> of_closures{
        "all", "any", "count", "filter", "find", "findIndex", "map", "none", "one"};
    if (expression.kind == ExprKind::call) {
        const auto name = called_in(expression);
        if (std::ranges::find(of_closures, name) == of_closures.end()
            && std::ranges::find(functions(), name, &Function::name) == functions().end()) {
            return call_function(name, {}, 0).error();
        }
    }
    for (const Expr& part : expression.parts) {
        if (auto known = check_functions(part); !known) {
            return known;
        }
    }
    return {};
}

Value call_function(std::string_view name, Arguments arguments, std::size_t left) {
    const auto found = std::ranges::find(functions(), name, &Function::name);
    if (found == functions().end()) {
        std::string known;
        for (const auto& one : functions()) {
            known += (known.empty() ? "" : ", ") + std::string{one.name};
        }
        return Error{
            Errc::unsupported,
            fmt::format(
                "the function {} is not known here; known are all, any, count, filter, find, map, "
                "none, one, {}",
                name.empty() ? std::string{"that is called"} : quoted(name, 40),
                known
            )};
    }
    if (arguments.size() < found->least || arguments.size() > found->most) {
        return Error{
            Errc::malformed,
            fmt::format("{}() takes {} arguments, not {}", name, found->least, arguments.size())};
    }
    return found->act(arguments, left);
}

} // namespace seakeeper::workflow
