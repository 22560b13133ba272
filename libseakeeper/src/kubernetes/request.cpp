// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/request.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace seakeeper::kubernetes {
namespace {

/// How far one call has come.
struct Progress {
    int number = 1;
    bool is_token_renewed = false;
};

Answer answer_of(const http::Response& response) {
    return Answer{response.status, response.body, response.retry_after(system_clock())};
}

void log_warnings(Client::State& state, const Call& call, const http::Response& response) {
    for (const http::Header& header : response.headers) {
        if (header.name == "Warning" || header.name == "warning") {
            state.log.warning(
                "kubernetes api warning", {{"doing", call.doing}, {"warning", header.value}}
            );
        }
    }
}

/// How long to wait before the call is made again; none: `error` is final.
std::optional<std::chrono::milliseconds>
wait_before_retry(Client::State& state, const Call& call, Attempt attempt, Progress& progress) {
    if (attempt.status == 401 && !progress.is_token_renewed
        && state.token.is_renewed_after_refusal()) {
        progress.is_token_renewed = true;
        return std::chrono::milliseconds{0};
    }
    attempt.verb = call.verb;
    attempt.number = progress.number;
    return retry_delay(attempt, state.limits(), state.roll());
}

Attempt attempt_of(const Answer& answer) {
    Attempt attempt;
    attempt.status = answer.status;
    attempt.retry_after = answer.retry_after ? answer.retry_after : retry_after_of(answer.body);
    return attempt;
}

Attempt attempt_of(const Error& error) {
    Attempt attempt;
    attempt.transport_error = static_cast<Errc>(error.code.value());
    return attempt;
}

/// Adds the credentials; they are read anew for each attempt.
Status authorize(Client::State& state, http::Request& request) {
    auto authorization = state.token.authorization();
    if (!authorization) {
        return std::move(authorization).error();
    }
    if (!authorization->empty()) {
        request.headers.push_back({"Authorization", std::move(*authorization)});
    }
    request.headers.push_back({"Accept", "application/json"});
    return {};
}

struct Judgement {
    Error error;
    std::optional<std::chrono::milliseconds> wait;
};

/// What a failed attempt means, and whether there will be another.
Judgement judge(
    Client::State& state,
    const Call& call,
    const Result<http::Response>& response,
    Progress& progress
) {
    if (!response) {
        const Attempt attempt = attempt_of(response.error());
        return {
            response.error().within(call.doing), wait_before_retry(state, call, attempt, progress)};
    }
    const Answer answer = answer_of(*response);
    const Attempt attempt = attempt_of(answer);
    return {
        status_to_error(call.verb, answer).within(call.doing),
        wait_before_retry(state, call, attempt, progress)};
}

Result<http::Response> head_of(Result<http::StreamedResponse> streamed) {
    if (!streamed) {
        return std::move(streamed).error();
    }
    return std::move(streamed->head);
}

bool is_in_time(std::chrono::milliseconds wait, Deadline until) {
    return std::chrono::steady_clock::now() + wait < until.time();
}

} // namespace

Result<std::string> Token::authorization() {
    const auto now = std::chrono::steady_clock::now();
    const bool is_old = read_at_ == SteadyTime{} || now - read_at_ >= age_;
    if (!file_.empty() && is_old) {
        auto bytes = read_from_disk()(file_);
        if (!bytes && token_.empty()) {
            return std::move(bytes).error().within("reading the API server's token");
        }
        if (bytes) { // else the old one may do until the file is there again
            bytes->erase(bytes->find_last_not_of(" \t\r\n") + 1);
            token_ = Secret{std::move(*bytes)};
            read_at_ = now;
        }
    }
    return token_.empty() ? std::string{} : "Bearer " + std::string{token_.reveal()};
}

bool Token::is_renewed_after_refusal() {
    read_at_ = SteadyTime{};
    return !file_.empty();
}

std::string text_of(const Query& query) {
    std::string text;
    for (const auto& [key, value] : query) {
        text += text.empty() ? '?' : '&';
        text += key;
        text += '=';
        text += http::percent_encoded(value);
    }
    return text;
}

std::string target_of(
    const Configuration& configuration, Resource resource, std::string_view name, const Query& query
) {
    std::string target = configuration.base_path;
    target += resource.group.empty() ? "/api/" : "/apis/" + std::string{resource.group} + "/";
    target += resource.version;
    if (resource.is_namespaced) {
        target += "/namespaces/" + http::percent_encoded(configuration.name_space);
    }
    target += "/";
    target += resource.plural;
    if (!name.empty()) {
        target += "/" + http::percent_encoded(name);
    }
    return target + text_of(query);
}

asio::awaitable<void>
pause(asio::any_io_executor executor, std::chrono::milliseconds span, Deadline until) {
    asio::steady_timer timer{executor};
    timer.expires_at(until.capped(span).time());
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

asio::awaitable<Result<http::Response>>
perform(std::shared_ptr<Client::State> state, Call call, Deadline until) {
    for (Progress progress;; ++progress.number) {
        http::Request request = call.request;
        if (auto authorized = authorize(*state, request); !authorized) {
            co_return authorized.error().within(call.doing);
        }
        auto response = co_await state->transport->send(std::move(request), until);
        if (response) {
            log_warnings(*state, call, *response);
            if (response->status / 100 == 2) {
                co_return response;
            }
        }
        Judgement judgement = judge(*state, call, response, progress);
        if (!judgement.wait || !is_in_time(*judgement.wait, until)) {
            co_return std::move(judgement.error);
        }
        state->log.debug("kubernetes request again", {{"cause", judgement.error.message}});
        co_await pause(state->executor, *judgement.wait, until);
    }
}

asio::awaitable<Opened> open_once(std::shared_ptr<Client::State> state, Call call, Deadline until) {
    for (Progress progress;; ++progress.number) {
        if (auto authorized = authorize(*state, call.request); !authorized) {
            Opened failed{authorized.error().within(call.doing), std::nullopt};
            co_return failed;
        }
        http::Request request = call.request;
        auto streamed = co_await state->transport->open(std::move(request), until);
        if (streamed && streamed->head.status / 100 == 2) {
            log_warnings(*state, call, streamed->head);
            Opened opened{std::move(streamed->body), std::nullopt};
            co_return opened;
        }
        const bool was_renewed = progress.is_token_renewed;
        const auto response = head_of(std::move(streamed));
        Judgement judgement = judge(*state, call, response, progress);
        if (progress.is_token_renewed == was_renewed) {
            Opened failed{std::move(judgement.error), judgement.wait};
            co_return failed;
        }
        call.request.headers.clear(); // authorized anew
    }
}

asio::awaitable<Result<std::unique_ptr<http::BodyStream>>>
open_stream(std::shared_ptr<Client::State> state, Call call, Deadline until) {
    for (int number = 1;; ++number) {
        Opened opened = co_await open_once(state, call, until);
        const bool is_final = opened.body || !opened.wait || number >= state->options.tries;
        if (is_final || !is_in_time(*opened.wait, until)) {
            co_return std::move(opened.body);
        }
        co_await pause(state->executor, *opened.wait, until);
    }
}

} // namespace seakeeper::kubernetes
