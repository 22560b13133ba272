// SPDX-License-Identifier: Apache-2.0
#include "requests.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>
#include <unistd.h>

namespace seakeeper::daemon {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr std::string_view asked = ".request";
constexpr std::string_view answered = ".answer";

/// Whole or not at all, whoever reads it meanwhile.
Status write_whole(const fs::path& path, const std::string& text) {
    const fs::path part = path.string() + ".part";
    {
        std::ofstream file{part, std::ios::binary | std::ios::trunc};
        file << text << std::flush;
        if (!file) {
            return Error{Errc::io, fmt::format("writing {}: not possible", part.string())};
        }
    }
    std::error_code fault;
    fs::rename(part, path, fault);
    if (fault) {
        return Error{Errc::io, fmt::format("writing {}: {}", path.string(), fault.message())};
    }
    return {};
}

std::string read_whole(const fs::path& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

boost::asio::awaitable<Result<std::string>> perform(Assembly& all, Request request) {
    if (request.what == "retry-dead") {
        auto revived = co_await all.pipeline->retry_dead();
        if (!revived) {
            co_return revived.error();
        }
        co_return fmt::format("{} effects are tried again", *revived);
    }
    if (request.what == "backup") {
        auto made = co_await all.store->backup(request.argument);
        if (!made) {
            co_return made.error();
        }
        co_return fmt::format("the store is in {}", request.argument);
    }
    co_return Error{Errc::unsupported, fmt::format("{}: no such request", request.what)};
}

boost::asio::awaitable<void> answer(Assembly& all, fs::path path) {
    const auto text = read_whole(path);
    const auto line = text.find('\n');
    Request request{text.substr(0, line), line == text.npos ? "" : text.substr(line + 1)};
    all.log.info("asked", {{"what", request.what}, {"argument", request.argument}});
    auto done = co_await perform(all, std::move(request));
    const auto said = done ? "ok\n" + *done : "no\n" + done.error().message;
    std::error_code ignored;
    fs::remove(path, ignored);
    path.replace_extension(answered);
    if (auto written = write_whole(path, said); !written) {
        all.log.error("answer not written", {{"error", written.error().message}});
    }
}

} // namespace

Result<std::string>
ask_daemon(const std::string& state, const Request& request, std::chrono::seconds patience) {
    const fs::path base = fs::path{state} / fmt::format("command-{}", ::getpid());
    const fs::path question = base.string() + std::string{asked};
    const fs::path reply = base.string() + std::string{answered};
    if (auto left = write_whole(question, request.what + "\n" + request.argument); !left) {
        return left.error();
    }
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!fs::exists(reply) && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(50ms);
    }
    std::error_code ignored;
    if (!fs::exists(reply)) {
        fs::remove(question, ignored);
        return Error{
            Errc::unavailable,
            fmt::format("asking the daemon of {}: nobody answers; does it run?", state)};
    }
    const auto text = read_whole(reply);
    fs::remove(reply, ignored);
    if (!text.starts_with("ok\n")) {
        return Error{Errc::refused, text.substr(std::min<std::size_t>(text.size(), 3))};
    }
    return text.substr(3);
}

boost::asio::awaitable<void> answer_requests(Assembly& all) {
    boost::asio::steady_timer timer{all.context};
    for (;;) {
        timer.expires_after(500ms);
        const auto [fault] =
            co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        if (fault) {
            co_return;
        }
        std::vector<fs::path> found;
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator{all.site.state, ignored}) {
            if (entry.path().extension() == asked) {
                found.push_back(entry.path());
            }
        }
        for (auto& path : found) {
            co_await answer(all, std::move(path));
        }
    }
}

} // namespace seakeeper::daemon
