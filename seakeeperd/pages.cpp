// SPDX-License-Identifier: Apache-2.0
#include "pages.hpp"

#include <fmt/format.h>

namespace seakeeper::daemon {
namespace {

http::Answer plain(int status, std::string_view text) {
    http::Answer answer;
    answer.status = status;
    answer.body = fmt::format("{}\n", text);
    return answer;
}

/// In a time that tells nothing about how much of it was right.
bool is_same(std::string_view a, std::string_view b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    }
    return difference == 0;
}

bool is_authorized(const http::Question& question, const Secret& token) {
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view given = question.authorization;
    return !token.empty() && given.starts_with(scheme)
           && is_same(given.substr(scheme.size()), token.reveal());
}

http::Answer
log_page(const http::Question& question, const pipeline::LogFolder& logs, const Secret& token) {
    const std::string_view rest =
        std::string_view{question.path}.substr(std::string_view{"/logs/"}.size());
    const auto slash = rest.find('/');
    const auto workload = rest.substr(0, slash);
    if (!logs.is_published(workload) && !is_authorized(question, token)) {
        // The same for what does not exist: names of closed runs are nobody's business.
        return plain(404, "no such log, or none without a token");
    }
    const auto node = slash == rest.npos ? std::string_view{} : rest.substr(slash + 1);
    const auto path = logs.find(workload, node);
    if (!path) {
        return plain(404, "no such log, or none without a token");
    }
    http::Answer answer;
    answer.file = *path;
    return answer;
}

} // namespace

http::Answers make_pages(Vitals vitals, pipeline::LogFolder logs, Secret token) {
    return [vitals = std::move(vitals),
            logs = std::move(logs),
            token = std::move(token)](const http::Question& question) {
        if (question.path == "/healthz") {
            return plain(200, "alive");
        }
        if (question.path == "/readyz") {
            const auto fault = vitals.why_not_ready();
            return fault.empty() ? plain(200, "ready") : plain(503, fault);
        }
        if (question.path == "/metrics") {
            http::Answer answer = plain(200, "");
            answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
            answer.body = vitals.metrics();
            return answer;
        }
        if (question.path == "/status") {
            http::Answer answer = plain(200, vitals.status());
            answer.content_type = "application/json";
            return answer;
        }
        if (question.path.starts_with("/logs/")) {
            return log_page(question, logs, token);
        }
        return plain(
            404, "not found; there are /healthz /readyz /metrics /status /logs/WORKLOAD/NODE"
        );
    };
}

} // namespace seakeeper::daemon
