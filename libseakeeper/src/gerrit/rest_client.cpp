// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_answer.hpp"
#include "gerrit/rest_call.hpp"
#include "http/transport.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <random>

namespace seakeeper::gerrit {

namespace json = boost::json;

namespace {

struct Outcome {
    Result<json::value> value;
    std::optional<std::chrono::seconds> retry_after;
};

double random_fraction() {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds span) {
    auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer{executor};
    timer.expires_after(span);
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

Errc errc_of(const Error& error) {
    if (error.code.category() != seakeeper_category()) {
        return Errc::io;
    }
    return static_cast<Errc>(error.code.value());
}

std::string credentials_of(const RestOptions& options) {
    std::string pair = options.user + ':';
    pair.append(options.password.reveal());
    return base64(pair);
}

http::Request request_for(const RestOptions& options, const RestCall& call) {
    http::Request request;
    request.method = call.method;
    request.is_idempotent = call.repeatable == Repeatable::yes;
    request.target = options.base_path;
    if (!options.user.empty()) {
        request.target += "/a";
        request.headers.push_back({"Authorization", "Basic " + credentials_of(options)});
    }
    request.target += call.path;
    const bool is_json = call.expects == Expects::json;
    request.headers.push_back({"Accept", is_json ? "application/json" : "*/*"});
    if (!call.body.empty()) {
        // As text/plain Gerrit would post the raw JSON as a review's message.
        request.headers.push_back({"Content-Type", "application/json; charset=UTF-8"});
        request.body = call.body;
    }
    return request;
}

Result<json::value> content_value(const http::Response& response, Expects expects) {
    const auto kind = response.header("x-fyi-content-type");
    if (kind == "x-git/symlink" || kind == "x-git/gitlink") {
        return Error{Errc::refused, "not a regular file but " + quoted(kind, 60)};
    }
    const Answer answer{response.status, response.header("content-type"), response.body};
    const auto bytes = expects == Expects::content ? content_of(answer) : text_of(answer);
    if (!bytes) {
        return bytes.error();
    }
    return json::value(json::string{bytes->data(), bytes->size()});
}

Result<json::value>
value_of_answer(const RestOptions& options, const RestCall& call, const http::Response& response) {
    if (response.body.size() > options.body_bytes) {
        return Error{
            Errc::limit_exceeded,
            fmt::format("the answer is longer than {} bytes", options.body_bytes)};
    }
    if (call.expects != Expects::json) {
        return content_value(response, call.expects);
    }
    return json_of(
        {response.status, response.header("content-type"), response.body}, call.repeatable
    );
}

/// What the exchange came to, with no credential in its words.
Outcome judged(
    const RestOptions& options,
    const RestCall& call,
    const Result<http::Response>& sent,
    const Clock& clock
) {
    Outcome outcome{Error{}, std::nullopt};
    if (sent) {
        outcome.value = value_of_answer(options, call, *sent);
        outcome.retry_after = sent->retry_after(clock);
    } else {
        outcome.value = Result<json::value>{sent.error()};
    }
    if (!outcome.value) {
        auto error = outcome.value.error();
        error.message = without_secret(std::move(error.message), options.password.reveal());
        error.message = without_secret(std::move(error.message), credentials_of(options));
        outcome.value = Result<json::value>{std::move(error)};
    }
    return outcome;
}

} // namespace

RestClient::RestClient(
    std::shared_ptr<http::Transport> transport, RestOptions options, const Clock& clock, Logger& log
)
    : transport_{std::move(transport)}, options_{std::move(options)}, clock_{clock}, log_{log} {
}

asio::awaitable<Result<json::value>> RestClient::exchange(RestCall call, Deadline until) {
    for (int attempt = 1;; ++attempt) {
        auto request = request_for(options_, call);
        const auto attempt_until = until.capped(options_.attempt_timeout);
        const auto sent = co_await transport_->send(std::move(request), attempt_until);
        auto outcome = judged(options_, call, sent, clock_);
        if (outcome.value || call.repeatable == Repeatable::no) {
            co_return std::move(outcome.value);
        }
        const Failure failure{errc_of(outcome.value.error()), attempt, outcome.retry_after};
        const auto delay = delay_before_retry(options_.retry, failure, random_fraction());
        if (!delay || until.time() <= std::chrono::steady_clock::now() + *delay) {
            co_return std::move(outcome.value);
        }
        log_.warning(
            "gerrit call repeated",
            {{"path", call.path},
             {"attempt", std::to_string(attempt)},
             {"error", outcome.value.error().message}}
        );
        co_await sleep_for(*delay);
    }
}

asio::awaitable<Result<json::value>> RestClient::get(std::string path, Deadline until) {
    RestCall call;
    call.path = std::move(path);
    return exchange(std::move(call), until);
}

asio::awaitable<Result<std::string>> RestClient::get_text(std::string path, Deadline until) {
    RestCall call;
    call.path = std::move(path);
    call.expects = Expects::text;
    const auto answer = co_await exchange(std::move(call), until);
    if (!answer) {
        co_return answer.error();
    }
    const auto& bytes = answer->get_string();
    co_return std::string{bytes.data(), bytes.size()};
}

asio::awaitable<Result<json::value>>
RestClient::post(std::string path, json::value body, Deadline until) {
    RestCall call;
    call.method = "POST";
    call.path = std::move(path);
    call.body = json::serialize(body);
    call.repeatable = Repeatable::no;
    return exchange(std::move(call), until);
}

asio::awaitable<Result<json::value>>
RestClient::put(std::string path, json::value body, Deadline until) {
    RestCall call;
    call.method = "PUT";
    call.path = std::move(path);
    call.body = json::serialize(body);
    call.repeatable = Repeatable::no;
    return exchange(std::move(call), until);
}

Result<std::unique_ptr<RestClient>> make_rest_client(
    asio::any_io_executor executor, std::string_view url, RestOptions options, std::string ca_pem
) {
    const auto parsed = http::parse_url(url);
    if (!parsed) {
        return parsed.error().within("making a Gerrit client");
    }
    http::Options to;
    to.is_tls = parsed->is_tls;
    to.host = parsed->host;
    to.port = parsed->port;
    to.ca_pem = std::move(ca_pem);
    to.body_bytes = options.body_bytes;
    to.connections = 4; // Gerrit has 25 threads for everybody
    options.base_path = parsed->path;
    std::shared_ptr<http::Transport> transport = http::make_transport(executor, std::move(to));
    return std::make_unique<RestClient>(std::move(transport), std::move(options));
}

} // namespace seakeeper::gerrit
