// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site_folder.hpp"

#include <seakeeper/decision/consider.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace seakeeper::daemon {
namespace {

constexpr const char* purpose =
    "What the service would decide about recorded events: JSON lines in, JSON lines out, and the "
    "same input gives the same bytes. Reads no network and starts nothing.\n"
    "Each trigger of the event's project has a line: matched, with the whole record of the "
    "decision, or the first condition that failed.\n"
    "Example: seakeeperd decide --site examples/site --events stream.jsonl | jq -c "
    "'[.subject, .trigger, .outcome, .class]'";

struct DecideOptions {
    std::string site;
    std::string project;
    std::string events;
    std::string facts;
    bool is_matched_only = false;
};

/// The rows of DIR/*.json: a reading of facts a file, named after the event.
Result<std::string> rows_of_folder(const std::string& folder) {
    namespace fs = std::filesystem;
    std::string rows;
    if (!fs::is_directory(folder)) {
        return Error{Errc::not_found, fmt::format("reading facts {}: no such folder", folder)};
    }
    for (const auto& entry : fs::directory_iterator{folder}) {
        if (entry.path().extension() != ".json") {
            continue;
        }
        auto facts = read_text(entry.path().string());
        if (!facts) {
            return facts.error();
        }
        std::replace(facts->begin(), facts->end(), '\n', ' ');
        rows += fmt::format(
            "{{\"event\":\"{}\",\"facts\":{}}}\n", entry.path().stem().string(), *facts
        );
    }
    return rows;
}

Result<gerrit::RecordedStream> read_events(const DecideOptions& options) {
    auto text = read_text(options.events);
    if (!text) {
        return text.error();
    }
    if (!options.facts.empty()) {
        auto rows = rows_of_folder(options.facts);
        if (!rows) {
            return rows.error();
        }
        *text += (text->empty() || text->ends_with('\n') ? "" : "\n") + *rows;
    }
    return gerrit::RecordedStream::read(std::move(*text), options.events);
}

int decide(const DecideOptions& options) {
    auto folder = read_site_folder(options.site, options.project);
    if (!folder) {
        return fail("decide", folder.error());
    }
    const auto stream = read_events(options);
    if (!stream) {
        return fail("decide", stream.error());
    }
    decision::SiteConfiguration site{
        std::move(folder->tips), std::move(folder->options), "--site " + options.site};
    decision::Setting setting{site, decision::circumstances_of_a_file(site.options())};
    decision::Considering considering{setting, *stream};
    const auto style =
        options.is_matched_only ? decision::LineStyle::matched : decision::LineStyle::all;
    std::string out;
    for (std::size_t i = 0; i < stream->size(); ++i) {
        const auto made = considering.line(i);
        if (!made) {
            return fail("decide", made.error());
        }
        for (const auto& each : *made) {
            append_lines(out, each, stream->row(i), style);
        }
        if (out.size() > (1 << 16) || i + 1 == stream->size()) {
            std::fwrite(out.data(), 1, out.size(), stdout);
            out.clear();
        }
    }
    if (std::fflush(stdout) != 0) {
        return fail("decide", Error{Errc::io, "writing decisions: the output is closed or full"});
    }
    return exit_done;
}

} // namespace

void add_decide(CLI::App& app, int& status) {
    auto options = std::make_shared<DecideOptions>();
    auto* command = app.add_subcommand("decide", purpose);
    command->add_option("--site", options->site, "the operator's file, or a folder of a site")
        ->required();
    command->add_option("--events", options->events, "recorded events; - is standard input")
        ->required();
    command->add_option(
        "--facts", options->facts, "folder with more facts: files EVENT.json, as recordings name it"
    );
    command->add_option(
        "--project", options->project, "the folder is this project's refs/meta/config alone"
    );
    command->add_flag(
        "--matched", options->is_matched_only, "leave out the triggers that did not match"
    );
    command->callback([options, &status] { status = decide(*options); });
}

} // namespace seakeeper::daemon
