// SPDX-License-Identifier: Apache-2.0
#include "expr_evaluation.hpp"

#include "go_json.hpp"
#include "re2/regex.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

Error misfit(std::string_view what) {
    return {Errc::malformed, std::string{what}};
}

std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
    case json::kind::null:
        return "nil";
    case json::kind::bool_:
        return "bool";
    case json::kind::int64:
    case json::kind::uint64:
        return "int";
    case json::kind::double_:
        return "float64";
    case json::kind::string:
        return "string";
    case json::kind::array:
        return "list";
    case json::kind::object:
        return "map";
    }
    return "value";
}

bool is_equal(const json::value& a, const json::value& b) {
    return a.is_number() && b.is_number() ? a.to_number<double>() == b.to_number<double>() : a == b;
}

/// A condition of a filter of `and`, `or` and the like.
Result<bool> truth_of(const json::value& value) {
    if (!value.is_bool()) {
        return misfit(fmt::format("found a {}, where a condition fits", kind_of(value)));
    }
    return value.get_bool();
}

class Evaluation {
public:
    Evaluation(const json::object& environment, const EvaluationLimits& limits)
        : environment_{environment}, limits_{limits}, left_{limits.bytes} {}

    Result<json::value> of(const Expr& expression) {
        if (++steps_ > limits_.steps) {
            return Error{Errc::limit_exceeded, "the expression does too much"};
        }
        switch (expression.kind) {
        case ExprKind::literal:
            return json::value(expression.literal);
        case ExprKind::name:
        case ExprKind::element:
        case ExprKind::member:
        case ExprKind::maybe:
            return copied(expression);
        case ExprKind::list:
        case ExprKind::map:
            return made(expression);
        case ExprKind::slice:
            return slice(expression);
        case ExprKind::call:
            return call(expression);
        case ExprKind::unary:
            return unary(expression);
        case ExprKind::binary:
            return binary(expression);
        case ExprKind::conditional: {
            auto condition = condition_of(expression.parts[0]);
            return condition ? of(expression.parts[*condition ? 1 : 2]) : condition.error();
        }
        case ExprKind::closure:
            break;
        }
        return misfit("found a closure, where a value fits");
    }

private:
    Result<bool> condition_of(const Expr& expression) {
        auto value = of(expression);
        return value ? truth_of(*value) : value.error();
    }

    /// What a chain of names points to, without copying all that hangs on it.
    Result<const json::value*> find(const Expr& expression, json::value& held) {
        if (expression.kind == ExprKind::name) {
            const auto* value = environment_.if_contains(expression.text);
            if (value == nullptr) {
                return Error{
                    Errc::not_found, fmt::format("unknown name {}", quoted(expression.text, 80))};
            }
            return value;
        }
        if (expression.kind == ExprKind::element) {
            if (elements_.empty()) {
                return misfit("found # outside of a closure");
            }
            return elements_.back();
        }
        if (expression.kind == ExprKind::member || expression.kind == ExprKind::maybe) {
            auto object = find(expression.parts[0], held);
            auto key = object ? of(expression.parts[1]) : Result<json::value>{object.error()};
            return key ? member(**object, *key, expression.kind, held) : key.error();
        }
        auto value = of(expression);
        if (!value) {
            return value.error();
        }
        held = std::move(*value);
        return &held;
    }

    static Result<const json::value*>
    member(const json::value& object, const json::value& key, ExprKind kind, json::value& held) {
        static const json::value nil;
        if (object.is_null()) {
            if (kind == ExprKind::maybe) {
                return &nil;
            }
            return misfit(fmt::format("cannot fetch {} from <nil>", text_of(key)));
        }
        if (const auto* map = object.if_object(); map != nullptr && key.is_string()) {
            const auto* found = map->if_contains(key.get_string());
            return found == nullptr ? &nil : found;
        }
        if (const auto* list = object.if_array(); list != nullptr && key.is_int64()) {
            auto index = key.get_int64();
            index += index < 0 ? static_cast<std::int64_t>(list->size()) : 0;
            if (index < 0 || index >= static_cast<std::int64_t>(list->size())) {
                return misfit(fmt::format("index {} is out of range", text_of(key)));
            }
            return &(*list)[static_cast<std::size_t>(index)];
        }
        if (const auto* text = object.if_string(); text != nullptr && key.is_int64()) {
            const auto index = key.get_int64();
            if (index < 0 || index >= static_cast<std::int64_t>(text->size())) {
                return misfit(fmt::format("index {} is out of range", text_of(key)));
            }
            held = static_cast<std::int64_t>(static_cast<unsigned char>((*text
            )[static_cast<std::size_t>(index)]));
            return &held;
        }
        return misfit(fmt::format("cannot fetch {} from a {}", text_of(key), kind_of(object)));
    }

    Result<json::value> copied(const Expr& expression) {
        json::value held;
        auto found = find(expression, held);
        if (!found) {
            return found.error();
        }
        return spent(**found);
    }

    Result<json::value> spent(json::value value) {
        const auto size = value.is_string()       ? value.get_string().size()
                          : value.is_structured() ? go_json(value).size()
                                                  : 0;
        if (size > left_) {
            return Error{Errc::limit_exceeded, "the expression makes too much"};
        }
        left_ -= size;
        return value;
    }

    Result<json::value> made(const Expr& expression) {
        json::array list;
        for (const auto& part : expression.parts) {
            auto value = of(part);
            if (!value) {
                return value;
            }
            list.push_back(std::move(*value));
        }
        if (expression.kind == ExprKind::list) {
            return spent(std::move(list));
        }
        json::object map;
        for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
            map[list[i].as_string()] = std::move(list[i + 1]);
        }
        return spent(std::move(map));
    }

    Result<json::value> slice(const Expr& expression) {
        auto object = of(expression.parts[0]);
        auto from = of(expression.parts[1]);
        auto to = of(expression.parts[2]);
        if (!object || !from || !to) {
            return !object ? object : !from ? from : to;
        }
        const bool is_text = object->is_string();
        if (!is_text && !object->is_array()) {
            return misfit(fmt::format("cannot slice a {}", kind_of(*object)));
        }
        const auto size = static_cast<std::int64_t>(
            is_text ? object->get_string().size() : object->get_array().size()
        );
        const auto bound = [&](const json::value& given, std::int64_t otherwise) {
            auto value = given.is_int64() ? given.get_int64() : otherwise;
            return std::clamp<std::int64_t>(value < 0 ? value + size : value, 0, size);
        };
        const auto begin = bound(*from, 0);
        const auto end = std::max(begin, bound(*to, size));
        if (is_text) {
            const std::string_view text = object->get_string();
            return json::value(json::string{
                text.substr(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin))}
            );
        }
        const auto& list = object->get_array();
        return json::value(json::array(list.begin() + begin, list.begin() + end));
    }

    Result<json::value> unary(const Expr& expression) {
        auto value = of(expression.parts[0]);
        if (!value) {
            return value;
        }
        if (expression.text == "!") {
            auto truth = truth_of(*value);
            return truth ? Result<json::value>{!*truth} : truth.error();
        }
        if (!value->is_number()) {
            return misfit(fmt::format("found a {}, where a number fits", kind_of(*value)));
        }
        if (expression.text == "+") {
            return value;
        }
        return value->is_int64() ? json::value(-value->get_int64())
                                 : json::value(-value->to_number<double>());
    }

    Result<json::value> binary(const Expr& expression) {
        const auto& symbol = expression.text;
        if (symbol == "&&" || symbol == "and" || symbol == "||" || symbol == "or") {
            const bool ends = symbol == "||" || symbol == "or";
            auto left = condition_of(expression.parts[0]);
            if (!left || *left == ends) {
                return left ? Result<json::value>{*left} : left.error();
            }
            auto right = condition_of(expression.parts[1]);
            return right ? Result<json::value>{*right} : right.error();
        }
        auto left = of(expression.parts[0]);
        if (symbol == "??") {
            // What cannot be fetched counts as nil only where it was asked for with `?.`.
            return !left || !left->is_null() ? left : of(expression.parts[1]);
        }
        auto right = left ? of(expression.parts[1]) : left;
        if (!left || !right) {
            return right;
        }
        if (symbol == "==" || symbol == "!=") {
            return is_equal(*left, *right) == (symbol == "==");
        }
        if (left->is_number() && right->is_number()) {
            return arithmetic(symbol, *left, *right);
        }
        if (symbol == "in") {
            return contains(*right, *left);
        }
        if (left->is_string() && right->is_string()) {
            return of_texts(symbol, left->get_string(), right->get_string());
        }
        return misfit(fmt::format(
            "{} does not fit between a {} and a {}", symbol, kind_of(*left), kind_of(*right)
        ));
    }

    static Result<json::value> contains(const json::value& where, const json::value& what) {
        if (const auto* list = where.if_array()) {
            return std::ranges::any_of(*list, [&](const auto& one) { return is_equal(one, what); });
        }
        if (const auto* map = where.if_object(); map != nullptr && what.is_string()) {
            return map->contains(what.get_string());
        }
        return misfit(fmt::format("`in` does not fit before a {}", kind_of(where)));
    }

    Result<json::value>
    of_texts(std::string_view symbol, std::string_view left, std::string_view right) {
        if (symbol == "+") {
            return spent(json::string{std::string{left} + std::string{right}});
        }
        if (symbol == "contains") {
            return left.find(right) != left.npos;
        }
        if (symbol == "startsWith" || symbol == "endsWith") {
            return symbol == "startsWith" ? left.starts_with(right) : left.ends_with(right);
        }
        if (symbol == "matches") {
            auto regex = re2_adapter::Regex::compile(right);
            if (!regex) {
                return regex.error();
            }
            return regex->matches(left, re2_adapter::Anchor::anywhere);
        }
        if (symbol == "<" || symbol == "<=") {
            return symbol == "<" ? left < right : left <= right;
        }
        if (symbol == ">" || symbol == ">=") {
            return symbol == ">" ? left > right : left >= right;
        }
        return misfit(fmt::format("{} does not fit between texts", symbol));
    }

    static Result<json::value>
    arithmetic(std::string_view symbol, const json::value& left, const json::value& right) {
        const auto a = left.to_number<double>();
        const auto b = right.to_number<double>();
        if (symbol == "<" || symbol == "<=") {
            return symbol == "<" ? a < b : a <= b;
        }
        if (symbol == ">" || symbol == ">=") {
            return symbol == ">" ? a > b : a >= b;
        }
        if (left.is_int64() && right.is_int64() && symbol != "/" && symbol != "**"
            && symbol != "^") {
            return whole(symbol, left.get_int64(), right.get_int64());
        }
        if (symbol == "+" || symbol == "-") {
            return symbol == "+" ? a + b : a - b;
        }
        if (symbol == "*" || symbol == "/") {
            return symbol == "*" ? a * b : a / b;
        }
        if (symbol == "**" || symbol == "^") {
            return std::pow(a, b);
        }
        return misfit(fmt::format("{} does not fit between numbers", symbol));
    }

    static Result<json::value> whole(std::string_view symbol, std::int64_t a, std::int64_t b) {
        std::int64_t out = 0;
        bool is_over = false;
        if (symbol == "+") {
            is_over = __builtin_add_overflow(a, b, &out);
        } else if (symbol == "-") {
            is_over = __builtin_sub_overflow(a, b, &out);
        } else if (symbol == "*") {
            is_over = __builtin_mul_overflow(a, b, &out);
        } else if (symbol == "%" && b != 0 && b != -1) {
            out = a % b;
        } else if (symbol != "%" || b == 0) {
            return misfit(fmt::format("{} does not fit between these numbers", symbol));
        }
        return is_over ? Result<json::value>{misfit("the number is too large")} : out;
    }

    Result<json::value> call(const Expr& expression) {
        const auto name = called_in(expression);
        std::vector<json::value> arguments;
        for (std::size_t i = 1; i < expression.parts.size(); ++i) {
            if (expression.parts[i].kind == ExprKind::closure && i == 2 && arguments.size() == 1) {
                return over(name, arguments[0], expression.parts[i].parts[0]);
            }
            auto value = of(expression.parts[i]);
            if (!value) {
                return value;
            }
            arguments.push_back(std::move(*value));
        }
        auto result = call_function(name, arguments, left_);
        return result ? spent(std::move(*result)) : result;
    }

    /// filter(list, {body}) and its kin.
    Result<json::value> over(std::string_view name, const json::value& list, const Expr& body) {
        if (!list.is_array()) {
            return misfit(fmt::format("{}() of a {}, where a list fits", name, kind_of(list)));
        }
        json::array kept;
        std::vector<std::size_t> hits;
        const auto& items = list.get_array();
        for (std::size_t i = 0; i < items.size(); ++i) {
            elements_.push_back(&items[i]);
            auto value = of(body);
            elements_.pop_back();
            if (!value) {
                return value;
            }
            if (name == "map" || name == "sum") {
                kept.push_back(std::move(*value));
                continue;
            }
            auto truth = truth_of(*value);
            if (!truth) {
                return truth.error();
            }
            if (*truth) {
                hits.push_back(i);
                kept.push_back(items[i]);
            }
        }
        return summed_up(name, std::move(kept), hits, items.size());
    }

    Result<json::value> summed_up(
        std::string_view name,
        json::array kept,
        const std::vector<std::size_t>& hits,
        std::size_t of
    ) {
        if (name == "filter" || name == "map") {
            return spent(std::move(kept));
        }
        if (name == "sum") {
            const json::value list{std::move(kept)};
            return call_function("sum", std::span{&list, 1}, left_);
        }
        if (name == "all" || name == "none") {
            return hits.size() == (name == "all" ? of : 0);
        }
        if (name == "any" || name == "one") {
            return name == "any" ? !hits.empty() : hits.size() == 1;
        }
        if (name == "count") {
            return static_cast<std::int64_t>(hits.size());
        }
        if (name == "find") {
            return hits.empty() ? json::value{} : kept[0];
        }
        if (name == "findIndex") {
            return hits.empty() ? json::value{} : json::value(static_cast<std::int64_t>(hits[0]));
        }
        return call_function(name, {}, left_);
    }

    const json::object& environment_;
    const EvaluationLimits& limits_;
    std::size_t steps_ = 0;
    std::size_t left_;
    std::vector<const json::value*> elements_;
};

} // namespace

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string{value.get_string()} : go_json(value);
}

Result<json::value>
evaluate(const Expr& expression, const json::object& environment, const EvaluationLimits& limits) {
    return Evaluation{environment, limits}.of(expression);
}

Result<bool> evaluate_condition(std::string_view text, const json::object& environment) {
    auto parsed = parse_expr(text);
    if (!parsed) {
        return parsed.error();
    }
    auto value = evaluate(*parsed, environment);
    if (!value) {
        return value.error().within(fmt::format("evaluating expression {}", quoted(text, 80)));
    }
    if (!value->is_bool()) {
        return misfit(fmt::format("expected expression {} to be a condition", quoted(text, 80)));
    }
    return value->get_bool();
}

} // namespace seakeeper::workflow
