// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "http/transport.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace seakeeper::test {

/// A server without network: answers each "METHOD target" with what was laid out for it, in order,
/// the last one again and again. What was not laid out is 404. Remembers every request.
class FakeTransport : public http::Transport {
public:
    using Answer = Result<http::Response>;

    void serve(const std::string& request, Answer answer) {
        answers_[request].push_back(std::move(answer));
    }
    void serve_json(const std::string& request, const std::string& json) {
        serve(request, response(200, "application/json;charset=utf-8", ")]}'\n" + json));
    }
    void serve_text(const std::string& request, int status, const std::string& text) {
        serve(request, response(status, "text/plain;charset=utf-8", text));
    }

    static http::Response response(int status, std::string type, std::string body) {
        http::Response made;
        made.status = status;
        made.headers.push_back({"Content-Type", std::move(type)});
        made.body = std::move(body);
        return made;
    }

    http::asio::awaitable<Result<http::Response>> send(http::Request request, Deadline) override {
        const auto key = request.method + " " + request.target;
        requests.push_back(std::move(request));
        co_return next(key);
    }

    http::asio::awaitable<Result<http::StreamedResponse>> open(http::Request, Deadline) override {
        co_return Error{Errc::unsupported, "the fake transport streams nothing"};
    }

    std::size_t count(const std::string& request) const {
        std::size_t number = 0;
        for (const auto& made : requests) {
            number += static_cast<std::size_t>(made.method + " " + made.target == request);
        }
        return number;
    }

    std::vector<http::Request> requests;

private:
    Answer next(const std::string& key) {
        const auto found = answers_.find(key);
        if (found == answers_.end()) {
            return response(404, "text/plain;charset=utf-8", "Not found\n");
        }
        auto& queue = found->second;
        auto answer = queue.front();
        if (queue.size() > 1) {
            queue.pop_front();
        }
        return answer;
    }

    std::map<std::string, std::deque<Answer>> answers_;
};

} // namespace seakeeper::test
