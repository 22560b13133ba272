// SPDX-License-Identifier: Apache-2.0
#include "expression.hpp"
#include "expression_lexer.hpp"

#include <algorithm>
#include <array>

// Conditions of steps and of DAG tasks.
namespace seakeeper::workflow {
namespace {

constexpr std::array<std::string_view, 18> when_symbols{
    "==",
    "!=",
    "<=",
    ">=",
    "=~",
    "!~",
    "&&",
    "||",
    "**",
    "<",
    ">",
    "+",
    "-",
    "*",
    "/",
    "%",
    "!",
    "("};
constexpr std::array<std::string_view, 19> when_all = [] {
    std::array<std::string_view, 19> all{};
    std::ranges::copy(when_symbols, all.begin());
    all.back() = ")";
    return all;
}();
constexpr Dialect when_dialect{when_all, "", true};

/// govaluate has two kinds of operand here; what a tag becomes is not known.
enum class Kind : std::uint8_t { condition, value, unknown };

class WhenParser {
public:
    explicit WhenParser(std::string_view text) : lexer_{text, when_dialect} {}

    std::optional<SyntaxFault> run() {
        const auto first = lexer_.peek();
        const auto kind = either(0);
        if (!fault_ && lexer_.peek().kind != TokenKind::end) {
            fail("an operator or the end (quote what has blanks, dots or dashes)");
        }
        if (!fault_ && kind == Kind::value) {
            fault_ = fault_at(first, "a comparison");
        }
        return std::move(fault_);
    }

private:
    Kind fail(std::string_view accepted) {
        if (!fault_) {
            fault_ = fault_at(lexer_.peek(), accepted);
        }
        return Kind::unknown;
    }

    Kind condition(Kind kind) {
        return kind == Kind::value ? fail("a comparison on both sides of && and ||") : kind;
    }

    Kind either(int depth) {
        if (depth > most_nesting) {
            return fail("less nesting");
        }
        auto kind = comparison(depth);
        while (!fault_ && (lexer_.is_next("&&") || lexer_.is_next("||"))) {
            condition(kind);
            lexer_.take();
            condition(comparison(depth));
            kind = Kind::condition;
        }
        return kind;
    }

    Kind comparison(int depth) {
        const auto kind = arithmetic(depth);
        constexpr std::array<std::string_view, 8> comparators{
            "==", "!=", "<=", ">=", "=~", "!~", "<", ">"};
        const auto is_compared =
            std::ranges::any_of(comparators, [&](auto symbol) { return lexer_.is_next(symbol); });
        if (fault_ || !is_compared) {
            return kind;
        }
        lexer_.take();
        arithmetic(depth);
        return Kind::condition;
    }

    Kind arithmetic(int depth) {
        auto kind = operand(depth);
        constexpr std::array<std::string_view, 6> operators{"**", "+", "-", "*", "/", "%"};
        while (!fault_ && std::ranges::any_of(operators, [&](auto symbol) {
            return lexer_.is_next(symbol);
        })) {
            lexer_.take();
            operand(depth);
            kind = Kind::value;
        }
        return kind;
    }

    Kind operand(int depth) {
        if (depth > most_nesting) {
            return fail("less nesting");
        }
        if (lexer_.accept("!")) {
            condition(operand(depth + 1));
            return Kind::condition;
        }
        if (lexer_.accept("-")) {
            operand(depth + 1);
            return Kind::value;
        }
        if (lexer_.accept("(")) {
            const auto kind = either(depth + 1);
            if (!fault_ && !lexer_.accept(")")) {
                return fail(")");
            }
            return kind;
        }
        return word();
    }

    /// A word, with tags in it or beside it: {{item}}-x is one operand only in quotes.
    Kind word() {
        const auto token = lexer_.peek();
        switch (token.kind) {
        case TokenKind::name:
            lexer_.take();
            return token.text == "true" || token.text == "false" ? Kind::condition : Kind::value;
        case TokenKind::number:
        case TokenKind::text:
            lexer_.take();
            return Kind::value;
        case TokenKind::tag:
            lexer_.take();
            return Kind::unknown;
        default:
            return fail("a word, a number, a quoted text or a tag");
        }
    }

    Lexer lexer_;
    std::optional<SyntaxFault> fault_;
};

constexpr std::array<std::string_view, 5> depends_symbols{"&&", "||", "!", "(", ")"};
constexpr Dialect depends_dialect{depends_symbols, "-.", false};

/// Tasks that have run well once a part of the condition is true.
using Required = std::set<std::string, std::less<>>;

class DependsParser {
public:
    explicit DependsParser(std::string_view text) : lexer_{text, depends_dialect} {}

    Depends run() {
        result_.required = disjunction(0);
        if (!result_.fault && lexer_.peek().kind != TokenKind::end) {
            fail("&&, || or the end");
        }
        return std::move(result_);
    }

private:
    Required fail(std::string_view accepted) {
        if (!result_.fault) {
            result_.fault = fault_at(lexer_.peek(), accepted);
        }
        return {};
    }

    Required disjunction(int depth) {
        auto required = conjunction(depth);
        while (!result_.fault && lexer_.accept("||")) {
            const auto other = conjunction(depth);
            std::erase_if(required, [&](const auto& task) { return !other.contains(task); });
        }
        return required;
    }

    Required conjunction(int depth) {
        auto required = operand(depth);
        while (!result_.fault && lexer_.accept("&&")) {
            required.merge(operand(depth));
        }
        return required;
    }

    Required operand(int depth) {
        if (depth > most_nesting) {
            return fail("less nesting");
        }
        if (lexer_.accept("!")) {
            operand(depth + 1);
            return {};
        }
        if (lexer_.accept("(")) {
            auto required = disjunction(depth + 1);
            return lexer_.accept(")") || result_.fault ? required : fail(")");
        }
        if (lexer_.peek().kind != TokenKind::name && lexer_.peek().kind != TokenKind::number) {
            return fail("the name of a task");
        }
        return task(lexer_.peek());
    }

    Required task(const Token& token) {
        constexpr std::array<std::string_view, 8> states{
            "Succeeded",
            "Failed",
            "Errored",
            "Skipped",
            "Omitted",
            "Daemoned",
            "AnySucceeded",
            "AllFailed"};
        const auto dot = token.text.find('.');
        const std::string name{token.text.substr(0, dot)};
        const auto state = dot == token.text.npos ? std::string_view{} : token.text.substr(dot + 1);
        if (dot != token.text.npos && std::ranges::find(states, state) == states.end()) {
            return fail("a task with .Succeeded, .Failed, .Errored, .Skipped, .Omitted, .Daemoned, "
                        ".AnySucceeded or .AllFailed");
        }
        lexer_.take();
        result_.tasks.push_back(name);
        return state.empty() || state == "Succeeded" ? Required{name} : Required{};
    }

    Lexer lexer_;
    Depends result_;
};

} // namespace

std::optional<SyntaxFault> check_when(std::string_view text) {
    return WhenParser{text}.run();
}

Depends parse_depends(std::string_view text) {
    return DependsParser{text}.run();
}

} // namespace seakeeper::workflow
