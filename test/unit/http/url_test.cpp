// SPDX-License-Identifier: Apache-2.0
#include "http/message.hpp"
#include "http/transport.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace seakeeper;
using namespace std::chrono_literals;

namespace {

class FixedClock final : public Clock {
public:
    WallTime wall() const override { return WallTime{std::chrono::seconds{1'700'000'000}}; }
    SteadyTime steady() const override { return SteadyTime{}; }
};

} // namespace

TEST_SUITE_BEGIN("http values");

TEST_CASE("a URL is taken apart") {
    struct Row {
        std::string_view text;
        bool is_tls;
        std::string_view host;
        std::uint16_t port;
        std::string_view path;
    };
    constexpr std::array rows{
        Row{"https://gerrit.example/r/", true, "gerrit.example", 443, "/r"},
        Row{"http://127.0.0.1:8080", false, "127.0.0.1", 8080, ""},
        Row{"https://[::1]:6443/a/b", true, "::1", 6443, "/a/b"},
        Row{"https://[fd00::1]/", true, "fd00::1", 443, ""},
        Row{"http://a/%20", false, "a", 80, "/%20"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.text);
        const auto url = http::parse_url(row.text);
        REQUIRE_MESSAGE(url, url);
        CHECK(url->is_tls == row.is_tls);
        CHECK(url->host == row.host);
        CHECK(url->port == row.port);
        CHECK(url->path == row.path);
    }
}

TEST_CASE("what is no plain http URL is refused") {
    constexpr std::array rows{
        "",
        "gerrit.example",
        "ftp://a",
        "https://",
        "https:///x",
        "https://a:0",
        "https://a:65536",
        "https://a:x",
        "https://a:",
        "https://u:p@a/",
        "https://a/?q",
        "https://a/#f",
        "https://a b/",
        "https://a/b c",
        "https://[::1",
        "https://[::1]x",
        "https://[zz]/",
        "https://a\r\nb/"};
    for (const char* text : rows) {
        CAPTURE(text);
        CHECK(http::parse_url(text).error().is(Errc::malformed));
    }
    CHECK(
        http::parse_url("https://user:hunter2@a/").error().message.find("hunter2")
        == std::string::npos
    );
}

TEST_CASE("percent-encoding leaves only unreserved characters") {
    CHECK(http::percent_encoded("mediawiki/core~1.-_") == "mediawiki%2Fcore~1.-_");
    CHECK(http::percent_encoded("a b+c&d=\xc3\xa4") == "a%20b%2Bc%26d%3D%C3%A4");
}

TEST_CASE("Retry-After is seconds or a date, never negative") {
    struct Row {
        std::string_view text;
        std::optional<std::chrono::seconds> wait;
    };
    const std::array rows{
        Row{"0", 0s},
        Row{"32", 32s},
        Row{"Tue, 14 Nov 2023 22:13:30 GMT", 10s},
        Row{"Tue, 14 Nov 2023 22:13:10 GMT", 0s},
        Row{"", std::nullopt},
        Row{"soon", std::nullopt},
        Row{"-1", std::nullopt},
        Row{"1.5", std::nullopt},
        Row{"99999999999", std::nullopt}};
    for (const Row& row : rows) {
        CAPTURE(row.text);
        http::Response response;
        response.headers.push_back({"retry-after", std::string{row.text}});
        CHECK((response.retry_after(FixedClock{}) == row.wait));
    }
}

TEST_CASE("a request is written with what HTTP/1.1 wants") {
    http::Options options;
    options.host = "::1";
    options.port = 6443;
    http::Request request;
    request.target = "/x?y";
    CHECK(
        http::serialized(options, request).value()
        == "GET /x?y HTTP/1.1\r\nHost: [::1]:6443\r\nUser-Agent: seakeeper\r\n\r\n"
    );
    request.method = "POST";
    options.port = 443;
    request.headers.push_back({"A", "b"});
    CHECK(
        http::serialized(options, request).value()
        == "POST /x?y HTTP/1.1\r\nHost: [::1]\r\nUser-Agent: seakeeper\r\nA: b\r\n"
           "Content-Length: 0\r\n\r\n"
    );
}

TEST_CASE("bytes after an answer keep its connection from further use") {
    http::ResponseReader reader{"GET", 100};
    REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na"));
    CHECK(reader.may_keep());
    REQUIRE(reader.feed("HTTP/1.1 200 OK\r\n"));
    CHECK(reader.is_done());
    CHECK_FALSE(reader.may_keep());
}

TEST_CASE("an answer to HEAD has no body whatever its length says") {
    http::ResponseReader reader{"HEAD", 100};
    REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"));
    CHECK(reader.may_keep());
}

TEST_CASE("a chunk header without end is cut off") {
    http::ResponseReader reader{"GET", std::nullopt};
    REQUIRE(reader.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"));
    Status fed;
    for (int i = 0; i < 100 && fed; ++i) {
        fed = reader.feed(std::string(4096, 'x'));
    }
    CHECK_FALSE(fed);
}

TEST_SUITE_END();
