// SPDX-License-Identifier: Apache-2.0
#include "pipeline/argo_observation.hpp"

#include <seakeeper/workflow/naming.hpp>

#include <boost/json/value.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace seakeeper::pipeline {
namespace {

namespace json = boost::json;
using kubernetes::Phase;

RunPhase phase_of(Phase phase) {
    switch (phase) {
    case Phase::none:
    case Phase::pending:
    case Phase::unknown:
        return RunPhase::pending;
    case Phase::running:
        return RunPhase::running;
    case Phase::succeeded:
    case Phase::skipped:
    case Phase::omitted:
        return RunPhase::succeeded;
    case Phase::failed:
        return RunPhase::failed;
    case Phase::error:
        return RunPhase::error;
    }
    return RunPhase::pending;
}

/// "2026-11-22T15:04:05Z", as Kubernetes writes times.
std::optional<WallTime> time_of(std::string_view text) {
    const auto number = [&](std::size_t at, std::size_t length) {
        int value = -1;
        std::from_chars(text.data() + at, text.data() + at + length, value);
        return value;
    };
    if (text.size() < 20) {
        return std::nullopt;
    }
    const std::chrono::year_month_day day{
        std::chrono::year{number(0, 4)},
        std::chrono::month{static_cast<unsigned>(number(5, 2))},
        std::chrono::day{static_cast<unsigned>(number(8, 2))}};
    if (!day.ok()) {
        return std::nullopt;
    }
    return std::chrono::sys_days{day} + std::chrono::hours{number(11, 2)}
           + std::chrono::minutes{number(14, 2)} + std::chrono::seconds{number(17, 2)};
}

std::vector<RunStep>
steps_of(const kubernetes::WorkflowStatus& status, const kubernetes::Nodes& nodes) {
    std::vector<RunStep> steps;
    for (const auto* node : kubernetes::in_order(status.name, nodes)) {
        if (node->type != "Pod") {
            continue;
        }
        const bool has_pod = node->phase != Phase::none && node->phase != Phase::skipped
                             && node->phase != Phase::omitted;
        RunStep step;
        step.node = node->id;
        step.name = node->display_name;
        step.phase = phase_of(node->phase);
        step.exit_code = node->exit_code;
        step.message = node->message;
        step.pod = has_pod ? kubernetes::pod_name(status.name, *node, status.pod_names) : "";
        steps.push_back(std::move(step));
    }
    return steps;
}

/// A final phase without its label is no end: the controller writes both in one update.
RunPhase run_phase(const kubernetes::WorkflowStatus& status) {
    const auto phase = phase_of(status.phase);
    if (status.is_terminal()) {
        return phase;
    }
    if (status.is_being_deleted) {
        return RunPhase::cancelled;
    }
    return is_over(phase) ? RunPhase::running : phase;
}

/// What Argo's controller leaves out when it writes a Workflow back (seen: `parameters: []`). Not
/// false and zero: where the default is another, they are told.
bool is_empty(const json::value& value) {
    return value.is_null() || (value.is_array() && value.get_array().empty())
           || (value.is_object() && value.get_object().empty())
           || (value.is_string() && value.get_string().empty());
}

/// Members of objects may be more, items of arrays may not.
bool is_within(const json::value& asked, const json::value& stored) {
    if (asked.is_object() && stored.is_object()) {
        return std::ranges::all_of(asked.get_object(), [&](const auto& member) {
            const auto* found = stored.get_object().if_contains(member.key());
            return found != nullptr ? is_within(member.value(), *found) : is_empty(member.value());
        });
    }
    if (asked.is_array() && stored.is_array()) {
        return std::ranges::equal(asked.get_array(), stored.get_array(), is_within);
    }
    return asked == stored;
}

const json::value* manifest_digest(const json::object& workflow) {
    const auto* metadata = workflow.if_contains("metadata");
    const auto* annotations = metadata != nullptr && metadata->is_object()
                                  ? metadata->get_object().if_contains("annotations")
                                  : nullptr;
    return annotations != nullptr && annotations->is_object()
               ? annotations->get_object().if_contains(workflow::annotation_manifest)
               : nullptr;
}

bool has_succeeded(const json::object& pod) {
    const auto* status = pod.if_contains("status");
    const auto* phase = status != nullptr && status->is_object()
                            ? status->get_object().if_contains("phase")
                            : nullptr;
    return phase != nullptr && phase->is_string() && phase->get_string() == "Succeeded";
}

} // namespace

Result<Observation> read_argo(const json::object& workflow) {
    auto status = kubernetes::read_workflow_status(workflow);
    if (!status) {
        return status.error();
    }
    Observation seen;
    seen.run = {status->name, status->uid};
    seen.phase = run_phase(*status);
    seen.message = seen.phase == RunPhase::cancelled ? "deleted from outside" : status->message;
    seen.started = time_of(status->started_at);
    seen.finished = time_of(status->finished_at);
    auto nodes = kubernetes::read_nodes(workflow);
    if (nodes) {
        seen.steps = steps_of(*status, *nodes);
    } else if (is_over(seen.phase)) {
        seen.phase = RunPhase::error;
        seen.message = nodes.error().message;
    }
    return seen;
}

bool is_of_manifest(const json::object& stored, const json::object& manifest) {
    const auto* asked = manifest_digest(manifest);
    const auto* found = manifest_digest(stored);
    const auto* asked_spec = manifest.if_contains("spec");
    const auto* found_spec = stored.if_contains("spec");
    return asked != nullptr && found != nullptr && *asked == *found && asked_spec != nullptr
           && found_spec != nullptr && is_within(*asked_spec, *found_spec);
}

void distrust(Observation& observation, const std::vector<json::object>& pods) {
    if (observation.phase == RunPhase::succeeded && std::ranges::none_of(pods, has_succeeded)) {
        observation.phase = RunPhase::error;
        observation.message = "the Workflow claims success, but no pod of it has succeeded";
    }
}

} // namespace seakeeper::pipeline
