// SPDX-License-Identifier: Apache-2.0
#include "local/tags.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

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

} // namespace seakeeper::local
