// SPDX-License-Identifier: Apache-2.0
// C6: all that lies below the commit is merged or approved.
#include "../act.hpp"
#include "../privilege.hpp"
#include "conditions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::trust {
namespace {

bool is_held(const std::vector<RefName>& refs, const SiteOptions& options) {
    return std::any_of(refs.begin(), refs.end(), [&](const RefName& ref) {
        return is_branch(ref.str()) && is_protected(options, ref.str());
    });
}

const gerrit::AncestorFacts* find(const gerrit::AncestryFacts& ancestry, const CommitId& commit) {
    const auto found = std::find_if(
        ancestry.commits.begin(),
        ancestry.commits.end(),
        [&](const gerrit::AncestorFacts& ancestor) { return ancestor.commit == commit; }
    );
    return found == ancestry.commits.end() ? nullptr : &*found;
}

std::string words(const gerrit::AncestorFacts& ancestor) {
    if (!ancestor.change || !ancestor.is_visible) {
        return fmt::format("commit {}", ancestor.commit.str());
    }
    return fmt::format(
        "commit {} of change {}", ancestor.commit.str(), value_of(ancestor.change->number)
    );
}

ReasonCode judge_ancestor(const gerrit::AncestorFacts& ancestor, const ClassifierInput& input) {
    if (!ancestor.is_visible || !ancestor.change) {
        return ReasonCode::ancestor_unknown;
    }
    const auto& change = *ancestor.change;
    if (change.current_revision != ancestor.commit || change.status != "NEW") {
        return ReasonCode::ancestor_outdated;
    }
    return is_approved(change, evidence_of(input)) ? ReasonCode::ancestry_ok
                                                   : ReasonCode::ancestor_not_approved;
}

} // namespace

// From the patch set's parents by what the facts say, not by the order they come in: a commit that
// no fact tells of leaves the ancestry unread.
ConditionVerdict judge_below(
    const gerrit::AncestryFacts* ancestry,
    const gerrit::RevisionFacts* revision,
    const ClassifierInput& input
) {
    if (ancestry == nullptr || !ancestry->is_complete || revision == nullptr
        || revision->parents.empty()) {
        return lowers(ReasonCode::ancestry_unread);
    }
    std::vector<CommitId> open = revision->parents;
    std::vector<CommitId> seen;
    while (!open.empty()) {
        const auto commit = open.back();
        open.pop_back();
        if (std::find(seen.begin(), seen.end(), commit) != seen.end()) {
            continue;
        }
        seen.push_back(commit);
        const auto* ancestor = find(*ancestry, commit);
        if (ancestor == nullptr) {
            return lowers(ReasonCode::ancestry_unread, fmt::format("commit {}", commit.str()));
        }
        if (ancestor->is_visible && is_held(ancestor->branches, input.options)) {
            continue;
        }
        const auto code = judge_ancestor(*ancestor, input);
        if (code != ReasonCode::ancestry_ok) {
            return lowers(code, words(*ancestor));
        }
        open.insert(open.end(), ancestor->parents.begin(), ancestor->parents.end());
    }
    return holds(ReasonCode::ancestry_ok, fmt::format("{} commits looked at", seen.size()));
}

namespace {

ConditionVerdict judge_merged(const ClassifierInput& input) {
    const auto& merged = input.facts.merged_into;
    if (!merged) {
        return lowers(ReasonCode::ancestry_unread);
    }
    const auto destination = destination_of(input.event, input.facts);
    const bool is_in =
        act_of(input.event, input.options) == Act::tag
            ? is_held(*merged, input.options)
            : is_protected(input.options, destination)
                  && std::any_of(merged->begin(), merged->end(), [&](const auto& ref) {
                         return ref.str() == destination;
                     });
    return is_in ? holds(ReasonCode::ancestry_ok, "merged")
                 : lowers(ReasonCode::not_in_protected_ref);
}

} // namespace

ConditionVerdict judge_ancestry(const ClassifierInput& input) {
    switch (act_of(input.event, input.options)) {
    case Act::merge:
    case Act::ref_update:
    case Act::tag:
        return judge_merged(input);
    default:
        break;
    }
    const auto& change = input.facts.change;
    const auto& ancestry = input.facts.ancestry;
    return judge_below(
        ancestry ? &*ancestry : nullptr, change ? change->current() : nullptr, input
    );
}

} // namespace seakeeper::trust
