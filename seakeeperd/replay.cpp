// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site_folder.hpp"

#include <seakeeper/decision/compare.hpp>
#include <seakeeper/pipeline/stored_recording.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <memory>

namespace seakeeper::daemon {
namespace {

constexpr const char* purpose =
    "What a proposed configuration would have done to events that happened: each trigger that "
    "starts, no longer starts, changes its class, its report or what it runs, with counts and "
    "examples. Exit status 1 where there is a difference.\n"
    "FROM and TO are sites in folders (docs/site-folder.md), or, with --project, two trees of that "
    "project's refs/meta/config.\n"
    "Example: seakeeperd replay --events stream.jsonl --from site --to proposed";

struct ReplayOptions {
    std::string events;
    std::string state;
    std::string from;
    std::string to;
    std::string project;
    std::size_t last = 100'000;
    std::size_t examples = 3;
    bool is_json = false;
};

Result<std::string> stored_events(const ReplayOptions& options) {
    auto history = store::open_history(options.state + "/seakeeper.db");
    if (!history) {
        return history.error();
    }
    auto after = (*history)->before_last(options.last);
    if (!after) {
        return after.error();
    }
    std::string text;
    const auto written = pipeline::write_recording(
        **history, *after, gerrit::Privacy::keep, [&text](std::string_view row) { text += row; }
    );
    if (!written) {
        return written.error();
    }
    return text;
}

int replay(const ReplayOptions& options) {
    auto text = options.state.empty() ? read_text(options.events) : stored_events(options);
    if (!text) {
        return fail("replay", text.error());
    }
    const auto name = options.state.empty() ? options.events : options.state;
    auto stream = gerrit::RecordedStream::read(std::move(*text), name);
    if (!stream) {
        return fail("replay", stream.error());
    }
    auto before = read_site_folder(options.from, options.project);
    auto after = read_site_folder(options.to, options.project);
    if (!before || !after) {
        return fail("replay", before ? after.error() : before.error());
    }
    decision::SiteConfiguration from{std::move(before->tips), std::move(before->options), "--from"};
    decision::SiteConfiguration to{std::move(after->tips), std::move(after->options), "--to"};
    const auto made = decision::compare(from, to, *stream, {options.examples});
    if (!made) {
        return fail("replay", made.error());
    }
    fmt::print("{}", options.is_json ? to_json(*made) + "\n" : to_text(*made));
    return made->is_same() ? exit_done : exit_no;
}

} // namespace

void add_replay(CLI::App& app, int& status) {
    auto options = std::make_shared<ReplayOptions>();
    auto* command = app.add_subcommand("replay", purpose);
    auto* source = command->add_option_group("source");
    source->add_option("--events", options->events, "recorded events; - is standard input");
    source->add_option("--state", options->state, "state folder whose events are taken");
    source->require_option(1);
    command->add_option("--from", options->from, "the configuration in force")->required();
    command->add_option("--to", options->to, "the proposed one")->required();
    command->add_option(
        "--project", options->project, "FROM and TO are this project's refs/meta/config alone"
    );
    command->add_option("--last", options->last, "of a state: its newest events, so many")
        ->capture_default_str();
    command->add_option("--examples", options->examples, "shown of each difference")
        ->capture_default_str();
    command->add_flag("--json", options->is_json, "one JSON object");
    command->callback([options, &status] { status = replay(*options); });
}

} // namespace seakeeper::daemon
