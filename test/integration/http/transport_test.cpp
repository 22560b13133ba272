// SPDX-License-Identifier: Apache-2.0
#include "authority.hpp"
#include "http/transport.hpp"
#include "peer.hpp"
#include "run.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <latch>

namespace asio = boost::asio;
using namespace seakeeper;
using namespace std::chrono_literals;
using http::Request;
using http::Response;
using test::Authority;
using test::Peer;
using test::Session;

namespace {

http::Options options_for(const Peer& peer) {
    http::Options options;
    options.is_tls = false;
    options.host = "127.0.0.1";
    options.port = peer.port();
    return options;
}

http::Options tls_options_for(const Peer& peer) {
    http::Options options = options_for(peer);
    options.is_tls = true;
    options.host = "localhost";
    options.ca_pem = Authority::shared().ca_pem();
    return options;
}

Request post(std::string body) {
    Request request;
    request.method = "POST";
    request.target = "/things";
    request.body = std::move(body);
    request.is_idempotent = false;
    return request;
}

Request get(std::string target = "/") {
    Request request;
    request.target = std::move(target);
    return request;
}

/// One transport on its own loop.
struct Bench {
    explicit Bench(http::Options options)
        : transport{http::make_transport(context.get_executor(), std::move(options))} {}

    Result<Response> send(Request request, std::chrono::milliseconds within = 5s) {
        return test::run(context, transport->send(std::move(request), Deadline::in(within)));
    }
    Result<http::StreamedResponse> open(Request request, std::chrono::milliseconds within = 5s) {
        return test::run(context, transport->open(std::move(request), Deadline::in(within)));
    }
    Result<std::string> read(http::StreamedResponse& from, std::chrono::milliseconds within = 5s) {
        return test::run(context, from.body->read(Deadline::in(within)));
    }

    asio::io_context context;
    std::unique_ptr<http::Transport> transport;
};

/// The script that answers every request with its own first line.
void echo(Session& session, int) {
    for (std::string request = session.request(); !request.empty(); request = session.request()) {
        session.answer(request.substr(0, request.find("\r\n")));
    }
}

} // namespace

TEST_SUITE_BEGIN("http transport");

TEST_CASE("requests after one another share one connection") {
    Peer peer{echo};
    Bench bench{options_for(peer)};
    for (int i = 0; i < 5; ++i) {
        const auto answer = bench.send(get("/a?b=" + std::to_string(i)));
        REQUIRE(answer);
        CHECK(answer->body == "GET /a?b=" + std::to_string(i) + " HTTP/1.1");
        CHECK(answer->header("content-LENGTH") == std::to_string(answer->body.size()));
    }
    CHECK(peer.connections() == 1);
}

TEST_CASE("a hundred requests at once keep to the limit of connections, and all are answered") {
    Peer peer{echo};
    http::Options options = options_for(peer);
    options.connections = 4;
    Bench bench{options};
    int answered = 0;
    for (int i = 0; i < 100; ++i) {
        asio::co_spawn(
            bench.context,
            bench.transport->send(get("/" + std::to_string(i)), Deadline::in(20s)),
            [&answered, i](std::exception_ptr, const Result<Response>& answer) {
                answered += answer && answer->body == "GET /" + std::to_string(i) + " HTTP/1.1";
            }
        );
    }
    bench.context.run();
    CHECK(answered == 100);
    CHECK(peer.connections() == 4);
    CHECK(peer.most_at_once() == 4);
}

TEST_CASE("who waits for a connection longer than its deadline is told so, and nobody is blocked") {
    std::latch release{1};
    Peer peer{[&](Session& session, int) {
        session.request();
        release.wait();
        session.answer("late");
        echo(session, 0);
    }};
    http::Options options = options_for(peer);
    options.connections = 1;
    Bench bench{options};
    std::optional<Result<Response>> first;
    asio::co_spawn(
        bench.context,
        bench.transport->send(get("/first"), Deadline::in(20s)),
        [&](std::exception_ptr, Result<Response> answer) { first = std::move(answer); }
    );
    const auto second = bench.send(get("/second"), 50ms);
    CHECK(second.error().is(Errc::timed_out));
    CHECK(second.error().message.find("waiting for a connection") != std::string::npos);
    release.count_down();
    const auto third = bench.send(get("/third"));
    REQUIRE(third);
    REQUIRE(first);
    CHECK(first.value()->body == "late");
    CHECK(peer.connections() == 1);
}

TEST_CASE("a kept-alive connection that the server closed is replaced without a word") {
    Peer peer{[](Session& session, int) {
        session.request();
        session.answer("x"); // and closes
    }};
    Bench bench{options_for(peer)};
    for (int i = 0; i < 3; ++i) {
        CHECK(bench.send(post("body")));
        peer.wait_until_closed();
    }
    CHECK(peer.connections() == 3);
}

TEST_CASE("a connection that dies as it is used again costs an idempotent request nothing") {
    Peer peer{[](Session& session, int number) {
        session.request();
        session.answer("first on its connection");
        if (number == 1) {
            session.request(); // and closes without an answer
            return;
        }
        echo(session, number);
    }};
    Bench bench{options_for(peer)};
    REQUIRE(bench.send(get()));
    SUBCASE("GET is sent again, once") {
        const auto again = bench.send(get());
        REQUIRE(again);
        CHECK(again->body == "first on its connection");
        CHECK(peer.connections() == 2);
    }
    SUBCASE("POST is not") {
        const auto lost = bench.send(post("x"));
        CHECK(lost.error().is(Errc::unknown_outcome));
        CHECK(peer.connections() == 1);
    }
}

TEST_CASE("what goes wrong on the way is told apart") {
    struct Row {
        std::string_view name;
        std::string_view answer;
        Errc for_get;
        std::string_view says;
    };
    const std::array rows{
        Row{"closes at once", "", Errc::unavailable, "before an answer came"},
        Row{"half a header",
            "HTTP/1.1 200 OK\r\nConte",
            Errc::unavailable,
            "before the answer was"},
        Row{"body cut short",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
            Errc::unavailable,
            "before the answer was complete"},
        Row{"chunk cut short",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
            Errc::unavailable,
            "before the answer was complete"},
        Row{"last chunk missing",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
            Errc::unavailable,
            "before the answer was complete"},
        Row{"not HTTP", "SSH-2.0-GerritCodeReview\r\n\r\n", Errc::malformed, "not HTTP"},
        Row{"two lengths",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
            Errc::malformed,
            "not HTTP"},
        Row{"gzip that is none",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
            Errc::malformed,
            "gzip"},
        Row{"body over the limit",
            "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n",
            Errc::limit_exceeded,
            "1000 bytes"},
        Row{"chunk over the limit",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n",
            Errc::limit_exceeded,
            "1000 bytes"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Peer peer{[&](Session& session, int) {
            session.request();
            session.write(std::string{row.answer});
        }};
        http::Options options = options_for(peer);
        options.body_bytes = 1000;
        Bench bench{options};
        const auto read = bench.send(get("/path"));
        CHECK(read.error().is(row.for_get));
        CHECK(read.error().message.find(row.says) != std::string::npos);
        CHECK(read.error().message.find("GET 127.0.0.1:") == 0);
        CHECK(bench.send(post("x")).error().is(Errc::unknown_outcome));
    }
}

TEST_CASE("a reset in the middle of a body is a lost answer") {
    Peer peer{[](Session& session, int) {
        session.request();
        session.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1");
        session.reset();
    }};
    Bench bench{options_for(peer)};
    CHECK(bench.send(get()).error().is(Errc::unavailable));
    CHECK(bench.send(post("x")).error().is(Errc::unknown_outcome));
}

TEST_CASE("a header over 64 KiB is refused") {
    Peer peer{[](Session& session, int) {
        session.request();
        session.write("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
    }};
    Bench bench{options_for(peer)};
    CHECK(bench.send(get()).error().is(Errc::limit_exceeded));
}

TEST_CASE("a server that says nothing, or drips, runs into the deadline") {
    std::latch release{1};
    Peer peer{[&](Session& session, int number) {
        session.request();
        if (number == 1) {
            session.write("HTTP/1.1 200 OK\r\nX-Dr");
        }
        release.wait();
    }};
    Bench bench{options_for(peer)};
    const auto begin = std::chrono::steady_clock::now();
    CHECK(bench.send(get(), 100ms).error().is(Errc::timed_out));
    CHECK(bench.send(get(), 100ms).error().is(Errc::timed_out));
    CHECK(bench.send(post("x"), 100ms).error().is(Errc::unknown_outcome));
    CHECK(std::chrono::steady_clock::now() - begin < 3s);
    release.count_down();
}

TEST_CASE("a refusal sent before the body was read is seen") {
    Peer peer{[](Session& session, int) {
        session.read();
        session.write("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig"
        );
    }};
    Bench bench{options_for(peer)};
    const auto answer = bench.send(post(std::string(100, 'x')));
    REQUIRE(answer);
    CHECK(answer->status == 413);
    CHECK(answer->body == "big");
}

TEST_CASE("nobody listening, and a name that is none, are unavailable") {
    http::Options options;
    options.is_tls = false;
    options.host = "127.0.0.1";
    {
        Peer peer{echo};
        options.port = peer.port();
    }
    Bench closed{options};
    CHECK(closed.send(post("x")).error().is(Errc::unavailable));
    options.host = "no-such-host.invalid";
    Bench unnamed{options};
    const Error error = unnamed.send(get(), 20s).error();
    CHECK((error.is(Errc::unavailable) || error.is(Errc::timed_out)));
    CHECK(error.message.find("resolving") != std::string::npos);
}

TEST_CASE("answers of every framing are read whole") {
    struct Row {
        std::string_view name;
        std::string answer;
        int status;
        std::string_view body;
    };
    const std::array rows{
        Row{"chunks and trailers",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
            "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n",
            200,
            "abcde"},
        Row{"until the end", "HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc"},
        Row{"100 before",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
            201,
            "ok"},
        Row{"no content", "HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
        Row{"a redirect is an answer",
            "HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
            302,
            ""},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        Peer peer{[&](Session& session, int) {
            session.request();
            for (const char byte : row.answer) { // one by one: every boundary
                session.write(std::string(1, byte));
            }
        }};
        Bench bench{options_for(peer)};
        const auto answer = bench.send(get());
        REQUIRE_MESSAGE(answer, answer);
        CHECK(answer->status == row.status);
        CHECK(answer->body == row.body);
        CHECK(answer->header("T").empty());
    }
}

TEST_CASE("a body of 8 MiB arrives in both directions") {
    const std::string big(8u << 20, 'x');
    Peer peer{[&](Session& session, int) {
        const std::string request = session.request();
        session.answer(std::to_string(request.size() > big.size()) + big);
    }};
    Bench bench{options_for(peer)};
    const auto answer = bench.send(post(big), 20s);
    REQUIRE(answer);
    CHECK(answer->body.size() == big.size() + 1);
    CHECK(answer->body.front() == '1');
}

TEST_CASE("a stream gives what comes, survives a wait in vain, and ends") {
    bool is_tls = false;
    SUBCASE("plain") {
    }
    SUBCASE("through TLS") {
        is_tls = true;
    }
    std::latch go{1};
    const auto script = [&](Session& session, int) {
        session.request();
        session.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
        go.wait();
        session.write("3\r\ntwo\r\n0\r\n\r\n");
    };
    std::optional<test::Credentials> credentials;
    if (is_tls) {
        credentials = Authority::shared().server("localhost");
    }
    Peer peer{script, credentials};
    Bench bench{is_tls ? tls_options_for(peer) : options_for(peer)};
    auto stream = bench.open(get());
    REQUIRE_MESSAGE(stream, stream);
    CHECK(stream->head.status == 200);
    bench.transport.reset(); // the stream outlives it
    CHECK(bench.read(*stream).value() == "one");
    CHECK(bench.read(*stream, 50ms).error().is(Errc::timed_out));
    go.count_down();
    CHECK(bench.read(*stream).value() == "two");
    CHECK(bench.read(*stream).value().empty());
}

TEST_CASE("a stream cut short is an error, and a refused one has its text") {
    Peer peer{[](Session& session, int number) {
        session.request();
        if (number == 1) {
            session.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            return;
        }
        session.write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone");
    }};
    Bench bench{options_for(peer)};
    auto cut = bench.open(get());
    REQUIRE(cut);
    CHECK(bench.read(*cut).value() == "one");
    CHECK(bench.read(*cut).error().is(Errc::unavailable));
    const auto refused = bench.open(get());
    REQUIRE(refused);
    CHECK(refused->head.status == 404);
    CHECK(refused->head.body == "gone");
    CHECK(refused->body == nullptr);
}

TEST_CASE("a request that would break out of its lines is not sent") {
    Peer peer{echo};
    Bench bench{options_for(peer)};
    Request request = get("/a b");
    CHECK(bench.send(request).error().is(Errc::invalid_argument));
    request = get("/\r\nX: y");
    CHECK(bench.send(request).error().is(Errc::invalid_argument));
    request = get();
    request.headers.push_back({"Authorization", "Bearer secret\r\nX: y"});
    const Error error = bench.send(request).error();
    CHECK(error.is(Errc::invalid_argument));
    CHECK(error.message.find("secret") == std::string::npos);
    CHECK(peer.connections() == 0);
}

TEST_CASE("a transport that goes while a request is under way does no harm") {
    std::latch release{1};
    Peer peer{[&](Session& session, int) {
        session.request();
        release.wait();
        session.answer("x");
    }};
    asio::io_context context;
    auto transport = http::make_transport(context.get_executor(), options_for(peer));
    std::optional<Result<Response>> got;
    asio::co_spawn(
        context,
        transport->send(get(), Deadline::in(20s)),
        [&](std::exception_ptr, Result<Response> answer) { got = std::move(answer); }
    );
    context.run_for(50ms);
    transport.reset();
    release.count_down();
    context.run();
    REQUIRE(got);
    CHECK(got->value().body == "x");
}

TEST_CASE("TLS: a verified server is talked to, on a kept connection") {
    Peer peer{echo, Authority::shared().server("localhost")};
    Bench bench{tls_options_for(peer)};
    for (int i = 0; i < 3; ++i) {
        const auto answer = bench.send(get());
        REQUIRE_MESSAGE(answer, answer);
    }
    CHECK(peer.connections() == 1);
}

TEST_CASE("TLS: a server that cannot prove itself gets no byte of the request") {
    const Authority& ca = Authority::shared();
    struct Row {
        std::string_view name;
        test::Credentials credentials;
        std::string_view says;
    };
    const std::array rows{
        Row{"of another name", ca.server("elsewhere.example"), "ostname mismatch"},
        Row{"self-signed", ca.self_signed("localhost"), "self-signed"},
        Row{"expired", ca.expired("localhost"), "expired"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.name);
        std::atomic<bool> has_seen{false};
        Peer peer{
            [&](Session& session, int) { has_seen = !session.request().empty(); }, row.credentials};
        Bench bench{tls_options_for(peer)};
        const auto refused = bench.send(post("secret"));
        CHECK(refused.error().is(Errc::untrusted_peer));
        CHECK_MESSAGE(refused.error().message.find(row.says) != std::string::npos, refused);
        CHECK(!has_seen);
    }
}

TEST_CASE("TLS: the name to verify may be another than the host") {
    Peer peer{echo, Authority::shared().server("elsewhere.example")};
    http::Options options = tls_options_for(peer);
    options.tls_server_name = "elsewhere.example";
    Bench bench{options};
    CHECK(bench.send(get()));
}

TEST_CASE("TLS: an address is verified as an address") {
    Peer peer{echo, Authority::shared().server("localhost")}; // also for IP 127.0.0.1
    http::Options options = tls_options_for(peer);
    options.host = "127.0.0.1";
    Bench bench{options};
    CHECK(bench.send(get()));
    options.tls_server_name = "127.0.0.2";
    Bench wrong{options};
    CHECK(wrong.send(get()).error().is(Errc::untrusted_peer));
}

TEST_CASE("TLS: client certificates") {
    const Authority& ca = Authority::shared();
    test::Credentials credentials = ca.server("localhost");
    credentials.client_ca_file = ca.ca_file();
    Peer peer{echo, credentials};
    http::Options options = tls_options_for(peer);
    SUBCASE("ours is shown") {
        options.client_certificate_pem = ca.text_of(ca.server("client").certificate_file);
        options.client_key_pem = Secret{ca.text_of(ca.server("client").key_file)};
        Bench bench{options};
        CHECK(bench.send(get()));
    }
    SUBCASE("without one we are told why") {
        Bench bench{options};
        const auto refused = bench.send(get());
        CHECK_MESSAGE(refused.error().is(Errc::unauthenticated), refused);
    }
    SUBCASE("a key that does not fit is a broken set-up") {
        options.client_certificate_pem = ca.text_of(ca.server("client").certificate_file);
        options.client_key_pem = Secret{ca.text_of(ca.server("other").key_file)};
        CHECK_THROWS_AS(Bench{options}, Exception);
        options.ca_pem = "no certificate";
        CHECK_THROWS_AS(Bench{options}, Exception);
    }
}

TEST_CASE("TLS: an end without close_notify is no end of a body") {
    Peer peer{
        [](Session& session, int) {
            session.request();
            session.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf");
        },
        Authority::shared().server("localhost")};
    Bench bench{tls_options_for(peer)};
    CHECK(bench.send(get()).error().is(Errc::unavailable));
}

TEST_CASE("TLS: a server that speaks none runs into an error, not into a wait") {
    Peer peer{[](Session& session, int) {
        session.read();
        session.write("HTTP/1.1 400 Bad Request\r\n\r\n");
    }};
    Bench bench{tls_options_for(peer)};
    CHECK(bench.send(get()).error().is(Errc::unavailable));
}

TEST_CASE("TLS: a handshake that never ends runs into the deadline") {
    std::latch release{1};
    Peer peer{[&](Session&, int) { release.wait(); }};
    Bench bench{tls_options_for(peer)};
    CHECK(bench.send(get(), 100ms).error().is(Errc::timed_out));
    release.count_down();
}

TEST_SUITE_END();
