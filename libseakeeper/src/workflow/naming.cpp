// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/workflow/naming.hpp>

#include <algorithm>

namespace seakeeper::workflow {
namespace {

constexpr std::string_view prefix = "sk-";
constexpr std::size_t hash_length = 26;

/// With its length in front, so that no two lists of fields read alike.
void append(std::string& text, std::string_view field) {
    text += std::to_string(field.size());
    text += ':';
    text += field;
}

} // namespace

std::string workload_id(const WorkloadKey& key) {
    std::string text;
    append(text, "v1");
    append(text, key.server);
    append(text, key.project);
    append(text, std::to_string(key.change));
    append(text, key.revision);
    append(text, key.definition_commit);
    append(text, key.workflow);
    append(text, trust::to_string(key.trust_class));
    append(text, key.trigger);
    append(text, std::to_string(key.attempt));
    const auto hash = base32_lower(sha256(text));
    return std::string{prefix} + hash.substr(0, hash_length);
}

bool is_workload_id(std::string_view text) noexcept {
    return text.size() == prefix.size() + hash_length && text.starts_with(prefix)
           && std::ranges::all_of(text.substr(prefix.size()), [](char c) {
                  return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
              });
}

} // namespace seakeeper::workflow
