// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "seams.hpp"

#include <seakeeper/gerrit/facts_reader.hpp>
#include <seakeeper/gerrit/rest.hpp>
#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/pipeline/argo_executor.hpp>
#include <seakeeper/pipeline/pipeline.hpp>
#include <seakeeper/testing/fakes.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace seakeeper::bench {

/// What the program was asked to do.
struct Wishes {
    std::string kubeconfig;
    std::string name_space;
    std::string folder; ///< of the store, the mirrors and the logs; empty at first
    std::size_t events = 80;
    std::size_t connections = 8;
    double per_second = 4;
    // for lines of a real Gerrit
    std::string lines;
    std::string gerrit_url;
    std::string gerrit_user;
    std::string password_file;
};

/// The whole pipeline with a real store and a real API server, and a client for bare requests.
/// Workflows carry a controller instance id that no controller has: nothing runs.
class Plant {
public:
    explicit Plant(const Wishes& wishes);
    ~Plant();

    asio::any_io_executor executor() { return context.get_executor(); }
    /// Runs the pipeline beside `work` until that is done. Throws what it throws.
    void run_beside(asio::awaitable<void> work);
    void run_alone(asio::awaitable<void> work);
    /// Creates a Workflow like the pipeline's under another name.
    asio::awaitable<Status> post_bare(boost::json::object manifest);
    /// A manifest like the pipeline's own for bare requests; another name at every call.
    boost::json::object bare_manifest();
    /// Takes away what was created.
    asio::awaitable<void> clean_up();

    asio::io_context context{1};
    OfferedLines source;
    std::unique_ptr<WatchedExecutor> watched;

private:
    void use_facts_at_hand(std::size_t events);
    void use_gerrit(const Wishes& wishes);
    kubernetes::Client client(const Wishes& wishes);
    asio::awaitable<void> clean_some(std::vector<std::string>& names);

    pipeline::LogFolder logs_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<gerrit::RestClient> rest_;
    std::unique_ptr<gerrit::FactsSource> facts_;
    std::unique_ptr<git::Definitions> definitions_;
    testing::FakeReporter reporter_;
    kubernetes::Client bare_;
    std::unique_ptr<pipeline::ArgoExecutor> argo_;
    std::unique_ptr<pipeline::Pipeline> pipeline_;
    std::int64_t bare_number_; ///< never used before: the clock
};

/// Lines of uploads to changes 1 to `events`, whose facts are at hand.
std::string line_of(std::uint32_t change);

} // namespace seakeeper::bench
