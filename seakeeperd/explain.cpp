// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "run_state.hpp"
#include "site.hpp"

#include <seakeeper/pipeline/explain.hpp>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <optional>
#include <vector>

namespace seakeeper::daemon {
namespace {

constexpr const char* purpose =
    "Why it ran, why it did not, why it was (not) trusted: the way from event to report, from what "
    "the store holds. Every trigger's answer and every decision is made again from its stored "
    "inputs. Works beside a running service.\n"
    "ID: PROJECT~NUMBER or a change's number, either with ,PATCHSET; PROJECT~REF; @SEQUENCE or key "
    "of an event; name of a workload; digest of a decision; name of a run of `seakeeperd run`, "
    "which is found in its folder and in ./seakeeper-run, also while it goes on: its nodes with "
    "times, phases and messages.\n"
    "Examples: seakeeperd explain --state /var/lib/seakeeper demo/app~17,2; "
    "seakeeperd explain --state seakeeper-run ci-x7k2p";

struct ExplainOptions {
    std::string id;
    std::string state;
    std::string config;
    bool is_json = false;
};

Result<std::string> state_folder(const ExplainOptions& options) {
    if (options.config.empty()) {
        return options.state.empty() ? "seakeeper-state" : options.state;
    }
    auto site = read_site_file(options.config);
    if (!site) {
        return site.error();
    }
    return options.state.empty() ? site->state : options.state;
}

/// A run on this machine, or nothing: there is none of the name.
std::optional<int> explain_run(const ExplainOptions& options, const std::string& folder) {
    std::vector<std::string> folders{folder};
    if (options.state.empty() && options.config.empty()) {
        folders.emplace_back("seakeeper-run");
    }
    for (const auto& state : folders) {
        const auto tree = read_run(state, options.id);
        if (tree) {
            fmt::print(
                "{}",
                options.is_json ? boost::json::serialize(local::to_json(*tree)) + "\n"
                                : local::to_text(*tree)
            );
            return exit_done;
        }
        if (!tree.error().is(Errc::not_found)) {
            return fail("explain", tree.error());
        }
    }
    return std::nullopt;
}

int explain(const ExplainOptions& options) {
    const auto folder = state_folder(options);
    if (!folder) {
        return fail("explain", folder.error());
    }
    if (const auto told = explain_run(options, *folder)) {
        return *told;
    }
    auto history = store::open_history(*folder + "/seakeeper.db");
    if (!history) {
        return fail("explain", history.error());
    }
    const auto made = pipeline::explain(**history, options.id);
    if (!made) {
        const bool is_no = made.error().is(Errc::not_found);
        const auto code = fail("explain", made.error());
        return is_no ? exit_no : code;
    }
    fmt::print("{}", options.is_json ? to_json(*made) + "\n" : to_text(*made));
    return exit_done;
}

} // namespace

void add_explain(CLI::App& app, int& status) {
    auto options = std::make_shared<ExplainOptions>();
    auto* command = app.add_subcommand("explain", purpose);
    command->add_option("id", options->id, "what to explain")->required();
    command->add_option(
        "--state", options->state, "state folder; the file's, or ./seakeeper-state"
    );
    command->add_option("--config", options->config, "the operator's file, which names the state");
    command->add_flag("--json", options->is_json, "one JSON object");
    command->callback([options, &status] { status = explain(*options); });
}

} // namespace seakeeper::daemon
