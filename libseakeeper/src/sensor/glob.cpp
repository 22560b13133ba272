// SPDX-License-Identifier: Apache-2.0
#include "sensor/glob.hpp"

#include <fmt/format.h>

#include <vector>

namespace seakeeper::sensor {

namespace {

enum class Piece : std::uint8_t { text, one, many, folders };

/// `folders` is `**/` at the beginning of a segment; `many` of a path may cross `/` or not.
struct Token {
    Piece piece = Piece::text;
    bool crosses_slash = false;
    std::string text;
};

void add_text(std::vector<Token>& tokens, char c) {
    if (tokens.empty() || tokens.back().piece != Piece::text) {
        tokens.push_back({Piece::text, false, {}});
    }
    tokens.back().text += c;
}

/// Reads the stars at `at` and returns how many characters they take.
std::size_t
add_stars(std::vector<Token>& tokens, std::string_view glob, std::size_t at, PatternStyle style) {
    std::size_t stars = 0;
    while (at + stars < glob.size() && glob[at + stars] == '*') {
        ++stars;
    }
    if (style == PatternStyle::name) {
        tokens.push_back({Piece::many, true, {}});
        return stars;
    }
    const bool begins_segment = at == 0 || glob[at - 1] == '/';
    if (stars > 1 && begins_segment && at + stars < glob.size() && glob[at + stars] == '/') {
        tokens.push_back({Piece::folders, true, {}});
        return stars + 1;
    }
    tokens.push_back({Piece::many, stars > 1, {}});
    return stars;
}

Result<std::vector<Token>> tokens_of(std::string_view glob, PatternStyle style) {
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < glob.size();) {
        const char c = glob[i];
        if (c == '*') {
            i += add_stars(tokens, glob, i, style);
            continue;
        }
        if (c == '?') {
            tokens.push_back({Piece::one, style == PatternStyle::name, {}});
        } else if (c == '[' || c == '{') {
            return Error{
                Errc::malformed,
                fmt::format(
                    "`{0}` means nothing in a glob: give a list of globs, an RE2 pattern "
                    "`^...$`, or `\\{0}` for the character",
                    c
                )};
        } else if (c == '\\') {
            if (++i == glob.size()) {
                return Error{
                    Errc::malformed, "a backslash at the end takes no character: write `\\\\`"};
            }
            add_text(tokens, glob[i]);
        } else {
            add_text(tokens, c);
        }
        ++i;
    }
    return tokens;
}

void append_escaped(std::string& expression, std::string_view text) {
    constexpr std::string_view special = R"(\.+*?()|[]{}^$)";
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) {
            expression += '\\';
        }
        expression += c;
    }
}

std::string expression_of(const std::vector<Token>& tokens) {
    std::string result = "(?s:";
    for (const Token& token : tokens) {
        switch (token.piece) {
        case Piece::text:
            append_escaped(result, token.text);
            break;
        case Piece::one:
            result += token.crosses_slash ? "." : "[^/]";
            break;
        case Piece::many:
            result += token.crosses_slash ? ".*" : "[^/]*";
            break;
        case Piece::folders:
            result += "(?:.*/)?";
            break;
        }
    }
    return result + ")";
}

bool is_anything(const Token& token) {
    return token.piece == Piece::many && token.crosses_slash;
}

/// `*suffix`, and `**/*suffix` of a path, whose suffix has no slash.
bool is_suffix(const std::vector<Token>& tokens) {
    if (tokens.size() == 2) {
        return is_anything(tokens[0]) && tokens[1].piece == Piece::text;
    }
    return tokens.size() == 3 && tokens[0].piece == Piece::folders && tokens[1].piece == Piece::many
           && tokens[2].piece == Piece::text && tokens[2].text.find('/') == std::string::npos;
}

} // namespace

Result<Glob> read_glob(std::string_view glob, PatternStyle style) {
    auto tokens = tokens_of(glob, style);
    if (!tokens) {
        return std::move(tokens).error();
    }
    if (tokens->empty()) {
        return Glob{GlobShape::exact, {}};
    }
    if (tokens->size() == 1 && tokens->front().piece == Piece::text) {
        return Glob{GlobShape::exact, tokens->front().text};
    }
    if (tokens->size() == 1 && is_anything(tokens->front())) {
        return Glob{GlobShape::prefix, {}};
    }
    if (tokens->size() == 2 && tokens->front().piece == Piece::text
        && is_anything(tokens->back())) {
        return Glob{GlobShape::prefix, tokens->front().text};
    }
    if (is_suffix(*tokens)) {
        return Glob{GlobShape::suffix, tokens->back().text};
    }
    return Glob{GlobShape::regex, expression_of(*tokens)};
}

} // namespace seakeeper::sensor
