// SPDX-License-Identifier: Apache-2.0
#include "gerrit/facts_cache.hpp"

namespace seakeeper::gerrit {

void RestFactsSource::Cache::observe(const event::Event& event) {
    if (const auto* one = std::get_if<event::RefUpdated>(&event.body)) {
        ref_moved(one->update.ref_name);
    }
    if (const auto* batch = std::get_if<event::BatchRefUpdated>(&event.body)) {
        for (const auto& update : batch->updates) {
            ref_moved(update.ref_name);
        }
    }
    if (event.kind() == event::Kind::dropped_output) { // whatever we were not told
        by_username.clear();
        by_id.clear();
        groups.clear();
        access.clear();
        label_origins.clear();
        parents.clear();
    }
}

void RestFactsSource::Cache::ref_moved(std::string_view ref) {
    if (ref.starts_with("refs/users/")) { // an account: state, names
        by_username.clear();
        by_id.clear();
    } else if (ref.starts_with("refs/groups/")) { // members; access goes by groups
        groups.clear();
        access.clear();
    } else if (ref == "refs/meta/config") { // access and parent, inherited by all below
        access.clear();
        label_origins.clear();
        parents.clear();
    }
}

} // namespace seakeeper::gerrit
