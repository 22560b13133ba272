// SPDX-License-Identifier: Apache-2.0
// The classifier of this executable: the library's own, whose verdicts about switched-off
// conditions are replaced by the best ones. Not part of any library.
#define classify classify_with_all_conditions
#include "../../../libseakeeper/src/trust/classifier.cpp"
#undef classify

#include "switchable_classifier.hpp"

#include <algorithm>

namespace attacks {

std::vector<seakeeper::trust::Condition>& switched_off() {
    static std::vector<seakeeper::trust::Condition> conditions;
    return conditions;
}

} // namespace attacks

namespace seakeeper::trust {

Verdict classify(const ClassifierInput& input) {
    auto verdict = classify_with_all_conditions(input);
    const auto& off = attacks::switched_off();
    verdict.value = input.requested;
    if (!verdict.code && std::find(off.begin(), off.end(), Condition::code) != off.end()) {
        verdict.code = CommitId::parse("00000000000000000000000000000000deadbeef").value();
    }
    for (auto& condition : verdict.conditions) {
        if (std::find(off.begin(), off.end(), condition.condition) != off.end()) {
            condition.value = Class::trusted;
        }
        verdict.value = meet(verdict.value, condition.value);
    }
    return verdict;
}

} // namespace seakeeper::trust
