// SPDX-License-Identifier: Apache-2.0
#include "local/plan.hpp"
#include "workflow/expr_evaluation.hpp"
#include "workflow/walk.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace seakeeper::local {
namespace json = boost::json;
using workflow::object_at;
using workflow::text_at;

namespace {

/// github.com/argoproj/pkg/humanize: its two largest units.
std::string humanized(std::chrono::milliseconds span) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    if (seconds >= 3600) {
        return fmt::format("{} hours {} minutes", seconds / 3600, seconds % 3600 / 60);
    }
    return seconds >= 60 ? fmt::format("{} minutes {} seconds", seconds / 60, seconds % 60)
                         : fmt::format("{} seconds", seconds);
}

std::string seconds_text(const Node& node) {
    const auto span = node.started && node.finished ? *node.finished - *node.started
                                                    : std::chrono::milliseconds{0};
    return fmt::format("{}", std::chrono::duration<double>(span).count());
}

} // namespace

std::optional<json::object> Plan::retry_strategy_of(const json::object& body) const {
    const auto* own = object_at(body, "retryStrategy");
    own = own != nullptr ? own : object_at(program_.spec, "retryStrategy");
    return own == nullptr ? std::nullopt : std::optional{*own};
}

std::vector<std::size_t> Plan::attempts_of(std::size_t node) const {
    std::vector<std::size_t> attempts;
    std::ranges::copy_if(
        nodes_[node].children,
        std::back_inserter(attempts),
        [&](std::size_t child) { return nodes_[child].is_retry; }
    );
    return attempts;
}

workflow::Variables Plan::attempt_variables(std::size_t node, std::string_view no_exit_code) const {
    workflow::Variables variables{&globals_};
    const auto attempts = attempts_of(node);
    std::string exit_code{no_exit_code};
    std::string status;
    std::string duration = "0";
    std::string message;
    if (!attempts.empty()) {
        const Node& last = nodes_[attempts.back()];
        exit_code = last.outputs.exit_code.value_or(exit_code);
        status = to_string(last.phase);
        duration = seconds_text(last);
        message = last.message;
    }
    variables.set("lastRetry.exitCode", exit_code);
    variables.set("lastRetry.status", status);
    variables.set("lastRetry.duration", duration);
    variables.set("lastRetry.message", message);
    return variables;
}

Plan::Outcome Plan::execute_retry(std::size_t node) {
    const auto strategy = retry_strategy_of(nodes_[node].body);
    const auto attempts = attempts_of(node);
    if (is_fulfilled(nodes_[node].phase)) {
        if (!attempts.empty()) {
            nodes_[node].outputs = nodes_[attempts.back()].outputs;
        }
        return {node, Why::none, ""};
    }
    std::optional<WallTime> until;
    if (attempts.empty()) {
        return attempt(node, until);
    }
    const auto last = attempts.back();
    if (!is_fulfilled(nodes_[last].phase)) {
        const auto inner = execute_frame(last);
        if (!is_fulfilled(nodes_[last].phase)) {
            return {node, inner.why == Why::late ? inner.why : Why::none, ""};
        }
    }
    if (auto settled = judge_attempts(node, *strategy, until)) {
        if (is_fulfilled(nodes_[node].phase)) {
            nodes_[node].outputs = nodes_[last].outputs;
        }
        return *settled;
    }
    return attempt(node, until);
}

Plan::Outcome Plan::attempt(std::size_t node, std::optional<WallTime> until) {
    const Node& retry = nodes_[node];
    const auto number = attempts_of(node).size();
    Place place;
    place.name = fmt::format("{}({})", retry.name, number);
    place.scope = retry.scope;
    place.boundary = retry.boundary;
    place.is_hook = retry.is_hook;
    place.is_retry = true;
    place.is_on_exit = retry.is_on_exit;
    place.until = until;
    auto variables = attempt_variables(node, "0");
    variables.set("retries", fmt::format("{}", number));
    variables.set("pod.name", pod_name(place.name, retry.template_name));
    auto body = substituted(retry.body, variables);
    if (!body) {
        auto refused = refuse({}, place, body.error().message);
        add_child(node, *refused.node);
        mark(node, NodePhase::error, refused.message);
        return {node, Why::other, refused.message};
    }
    const auto made = execute_body(std::move(*body), place, retry.scope);
    add_child(node, *made.node);
    if (is_fulfilled(nodes_[*made.node].phase)) {
        has_changed_ = true;
    }
    return {node, Why::none, ""};
}

std::optional<Plan::Outcome> Plan::judge_attempts(
    std::size_t node, const json::object& strategy, std::optional<WallTime>& until
) {
    const Node& last = nodes_[attempts_of(node).back()];
    const auto settle = [&](NodePhase phase, std::string message) {
        mark(node, phase, std::move(message));
        return Outcome{node, Why::none, ""};
    };
    if (!is_bad(last.phase)) {
        return settle(NodePhase::succeeded, "");
    }
    if (stopped_ || is_past_deadline()) {
        return settle(
            last.phase,
            stopped_ ? std::string{"Stopped with strategy 'Terminate'"}
                     : "retry exceeded workflow deadline"
        );
    }
    if (auto waiting = back_off(node, strategy, until)) {
        return waiting;
    }
    auto again = may_retry(node, strategy);
    if (!again) {
        mark(node, NodePhase::error, again.error().message);
        return Outcome{node, Why::other, again.error().message};
    }
    return *again ? std::nullopt : std::optional{Outcome{node, Why::none, ""}};
}

std::optional<Plan::Outcome>
Plan::back_off(std::size_t node, const json::object& strategy, std::optional<WallTime>& until) {
    const auto* backoff = object_at(strategy, "backoff");
    if (backoff == nullptr) {
        return std::nullopt;
    }
    const auto attempts = attempts_of(node);
    const Node& last = nodes_[attempts.back()];
    const auto settle = [&](std::string message) {
        mark(node, last.phase, std::move(message));
        return Outcome{node, Why::none, ""};
    };
    const auto fail = [&](std::string message) {
        mark(node, NodePhase::error, message);
        return Outcome{node, Why::other, std::move(message)};
    };
    if (const auto most = text_at(*backoff, "maxDuration"); !most.empty()) {
        auto span = duration_of(most);
        if (!span) {
            return fail(span.error().message);
        }
        until = *nodes_[attempts.front()].started + *span;
        if (now_ > *until) {
            return settle("Max duration limit exceeded");
        }
    }
    auto wait = duration_of(text_at(*backoff, "duration"));
    if (!wait) {
        return fail(
            backoff->contains("duration") ? wait.error().message
                                          : "no base duration specified for retryStrategy"
        );
    }
    double factor = 1;
    if (const auto given = integer_at(*backoff, "factor"); given && *given > 0) {
        factor = std::pow(static_cast<double>(*given), static_cast<double>(attempts.size() - 1));
    }
    auto span = std::chrono::milliseconds{
        static_cast<std::int64_t>(std::min(static_cast<double>(wait->count()) * factor, 1e15))};
    if (auto cap = duration_of(text_at(*backoff, "cap")); cap && backoff->contains("cap")) {
        span = std::min(span, *cap);
    }
    const auto next = *last.finished + span;
    if (until && next > *until) {
        return settle("Backoff would exceed max duration limit");
    }
    const auto limit = integer_at(strategy, "limit");
    if (now_ < next && limit && static_cast<std::int64_t>(attempts.size()) <= *limit) {
        ring_at(next);
        mark(node, nodes_[node].phase, "Backoff for " + humanized(span));
        return Outcome{node, Why::none, ""};
    }
    mark(node, nodes_[node].phase, "");
    return std::nullopt;
}

Result<bool> Plan::may_retry(std::size_t node, const json::object& strategy) {
    const auto attempts = attempts_of(node);
    const Node& last = nodes_[attempts.back()];
    const auto expression = text_at(strategy, "expression");
    auto policy = text_at(strategy, "retryPolicy");
    if (policy.empty()) {
        policy = expression.empty() ? "OnFailure" : "Always";
    }
    const bool on_failure = policy == "Always" || policy == "OnFailure";
    const bool on_error = policy == "Always" || policy == "OnError";
    if ((last.phase == NodePhase::failed && !on_failure)
        || (last.phase == NodePhase::error && !on_error)) {
        mark(node, last.phase, last.message);
        return false;
    }
    const auto limit = integer_at(strategy, "limit");
    if (limit && static_cast<std::int64_t>(attempts.size()) > *limit) {
        mark(node, last.phase, "No more retries left");
        return false;
    }
    if (expression.empty()) {
        return true;
    }
    auto variables = attempt_variables(node, "-1");
    variables.set("retries", fmt::format("{}", attempts.size() - 1));
    auto again = workflow::evaluate_condition(expression, variables.environment());
    if (again && !*again) {
        mark(node, last.phase, "retryStrategy.expression evaluated to false");
    }
    return again;
}

} // namespace seakeeper::local
