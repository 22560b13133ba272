// SPDX-License-Identifier: Apache-2.0
// Submit an Argo Workflow to a cluster and follow it until it is over.
//   04-submit-workflow KUBECONFIG NAMESPACE WORKFLOW.json
// Ends 0 when it succeeded, 1 when it did not, 2 for wrong use, 3 when the cluster cannot be asked.
#include <seakeeper/kubernetes/client.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>

#include <fstream>
#include <iostream>
#include <iterator>

using namespace seakeeper;
using namespace seakeeper::kubernetes;

namespace {

/// A coroutine of this library awaits one thing per statement, and every wait has a deadline.
asio::awaitable<Result<Phase>> submit(Client& client, json::object workflow) {
    const auto patience = Deadline::in(std::chrono::minutes{10});
    auto created = co_await client.create(workflows, std::move(workflow), patience);
    if (!created) {
        co_return created.error();
    }
    auto status = read_workflow_status(*created).value();
    auto watch = client.watch(workflows, "", status.resource_version);
    while (!status.is_terminal()) {
        auto change = co_await watch->next(patience);
        if (!change) {
            co_return change.error();
        }
        auto seen = read_workflow_status(change->object);
        if (!seen || seen->name != status.name) {
            continue;
        }
        if (seen->phase != status.phase) {
            std::cout << seen->name << ": " << to_string(seen->phase) << " " << seen->message
                      << std::endl;
        }
        status = std::move(*seen);
    }
    co_return status.phase;
}

} // namespace

int main(int count, char** arguments) {
    std::ifstream file{count == 4 ? arguments[3] : ""};
    const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
    boost::system::error_code fault;
    auto workflow = json::parse(bytes, fault);
    if (count != 4 || fault || !workflow.is_object()) {
        std::cerr << "usage: 04-submit-workflow KUBECONFIG NAMESPACE WORKFLOW.json\n";
        return 2;
    }
    auto configuration = read_kubeconfig(arguments[1]);
    if (!configuration) {
        std::cerr << configuration.error().message << "\n";
        return 2;
    }
    configuration->name_space = arguments[2];
    asio::io_context context;
    Client client{context.get_executor(), std::move(*configuration)};
    Result<Phase> outcome{Phase::none};
    asio::co_spawn(
        context,
        submit(client, std::move(workflow.as_object())),
        [&](std::exception_ptr, Result<Phase> phase) { outcome = std::move(phase); }
    );
    context.run();
    if (!outcome) {
        std::cerr << outcome.error().message << "\n";
    }
    return !outcome ? 3 : *outcome == Phase::succeeded ? 0 : 1;
}
