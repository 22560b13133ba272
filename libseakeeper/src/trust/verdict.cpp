// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/trust/verdict.hpp>

#include <algorithm>

namespace seakeeper::trust {

std::vector<const ConditionVerdict*> limiting(const Verdict& verdict) {
    std::vector<const ConditionVerdict*> found;
    if (verdict.value == Class::trusted) {
        return found;
    }
    for (const auto& condition : verdict.conditions) {
        if (condition.value == verdict.value && !reason(condition.code).is_good) {
            found.push_back(&condition);
        }
    }
    return found;
}

bool is_for_want_of_facts(const Verdict& verdict) {
    const auto held = limiting(verdict);
    return !held.empty()
           && std::all_of(held.begin(), held.end(), [](const ConditionVerdict* condition) {
                  return reason(condition->code).is_unread;
              });
}

std::string to_string(const Verdict& verdict) {
    std::string text{to_string(verdict.value)};
    const char* separator = ": ";
    for (const auto* condition : limiting(verdict)) {
        text.append(separator).append(to_string(condition->condition));
        text.append(" ").append(reason(condition->code).id);
        if (!condition->detail.empty()) {
            text.append(" (").append(condition->detail).append(")");
        }
        separator = "; ";
    }
    return text;
}

} // namespace seakeeper::trust
