// SPDX-License-Identifier: Apache-2.0
#include "manifest_form.hpp"

#include <seakeeper/core/digest.hpp>
#include <seakeeper/core/text.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <fmt/format.h>

#include <core/json_text.hpp>

namespace seakeeper::workflow {
namespace {

/// In `env`, Kubernetes reads `$(NAME)` as a variable and `$$` as a dollar.
std::string for_kubernetes(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        escaped.append(c == '$' ? 2 : 1, c);
    }
    return escaped;
}

void append_variable(std::string& out, const EventValue& value) {
    out += R"({"name":)";
    append_json_string(out, value.variable);
    out += R"(,"value":)";
    if (value.value.size() > literal_variable_limit) {
        append_json_string(out, "{{workflow.parameters." + value.parameter + "}}");
    } else if (value.value.find('$') != std::string::npos) {
        append_json_string(out, for_kubernetes(value.value));
    } else {
        append_json_string(out, value.value);
    }
    out += '}';
}

std::string environment_of(const EventValues& values) {
    std::string items;
    items.reserve(80 * values.size());
    for (const auto& value : values) {
        items.append(items.empty() ? "" : ",");
        append_variable(items, value);
    }
    return items;
}

/// What is written into the blanks of one workload.
struct Filling {
    const WorkloadBinding& binding;
    std::string parameters;
    std::string environment;

    void append_to(std::string& out, Blank blank) const {
        switch (blank) {
        case Blank::workload:
            return append_json_string(out, binding.workload);
        case Blank::definition:
            return append_json_string(out, binding.definition);
        case Blank::parameters:
            out += parameters;
            return;
        case Blank::environment_before_more:
            out += environment;
            out += environment.empty() ? "" : ",";
            return;
        case Blank::environment:
            out += environment;
            return;
        case Blank::value: // DeclaredParameter's
            return;
        }
    }
};

/// A member that is not the first of its object.
void append_further(std::string& out, std::string_view key, std::string_view value) {
    out += ',';
    append_json_string(out, key);
    out += ':';
    append_json_string(out, value);
}

struct Written {
    std::string json;
    std::size_t end_of_annotations = 0;
};

Written write(const CutText& form, const Filling& filling) {
    Written written;
    written.json.reserve(2 * form.rest.size() + 2 * filling.environment.size() + 2048);
    for (const auto& piece : form.pieces) {
        written.json += piece.text;
        filling.append_to(written.json, piece.blank);
        if (piece.blank == Blank::definition) {
            written.end_of_annotations = written.json.size();
        }
    }
    written.json += form.rest;
    return written;
}

/// The decision's digest is outside of the manifest's: it holds times, and deciding the same again
/// must give the same manifest.
BoundWorkflow seal(Written written, const WorkloadBinding& binding) {
    BoundWorkflow workflow;
    workflow.workload = binding.workload;
    workflow.digest = sha256_hex(written.json);
    workflow.json = std::move(written.json);
    std::string annotations;
    append_further(annotations, annotation_decision, binding.decision);
    append_further(annotations, annotation_manifest, workflow.digest);
    workflow.json.insert(written.end_of_annotations, annotations);
    return workflow;
}

} // namespace

Result<BoundWorkflow> ManifestForm::fill(const WorkloadBinding& binding) const {
    if (!is_workload_id(binding.workload)) {
        return Error{
            Errc::invalid_argument,
            fmt::format("binding a workload: {} is no workload id", quoted(binding.workload, 80))};
    }
    Filling filling{binding, {}, environment_of(binding.values)};
    if (auto bound = append_parameters(filling.parameters, text_->parameters, binding); !bound) {
        return std::move(bound).error().within(text_->file);
    }
    auto workflow = seal(write(text_->manifest, filling), binding);
    if (workflow.json.size() > manifest_limit) {
        return Error{
            Errc::limit_exceeded,
            fmt::format(
                "binding {}: a manifest of {} bytes, accepted are at most {}",
                text_->file,
                workflow.json.size(),
                manifest_limit
            )};
    }
    return workflow;
}

} // namespace seakeeper::workflow
