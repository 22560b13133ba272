// SPDX-License-Identifier: Apache-2.0
#include "fake_transport.hpp"
#include "gerrit/rest_path.hpp"
#include "gerrit_recording.hpp"
#include "run.hpp"

#include <seakeeper/gerrit/link.hpp>
#include <seakeeper/gerrit/rest.hpp>
#include <seakeeper/gerrit/review.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace seakeeper::test;
using namespace std::chrono_literals;

namespace {

const auto app = ProjectName::parse("demo/app").value();

/// Remembers what was logged.
class MemoryLog : public Logger {
public:
    void
    log(LogLevel, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override {
        text += event;
        for (const auto& field : fields) {
            text += " " + field.value;
        }
    }
    std::string text;
};

RestOptions fast_options() {
    RestOptions options;
    options.base_path = "/r";
    options.user = "ci-bot";
    options.password = Secret{"canary-password"};
    options.retry.first = 0ms; // no waiting in tests
    return options;
}

struct Bench {
    boost::asio::io_context context;
    std::shared_ptr<FakeTransport> server = std::make_shared<FakeTransport>();
    MemoryLog log;
    RestClient client{server, fast_options(), system_clock(), log};

    template <class T>
    T ask(boost::asio::awaitable<T> call) {
        return run(context, std::move(call));
    }
    static Deadline soon() { return Deadline::in(5s); }
};

CommitId commit(char digit) {
    return CommitId::parse(std::string(40, digit)).value();
}

} // namespace

TEST_CASE("a call goes below /a with credentials, and its answer is JSON") {
    Bench bench;
    bench.server->serve_json("GET /r/a/config/server/version", "\"3.10.2\"");
    CHECK(bench.ask(bench.client.server_version(Bench::soon())).value() == "3.10.2");
    REQUIRE(bench.server->requests.size() == 1);
    const auto& headers = bench.server->requests[0].headers;
    const auto found = std::find_if(headers.begin(), headers.end(), [](const auto& header) {
        return header.name == "Authorization";
    });
    REQUIRE(found != headers.end());
    CHECK(found->value == "Basic Y2ktYm90OmNhbmFyeS1wYXNzd29yZA==");
}

TEST_CASE("without a user the call is anonymous") {
    boost::asio::io_context context;
    auto server = std::make_shared<FakeTransport>();
    server->serve_json("GET /config/server/version", "\"3.13.5\"");
    RestClient client{server, RestOptions{}};
    CHECK(run(context, client.server_version(Bench::soon())));
    for (const auto& header : server->requests[0].headers) {
        CHECK(header.name != "Authorization");
    }
}

TEST_CASE("a reading is repeated while the server is busy, a refusal is not") {
    Bench bench;
    const std::string request = "GET /r/a/config/server/version";
    bench.server->serve_text(request, 503, "Lock failure");
    bench.server->serve(request, Error{Errc::unavailable, "connection reset"});
    bench.server->serve_json(request, "\"3.10.2\"");
    CHECK(bench.ask(bench.client.server_version(Bench::soon())));
    CHECK(bench.server->count(request) == 3);

    const auto account = bench.ask(bench.client.account(AccountId{1}, Bench::soon()));
    REQUIRE_FALSE(account);
    CHECK(account.error().is(Errc::not_found));
    CHECK(bench.server->count("GET /r/a/accounts/1/detail") == 1);
}

TEST_CASE("attempts end, and so does the deadline") {
    Bench bench;
    bench.server->serve_text("GET /r/a/accounts/1/detail", 500, "oops");
    const auto account = bench.ask(bench.client.account(AccountId{1}, Bench::soon()));
    REQUIRE_FALSE(account);
    CHECK(account.error().is(Errc::unavailable));
    CHECK(account.error().message.find("reading account 1: answered 500") == 0);
    CHECK(bench.server->count("GET /r/a/accounts/1/detail") == 4);

    auto busy = FakeTransport::response(429, "text/plain", "quota");
    busy.headers.push_back({"Retry-After", "20"});
    bench.server->serve("GET /r/a/accounts/2/detail", busy);
    const auto throttled = bench.ask(bench.client.account(AccountId{2}, Bench::soon()));
    REQUIRE_FALSE(throttled);
    CHECK(throttled.error().is(Errc::throttled));
    CHECK(bench.server->count("GET /r/a/accounts/2/detail") == 1); // 20 s lie behind the deadline
}

TEST_CASE("what writes is sent once, whatever becomes of it") {
    for (const int status : {500, 503, 429, 408}) {
        Bench bench;
        bench.server->serve_text("POST /r/a/x", status, "no");
        boost::json::object body;
        CHECK_FALSE(bench.ask(bench.client.post("/x", body, Bench::soon())));
        CHECK(bench.server->requests.size() == 1);
        CHECK_FALSE(bench.server->requests[0].is_idempotent);
    }
}

TEST_CASE("no credential gets into a message or a log") {
    Bench bench;
    const std::string echo = "who is canary-password / Y2ktYm90OmNhbmFyeS1wYXNzd29yZA== ?";
    bench.server->serve_text("GET /r/a/accounts/1/detail", 503, echo);
    const auto account = bench.ask(bench.client.account(AccountId{1}, Bench::soon()));
    REQUIRE_FALSE(account);
    CHECK(account.error().message.find("who is") != std::string::npos);
    CHECK(account.error().message.find("canary") == std::string::npos);
    CHECK(account.error().message.find("Y2kt") == std::string::npos);
    CHECK(bench.log.text.find("gerrit call repeated") != std::string::npos);
    CHECK(bench.log.text.find("canary") == std::string::npos);
    CHECK(bench.log.text.find("Y2kt") == std::string::npos);
}

TEST_CASE("every id is one encoded segment") {
    const auto odd = ProjectName::parse("a b/c+d&e").value();
    CHECK(rest_path::change(odd, ChangeNumber{7}) == "/changes/a%20b%2Fc%2Bd%26e~7");
    CHECK(
        rest_path::account_by_username("a b&o=x")
        == "/accounts/?q=username%3A%22a%20b%26o%3Dx%22&o=DETAILS&n=2"
    );
    AccessFacts wanted{AccountId{7}, RefName::parse("refs/heads/a&b").value(), "push", false};
    CHECK(
        rest_path::check_access(app, wanted)
        == "/projects/demo%2Fapp/check.access?account=7&ref=refs%2Fheads%2Fa%26b&perm=push"
    );
    CHECK(
        rest_path::ref(app, RefName::parse("refs/tags/v/1").value())
        == "/projects/demo%2Fapp/tags/v%2F1"
    );
    CHECK(
        rest_path::ref(app, RefName::parse("refs/meta/config").value())
        == "/projects/demo%2Fapp/branches/refs%2Fmeta%2Fconfig"
    );
    CHECK(
        rest_path::file(app, commit('a'), "../x y")
        == "/projects/demo%2Fapp/commits/" + std::string(40, 'a') + "/files/..%2Fx%20y/content"
    );
    UpdateWindow window;
    window.after = WallTime{std::chrono::seconds{1'795'357'319}};
    window.before = window.after + 60s;
    const auto since = rest_path::changes_since(window);
    CHECK(since.find("after%3A%222026-11-22%2014%3A21%3A59%22") != std::string::npos);
}

TEST_CASE("a user name that could break out of the query never gets there") {
    Bench bench;
    for (const auto* name : {"", "a\" OR is:active \"", "a\\"}) {
        const auto account = bench.ask(bench.client.account_by_username(name, Bench::soon()));
        REQUIRE_FALSE(account);
        CHECK(account.error().is(Errc::not_found));
    }
    CHECK(bench.server->requests.empty());
}

TEST_CASE("an answer about another change is refused") {
    Bench bench;
    const auto recording = gerrit_recording("3.10.2", "change-approved");
    bench.server->serve(
        "GET /r/a" + rest_path::change_detail(app, ChangeNumber{61}), recording.response()
    );
    const auto change = bench.ask(bench.client.change(app, ChangeNumber{61}, Bench::soon()));
    REQUIRE_FALSE(change);
    CHECK(change.error().is(Errc::malformed));
}

TEST_CASE("the files of a root commit are asked for without a parent") {
    Bench bench;
    const auto path = "GET /r/a" + rest_path::files(app, ChangeNumber{7}, commit('a'));
    bench.server->serve_text(path + "?parent=1", 400, "invalid parent number: 1");
    bench.server->serve_json(path, R"({"/COMMIT_MSG":{},"a.c":{}})");
    const auto files =
        bench.ask(bench.client.files(app, ChangeNumber{7}, commit('a'), Bench::soon()));
    REQUIRE(files);
    CHECK(*files == std::vector<std::string>{"a.c"});
}

TEST_CASE("the parents of a project up to the root, and no endless chain") {
    Bench bench;
    bench.server->serve_json("GET /r/a/projects/demo%2Fapp", R"({"parent":"demo/parent"})");
    bench.server->serve_json("GET /r/a/projects/demo%2Fparent", R"({"parent":"All-Projects"})");
    bench.server->serve_json("GET /r/a/projects/All-Projects", R"({"name":"All-Projects"})");
    const auto parents = bench.ask(bench.client.parents(app, Bench::soon()));
    REQUIRE(parents);
    REQUIRE(parents->size() == 2);
    CHECK(parents->at(1).str() == "All-Projects");

    bench.server->serve_json("GET /r/a/projects/loop", R"({"parent":"loop"})");
    const auto loop =
        bench.ask(bench.client.parents(ProjectName::parse("loop").value(), Bench::soon()));
    REQUIRE_FALSE(loop);
    CHECK(loop.error().is(Errc::limit_exceeded));
}

TEST_CASE("a file at a commit, and no symbolic link") {
    Bench bench;
    const auto file = "GET /r/a" + rest_path::file(app, commit('a'), "seakeeper.yaml");
    bench.server->serve(
        file, FakeTransport::response(200, "text/plain;charset=iso-8859-1", "aGk=")
    );
    CHECK(
        bench.ask(bench.client.file_at(app, commit('a'), "seakeeper.yaml", Bench::soon())).value()
        == "hi"
    );
    auto link = FakeTransport::response(200, "text/plain", "aGk=");
    link.headers.push_back({"X-FYI-Content-Type", "x-git/symlink"});
    bench.server->serve("GET /r/a" + rest_path::file(app, commit('a'), "link"), link);
    const auto refused = bench.ask(bench.client.file_at(app, commit('a'), "link", Bench::soon()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().is(Errc::refused));
}

TEST_CASE("a ref that is gone has no tip") {
    Bench bench;
    const auto ref =
        bench.ask(bench.client.ref(app, RefName::parse("refs/heads/gone").value(), Bench::soon()));
    REQUIRE(ref);
    CHECK(ref->ref.str() == "refs/heads/gone");
    CHECK_FALSE(ref->tip);
}

TEST_CASE("an answer above the limit is an error") {
    boost::asio::io_context context;
    auto server = std::make_shared<FakeTransport>();
    RestOptions options;
    options.body_bytes = 20;
    RestClient client{server, options};
    server->serve_json("GET /config/server/version", "\"12345678901\""); // 5 + 13 bytes
    CHECK(run(context, client.server_version(Bench::soon())));
    server->serve_json("GET /accounts/1/detail", "\"12345678901234\"");
    const auto account = run(context, client.account(AccountId{1}, Bench::soon()));
    REQUIRE_FALSE(account);
    CHECK(account.error().is(Errc::limit_exceeded));
}

TEST_CASE("links for people and git") {
    CHECK(
        change_url("https://g/r/", app, ChangeNumber{7}, PatchSetNumber{2})
        == "https://g/r/c/demo/app/+/7/2"
    );
    CHECK(anonymous_fetch_url("https://g/r", app) == "https://g/r/demo/app");
    CHECK(authenticated_fetch_url("https://g/r", app) == "https://g/r/a/demo/app");
    CHECK(patch_set_ref(ChangeNumber{7}, PatchSetNumber{2}).str() == "refs/changes/07/7/2");
    CHECK(patch_set_ref(ChangeNumber{1234}, PatchSetNumber{9}).str() == "refs/changes/34/1234/9");
}
