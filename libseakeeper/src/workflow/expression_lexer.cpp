// SPDX-License-Identifier: Apache-2.0
#include "expression_lexer.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace seakeeper::workflow {
namespace {

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

} // namespace

Token Lexer::take() {
    auto token = token_;
    advance();
    return token;
}

bool Lexer::is_next(std::string_view symbol) const {
    return (token_.kind == TokenKind::symbol || token_.kind == TokenKind::name)
           && token_.text == symbol;
}

bool Lexer::accept(std::string_view symbol) {
    if (!is_next(symbol)) {
        return false;
    }
    advance();
    return true;
}

void Lexer::advance() {
    token_ = next_token();
}

Token Lexer::quoted_token(char quote) {
    const auto begin = at_;
    for (++at_; at_ < text_.size(); ++at_) {
        if (text_[at_] == '\\') {
            ++at_;
        } else if (text_[at_] == quote) {
            const auto inner = text_.substr(begin + 1, at_ - begin - 1);
            ++at_;
            return {TokenKind::text, inner, begin};
        }
    }
    at_ = text_.size();
    return {TokenKind::broken, text_.substr(begin), begin};
}

Token Lexer::next_token() {
    while (at_ < text_.size() && is_space(text_[at_])) {
        ++at_;
    }
    if (at_ >= text_.size()) {
        return {TokenKind::end, {}, text_.size()};
    }
    const auto begin = at_;
    const char c = text_[at_];
    if (c == '\'' || c == '"') {
        return quoted_token(c);
    }
    if (dialect_.has_tags && text_.substr(at_).starts_with("{{")) {
        const auto end = text_.find("}}", at_);
        at_ = end == text_.npos ? text_.size() : end + 2;
        return {
            end == text_.npos ? TokenKind::broken : TokenKind::tag,
            text_.substr(begin, at_ - begin),
            begin};
    }
    if (is_letter(c) || is_digit(c)) {
        const bool is_number = is_digit(c);
        while (at_ < text_.size()
               && (is_letter(text_[at_]) || is_digit(text_[at_])
                   || dialect_.name_more.find(text_[at_]) != std::string_view::npos
                   || (is_number && text_[at_] == '.'))) {
            ++at_;
        }
        const auto word = text_.substr(begin, at_ - begin);
        const bool is_plain =
            std::ranges::all_of(word, [](char d) { return is_digit(d) || d == '.'; });
        const bool is_fit = is_plain && std::ranges::count(word, '.') <= 1 && word.back() != '.';
        const bool is_broken = is_number && !is_fit && dialect_.name_more.empty();
        return {
            is_fit      ? TokenKind::number
            : is_broken ? TokenKind::broken
                        : TokenKind::name,
            word,
            begin};
    }
    for (const auto symbol : dialect_.symbols) {
        if (text_.substr(at_).starts_with(symbol)) {
            at_ += symbol.size();
            return {TokenKind::symbol, symbol, begin};
        }
    }
    at_ = text_.size();
    return {TokenKind::broken, text_.substr(begin), begin};
}

SyntaxFault fault_at(const Token& token, std::string_view accepted) {
    const auto found =
        token.kind == TokenKind::end ? std::string{"its end"} : quoted(token.text, 40);
    return {
        token.offset,
        fmt::format("{} at its character {}, where {} fits", found, token.offset + 1, accepted)};
}

} // namespace seakeeper::workflow
