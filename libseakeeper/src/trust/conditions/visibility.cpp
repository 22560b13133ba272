// SPDX-License-Identifier: Apache-2.0
// C9: nothing private is shown, and nothing unfinished is trusted.
#include "../act.hpp"
#include "conditions.hpp"

#include <algorithm>

namespace seakeeper::trust {
namespace {

bool is_hidden(const std::optional<gerrit::ChangeFacts>& change) {
    return change && change->is_private;
}

bool is_any_hidden(const gerrit::AncestryFacts& ancestry) {
    const auto& commits = ancestry.commits;
    return std::any_of(commits.begin(), commits.end(), [](const auto& ancestor) {
        return !ancestor.is_visible || is_hidden(ancestor.change);
    });
}

/// One answer for what is private, invisible and missing: it must not tell which.
bool needs_something_hidden(const gerrit::Facts& facts) {
    if (facts.ancestry && is_any_hidden(*facts.ancestry)) {
        return true;
    }
    if (facts.submitted_together) {
        const auto& together = *facts.submitted_together;
        if (together.invisible > 0
            || std::any_of(
                together.changes.begin(),
                together.changes.end(),
                [](const auto& change) { return change.is_private; }
            )) {
            return true;
        }
    }
    if (!facts.dependencies) {
        return false;
    }
    return std::any_of(
        facts.dependencies->begin(),
        facts.dependencies->end(),
        [](const auto& dependency) {
            const bool is_change = dependency.relation != "submodule";
            return (is_change && !dependency.change) || is_hidden(dependency.change)
                   || (dependency.ancestry && is_any_hidden(*dependency.ancestry));
        }
    );
}

} // namespace

ConditionVerdict judge_visibility(const ClassifierInput& input) {
    if (ref_update_of(input.event) != nullptr) {
        return holds(ReasonCode::visible);
    }
    const auto& change = input.facts.change;
    if (!change) {
        return denies(ReasonCode::visibility_unread);
    }
    if (change->is_private) {
        return denies(ReasonCode::change_private);
    }
    if (needs_something_hidden(input.facts)) {
        return denies(ReasonCode::related_not_readable);
    }
    return change->is_work_in_progress ? lowers(ReasonCode::change_in_progress)
                                       : holds(ReasonCode::visible);
}

} // namespace seakeeper::trust
