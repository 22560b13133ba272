// SPDX-License-Identifier: Apache-2.0
#include "http/transport.hpp"
#include "recorded.hpp"
#include "run.hpp"

#include <seakeeper/kubernetes/client.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <unistd.h>

using namespace seakeeper;
using namespace seakeeper::kubernetes;
using namespace std::chrono_literals;

namespace {

/// What a fake stream does next: bytes, or an error; when nothing is left, it ends in order.
using Piece = Result<std::string>;

class FakeBody final : public http::BodyStream {
public:
    explicit FakeBody(std::deque<Piece> pieces) : pieces_{std::move(pieces)} {}
    asio::awaitable<Result<std::string>> read(Deadline until) override {
        if (pieces_.empty()) {
            co_return std::string{};
        }
        Piece piece = std::move(pieces_.front());
        pieces_.pop_front();
        if (!piece && piece.error().is(Errc::timed_out)) {
            const auto executor = co_await asio::this_coro::executor;
            asio::steady_timer timer{executor};
            timer.expires_at(until.time());
            co_await timer.async_wait(asio::use_awaitable);
        }
        co_return piece;
    }

private:
    std::deque<Piece> pieces_;
};

struct Reply {
    Result<http::Response> head;
    std::deque<Piece> pieces; ///< of an opened stream
};

/// Answers in the order that the test wrote down, and keeps what was asked.
struct Script {
    std::deque<Reply> replies;
    std::vector<http::Request> asked;

    Reply next(http::Request request) {
        asked.push_back(std::move(request));
        if (replies.empty()) {
            return {Error{Errc::invalid_argument, "the script has no more answers"}, {}};
        }
        Reply reply = std::move(replies.front());
        replies.pop_front();
        return reply;
    }
    void answer(int status, std::string body, std::vector<http::Header> headers = {}) {
        replies.push_back({http::Response{status, std::move(headers), std::move(body)}, {}});
    }
    void fail(Errc code) { replies.push_back({Error{code, "as the script says"}, {}}); }
    void stream(std::deque<Piece> pieces) {
        replies.push_back({http::Response{200, {}, {}}, std::move(pieces)});
    }
};

class FakeTransport final : public http::Transport {
public:
    explicit FakeTransport(Script& script) : script_{script} {}
    asio::awaitable<Result<http::Response>> send(http::Request request, Deadline) override {
        Reply reply = script_.next(std::move(request));
        co_return std::move(reply.head);
    }
    asio::awaitable<Result<http::StreamedResponse>> open(http::Request request, Deadline) override {
        Reply reply = script_.next(std::move(request));
        if (!reply.head) {
            co_return reply.head.error();
        }
        http::StreamedResponse streamed;
        streamed.head = std::move(*reply.head);
        if (streamed.head.status == 200) {
            streamed.body = std::make_unique<FakeBody>(std::move(reply.pieces));
        }
        co_return streamed;
    }

private:
    Script& script_;
};

class Recorder final : public Logger {
public:
    void
    log(LogLevel, std::string_view event, std::initializer_list<LogField> fields
    ) noexcept override {
        text += std::string{event};
        for (const LogField& field : fields) {
            text += " " + std::string{field.key} + "=" + field.value;
        }
        text += "\n";
    }
    std::string text;
};

struct Bench {
    explicit Bench(Configuration configuration = {}) {
        configuration.name_space = "ci";
        ClientOptions options;
        options.backoff_first = 2ms;
        options.backoff_last = 4ms;
        options.page_size = 100;
        options.watch_silence = 1s;
        client = std::make_unique<Client>(
            context.get_executor(),
            std::move(configuration),
            std::make_unique<FakeTransport>(script),
            log,
            options
        );
    }
    template <class T>
    T run(asio::awaitable<T> operation) {
        return test::run(context, std::move(operation));
    }
    const http::Request& asked(std::size_t i = 0) const { return script.asked.at(i); }

    asio::io_context context;
    Script script;
    Recorder log;
    std::unique_ptr<Client> client;
};

Deadline soon() {
    return Deadline::in(5s);
}

std::string field(const http::Request& request, std::string_view name) {
    for (const http::Header& header : request.headers) {
        if (header.name == name) {
            return header.value;
        }
    }
    return {};
}

json::object a_workflow() {
    return json::
        parse(R"({"apiVersion":"argoproj.io/v1alpha1","kind":"Workflow","metadata":{"name":"sk-1"}})"
        )
            .as_object();
}

std::string line_of(std::string_view type, std::string_view name, int version) {
    return R"({"type":")" + std::string{type} + R"(","object":{"metadata":{"name":")"
           + std::string{name} + R"(","resourceVersion":")" + std::to_string(version) + "\"}}}\n";
}

std::string page(std::string_view items, std::string_view next) {
    return R"({"metadata":{"resourceVersion":"7","continue":")" + std::string{next}
           + R"("},"items":[)" + std::string{items} + "]}";
}

} // namespace

TEST_SUITE_BEGIN("kubernetes client");

TEST_CASE("an object is created strictly, by its name") {
    Bench bench;
    bench.script.answer(201, R"({"metadata":{"name":"sk-1","uid":"u"}})");
    const auto made = bench.run(bench.client->create(workflows, a_workflow(), soon()));
    REQUIRE_MESSAGE(made, made);
    CHECK(made->at("metadata").at("uid") == "u");
    CHECK(bench.asked().method == "POST");
    CHECK(
        bench.asked().target
        == "/apis/argoproj.io/v1alpha1/namespaces/ci/workflows?fieldValidation=Strict"
    );
    CHECK(field(bench.asked(), "Content-Type") == "application/json");
    CHECK_FALSE(bench.asked().is_idempotent);
    CHECK(json::parse(bench.asked().body) == json::value(a_workflow()));
}

TEST_CASE("an object without a name is asked for nowhere") {
    Bench bench;
    const auto bad = [&](const auto& result) { return result.error().is(Errc::invalid_argument); };
    json::object nameless{{"kind", "Workflow"}};
    CHECK(bad(bench.run(bench.client->create(workflows, nameless, soon()))));
    CHECK(bad(bench.run(bench.client->replace(workflows, nameless, soon()))));
    CHECK(bad(bench.run(bench.client->get(workflows, "", soon()))));
    CHECK(bad(bench.run(bench.client->remove(workflows, "", RemoveOptions{}, soon()))));
    CHECK(bad(bench.run(bench.client->merge_patch(workflows, "", json::object{}, soon()))));
    CHECK(bad(bench.run(bench.client->pod_log("", LogQuery{}, soon()))));
    CHECK(bench.script.asked.empty());
}

TEST_CASE("names and selectors are encoded on their way") {
    Bench bench;
    bench.script.answer(200, "{}");
    bench.script.answer(200, page("", ""));
    CHECK(bench.run(bench.client->get(pods, "../secrets", soon())));
    CHECK(bench.run(bench.client->list(pods, "a=b,c in (d,e)", soon())));
    CHECK(bench.asked(0).target == "/api/v1/namespaces/ci/pods/..%2Fsecrets");
    CHECK(
        bench.asked(1).target
        == "/api/v1/namespaces/ci/pods?limit=100&labelSelector=a%3Db%2Cc%20in%20%28d%2Ce%29"
    );
}

TEST_CASE("a throttled write is made again when the server says so, a lost one is not") {
    Bench bench;
    SUBCASE("429 as plain text") {
        bench.script.answer(429, "Too many requests", {{"Retry-After", "0"}});
        bench.script.answer(201, "{}");
        CHECK(bench.run(bench.client->create(workflows, a_workflow(), soon())));
    }
    SUBCASE("429 as a Status") {
        bench.script.answer(429, R"({"kind":"Status","details":{"retryAfterSeconds":0}})");
        bench.script.answer(201, "{}");
        CHECK(bench.run(bench.client->create(workflows, a_workflow(), soon())));
    }
    SUBCASE("429 that does not say when") {
        bench.script.answer(429, "no");
        CHECK(bench.run(bench.client->create(workflows, a_workflow(), soon()))
                  .error()
                  .is(Errc::throttled));
    }
    SUBCASE("a wait beyond the deadline is not begun") {
        bench.script.answer(429, "no", {{"Retry-After", "30"}});
        CHECK(bench.run(bench.client->create(workflows, a_workflow(), soon()))
                  .error()
                  .is(Errc::throttled));
    }
    SUBCASE("lost on the way") {
        bench.script.fail(Errc::unknown_outcome);
        const auto lost = bench.run(bench.client->create(workflows, a_workflow(), soon()));
        CHECK(lost.error().is(Errc::unknown_outcome));
        CHECK(lost.error().message.find("creating workflows \"sk-1\" in ci: ") == 0);
    }
    SUBCASE("stored or not: a 500 without a reason") {
        bench.script.answer(500, "oops");
        CHECK(bench.run(bench.client->create(workflows, a_workflow(), soon()))
                  .error()
                  .is(Errc::unknown_outcome));
    }
    CHECK(bench.script.replies.empty());
}

TEST_CASE("a read survives lost connections, up to its tries") {
    Bench bench;
    for (int i = 0; i < 9; ++i) {
        bench.script.fail(Errc::unavailable);
    }
    SUBCASE("the tenth answers") {
        bench.script.answer(200, "{}");
        CHECK(bench.run(bench.client->get(workflows, "a", soon())));
    }
    SUBCASE("the tenth is the last") {
        bench.script.fail(Errc::unavailable);
        bench.script.answer(200, "{}");
        CHECK(bench.run(bench.client->get(workflows, "a", soon())).error().is(Errc::unavailable));
    }
    CHECK(bench.script.asked.size() == 10);
}

TEST_CASE("warnings are logged") {
    Bench bench;
    bench.script.answer(200, "{}", {{"Warning", "299 - \"unknown field\""}});
    CHECK(bench.run(bench.client->get(workflows, "a", soon())));
    CHECK(bench.log.text.find("unknown field") != std::string::npos);
}

TEST_CASE("an answer that is no JSON object is malformed") {
    Bench bench;
    bench.script.answer(200, "<html>login</html>");
    CHECK(bench.run(bench.client->get(workflows, "a", soon())).error().is(Errc::malformed));
}

TEST_CASE("a list is read page by page") {
    Bench bench;
    bench.script.answer(200, page(R"({"a":1},{"a":2})", "t/1"));
    SUBCASE("to its end") {
        bench.script.answer(200, page(R"({"a":3})", ""));
        const auto list = bench.run(bench.client->list(workflows, "", soon()));
        REQUIRE_MESSAGE(list, list);
        CHECK(list->items.size() == 3);
        CHECK(list->resource_version == "7");
        CHECK(bench.asked(1).target.find("?limit=100&continue=t%2F1") != std::string::npos);
    }
    SUBCASE("and from the start when the token is too old") {
        const auto old = test::recorded_answer("list_expired_continue_410");
        bench.script.answer(410, old.body);
        bench.script.answer(200, page(R"({"a":1})", ""));
        const auto list = bench.run(bench.client->list(workflows, "", soon()));
        REQUIRE_MESSAGE(list, list);
        CHECK(list->items.size() == 1);
        CHECK(bench.asked(2).target.find("continue") == std::string::npos);
    }
    SUBCASE("but not for ever") {
        for (int i = 0; i < 4; ++i) {
            bench.script.answer(410, "{}");
        }
        CHECK(bench.run(bench.client->list(workflows, "", soon())).error().is(Errc::gone));
        CHECK(bench.script.asked.size() == 5);
    }
    SUBCASE("in smaller pages when they are too large") {
        bench.script.fail(Errc::limit_exceeded);
        bench.script.answer(200, page(R"({"a":3})", ""));
        const auto list = bench.run(bench.client->list(workflows, "", soon()));
        REQUIRE_MESSAGE(list, list);
        CHECK(list->items.size() == 3);
        CHECK(bench.asked(2).target.find("?limit=12&continue=t%2F1") != std::string::npos);
    }
}

TEST_CASE("recorded pages make one list") {
    Bench bench;
    for (const char* name : {"list_page_1", "list_page_2"}) {
        bench.script.answer(200, test::recorded_answer(name).body);
    }
    bench.script.answer(200, page("", ""));
    const auto list = bench.run(bench.client->list(workflows, "", soon()));
    REQUIRE_MESSAGE(list, list);
    CHECK(list->items.size() >= 4);
}

TEST_CASE("patches say what they are") {
    Bench bench;
    bench.script.answer(200, "{}");
    bench.script.answer(422, test::recorded_answer("json_patch_test_failed").body);
    json::object merge{{"spec", json::object{{"shutdown", "Stop"}}}};
    CHECK(bench.run(bench.client->merge_patch(workflows, "a", merge, soon())));
    json::array ops{json::object{{"op", "test"}, {"path", "/metadata/uid"}, {"value", "u"}}};
    const auto failed = bench.run(bench.client->json_patch(workflows, "a", ops, soon()));
    CHECK(failed.error().is(Errc::invalid_argument));
    CHECK(bench.asked(0).method == "PATCH");
    CHECK(field(bench.asked(0), "Content-Type") == "application/merge-patch+json");
    CHECK(bench.asked(0).body == R"({"spec":{"shutdown":"Stop"}})");
    CHECK(field(bench.asked(1), "Content-Type") == "application/json-patch+json");
    CHECK(bench.asked(1).target.ends_with("/workflows/a?fieldValidation=Strict"));
}

TEST_CASE("an object is replaced as a whole") {
    Bench bench;
    bench.script.answer(409, test::recorded_answer("put_stale_rv_409").body);
    const auto stale = bench.run(bench.client->replace(workflows, a_workflow(), soon()));
    CHECK(stale.error().is(Errc::conflict));
    CHECK(bench.asked().method == "PUT");
    CHECK(bench.asked().target.ends_with("/workflows/sk-1?fieldValidation=Strict"));
}

TEST_CASE("a removal names the uid it means") {
    Bench bench;
    bench.script.answer(200, "{}");
    bench.script.answer(409, test::recorded_answer("delete_precondition_uid_409").body);
    RemoveOptions options;
    options.uid = "u-1";
    CHECK(bench.run(bench.client->remove(workflows, "a", options, soon())));
    CHECK(
        bench.run(bench.client->remove(workflows, "a", options, soon())).error().is(Errc::conflict)
    );
    const json::value body = json::parse(bench.asked().body);
    CHECK(body.at("preconditions").at("uid") == "u-1");
    CHECK(body.at("propagationPolicy") == "Background");
    CHECK(bench.asked().is_idempotent);
}

TEST_CASE("a token file is read again after a refusal") {
    std::string file = (std::filesystem::temp_directory_path() / "sk-token-XXXXXX").string();
    const int handle = ::mkstemp(file.data());
    REQUIRE(handle >= 0);
    ::close(handle);
    std::ofstream{file} << "one\n";
    Configuration configuration;
    configuration.token_file = file;
    Bench bench{configuration};
    bench.script.answer(200, "{}");
    CHECK(bench.run(bench.client->get(workflows, "a", soon())));
    std::ofstream{file} << "two\n";
    SUBCASE("and the request made again") {
        bench.script.answer(401, "{}");
        bench.script.answer(200, "{}");
        CHECK(bench.run(bench.client->get(workflows, "a", soon())));
        CHECK(field(bench.asked(0), "Authorization") == "Bearer one");
        CHECK(field(bench.asked(1), "Authorization") == "Bearer one");
        CHECK(field(bench.asked(2), "Authorization") == "Bearer two");
    }
    SUBCASE("once") {
        bench.script.answer(401, "{}");
        bench.script.answer(401, "{}");
        CHECK(bench.run(bench.client->get(workflows, "a", soon())).error().is(Errc::unauthenticated)
        );
    }
    SUBCASE("in the middle of a watch, too") {
        bench.script.answer(401, "{}");
        bench.script.stream({line_of("ADDED", "a", 8)});
        const auto watch = bench.client->watch(workflows, "", "7");
        CHECK(bench.run(watch->next(soon())));
        CHECK(field(bench.asked(2), "Authorization") == "Bearer two");
    }
    std::filesystem::remove(file);
    CHECK(bench.log.text.find("one") == std::string::npos);
}

TEST_CASE("a token that cannot be read is an error, not an anonymous request") {
    Configuration configuration;
    configuration.token_file = "/no/such/token";
    Bench bench{configuration};
    const auto refused = bench.run(bench.client->get(workflows, "a", soon()));
    CHECK(refused.error().is(Errc::not_found));
    CHECK(bench.script.asked.empty());
}

TEST_CASE("a watch goes on from what it saw last, whatever ends its streams") {
    Bench bench;
    const std::string two = line_of("ADDED", "a", 11) + line_of("MODIFIED", "a", 12);
    bench.script.stream({two.substr(0, 20), two.substr(20)});                            // ends
    bench.script.stream({line_of("BOOKMARK", "", 20), Error{Errc::unavailable, "cut"}}); // breaks
    bench.script.fail(Errc::unavailable);
    bench.script.answer(429, "slow down", {{"Retry-After", "0"}});
    bench.script.answer(503, "<html>");
    bench.script.stream({line_of("DELETED", "a", 21)});
    const auto watch = bench.client->watch(workflows, "app=sk", "10");
    CHECK_FALSE(watch->is_connected());
    std::string seen;
    for (int i = 0; i < 4; ++i) {
        const auto next = bench.run(watch->next(soon()));
        REQUIRE_MESSAGE(next, next);
        seen += next->resource_version + " ";
    }
    CHECK(seen == "11 12 20 21 ");
    CHECK(watch->is_connected());
    const std::array versions{"10", "12", "20", "20", "20", "20"};
    REQUIRE(bench.script.asked.size() == versions.size());
    for (std::size_t i = 0; i < versions.size(); ++i) {
        CAPTURE(bench.asked(i).target);
        const std::string wanted =
            std::string{"&resourceVersion="} + versions[i] + "&labelSelector=app%3Dsk";
        CHECK(bench.asked(i).target.ends_with(wanted));
        CHECK(
            bench.asked(i).target.find("?watch=true&allowWatchBookmarks=true&timeoutSeconds=")
            != std::string::npos
        );
    }
}

TEST_CASE("history that is gone ends a watch, by any of its two ways") {
    Bench bench;
    SUBCASE("in the stream") {
        bench.script.stream({test::recorded_lines("watch_too_old_410").front() + "\n"});
    }
    SUBCASE("as a status") {
        bench.script.answer(410, "{}");
    }
    const auto watch = bench.client->watch(workflows, "", "5");
    CHECK(bench.run(watch->next(soon())).error().is(Errc::gone));
    CHECK_FALSE(watch->is_connected());
}

TEST_CASE("what asking again cannot cure ends a watch") {
    for (const int status : {400, 401, 403, 404}) {
        CAPTURE(status);
        Bench bench;
        bench.script.answer(status, "{}");
        const auto watch = bench.client->watch(workflows, "", "5");
        const auto next = bench.run(watch->next(soon()));
        CHECK_FALSE(next.error().is(Errc::timed_out));
        CHECK(bench.script.asked.size() == 1);
    }
}

TEST_CASE("a watch that ends as soon as it begins is asked for ever more slowly") {
    Bench bench;
    for (int i = 0; i < 1000; ++i) {
        bench.script.stream({});
    }
    const auto watch = bench.client->watch(workflows, "", "5");
    CHECK(bench.run(watch->next(Deadline::in(40ms))).error().is(Errc::timed_out));
    CHECK(bench.script.asked.size() < 45);
    CHECK(bench.script.asked.size() > 3);
}

TEST_CASE("junk in a watch is a reason to connect again, not to stop") {
    Bench bench;
    bench.script.stream({"not json\n"});
    bench.script.stream({line_of("ADDED", "a", 6)});
    const auto watch = bench.client->watch(workflows, "", "5");
    CHECK(bench.run(watch->next(soon())));
    CHECK(bench.log.text.find("kubernetes watch lost") != std::string::npos);
}

TEST_CASE("a look at a quiet watch costs no event") {
    Bench bench;
    const std::string line = line_of("ADDED", "a", 6);
    bench.script.stream({line.substr(0, 9), Error{Errc::timed_out, "quiet"}, line.substr(9)});
    const auto watch = bench.client->watch(workflows, "", "5");
    const Deadline look = Deadline::in(500ms); // time to connect, and less than watch_silence
    CHECK(bench.run(watch->next(look)).error().is(Errc::timed_out));
    CHECK(watch->is_connected());
    const auto next = bench.run(watch->next(soon()));
    REQUIRE_MESSAGE(next, next);
    CHECK(next->resource_version == "6");
    CHECK(bench.script.asked.size() == 1);
}

TEST_CASE("a silent watch is renewed from where it is, and that is no failure") {
    Bench bench;
    bench.script.stream({line_of("ADDED", "a", 6), Error{Errc::timed_out, "silent"}});
    bench.script.stream({line_of("ADDED", "b", 7)});
    const auto watch = bench.client->watch(workflows, "", "5");
    CHECK(bench.run(watch->next(soon())));
    const auto next = bench.run(watch->next(soon()));
    REQUIRE_MESSAGE(next, next);
    CHECK(next->resource_version == "7");
    CHECK(bench.asked(1).target.ends_with("&resourceVersion=6"));
    CHECK(bench.log.text.find("lost") == std::string::npos);
}

TEST_CASE("a log is asked for as wanted and read as it comes") {
    Bench bench;
    bench.script.stream({"one\n", "two"});
    LogQuery query;
    query.is_following = true;
    query.has_timestamps = true;
    query.since_time = "2026-11-22T14:46:18Z";
    query.limit_bytes = 5;
    auto log = bench.run(bench.client->pod_log("p", query, soon()));
    REQUIRE_MESSAGE(log, log);
    CHECK(
        bench.asked().target
        == "/api/v1/namespaces/ci/pods/p/log?container=main&follow=true&timestamps=true"
           "&sinceTime=2026-11-22T14%3A46%3A18Z&limitBytes=5"
    );
    CHECK(bench.run((*log)->read(soon())).value() == "one\n");
    CHECK(bench.run((*log)->read(soon())).value() == "two");
    CHECK(bench.run((*log)->read(soon())).value().empty());
}

TEST_CASE("a log that is not there says why") {
    Bench bench;
    const auto gone = test::recorded_answer("log_404_pod_gone");
    bench.script.answer(gone.status, gone.body);
    bench.script.answer(
        400, R"({"kind":"Status","message":"container \"main\" is waiting to start"})"
    );
    CHECK(bench.run(bench.client->pod_log("p", LogQuery{}, soon())).error().is(Errc::not_found));
    CHECK(bench.run(bench.client->pod_log("p", LogQuery{}, soon())).error().is(Errc::unavailable));
}

TEST_CASE("a watch may outlive its client") {
    Bench bench;
    bench.script.stream({line_of("ADDED", "a", 6)});
    const auto watch = bench.client->watch(workflows, "", "5");
    bench.client.reset();
    CHECK(bench.run(watch->next(soon())));
}

TEST_SUITE_END();
