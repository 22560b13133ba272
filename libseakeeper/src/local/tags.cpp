// SPDX-License-Identifier: Apache-2.0
#include "local/tags.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::local {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' ');
    if (begin == text.npos) {
        return {};
    }
    return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

} // namespace

Result<std::string> substitute(std::string_view text, const Scope& scope) {
    std::string out;
    while (true) {
        const auto open = text.find("{{");
        out += text.substr(0, open);
        if (open == text.npos) {
            return out;
        }
        const auto close = text.find("}}", open);
        if (close == text.npos) {
            return Error{
                Errc::malformed,
                fmt::format("tag {} is not closed", quoted(text.substr(open), 60))};
        }
        const auto name = trimmed(text.substr(open + 2, close - open - 2));
        if (name.starts_with('=')) {
            return Error{
                Errc::unsupported,
                fmt::format("expression {} is not evaluated here", quoted(name, 60))};
        }
        const auto found = scope.find(name);
        if (found == scope.end()) {
            return Error{
                Errc::malformed, fmt::format("nothing is known by the name {}", quoted(name, 80))};
        }
        out += found->second;
        text.remove_prefix(close + 2);
    }
}

std::string expanded(std::string_view text, const Variables& variables) {
    std::string out;
    while (true) {
        const auto dollar = text.find('$');
        out += text.substr(0, dollar);
        if (dollar == text.npos || dollar + 1 == text.size()) {
            return dollar == text.npos ? out : out + '$';
        }
        text.remove_prefix(dollar);
        const auto close = text[1] == '(' ? text.find(')') : text.npos;
        if (close == text.npos) {
            out += text[1] == '$' ? text.substr(0, 1) : text.substr(0, 2);
            text.remove_prefix(2);
            continue;
        }
        const auto name = text.substr(2, close - 2);
        // The last of two with one name wins, as in the container's environment.
        const auto found =
            std::find_if(variables.rbegin(), variables.rend(), [&](const auto& each) {
                return each.first == name;
            });
        out +=
            found == variables.rend() ? text.substr(0, close + 1) : std::string_view{found->second};
        text.remove_prefix(close + 1);
    }
}

} // namespace seakeeper::local
