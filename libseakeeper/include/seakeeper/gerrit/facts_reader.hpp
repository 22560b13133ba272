// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// Reading, for one event, exactly the facts that its conditions need.
namespace seakeeper::gerrit {

/// About whom an access question is asked. `voters`: everybody whose vote on one of
/// FactsRequest::voted_labels is its maximum, on the change, its unmerged ancestors and what would
/// be submitted together, as far as those were asked for.
enum class Whose { actor, real_actor, uploader, owner, voters };

/// "May they do `permission` on `ref`?", e.g. push on the marker ref
/// refs/seakeeper/trusted/heads/X.
struct AccessQuestion {
    Whose whose = Whose::actor;
    std::string permission = "push";
    RefName ref;
    friend bool operator==(const AccessQuestion&, const AccessQuestion&) = default;
};

/// What the sensor's and the classifier's conditions want to know. Merge requests with |=.
struct FactsRequest {
    bool change = true; ///< the change of a change event
    bool actor = true;  ///< acting account and the real one behind it
    bool files = false;
    bool actor_groups = false;
    bool owner_groups = false;
    bool voter_groups = false; ///< groups of `voters` (see Whose)
    bool ancestry = false;
    bool submitted_together = false;
    bool merged_into = false; ///< branches that hold the event's commit
    bool ref = false;         ///< ref events: the ref as it is now
    bool configs = false;     ///< parents, and refs/meta/config of the project and each parent
    std::vector<std::string> voted_labels;
    std::vector<AccessQuestion> access;
    /// Where the walk down the ancestry may stop: a commit on such a branch counts as merged.
    /// Empty: on any branch. (The classifier judges the branches again from the facts.)
    std::function<bool(const RefName&)> is_protected;

    SEAKEEPER_API FactsRequest& operator|=(const FactsRequest& other);
};

/// Where facts come from: Gerrit, a recording, a test.
class SEAKEEPER_API FactsSource {
public:
    virtual ~FactsSource() = default;
    /// A fact that could not be read carries its `failure`. An error of the whole means: ask again
    /// later (Errc::unavailable: Gerrit does not answer; Errc::unauthenticated: our credentials).
    virtual asio::awaitable<Result<Facts>>
    read(event::Event event, FactsRequest request, Deadline until) = 0;
    /// Told every event that arrives, so that what it may have changed is not served from a cache.
    virtual void observe(const event::Event& event) = 0;
};

struct FactsOptions {
    std::chrono::seconds account_age{300};
    std::chrono::seconds absent_account_age{30};
    std::chrono::seconds groups_age{60};
    std::chrono::seconds access_age{60};
    std::chrono::seconds parents_age{60};
    std::uint32_t ancestors = 32; ///< commits walked at most; beyond it ancestry is incomplete
};

/// Facts by REST. Caches accounts, groups, access and parents by time and drops them on the events
/// that change them; never caches a change, its files, ancestry or the tip of a ref.
/// Thread rule: that of the client, which has to outlive it.
class SEAKEEPER_API RestFactsSource : public FactsSource {
public:
    RestFactsSource(RestClient& client, FactsOptions options, const Clock& clock = system_clock());
    ~RestFactsSource() override;
    asio::awaitable<Result<Facts>>
    read(event::Event event, FactsRequest request, Deadline until) override;
    void observe(const event::Event& event) override;

private:
    class Cache;
    RestClient& client_;
    FactsOptions options_;
    const Clock& clock_;
    std::unique_ptr<Cache> cache_;
};

} // namespace seakeeper::gerrit
