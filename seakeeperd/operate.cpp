// SPDX-License-Identifier: Apache-2.0
#include "commands.hpp"
#include "http/transport.hpp"
#include "requests.hpp"
#include "site.hpp"

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>
#include <filesystem>

// Commands for whoever looks after a running daemon.
namespace seakeeper::daemon {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

struct OperateOptions {
    std::string config;
    std::string file;
    bool is_json = false;
};

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value != nullptr && value->is_string() ? std::string{value->get_string()} : "";
}

std::int64_t number_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    if (value == nullptr || !value->is_number()) {
        return 0;
    }
    boost::system::error_code fault;
    return static_cast<std::int64_t>(value->to_number<double>(fault));
}

Result<std::string> read_status(const std::string& listen) {
    const auto colon = listen.rfind(':');
    http::Options to;
    to.is_tls = false;
    to.host = listen.substr(0, colon);
    std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), to.port);
    if (to.host == "0.0.0.0" || to.host == "[::]") {
        to.host = "127.0.0.1";
    }
    boost::asio::io_context context{1};
    auto transport = http::make_transport(context.get_executor(), std::move(to));
    http::Request request;
    request.target = "/status";
    auto work = transport->send(std::move(request), Deadline::in(10s));
    auto future = boost::asio::co_spawn(context, std::move(work), boost::asio::use_future);
    context.run();
    auto response = future.get();
    if (!response) {
        return response.error();
    }
    return response->body;
}

void print_status(const json::object& status) {
    const auto not_ready = text_at(status, "not_ready");
    fmt::print("{}\n", not_ready.empty() ? "ready" : "NOT READY: " + not_ready);
    fmt::print(
        "stream      {}{}, {} s behind Gerrit\n",
        text_at(status, "stream"),
        text_at(status, "stream_fault").empty() ? "" : " (" + text_at(status, "stream_fault") + ")",
        number_at(status, "seconds_behind_gerrit")
    );
    const auto* at = status.if_contains("catch_up");
    if (at != nullptr && at->is_object()) {
        const auto& catch_up = at->get_object();
        const auto gap = text_at(catch_up, "gap_since");
        fmt::print(
            "catch-up    {}; last complete {}; {} events recovered, {} cannot be told again\n",
            gap.empty()
                ? "nothing is missing"
                : fmt::format(
                    "events since {} may be missing ({})", gap, text_at(catch_up, "gap_reason")
                ),
            text_at(catch_up, "last_complete").empty() ? "never"
                                                       : text_at(catch_up, "last_complete"),
            number_at(catch_up, "recovered"),
            number_at(catch_up, "unreconstructable")
        );
        if (const auto fault = text_at(catch_up, "last_error"); !fault.empty()) {
            fmt::print("            {}\n", fault);
        }
    }
    fmt::print(
        "in flight   {} lines, {} workloads\n",
        number_at(status, "open_lines"),
        number_at(status, "open_workloads")
    );
    fmt::print("given up    {} effects\n", number_at(status, "dead_effects"));
}

/// Exit code: 0 ready, 1 not ready, 3 nobody answers.
int show_status(const OperateOptions& options) {
    const auto site = read_site_file(options.config);
    if (!site) {
        fmt::print(stderr, "{}\n", site.error().message);
        return exit_usage;
    }
    const auto body = read_status(site->listen);
    if (!body) {
        fmt::print(stderr, "asking {}: {}\n", site->listen, body.error().message);
        return exit_unreachable;
    }
    boost::system::error_code fault;
    const auto status = json::parse(*body, fault);
    if (fault || !status.is_object()) {
        fmt::print(stderr, "asking {}: its answer is not a status\n", site->listen);
        return exit_unreachable;
    }
    if (options.is_json) {
        fmt::print("{}\n", *body);
    } else {
        print_status(status.get_object());
    }
    return text_at(status.get_object(), "not_ready").empty() ? exit_done : exit_no;
}

int ask(const OperateOptions& options, const Request& request) {
    const auto site = read_site_file(options.config);
    if (!site) {
        fmt::print(stderr, "{}\n", site.error().message);
        return exit_usage;
    }
    const auto answer = ask_daemon(site->state, request, 10min);
    if (!answer) {
        fmt::print(stderr, "{}\n", answer.error().message);
        return answer.error().is(Errc::unavailable) ? exit_unreachable : exit_no;
    }
    fmt::print("{}\n", *answer);
    return exit_done;
}

} // namespace

void add_operate(CLI::App& app, int& status) {
    const auto options = std::make_shared<OperateOptions>();
    auto* show = app.add_subcommand(
        "status",
        "What the running daemon is doing: behind, in flight, given up.\n"
        "Example: seakeeperd status --config site.yaml"
    );
    show->add_option("--config", options->config, "the operator's file")->required();
    show->add_flag("--json", options->is_json, "as it stands on /status");
    show->callback([options, &status] { status = show_status(*options); });

    auto* retry = app.add_subcommand(
        "retry-dead",
        "Has the running daemon try again what it gave up on Gerrit and clusters.\n"
        "Example: seakeeperd retry-dead --config site.yaml"
    );
    retry->add_option("--config", options->config, "the operator's file")->required();
    retry->callback([options, &status] { status = ask(*options, {"retry-dead", ""}); });

    auto* backup = app.add_subcommand(
        "backup",
        "Has the running daemon copy its store to a new file, while it works.\n"
        "Example: seakeeperd backup /var/backups/seakeeper.db --config site.yaml"
    );
    backup->add_option("file", options->file, "must not exist")->required();
    backup->add_option("--config", options->config, "the operator's file")->required();
    backup->callback([options, &status] {
        const auto file = std::filesystem::absolute(options->file).string();
        status = ask(*options, {"backup", file});
    });
}

} // namespace seakeeper::daemon
