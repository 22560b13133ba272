// SPDX-License-Identifier: Apache-2.0
#include "local/tags.hpp"

#include <algorithm>

namespace seakeeper::local {
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
