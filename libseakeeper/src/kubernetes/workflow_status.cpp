// SPDX-License-Identifier: Apache-2.0
#include "kubernetes/json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/kubernetes/workflow_status.hpp>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <utility>

namespace seakeeper::kubernetes {
namespace {

constexpr std::array phases{
    std::pair{Phase::pending, std::string_view{"Pending"}},
    std::pair{Phase::running, std::string_view{"Running"}},
    std::pair{Phase::succeeded, std::string_view{"Succeeded"}},
    std::pair{Phase::failed, std::string_view{"Failed"}},
    std::pair{Phase::error, std::string_view{"Error"}},
    std::pair{Phase::skipped, std::string_view{"Skipped"}},
    std::pair{Phase::omitted, std::string_view{"Omitted"}},
};

std::map<std::string, std::string> texts_at(const json::object& object, std::string_view key) {
    std::map<std::string, std::string> texts;
    if (const json::object* members = object_at(object, key)) {
        for (const auto& member : *members) {
            texts.emplace(member.key(), text_at(*members, member.key()));
        }
    }
    return texts;
}

std::string value_or_empty(const std::map<std::string, std::string>& texts, const char* key) {
    const auto at = texts.find(key);
    return at == texts.end() ? std::string{} : at->second;
}

void read_metadata(const json::object& metadata, WorkflowStatus& status) {
    status.name = text_at(metadata, "name");
    status.name_space = text_at(metadata, "namespace");
    status.uid = text_at(metadata, "uid");
    status.resource_version = text_at(metadata, "resourceVersion");
    status.is_being_deleted = !text_at(metadata, "deletionTimestamp").empty();
    status.labels = texts_at(metadata, "labels");
    status.annotations = texts_at(metadata, "annotations");
    if (const json::array* finalizers = array_at(metadata, "finalizers")) {
        for (const json::value& finalizer : *finalizers) {
            if (const json::string* text = finalizer.if_string()) {
                status.finalizers.emplace_back(text->data(), text->size());
            }
        }
    }
    status.is_labelled_completed =
        value_or_empty(status.labels, "workflows.argoproj.io/completed") == "true";
    if (value_or_empty(status.annotations, "workflows.argoproj.io/pod-name-format") == "v1") {
        status.pod_names = PodNameFormat::v1;
    }
}

} // namespace

std::string_view to_string(Phase phase) noexcept {
    for (const auto& [known, text] : phases) {
        if (known == phase) {
            return text;
        }
    }
    return phase == Phase::none ? "" : "Unknown";
}

Phase phase_of(std::string_view text) noexcept {
    for (const auto& [phase, known] : phases) {
        if (known == text) {
            return phase;
        }
    }
    return text.empty() ? Phase::none : Phase::unknown;
}

bool WorkflowStatus::is_terminal() const noexcept {
    const bool is_final =
        phase == Phase::succeeded || phase == Phase::failed || phase == Phase::error;
    return is_final && is_labelled_completed;
}

Result<WorkflowStatus> read_workflow_status(const json::object& workflow) {
    const json::object* metadata = object_at(workflow, "metadata");
    // Items of a list have no kind of their own.
    const std::string_view kind = text_at(workflow, "kind");
    if (metadata == nullptr || (!kind.empty() && kind != "Workflow")) {
        return Error{Errc::malformed, "reading a Workflow: it is of kind " + quoted(kind, 60)};
    }
    WorkflowStatus status;
    read_metadata(*metadata, status);
    if (status.name.empty()) {
        return Error{Errc::malformed, "reading a Workflow: it has no name"};
    }
    if (const json::object* said = object_at(workflow, "status")) {
        status.phase = phase_of(text_at(*said, "phase"));
        status.message = text_at(*said, "message");
        status.started_at = text_at(*said, "startedAt");
        status.finished_at = text_at(*said, "finishedAt");
        status.progress = text_at(*said, "progress");
    }
    return status;
}

} // namespace seakeeper::kubernetes
