// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/decide.hpp>

namespace seakeeper::decision {
namespace {

std::optional<Result<workflow::ManifestForm>> form_of(
    const workflow::Definition& definition,
    const std::vector<workflow::Finding>& findings,
    const std::optional<Executor>& executor
) {
    if (!findings.empty() || !executor) {
        return std::nullopt;
    }
    return workflow::ManifestForm::make(definition, executor->site);
}

} // namespace

std::shared_ptr<const PreparedDefinition> prepare(
    sensor::Definition at,
    std::string blob,
    const Result<std::string>& bytes,
    const Options& options
) {
    auto prepared = std::make_shared<PreparedDefinition>();
    const auto file = at.project.str() + ":" + at.path;
    prepared->at = std::move(at);
    if (!bytes) {
        prepared->fault = bytes.error().message;
        return prepared;
    }
    prepared->blob = std::move(blob);
    prepared->digest = sha256_hex(*bytes);
    prepared->bytes = *bytes;
    auto definition = workflow::Definition::parse(*bytes, file);
    if (!definition) {
        prepared->fault = definition.error().message;
        return prepared;
    }
    prepared->untrusted_findings = workflow::police(*definition, options.untrusted_policy);
    prepared->trusted_findings = workflow::police(*definition, options.trusted_policy);
    prepared->untrusted_form =
        form_of(*definition, prepared->untrusted_findings, options.untrusted);
    prepared->trusted_form = form_of(*definition, prepared->trusted_findings, options.trusted);
    return prepared;
}

} // namespace seakeeper::decision
