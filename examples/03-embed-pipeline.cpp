// SPDX-License-Identifier: Apache-2.0
// The whole pipeline inside another program: recorded events in, runs on this machine, results to a
// reporter of one's own. Every part that is plugged in here can be another one.
//   03-embed-pipeline RECORDING REPOSITORIES STATE
#include <seakeeper/gerrit/recording.hpp>
#include <seakeeper/git/mirror.hpp>
#include <seakeeper/local/executor.hpp>
#include <seakeeper/pipeline/pipeline.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <iostream>

using namespace seakeeper;

namespace {

/// Where our program wants results: on a chat, in a database, or here.
class OurReporter final : public pipeline::Reporter {
public:
    pipeline::asio::awaitable<Status> post(pipeline::Post post, Deadline) override {
        std::cout << post.project << " change " << value_of(post.change) << ":";
        for (const auto& vote : post.votes) {
            std::cout << " " << vote.label << (vote.value > 0 ? "+" : "") << vote.value;
        }
        std::cout << std::endl;
        co_return Status{};
    }
    pipeline::asio::awaitable<Result<bool>> is_posted(pipeline::Post, Deadline) override {
        co_return false;
    }
};

pipeline::Options our_site() {
    pipeline::Options options;
    options.decisions.server = "sample";
    options.decisions.project_url = "/repositories/";
    options.decisions.untrusted_policy.require_image_digest = false;
    workflow::Site machine; // no cluster: the names only have to be names
    machine.namespace_ = machine.service_account = machine.executor_service_account = "local";
    options.decisions.untrusted = decision::Executor{"here", machine};
    options.channel.is_peer_verified = true;
    return options;
}

} // namespace

int main(int, char** arguments) {
    const std::string state = arguments[3];
    std::filesystem::create_directories(state);
    boost::asio::io_context context;
    auto recording = gerrit::read_recording(arguments[1]).value();
    auto source = gerrit::play_lines(std::move(recording.lines));
    auto facts = gerrit::play_facts(std::move(recording.facts));
    git::MirrorOptions mirror{state + "/mirrors", std::string{"file://"} + arguments[2]};
    auto definitions = git::make_mirror(context.get_executor(), std::move(mirror));
    local::Options local{state + "/logs", state + "/scratch", arguments[2]};
    local::LocalExecutor here{context.get_executor(), local, no_log()};
    OurReporter reporter;
    auto store = store::open(store::Options{state + "/seakeeper.db", {}}).value();
    const pipeline::LogFolder logs{state + "/logs"};
    pipeline::Parts parts{
        *source,
        *facts,
        *definitions,
        {{"here", &here}},
        reporter,
        *store,
        logs,
        system_clock(),
        no_log()};
    pipeline::Pipeline pipeline{context.get_executor(), std::move(parts), our_site()};

    Status ended;
    boost::asio::co_spawn(context, pipeline.run(), [&](std::exception_ptr, Status status) {
        ended = std::move(status);
        context.stop();
    });
    context.run();
    return ended || ended.error().is(Errc::cancelled) ? 0 : 1;
}
