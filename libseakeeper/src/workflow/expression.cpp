// SPDX-License-Identifier: Apache-2.0
#include "expression.hpp"

#include "expression_lexer.hpp"

#include <algorithm>
#include <array>

namespace seakeeper::workflow {
namespace {

constexpr std::array<std::string_view, 25> expr_symbols{
    "==", "!=", "<=", ">=", "&&", "||", "??", "?.", "**", "<", ">", "+", "-",
    "*",  "/",  "%",  "^",  "!",  "?",  ":",  ".",  ",",  "(", ")", "["};
constexpr std::array<std::string_view, 26> expr_all = [] {
    std::array<std::string_view, 26> all{};
    std::ranges::copy(expr_symbols, all.begin());
    all.back() = "]";
    return all;
}();
constexpr Dialect expr_dialect{expr_all, "", false};

/// Precedence of expr-lang's binary operators (parser/operator); 0: none of them.
int precedence_of(const Token& token) {
    struct Row {
        std::string_view symbol;
        int precedence;
    };
    constexpr std::array rows{
        Row{"||", 10},         Row{"or", 10},       Row{"&&", 15}, Row{"and", 15},
        Row{"==", 20},         Row{"!=", 20},       Row{"<", 20},  Row{">", 20},
        Row{"<=", 20},         Row{">=", 20},       Row{"in", 20}, Row{"contains", 20},
        Row{"startsWith", 20}, Row{"endsWith", 20}, Row{"+", 30},  Row{"-", 30},
        Row{"*", 60},          Row{"/", 60},        Row{"%", 60},  Row{"**", 100},
        Row{"^", 100},         Row{"??", 500},
    };
    if (token.kind != TokenKind::symbol && token.kind != TokenKind::name) {
        return 0;
    }
    const auto found = std::ranges::find(rows, token.text, &Row::symbol);
    return found == rows.end() ? 0 : found->precedence;
}

constexpr std::array<std::string_view, 9> reserved{
    "and", "or", "not", "in", "contains", "startsWith", "endsWith", "matches", "let"};

class ExpressionParser {
public:
    explicit ExpressionParser(std::string_view text) : lexer_{text, expr_dialect} {}

    Expression run() {
        conditional(0);
        if (!result_.fault && lexer_.peek().kind != TokenKind::end) {
            fail("an operator or the end");
        }
        return std::move(result_);
    }

private:
    void fail(std::string_view accepted) {
        if (!result_.fault) {
            result_.fault = fault_at(lexer_.peek(), accepted);
        }
    }

    void expect(std::string_view symbol) {
        if (!result_.fault && !lexer_.accept(symbol)) {
            fail(symbol);
        }
    }

    void conditional(int depth) {
        if (depth > most_nesting) {
            return fail("less nesting");
        }
        binary(depth, 1);
        if (!result_.fault && lexer_.accept("?")) {
            conditional(depth + 1);
            expect(":");
            conditional(depth + 1);
        }
    }

    void binary(int depth, int least) {
        unary(depth);
        while (!result_.fault) {
            const bool is_negated = lexer_.is_next("not");
            if (is_negated) {
                lexer_.take();
                if (!lexer_.is_next("in") && !lexer_.is_next("contains")
                    && !lexer_.is_next("startsWith") && !lexer_.is_next("endsWith")) {
                    return fail("in, contains, startsWith or endsWith");
                }
            }
            const auto precedence = precedence_of(lexer_.peek());
            if (precedence == 0 || precedence < least) {
                return;
            }
            lexer_.take();
            binary(depth, precedence + 1);
        }
    }

    void unary(int depth) {
        if (depth > most_nesting) {
            return fail("less nesting");
        }
        if (lexer_.accept("!") || lexer_.accept("not") || lexer_.accept("-")
            || lexer_.accept("+")) {
            return unary(depth + 1);
        }
        if (lexer_.accept("(")) {
            conditional(depth + 1);
            return expect(")");
        }
        if (lexer_.accept("[")) {
            return list(depth);
        }
        const auto& token = lexer_.peek();
        if (token.kind == TokenKind::number || token.kind == TokenKind::text) {
            lexer_.take();
            return;
        }
        if (token.kind != TokenKind::name
            || std::ranges::find(reserved, token.text) != reserved.end()) {
            return fail("a name, a literal or '('");
        }
        name();
    }

    void list(int depth) {
        if (lexer_.accept("]")) {
            return;
        }
        do {
            conditional(depth + 1);
        } while (!result_.fault && lexer_.accept(","));
        expect("]");
    }

    void name() {
        std::vector<std::string> segments{std::string{lexer_.take().text}};
        while (!result_.fault) {
            if (lexer_.accept(".") || lexer_.accept("?.")) {
                if (lexer_.peek().kind != TokenKind::name) {
                    return fail("the name of a member");
                }
                segments.emplace_back(lexer_.take().text);
            } else if (lexer_.accept("[")) {
                const auto kind = lexer_.peek().kind;
                if (kind != TokenKind::text && kind != TokenKind::number) {
                    return fail("a quoted name or a number");
                }
                segments.emplace_back(lexer_.take().text);
                expect("]");
            } else {
                break;
            }
        }
        if (lexer_.is_next("(")) {
            return fail("an operator: functions run in Argo's controller, and none may be called");
        }
        constexpr std::array<std::string_view, 3> literals{"true", "false", "nil"};
        if (std::ranges::find(literals, segments.front()) == literals.end()) {
            result_.names.push_back(std::move(segments));
        }
    }

    Lexer lexer_;
    Expression result_;
};

} // namespace

Expression parse_expression(std::string_view text) {
    return ExpressionParser{text}.run();
}

} // namespace seakeeper::workflow
