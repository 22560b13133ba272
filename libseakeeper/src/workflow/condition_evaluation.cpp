// SPDX-License-Identifier: Apache-2.0
#include "condition_evaluation.hpp"

#include "expression_lexer.hpp"
#include "go_json.hpp"
#include "re2/regex.hpp"

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace seakeeper::workflow {
namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 25> when_symbols{
    "==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "**", "??", "<<", ">>", "<",
    ">",  "+",  "-",  "*",  "/",  "%",  "!",  "(",  ")",  ",",  "?",  ":"};
constexpr Dialect when_dialect{when_symbols, ".", false};
constexpr std::array<std::string_view, 5> depends_symbols{"&&", "||", "!", "(", ")"};
constexpr Dialect depends_dialect{depends_symbols, "-.", false};

Error invalid(std::string_view when, std::string_view why) {
    return {Errc::malformed, fmt::format("Invalid 'when' expression '{}': {}", when, why)};
}

Error failed(std::string_view when, std::string_view why) {
    return {
        Errc::malformed, fmt::format("Failed to evaluate 'when' expresion '{}': {}", when, why)};
}

/// Reads and evaluates in one go. What is not reached is read too, but not evaluated (`is_live`).
class When {
public:
    explicit When(std::string_view text) : text_{text}, lexer_{text, when_dialect} {}

    Result<bool> run() {
        auto value = choice(0, true);
        if (!fault_ && lexer_.peek().kind != TokenKind::end) {
            stop(invalid(text_, fault_at(lexer_.peek(), "an operator or the end").message));
        }
        if (fault_) {
            return *fault_;
        }
        if (!value.is_bool()) {
            return Error{
                Errc::malformed,
                fmt::format("Expected boolean evaluation for '{}'. Got {}", text_, go_text(value))};
        }
        return value.get_bool();
    }

private:
    json::value stop(Error error) {
        if (!fault_) {
            fault_ = std::move(error);
        }
        return nullptr;
    }

    json::value misused(const json::value& value, std::string_view what, std::string_view need) {
        return stop(failed(
            text_,
            fmt::format(
                "Value '{}' cannot be used with the {}, it is not a {}", go_text(value), what, need
            )
        ));
    }

    json::value choice(int depth, bool is_live) {
        auto value = either(depth, is_live);
        if (fault_ || !lexer_.accept("?")) {
            return value;
        }
        if (is_live && !value.is_bool()) {
            return misused(value, "ternary operator '?'", "bool");
        }
        const bool is_true = is_live && value.get_bool();
        auto yes = choice(depth + 1, is_true);
        if (!lexer_.accept(":")) {
            return is_true ? yes : json::value{};
        }
        auto no = choice(depth + 1, is_live && !is_true);
        return is_true ? yes : no;
    }

    json::value either(int depth, bool is_live) {
        return logical(depth, is_live, "||", true, [this](int d, bool live) {
            return both(d, live);
        });
    }

    json::value both(int depth, bool is_live) {
        return logical(depth, is_live, "&&", false, [this](int d, bool live) {
            return comparison(d, live);
        });
    }

    template <class Next>
    json::value logical(int depth, bool is_live, std::string_view symbol, bool ends, Next next) {
        auto left = next(depth, is_live);
        while (!fault_ && lexer_.accept(symbol)) {
            const auto what = fmt::format("logical operator '{}'", symbol);
            if (is_live && !left.is_bool()) {
                return misused(left, what, "bool");
            }
            const bool needs_right = is_live && left.get_bool() != ends;
            auto right = next(depth, needs_right);
            if (needs_right && !fault_ && !right.is_bool()) {
                return misused(right, what, "bool");
            }
            if (needs_right && !fault_) {
                left = right.get_bool();
            }
        }
        return left;
    }

    json::value comparison(int depth, bool is_live) {
        auto left = sum(depth, is_live);
        constexpr std::array<std::string_view, 9> symbols{
            "==", "!=", "<=", ">=", "=~", "!~", "<", ">", "in"};
        while (!fault_) {
            const auto found =
                std::ranges::find_if(symbols, [&](auto one) { return lexer_.is_next(one); });
            if (found == symbols.end()) {
                return left;
            }
            lexer_.take();
            auto right = sum(depth, is_live);
            left = is_live && !fault_ ? compared(left, *found, right) : json::value(false);
        }
        return left;
    }

    json::value
    compared(const json::value& left, std::string_view symbol, const json::value& right) {
        if (symbol == "==" || symbol == "!=") {
            return (left == right) == (symbol == "==");
        }
        if (symbol == "in") {
            return right.is_array() && std::ranges::count(right.get_array(), left) > 0;
        }
        if (symbol == "=~" || symbol == "!~") {
            return matched(left, symbol, right);
        }
        const bool are_texts = left.is_string() && right.is_string();
        if (!are_texts && (!left.is_double() || !right.is_double())) {
            return misused(
                left.is_double() ? right : left, fmt::format("comparator '{}'", symbol), "number"
            );
        }
        const auto order = are_texts ? left.get_string().compare(right.get_string())
                                     : (left.get_double() > right.get_double())
                                           - (left.get_double() < right.get_double());
        return symbol == "<"    ? order < 0
               : symbol == "<=" ? order <= 0
               : symbol == ">"  ? order > 0
                                : order >= 0;
    }

    json::value
    matched(const json::value& left, std::string_view symbol, const json::value& right) {
        if (!left.is_string() || !right.is_string()) {
            return misused(
                left.is_string() ? right : left, fmt::format("comparator '{}'", symbol), "string"
            );
        }
        auto regex = re2_adapter::Regex::compile(right.get_string());
        if (!regex) {
            return stop(invalid(text_, regex.error().message));
        }
        return regex->matches(left.get_string(), re2_adapter::Anchor::anywhere) == (symbol == "=~");
    }

    json::value sum(int depth, bool is_live) {
        auto left = product(depth, is_live);
        while (!fault_ && (lexer_.is_next("+") || lexer_.is_next("-"))) {
            const auto symbol = lexer_.take().text;
            auto right = product(depth, is_live);
            if (is_live && symbol == "+" && (left.is_string() || right.is_string())) {
                left = json::string{go_text(left) + go_text(right)};
            } else if (is_live) {
                left = computed(left, symbol, right);
            }
        }
        return left;
    }

    json::value product(int depth, bool is_live) {
        auto left = unary(depth, is_live);
        constexpr std::array<std::string_view, 4> symbols{"**", "*", "/", "%"};
        while (!fault_) {
            const auto found =
                std::ranges::find_if(symbols, [&](auto one) { return lexer_.is_next(one); });
            if (found == symbols.end()) {
                return left;
            }
            lexer_.take();
            auto right = unary(depth, is_live);
            left = is_live ? computed(left, *found, right) : left;
        }
        return left;
    }

    json::value
    computed(const json::value& left, std::string_view symbol, const json::value& right) {
        if (fault_) {
            return nullptr;
        }
        for (const auto* one : {&left, &right}) {
            if (!one->is_double()) {
                return misused(*one, fmt::format("modifier '{}'", symbol), "number");
            }
        }
        const double a = left.get_double();
        const double b = right.get_double();
        return symbol == "+"    ? a + b
               : symbol == "-"  ? a - b
               : symbol == "*"  ? a * b
               : symbol == "/"  ? a / b
               : symbol == "**" ? std::pow(a, b)
                                : std::fmod(a, b);
    }

    json::value unary(int depth, bool is_live) {
        if (depth > most_nesting) {
            return stop(invalid(text_, "it is nested too deeply"));
        }
        if (lexer_.accept("!")) {
            auto value = unary(depth + 1, is_live);
            if (is_live && !fault_ && !value.is_bool()) {
                return misused(value, "prefix '!'", "bool");
            }
            return is_live && !fault_ ? json::value(!value.get_bool()) : value;
        }
        if (lexer_.accept("-")) {
            auto value = unary(depth + 1, is_live);
            if (is_live && !fault_ && !value.is_double()) {
                return misused(value, "prefix '-'", "number");
            }
            return is_live && !fault_ ? json::value(-value.get_double()) : value;
        }
        return operand(depth, is_live);
    }

    json::value operand(int depth, bool is_live) {
        if (lexer_.accept("(")) {
            json::array values{choice(depth + 1, is_live)};
            while (!fault_ && lexer_.accept(",")) {
                values.push_back(choice(depth + 1, is_live));
            }
            if (!fault_ && !lexer_.accept(")")) {
                return stop(invalid(text_, "Unbalanced parenthesis"));
            }
            return values.size() == 1 ? values[0] : json::value(std::move(values));
        }
        const Token token = lexer_.take();
        if (token.kind == TokenKind::text) {
            return json::string{token.text};
        }
        if (token.kind == TokenKind::number) {
            double number = 0;
            std::from_chars(token.text.data(), token.text.data() + token.text.size(), number);
            return number;
        }
        if (token.kind != TokenKind::name) {
            const auto fault = fault_at(token, "a value").message;
            return stop(invalid(
                text_,
                token.kind == TokenKind::broken ? fmt::format("Invalid token: '{}'", token.text)
                                                : fault
            ));
        }
        return word(token.text, is_live);
    }

    /// A bare word is a text; with a dot in it, govaluate takes it for a member of something.
    json::value word(std::string_view name, bool is_live) {
        if (name == "true" || name == "false") {
            return name == "true";
        }
        const auto dot = name.find('.');
        if (dot == name.npos) {
            return json::string{name};
        }
        if (dot + 1 < name.size() && name[dot + 1] >= 'a' && name[dot + 1] <= 'z') {
            return stop(invalid(
                text_,
                fmt::format(
                    "Unable to access unexported field '{}' in token '{}'",
                    name.substr(dot + 1),
                    name
                )
            ));
        }
        return is_live ? stop(
                   failed(text_, fmt::format("No parameter '{}' found.", name.substr(0, dot)))
               )
                       : json::value{};
    }

    std::string_view text_;
    Lexer lexer_;
    std::optional<Error> fault_;
};

class DependsReader {
public:
    DependsReader(std::string_view text, const TaskOutcome& outcome)
        : lexer_{text, depends_dialect}, outcome_{outcome} {}

    Result<bool> run() {
        const bool value = either(0);
        if (!fault_ && lexer_.peek().kind != TokenKind::end) {
            stop("an operator or the end");
        }
        return fault_ ? Result<bool>{*fault_} : value;
    }

private:
    bool stop(std::string_view accepted) {
        if (!fault_) {
            fault_ = Error{Errc::malformed, fault_at(lexer_.peek(), accepted).message};
        }
        return false;
    }

    bool either(int depth) {
        bool value = both(depth);
        while (!fault_ && lexer_.accept("||")) {
            value = both(depth) || value;
        }
        return value;
    }

    bool both(int depth) {
        bool value = operand(depth);
        while (!fault_ && lexer_.accept("&&")) {
            value = operand(depth) && value;
        }
        return value;
    }

    bool operand(int depth) {
        if (depth > most_nesting) {
            return stop("less nesting");
        }
        if (lexer_.accept("!")) {
            return !operand(depth + 1);
        }
        if (lexer_.accept("(")) {
            const bool value = either(depth + 1);
            return fault_ || lexer_.accept(")") ? value : stop("')'");
        }
        const auto kind = lexer_.peek().kind;
        if (kind != TokenKind::name && kind != TokenKind::number) {
            return stop("the name of a task");
        }
        const auto word = lexer_.take().text;
        const auto dot = word.find('.');
        return outcome_(
            word.substr(0, dot), dot == word.npos ? std::string_view{} : word.substr(dot + 1)
        );
    }

    Lexer lexer_;
    const TaskOutcome& outcome_;
    std::optional<Error> fault_;
};

} // namespace

Result<bool> evaluate_when(std::string_view text) {
    if (text.empty()) {
        return true;
    }
    return When{text}.run();
}

Result<bool> evaluate_depends(std::string_view text, const TaskOutcome& outcome) {
    return DependsReader{text, outcome}.run();
}

} // namespace seakeeper::workflow
