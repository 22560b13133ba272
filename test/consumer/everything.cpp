// SPDX-License-Identifier: Apache-2.0
// A stranger's program: network, storage, git and the executor for this machine are linked.
#include <seakeeper/git/definitions.hpp>
#include <seakeeper/kubernetes/configuration.hpp>
#include <seakeeper/local/executor.hpp>
#include <seakeeper/store/store.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdio>

using namespace seakeeper;

int main() {
    if (kubernetes::read_kubeconfig("/nonexistent") || store::open({"/nonexistent/x.db", {}})) {
        std::puts("what is not there was opened");
        return 1;
    }
    boost::asio::io_context context;
    try {
        local::Options options;
        options.log_folder = options.scratch_folder = "/proc/nonexistent";
        local::LocalExecutor executor{context.get_executor(), options, no_log()};
    } catch (const Exception&) {
        return git::path_fault("../x") != nullptr ? 0 : 1;
    }
    std::puts("a folder was made where none can be");
    return 1;
}
