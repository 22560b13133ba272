// SPDX-License-Identifier: Apache-2.0
// C1, C8, C10, C11: what surrounds the event, told by the caller.
#include "conditions.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::trust {
namespace {

/// The tip as the facts have it; null: nobody read it.
const gerrit::ConfigFacts* tip_of(const gerrit::Facts& facts, const ProjectName& project) {
    for (const auto& config : facts.configs) {
        if (config && config->project == project) {
            return &*config;
        }
    }
    return nullptr;
}

} // namespace

ConditionVerdict judge_channel(const ClassifierInput& input) {
    if (!input.channel.is_peer_verified) {
        return denies(ReasonCode::channel_unverified);
    }
    const auto& expected = input.options.gerrit_instance;
    const auto& given = input.event.instance_id;
    if (expected && given && *given != *expected) {
        return denies(
            ReasonCode::wrong_instance,
            fmt::format("instance {}, expected {}", quoted(*given), quoted(*expected))
        );
    }
    return holds(ReasonCode::channel_ok);
}

ConditionVerdict judge_definition(const ClassifierInput& input) {
    const auto& definition = input.definition;
    if (!definition.commit) {
        return denies(ReasonCode::definition_unread, definition.project.str());
    }
    if (input.requested == Class::untrusted) {
        return holds(ReasonCode::definition_ok, definition.commit->str());
    }
    const auto* tip = tip_of(input.facts, definition.project);
    if (tip == nullptr || !tip->tip) {
        return lowers(ReasonCode::definition_tip_unread, definition.project.str());
    }
    if (*tip->tip != *definition.commit) {
        return lowers(
            ReasonCode::definition_moved,
            fmt::format("read at {}, tip is {}", definition.commit->str(), tip->tip->str())
        );
    }
    const bool is_known = !definition.last_seen || *definition.last_seen == *definition.commit;
    if (!is_known && !definition.is_descendant_of_last_seen) {
        const auto& rewound = definition.rewound.empty() ? definition.project : definition.rewound;
        return lowers(
            ReasonCode::definition_rewound,
            fmt::format("{} was at {}", rewound.str(), definition.last_seen->str())
        );
    }
    return holds(ReasonCode::definition_ok, definition.commit->str());
}

ConditionVerdict judge_policy(const ClassifierInput& input) {
    const auto& policy = input.policy;
    const auto refusal = input.requested == Class::trusted ? Class::untrusted : Class::denied;
    if (!policy.is_accepted) {
        return says(ReasonCode::policy_unread, refusal);
    }
    if (!*policy.is_accepted) {
        return says(ReasonCode::policy_refused, refusal, policy.finding);
    }
    return holds(ReasonCode::policy_ok);
}

ConditionVerdict judge_plant(const ClassifierInput& input) {
    return input.plant.is_ready ? holds(ReasonCode::plant_ok)
                                : lowers(ReasonCode::plant_not_ready, input.plant.fault);
}

} // namespace seakeeper::trust
