// SPDX-License-Identifier: Apache-2.0
#include "gerrit/facts_reading.hpp"

#include <array>

namespace seakeeper::gerrit {

namespace {

Error as_postponement(const Error& error) {
    const bool names_itself = error.is(Errc::unauthenticated) || error.is(Errc::untrusted_peer);
    return names_itself ? error : Error{Errc::unavailable, error.message};
}

} // namespace

bool is_passing(const Error& error) {
    for (const auto errc :
         {Errc::unavailable,
          Errc::timed_out,
          Errc::throttled,
          Errc::quota_exceeded,
          Errc::unauthenticated,
          Errc::untrusted_peer,
          Errc::unknown_outcome,
          Errc::cancelled,
          Errc::io}) {
        if (error.is(errc)) {
            return true;
        }
    }
    return false;
}

asio::awaitable<Result<Facts>> RestFactsSource::Reading::run() {
    auto project = ProjectName::parse(event_.project);
    if (!project) {
        co_return fail_all("the event names no project: " + project.error().message);
    }
    project_ = std::move(*project);
    constexpr std::array steps{
        &Reading::read_change,
        &Reading::read_change_of_update,
        &Reading::read_actor,
        &Reading::read_real_actor,
        &Reading::read_files,
        &Reading::read_actor_groups,
        &Reading::read_owner_groups,
        &Reading::read_ancestry,
        &Reading::read_together,
        &Reading::read_dependencies,
        &Reading::read_ref,
        &Reading::read_merged_into,
        &Reading::read_previous_merged_into,
        &Reading::read_label_origins,
        &Reading::read_configs,
        &Reading::read_voter_groups,
        &Reading::read_access,
    };
    for (const auto step : steps) {
        const auto done = co_await (this->*step)();
        if (!done) {
            const auto postponed = as_postponement(done.error());
            co_return postponed.within("reading facts of " + event_.type + " event");
        }
    }
    keep_accounts();
    co_return std::move(facts_);
}

RestFactsSource::RestFactsSource(RestClient& client, FactsOptions options, const Clock& clock)
    : client_{client}, options_{options}, clock_{clock}, cache_{std::make_unique<Cache>()} {
}

RestFactsSource::~RestFactsSource() = default;

asio::awaitable<Result<Facts>>
RestFactsSource::read(event::Event event, FactsRequest request, Deadline until) {
    Reading reading{*this, std::move(event), std::move(request), until};
    auto facts = co_await reading.run();
    co_return std::move(facts);
}

void RestFactsSource::observe(const event::Event& event) {
    cache_->observe(event);
}

} // namespace seakeeper::gerrit
