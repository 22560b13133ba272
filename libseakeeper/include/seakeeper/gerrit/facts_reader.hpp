// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/facts_request.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

// Reading, for one event, exactly the facts that its conditions need.
namespace seakeeper::gerrit {

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
    /// Rights, and what they depend on: below trust::SiteOptions::rights_lifetime, so that they
    /// still count when the decision is made.
    std::chrono::seconds account_age{45};
    std::chrono::seconds absent_account_age{30};
    std::chrono::seconds groups_age{45};
    std::chrono::seconds access_age{45};
    std::chrono::seconds parents_age{45};
    /// Gerrit's address for browsers: Depends-On footers below it are of this server.
    std::string web_url;
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
    class Reading;
    RestClient& client_;
    FactsOptions options_;
    const Clock& clock_;
    std::unique_ptr<Cache> cache_;
};

} // namespace seakeeper::gerrit
