// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "commands.hpp"
#include "site.hpp"

#include <seakeeper/gerrit/recording.hpp>
#include <seakeeper/pipeline/pipeline.hpp>
#include <seakeeper/pipeline/rehearsal.hpp>

#include <boost/asio/io_context.hpp>

#include <memory>
#include <string>
#include <vector>

namespace seakeeper::daemon {

/// Every long-lived object of `serve`, in order of construction.
struct Assembly {
    Site site;
    Logger& log;
    boost::asio::io_context context{1};
    pipeline::LogFolder logs{""};
    std::unique_ptr<store::Store> store;
    std::unique_ptr<gerrit::Recorder> recorder;
    std::unique_ptr<gerrit::RestClient> rest;
    std::unique_ptr<gerrit::History> history;
    std::unique_ptr<gerrit::EventSource> source;
    std::unique_ptr<gerrit::EventSource> recorded_source;
    std::unique_ptr<gerrit::FactsSource> facts;
    std::unique_ptr<gerrit::FactsSource> recorded_facts;
    std::unique_ptr<git::Definitions> definitions;
    std::vector<std::unique_ptr<pipeline::Executor>> executors;
    std::unique_ptr<pipeline::Reporter> reporter;
    std::unique_ptr<pipeline::Rehearsal> rehearsal;
    std::unique_ptr<pipeline::Pipeline> pipeline;

    gerrit::EventSource& stream() { return recorded_source ? *recorded_source : *source; }
    gerrit::FactsSource& reader() { return recorded_facts ? *recorded_facts : *facts; }
};

/// Builds what `options` and the site ask for, starts nothing but the stream's thread. Throws
/// Exception for what can never work: a bad file, an unreadable secret, a store of a newer version.
std::unique_ptr<Assembly> assemble(const ServeOptions& options, Site site, Logger& log);

} // namespace seakeeper::daemon
