// SPDX-License-Identifier: Apache-2.0
#include "expr_syntax.hpp"

#include "expression_lexer.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace seakeeper::workflow {
namespace {

constexpr std::array<std::string_view, 30> symbols{
    "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "**", "..", "<", ">", "+", "-", "*",
    "/",  "%",  "^",  "!",  "?",  ":",  ".",  ",",  "(",  ")",  "[", "]", "{", "}", "#"};
constexpr Dialect dialect{symbols, "", false};

struct Operator {
    std::string_view symbol;
    int precedence;
};
constexpr std::array operators{
    Operator{"||", 10},       Operator{"or", 10},         Operator{"&&", 15},
    Operator{"and", 15},      Operator{"==", 20},         Operator{"!=", 20},
    Operator{"<", 20},        Operator{">", 20},          Operator{"<=", 20},
    Operator{">=", 20},       Operator{"in", 20},         Operator{"matches", 20},
    Operator{"contains", 20}, Operator{"startsWith", 20}, Operator{"endsWith", 20},
    Operator{"+", 30},        Operator{"-", 30},          Operator{"*", 60},
    Operator{"/", 60},        Operator{"%", 60},          Operator{"**", 100},
    Operator{"^", 100},       Operator{"??", 500},
};

int precedence_of(const Token& token) {
    if (token.kind != TokenKind::symbol && token.kind != TokenKind::name) {
        return 0;
    }
    const auto found = std::ranges::find(operators, token.text, &Operator::symbol);
    return found == operators.end() ? 0 : found->precedence;
}

Expr make(ExprKind kind, std::string text = "") {
    Expr made;
    made.kind = kind;
    made.text = std::move(text);
    return made;
}

Expr make(ExprKind kind, Expr a, std::optional<Expr> b = std::nullopt) {
    Expr made;
    made.kind = kind;
    made.parts.push_back(std::move(a));
    if (b) {
        made.parts.push_back(std::move(*b));
    }
    return made;
}

Expr literal_of(boost::json::value value) {
    Expr made;
    made.literal = std::move(value);
    return made;
}

std::string unescaped(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        constexpr std::string_view letters = "abfnrtv";
        constexpr std::string_view meanings = "\a\b\f\n\r\t\v";
        const auto at = letters.find(text[++i]);
        out += at == letters.npos ? text[i] : meanings[at];
    }
    return out;
}

boost::json::value number_of(std::string_view text) {
    std::int64_t whole = 0;
    const auto* end = text.data() + text.size();
    if (const auto read = std::from_chars(text.data(), end, whole);
        read.ec == std::errc{} && read.ptr == end) {
        return whole;
    }
    double number = 0;
    std::from_chars(text.data(), end, number);
    return number;
}

/// The first fault ends it: every function returns at once when there is one.
class Parser {
public:
    explicit Parser(std::string_view text) : lexer_{text, dialect} {}

    Result<Expr> run() {
        Expr whole = conditional(0);
        if (!fault_ && lexer_.peek().kind != TokenKind::end) {
            fail("an operator or the end");
        }
        if (fault_) {
            return *fault_;
        }
        return whole;
    }

private:
    Expr fail(std::string_view accepted) {
        if (!fault_) {
            fault_ = Error{Errc::malformed, fault_at(lexer_.peek(), accepted).message};
        }
        return {};
    }

    void expect(std::string_view symbol) {
        if (!fault_ && !lexer_.accept(symbol)) {
            fail(symbol);
        }
    }

    bool is_too_deep(int depth) {
        if (depth > most_nesting && !fault_) {
            fault_ = Error{Errc::limit_exceeded, "it is nested too deeply"};
        }
        return fault_.has_value();
    }

    Expr conditional(int depth) {
        if (is_too_deep(depth)) {
            return {};
        }
        if (lexer_.is_next("let")) {
            fault_ = Error{Errc::unsupported, "`let` is not known here"};
            return {};
        }
        Expr first = binary(depth, 1);
        if (fault_ || !lexer_.accept("?")) {
            return first;
        }
        Expr whole = make(ExprKind::conditional, std::move(first), conditional(depth + 1));
        expect(":");
        whole.parts.push_back(conditional(depth + 1));
        return whole;
    }

    Expr binary(int depth, int least) {
        if (is_too_deep(depth)) {
            return {};
        }
        Expr left = unary(depth);
        while (!fault_) {
            const bool is_negated = lexer_.accept("not");
            const auto precedence = precedence_of(lexer_.peek());
            if (is_negated && precedence != 20) {
                return fail("in, contains, startsWith, endsWith or matches");
            }
            if (precedence == 0 || precedence < least) {
                return left;
            }
            auto symbol = std::string{lexer_.take().text};
            const bool is_right = symbol == "**" || symbol == "^";
            Expr right = binary(depth + 1, is_right ? precedence : precedence + 1);
            left = make(ExprKind::binary, std::move(left), std::move(right));
            left.text = std::move(symbol);
            if (is_negated) {
                left = make(ExprKind::unary, std::move(left));
                left.text = "!";
            }
        }
        return left;
    }

    Expr unary(int depth) {
        for (const std::string_view symbol : {"!", "not", "-", "+"}) {
            if (lexer_.accept(symbol)) {
                const int precedence = symbol == "!" || symbol == "not" ? 50 : 90;
                Expr whole = make(ExprKind::unary, binary(depth + 1, precedence));
                whole.text = symbol == "not" ? "!" : symbol;
                return whole;
            }
        }
        return postfix(depth, primary(depth));
    }

    Expr primary(int depth) {
        const bool is_closure = std::exchange(is_closure_due_, false);
        if (is_too_deep(depth)) {
            return {};
        }
        if (lexer_.accept("(")) {
            Expr inner = conditional(depth + 1);
            expect(")");
            return inner;
        }
        if (lexer_.accept("[")) {
            return list(depth, ExprKind::list, "]");
        }
        if (lexer_.accept("{")) {
            return is_closure ? closure(depth) : map(depth);
        }
        if (lexer_.accept("#")) {
            return make(ExprKind::element);
        }
        if (is_in_closure_ && lexer_.is_next(".")) {
            return make(ExprKind::element);
        }
        return word();
    }

    Expr word() {
        const Token token = lexer_.peek();
        if (token.kind == TokenKind::broken && token.text.starts_with('`')) {
            fault_ = Error{Errc::unsupported, "raw strings in ` are not known here"};
            return {};
        }
        if (token.kind != TokenKind::number && token.kind != TokenKind::text
            && token.kind != TokenKind::name) {
            return fail("a name, a literal or '('");
        }
        lexer_.take();
        if (token.kind == TokenKind::number) {
            return literal_of(number_of(token.text));
        }
        if (token.kind == TokenKind::text) {
            return literal_of(boost::json::string{unescaped(token.text)});
        }
        if (token.text == "true" || token.text == "false") {
            return literal_of(token.text == "true");
        }
        return token.text == "nil" ? literal_of(nullptr)
                                   : make(ExprKind::name, std::string{token.text});
    }

    Expr list(int depth, ExprKind kind, std::string_view end) {
        Expr whole = make(kind);
        while (!fault_ && !lexer_.accept(end)) {
            whole.parts.push_back(conditional(depth + 1));
            if (!lexer_.accept(",") && !lexer_.is_next(end)) {
                fail(fmt::format("',' or '{}'", end));
            }
        }
        return whole;
    }

    Expr map(int depth) {
        Expr whole = make(ExprKind::map);
        while (!fault_ && !lexer_.accept("}")) {
            const Token key = lexer_.take();
            if (key.kind != TokenKind::name && key.kind != TokenKind::text) {
                return fail("the name of a member");
            }
            whole.parts.push_back(literal_of(boost::json::string{unescaped(key.text)}));
            expect(":");
            whole.parts.push_back(conditional(depth + 1));
            if (!lexer_.accept(",") && !lexer_.is_next("}")) {
                fail("',' or '}'");
            }
        }
        return whole;
    }

    Expr closure(int depth) {
        Expr body = conditional(depth + 1);
        expect("}");
        return make(ExprKind::closure, std::move(body));
    }

    Expr postfix(int depth, Expr object) {
        while (!fault_) {
            const bool is_maybe = lexer_.accept("?.");
            if (is_maybe || lexer_.accept(".")) {
                const Token name = lexer_.take();
                if (name.kind != TokenKind::name) {
                    return fail("the name of a member");
                }
                object = make(
                    is_maybe ? ExprKind::maybe : ExprKind::member,
                    std::move(object),
                    literal_of(boost::json::string{name.text})
                );
            } else if (lexer_.accept("[")) {
                object = index(depth, std::move(object));
            } else if (lexer_.accept("(")) {
                object = call(depth, std::move(object));
            } else {
                return object;
            }
        }
        return object;
    }

    Expr index(int depth, Expr object) {
        Expr from = lexer_.is_next(":") ? literal_of(nullptr) : conditional(depth + 1);
        if (!lexer_.accept(":")) {
            expect("]");
            return make(ExprKind::member, std::move(object), std::move(from));
        }
        Expr whole = make(ExprKind::slice, std::move(object), std::move(from));
        whole.parts.push_back(lexer_.is_next("]") ? literal_of(nullptr) : conditional(depth + 1));
        expect("]");
        return whole;
    }

    /// Functions over lists take `{...}` or a bare expression with `#` in it.
    Expr call(int depth, Expr callee) {
        constexpr std::array<std::string_view, 13> closures{
            "all",
            "any",
            "one",
            "none",
            "filter",
            "map",
            "count",
            "find",
            "findIndex",
            "sum",
            "groupBy",
            "sortBy",
            "reduce"};
        const bool was_in = is_in_closure_;
        const bool takes = std::ranges::find(closures, callee.text) != closures.end();
        Expr whole = make(ExprKind::call, std::move(callee));
        while (!fault_ && !lexer_.accept(")")) {
            is_closure_due_ = takes && whole.parts.size() > 1;
            is_in_closure_ = was_in || is_closure_due_;
            Expr argument = conditional(depth + 1);
            const bool is_bare =
                takes && whole.parts.size() > 1 && argument.kind != ExprKind::closure;
            whole.parts.push_back(
                is_bare ? make(ExprKind::closure, std::move(argument)) : std::move(argument)
            );
            if (!lexer_.accept(",") && !lexer_.is_next(")")) {
                fail("',' or ')'");
            }
        }
        is_in_closure_ = was_in;
        return whole;
    }

    Lexer lexer_;
    bool is_in_closure_ = false;  ///< `#` and `.x` are of its element
    bool is_closure_due_ = false; ///< a `{` here begins one, not a map
    std::optional<Error> fault_;
};

/// The dotted name of a chain of literal members; empty: it is none.
std::string path_of(const Expr& expression) {
    if (expression.kind == ExprKind::name) {
        return expression.text;
    }
    const bool is_member =
        expression.kind == ExprKind::member || expression.kind == ExprKind::maybe;
    if (!is_member || expression.parts[1].kind != ExprKind::literal
        || !expression.parts[1].literal.is_string()) {
        return {};
    }
    auto object = path_of(expression.parts[0]);
    return object.empty()
               ? object
               : fmt::format(
                   "{}.{}", object, std::string_view{expression.parts[1].literal.get_string()}
               );
}

void collect(const Expr& expression, std::vector<std::string>& names) {
    if (auto path = path_of(expression);
        !path.empty() && std::ranges::find(names, path) == names.end()) {
        names.push_back(std::move(path));
    }
    const bool is_function =
        expression.kind == ExprKind::call && expression.parts[0].kind == ExprKind::name;
    for (std::size_t i = is_function ? 1 : 0; i < expression.parts.size(); ++i) {
        collect(expression.parts[i], names);
    }
}

} // namespace

Result<Expr> parse_expr(std::string_view text) {
    if (text.size() > most_expression_bytes) {
        return Error{
            Errc::limit_exceeded,
            fmt::format(
                "an expression of {} bytes; at most {} are read", text.size(), most_expression_bytes
            )};
    }
    auto parsed = Parser{text}.run();
    if (!parsed) {
        return parsed.error().within(fmt::format("reading expression {}", quoted(text, 80)));
    }
    return parsed;
}

std::vector<std::string> names_in(const Expr& expression) {
    std::vector<std::string> names;
    collect(expression, names);
    return names;
}

} // namespace seakeeper::workflow
