// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "expression.hpp"

#include <cstdint>
#include <span>

namespace seakeeper::workflow {

enum class TokenKind : std::uint8_t { end, name, number, text, tag, symbol, broken };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string_view text; ///< without quotes; of a broken one: the rest
    std::size_t offset = 0;
};

/// What differs between the languages.
struct Dialect {
    std::span<const std::string_view> symbols; ///< longest first
    std::string_view name_more;                ///< characters of names beyond letters, digits, '_'
    bool has_tags = false;                     ///< `{{name}}` is an operand
};

class Lexer {
public:
    Lexer(std::string_view text, const Dialect& dialect) : text_{text}, dialect_{dialect} {
        advance();
    }

    const Token& peek() const { return token_; }
    Token take();
    /// Takes the symbol or word if it is next.
    bool accept(std::string_view symbol);
    bool is_next(std::string_view symbol) const;

private:
    void advance();
    Token next_token();
    Token quoted_token(char quote);

    std::string_view text_;
    const Dialect& dialect_;
    std::size_t at_ = 0;
    Token token_;
};

/// "found X, accepted is A" at a token.
SyntaxFault fault_at(const Token& token, std::string_view accepted);

/// Deeper nesting is refused: parsers recurse.
inline constexpr int most_nesting = 32;

} // namespace seakeeper::workflow
