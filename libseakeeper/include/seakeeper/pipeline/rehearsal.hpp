// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/compare.hpp>
#include <seakeeper/gerrit/recorded.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace seakeeper::pipeline {

namespace asio = boost::asio;

/// The newest events of a store, judged under two configurations: what a proposed one would change.
/// Reads the store as open_history() does, and judges, on a thread of its own; private changes are
/// left out, as what is found is told to those who may read refs/meta/config. Used from one thread;
/// destroyed before the execution context of its callers.
class SEAKEEPER_API Rehearsal final {
public:
    /// `store` is the file's path; of its lines the `newest` are taken.
    explicit Rehearsal(std::string store, std::size_t newest = 2'000);
    Rehearsal(const Rehearsal&) = delete;
    Rehearsal& operator=(const Rehearsal&) = delete;
    ~Rehearsal();

    struct Past {
        std::shared_ptr<const gerrit::RecordedStream> events;
        std::vector<ProjectName> projects; ///< of those events, each once, by name
    };
    /// What happened, as it is stored now. Errors as open_history().
    asio::awaitable<Result<Past>> past();

    struct Sites {
        std::vector<decision::ConfigTip> from;
        std::vector<decision::ConfigTip> to;
        decision::Options options; ///< of both
    };
    /// decision::compare() of both sites over these events. Errors as there.
    asio::awaitable<Result<decision::Comparison>> compare(Past past, Sites sites);

private:
    std::string store_;
    std::size_t newest_;
    asio::thread_pool thread_{1};
};

} // namespace seakeeper::pipeline
