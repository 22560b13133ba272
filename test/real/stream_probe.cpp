// SPDX-License-Identifier: Apache-2.0
// stream_probe HOST PORT USER KEY KNOWN_HOSTS [keepalive_ms silence_ms]: prints what the SSH stream
// gives as JSON lines, until standard input ends. A KEY ending in .pub is looked for in the agent.
#include <seakeeper/gerrit/stream.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <unistd.h>

namespace {

namespace asio = boost::asio;
namespace gerrit = seakeeper::gerrit;

void print(const boost::json::object& object) {
    std::cout << boost::json::serialize(object) << std::endl;
}

asio::awaitable<void> relay(gerrit::EventSource& source) {
    for (;;) {
        const auto until = seakeeper::Deadline::in(std::chrono::seconds(1));
        auto line = co_await source.next_line(until);
        if (line) {
            print({{"line", line->bytes}, {"epoch", line->epoch}});
        } else if (line.error().is(seakeeper::Errc::cancelled)) {
            co_return;
        }
    }
}

void print_state(const gerrit::StreamStatus& status) {
    print(
        {{"state", gerrit::to_string(status.state)},
         {"epoch", status.epoch},
         {"code", status.reason ? status.reason->code.message() : ""},
         {"reason", status.reason ? status.reason->message : ""}}
    );
}

gerrit::StreamOptions options_of(int count, char** words) {
    gerrit::StreamOptions options;
    options.host = words[1];
    options.port = static_cast<std::uint16_t>(std::atoi(words[2]));
    options.user = words[3];
    const std::string key = words[4];
    (key.ends_with(".pub") ? options.agent_key_file : options.key_file) = key;
    options.known_hosts_file = words[5];
    if (count > 7) {
        options.keepalive = std::chrono::milliseconds{std::atoi(words[6])};
        options.silence = std::chrono::milliseconds{std::atoi(words[7])};
    }
    options.longest_pause = std::chrono::seconds{4};
    return options;
}

} // namespace

int main(int count, char** words) {
    if (count < 6) {
        std::cerr << "usage: stream_probe HOST PORT USER KEY KNOWN_HOSTS [KEEPALIVE SILENCE]\n";
        return 2;
    }
    asio::io_context context;
    const auto source = gerrit::make_ssh_stream(
        context.get_executor(), options_of(count, words), seakeeper::no_log(), print_state
    );
    asio::posix::stream_descriptor input{context, dup(STDIN_FILENO)};
    char byte = 0;
    input.async_read_some(asio::buffer(&byte, 1), [&](auto, auto) { source->stop(); });
    std::exception_ptr thrown;
    asio::co_spawn(context, relay(*source), [&](std::exception_ptr error) {
        thrown = error;
        context.stop();
    });
    context.run();
    return thrown ? 1 : 0;
}
