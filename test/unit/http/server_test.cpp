// SPDX-License-Identifier: Apache-2.0
#include "http/server.hpp"
#include "http/transport.hpp"
#include "run.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <thread>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::http;
namespace asio = boost::asio;

namespace {

Answer echo(const Question& question) {
    Answer answer;
    if (question.path == "/file") {
        answer.file = std::string{question.value("name")};
        return answer;
    }
    answer.body =
        fmt::format("{} {} {}", question.path, question.value("q"), question.authorization);
    return answer;
}

struct Running {
    asio::io_context context;
    std::unique_ptr<Server> server = serve(context.get_executor(), "127.0.0.1:0", echo).value();
    std::unique_ptr<Transport> client;

    Running() {
        Options options;
        options.is_tls = false;
        options.host = "127.0.0.1";
        options.port = server->port();
        client = make_transport(context.get_executor(), options);
    }
    Result<Response> ask(std::string target, std::string method = "GET") {
        Request request;
        request.method = std::move(method);
        request.target = std::move(target);
        request.headers.push_back({"Authorization", "Bearer x"});
        return test::run(
            context, client->send(std::move(request), Deadline::in(std::chrono::seconds{5}))
        );
    }
};

} // namespace

TEST_CASE("a question arrives decoded and its answer comes back") {
    Running running;
    const auto answer = running.ask("/a%20b?q=1%262&r=");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "/a b 1&2 Bearer x");
    CHECK(answer->header("Connection") == "close");
}

TEST_CASE("only reading is allowed, and only on sound paths") {
    Running running;
    CHECK(running.ask("/x", "DELETE")->status == 405);
    CHECK(running.ask("/../etc/passwd")->status == 400);
    CHECK(running.ask("/a/%2e%2e/b")->status == 400);
    CHECK(running.ask("/a%00")->status == 400);
}

TEST_CASE("a file is sent whole, and one that is not there is not found") {
    Running running;
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("seakeeper-server-{}", ::getpid());
    const std::string text(200'000, 'x');
    std::ofstream{path} << text;
    CHECK(running.ask("/file?name=" + path.string())->body == text);
    std::filesystem::remove(path);
    CHECK(running.ask("/file?name=" + path.string())->status == 404);
}

TEST_CASE("what is not HTTP, or too long, is closed without an answer") {
    Running running;
    for (const auto& bytes :
         {std::string{"\x16\x03\x01 nonsense\r\n\r\n"}, "GET /" + std::string(9000, 'a')}) {
        asio::ip::tcp::socket socket{running.context};
        socket.connect({asio::ip::make_address("127.0.0.1"), running.server->port()});
        boost::system::error_code fault;
        asio::write(socket, asio::buffer(bytes), fault);
        std::thread loop{[&] {
            running.context.restart();
            running.context.run_for(std::chrono::milliseconds{500});
        }};
        asio::streambuf answer;
        asio::read_until(socket, answer, "\r\n", fault);
        loop.join();
        CHECK(fault);
        CHECK(answer.size() == 0);
    }
}

TEST_CASE("an address that is none, or is taken, is said so") {
    Running running;
    auto executor = running.context.get_executor();
    CHECK(serve(executor, "localhost", echo).error().is(Errc::invalid_argument));
    CHECK(serve(executor, "127.0.0.1:x", echo).error().is(Errc::invalid_argument));
    const auto taken = fmt::format("127.0.0.1:{}", running.server->port());
    CHECK(serve(executor, taken, echo).error().is(Errc::io));
}
