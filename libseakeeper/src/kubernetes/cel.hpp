// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <string>
#include <string_view>
#include <vector>

// Literals of the Common Expression Language.
namespace seakeeper::kubernetes {

/// 'text', escaped.
inline std::string cel(std::string_view text) {
    std::string literal{"'"};
    for (const char c : text) {
        if (c == '\'' || c == '\\') {
            literal += '\\';
        }
        literal += c;
    }
    return literal + "'";
}

template <typename Texts>
std::string cel_list(const Texts& texts) {
    std::string literal{"["};
    for (const auto& text : texts) {
        literal += literal.size() > 1 ? ", " : "";
        literal += cel(text);
    }
    return literal + "]";
}

} // namespace seakeeper::kubernetes
