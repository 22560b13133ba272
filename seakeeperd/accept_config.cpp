// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site.hpp"

#include <seakeeper/pipeline/accept_config.hpp>
#include <seakeeper/store/store.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include <cstdio>

namespace seakeeper::daemon {
namespace {

int fail(const Error& error, int status) {
    fmt::print(stderr, "seakeeperd accept-config: {}\n", error.message);
    return status;
}

} // namespace

int accept_config(const AcceptConfigOptions& options) {
    auto site = read_site_file(options.config);
    if (!site) {
        return fail(site.error(), exit_usage);
    }
    auto project = ProjectName::parse(options.project);
    auto commit = CommitId::parse(options.commit);
    if (!project || !commit) {
        return fail(project ? commit.error() : project.error(), exit_usage);
    }
    store::Options where;
    where.path = site->state + "/seakeeper.db";
    auto store = store::open(std::move(where));
    if (!store) {
        const bool is_running = store.error().is(Errc::conflict);
        const auto error = is_running ? store.error().within("the service has to be stopped first")
                                      : store.error();
        return fail(error, is_running ? exit_no : exit_usage);
    }
    boost::asio::io_context context;
    auto accepting = pipeline::accept_config(**store, std::move(*project), std::move(*commit));
    auto done = boost::asio::co_spawn(context, std::move(accepting), boost::asio::use_future);
    context.run();
    const auto before = done.get();
    if (!before) {
        return fail(before.error(), exit_no);
    }
    fmt::print(
        "{}: last tip of refs/meta/config was {}, is {}\n",
        options.project,
        before->value_or("none"),
        options.commit
    );
    return exit_done;
}

} // namespace seakeeper::daemon
