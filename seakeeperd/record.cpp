// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "site.hpp"

#include <seakeeper/gerrit/recording.hpp>
#include <seakeeper/pipeline/stored_recording.hpp>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

constexpr const char* purpose =
    "Writes the stream of events as JSON lines (docs/recording.md), until it is interrupted: input "
    "for decide, replay and serve --events. With --facts it reads the facts that a decision would "
    "read, as a service in shadow mode, and writes them too. With --state it writes what a store "
    "holds instead. Changes that are private are left out.\n"
    "Example: seakeeperd record --config site.yaml --facts --out stream.jsonl";

struct RecordOptions {
    std::string config;
    std::string state;
    std::string out;
    std::size_t last = 0;
    bool wants_facts = false;
    bool keeps_private = false;

    gerrit::Privacy privacy() const {
        return keeps_private ? gerrit::Privacy::keep : gerrit::Privacy::leave_out;
    }
};

/// Says on a terminal how far it is.
class Progress {
public:
    void add() {
        ++lines_;
        if (is_terminal_) {
            fmt::print(stderr, "\r{} lines ", lines_);
        }
    }
    void end() const {
        fmt::print(stderr, "{}{} lines recorded\n", is_terminal_ ? "\r" : "", lines_);
    }

private:
    bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
    std::size_t lines_ = 0;
};

asio::awaitable<Status>
copy(gerrit::EventSource& source, gerrit::Recorder& recorder, Progress& progress) {
    for (;;) {
        const auto until = Deadline::in(std::chrono::seconds{5});
        auto line = co_await source.next_line(until);
        if (line) {
            recorder.note(*line);
            progress.add();
        } else if (line.error().is(Errc::cancelled)) {
            co_return Status{};
        } else if (!line.error().is(Errc::timed_out)) {
            co_return line.error();
        }
    }
}

int record_stream(const RecordOptions& options, const Site& site) {
    asio::io_context context{1};
    const auto log = make_logger(LogFormat::text, "warning");
    auto source = gerrit::make_ssh_stream(context.get_executor(), site.gerrit.ssh, *log);
    gerrit::Recorder recorder{options.out, options.privacy()};
    Progress progress;
    asio::signal_set signals{context, SIGTERM, SIGINT};
    signals.async_wait([&source](const boost::system::error_code& fault, int) {
        if (!fault) {
            source->stop();
        }
    });
    Status ended;
    auto work = copy(*source, recorder, progress);
    asio::co_spawn(context, std::move(work), [&](std::exception_ptr error, Status status) {
        ended = error ? Status{Error{Errc::io, "recording broke"}} : std::move(status);
        signals.cancel();
    });
    context.run();
    progress.end();
    return ended ? exit_done : fail("record", ended.error());
}

int record_with_facts(const RecordOptions& options) {
    auto scratch = (fs::temp_directory_path() / "seakeeper-record-XXXXXX").string();
    if (::mkdtemp(scratch.data()) == nullptr) {
        return fail("record", Error{Errc::io, "making a scratch folder: not possible"});
    }
    ServeOptions service;
    service.config = options.config;
    service.record = options.out;
    service.state = scratch;
    service.is_shadow = true;
    service.is_recording = true;
    service.keeps_private = options.keeps_private;
    service.log_level = "warning";
    const auto status = serve(service);
    std::error_code ignored;
    fs::remove_all(scratch, ignored);
    return status;
}

int record_store(const RecordOptions& options) {
    auto history = store::open_history(options.state + "/seakeeper.db");
    if (!history) {
        return fail("record", history.error());
    }
    auto after =
        options.last == 0 ? Result<store::Sequence>{0} : (*history)->before_last(options.last);
    if (!after) {
        return fail("record", after.error());
    }
    std::ofstream file;
    if (options.out != "-") {
        file.open(options.out, std::ios::app | std::ios::binary);
    }
    bool is_written = options.out == "-" || file.good();
    const auto write = [&](std::string_view row) {
        if (options.out == "-") {
            is_written &= std::fwrite(row.data(), 1, row.size(), stdout) == row.size();
        } else {
            is_written &= static_cast<bool>(file << row);
        }
    };
    const auto done = pipeline::write_recording(**history, *after, options.privacy(), write);
    if (!done) {
        return fail("record", done.error());
    }
    is_written &= options.out == "-" ? std::fflush(stdout) == 0 : static_cast<bool>(file.flush());
    if (!is_written) {
        return fail(
            "record", Error{Errc::io, fmt::format("writing {}: not possible", options.out)}
        );
    }
    return exit_done;
}

int record(const RecordOptions& options) {
    if (!options.state.empty()) {
        return record_store(options);
    }
    const auto site = read_site_file(options.config);
    if (!site) {
        return fail("record", site.error());
    }
    return options.wants_facts ? record_with_facts(options) : record_stream(options, *site);
}

} // namespace

void add_record(CLI::App& app, int& status) {
    auto options = std::make_shared<RecordOptions>();
    auto* command = app.add_subcommand("record", purpose);
    auto* source = command->add_option_group("source");
    source->add_option("--config", options->config, "the operator's file: listen to its Gerrit");
    source->add_option("--state", options->state, "state folder: what its store holds");
    source->require_option(1);
    command
        ->add_option(
            "--out",
            options->out,
            "file that rows are appended to; of a state also -, standard output"
        )
        ->required();
    command->add_flag("--facts", options->wants_facts, "read and write facts as well");
    command->add_option("--last", options->last, "of a state: only its newest lines, so many");
    command->add_flag(
        "--with-private", options->keeps_private, "private changes too: keep the file to yourself"
    );
    command->callback([options, &status] { status = record(*options); });
}

} // namespace seakeeper::daemon
