// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/gerrit/facts_request.hpp>

#include <algorithm>

namespace seakeeper::gerrit {
namespace {

template <class T>
void unite(std::vector<T>& into, const std::vector<T>& from) {
    for (const auto& item : from) {
        if (std::find(into.begin(), into.end(), item) == into.end()) {
            into.push_back(item);
        }
    }
}

} // namespace

FactsRequest& FactsRequest::operator|=(const FactsRequest& other) {
    change |= other.change;
    actor |= other.actor;
    files |= other.files;
    actor_groups |= other.actor_groups;
    owner_groups |= other.owner_groups;
    uploader_groups |= other.uploader_groups;
    voter_groups |= other.voter_groups;
    ancestry |= other.ancestry;
    submitted_together |= other.submitted_together;
    merged_into |= other.merged_into;
    previous_merged_into |= other.previous_merged_into;
    dependencies |= other.dependencies;
    label_origins |= other.label_origins;
    ref |= other.ref;
    configs |= other.configs;
    unite(voted_labels, other.voted_labels);
    unite(access, other.access);
    if (!is_protected) {
        is_protected = other.is_protected;
    }
    return *this;
}

} // namespace seakeeper::gerrit
