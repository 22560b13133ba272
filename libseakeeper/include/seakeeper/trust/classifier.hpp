// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/trust/options.hpp>
#include <seakeeper/trust/verdict.hpp>

#include <optional>
#include <string>

// Which class a workload may have. Everything here is pure: the same input gives the same verdict,
// on any machine, at any time, from any thread.
namespace seakeeper::trust {

/// How the event and the facts reached us.
struct ChannelState {
    bool is_peer_verified = false; ///< pinned host key, verified TLS, or a file the user named
    friend bool operator==(const ChannelState&, const ChannelState&) = default;
};

/// Which definition is about to be used.
struct DefinitionState {
    ProjectName project;                     ///< whose refs/meta/config holds it
    std::optional<CommitId> commit;          ///< where it was read; empty: it could not be read
    std::optional<CommitId> last_seen;       ///< the tip that was used last; empty: none ever was
    bool is_descendant_of_last_seen = false; ///< git says so; not asked where both are equal
    /// The project of the chain whose refs/meta/config was rewound; last_seen is its. Empty: none.
    ProjectName rewound;
    friend bool operator==(const DefinitionState&, const DefinitionState&) = default;
};

/// What the policy of the requested class said about the bound manifest.
struct PolicyState {
    std::optional<bool> is_accepted; ///< empty: not judged yet
    std::string finding;             ///< the first one, for people
    friend bool operator==(const PolicyState&, const PolicyState&) = default;
};

/// The place for trusted runs.
struct PlantState {
    bool is_ready = false; ///< configured, distinct from the untrusted one, store and log writable
    std::string fault;     ///< what is wrong, for people
    friend bool operator==(const PlantState&, const PlantState&) = default;
};

/// Somebody asks for another attempt of a workload: the original act is judged again, and the
/// asker must be as privileged as an actor, by the facts of the event that asked.
struct RetryRequest {
    const event::Event& event;
    const gerrit::Facts& facts;
};

/// All that a class depends on. References are borrowed for the call.
struct ClassifierInput {
    const event::Event& event;
    const gerrit::Facts& facts;
    const SiteOptions& options;
    Class requested = Class::untrusted;
    ChannelState channel{};
    DefinitionState definition{};
    PolicyState policy{};
    PlantState plant{};
    std::optional<RetryRequest> retry{};
    WallTime now{};
};

/// The class that was earned: at most `requested`. For untrusted only the channel, the code, the
/// definition's existence, visibility and policy are asked; for trusted all twelve. Total: an
/// unread fact, an unknown kind of event or an absent member gives the lowest value that is safe. A
/// trusted request that is refused may still earn untrusted (see runs_as).
SEAKEEPER_API Verdict classify(const ClassifierInput& input);

/// The commit that a workload of this event would run; nothing where the event has no code, or the
/// facts do not confirm it.
SEAKEEPER_API std::optional<CommitId>
code_of(const event::Event& event, const gerrit::Facts& facts);

} // namespace seakeeper::trust
