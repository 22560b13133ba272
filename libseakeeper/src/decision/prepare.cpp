// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/decision/decide.hpp>

namespace seakeeper::decision {

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
    prepared->definition.emplace(std::move(definition).value());
    return prepared;
}

} // namespace seakeeper::decision
