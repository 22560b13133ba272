// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/recomputation.hpp>

namespace seakeeper::decision {
namespace {

class Sources {
public:
    template <class T>
    void add(const char* what, const gerrit::Fact<T>& fact) {
        if (fact || !fact.failure.empty()) {
            found_.push_back({what, fact.source, fact.failure, fact.read_at});
        }
    }
    template <class T>
    void add_all(const char* what, const std::vector<gerrit::Fact<T>>& facts) {
        for (const auto& fact : facts) {
            add(what, fact);
        }
    }
    std::vector<FactSource> take() { return std::move(found_); }

private:
    std::vector<FactSource> found_;
};

} // namespace

std::vector<FactSource> facts_behind(trust::Condition condition, const gerrit::Facts& facts) {
    Sources sources;
    switch (condition) {
    case trust::Condition::channel:
    case trust::Condition::policy:
    case trust::Condition::plant:
        break;
    case trust::Condition::actor:
        sources.add("actor", facts.actor);
        sources.add("real actor", facts.real_actor);
        break;
    case trust::Condition::privilege:
        sources.add("change", facts.change);
        sources.add_all("access", facts.access);
        sources.add_all("label's origin", facts.label_origins);
        sources.add("actor's groups", facts.actor_groups);
        break;
    case trust::Condition::act:
    case trust::Condition::freshness:
        sources.add("change", facts.change);
        sources.add("ref", facts.ref);
        break;
    case trust::Condition::code:
        sources.add("change", facts.change);
        sources.add("ref", facts.ref);
        sources.add("merged into", facts.merged_into);
        sources.add("before it", facts.previous_merged_into);
        break;
    case trust::Condition::ancestry:
        sources.add("ancestry", facts.ancestry);
        sources.add("merged into", facts.merged_into);
        break;
    case trust::Condition::closure:
        sources.add("submitted together", facts.submitted_together);
        sources.add("dependencies", facts.dependencies);
        break;
    case trust::Condition::definition:
        sources.add_all("refs/meta/config", facts.configs);
        break;
    case trust::Condition::visibility:
        sources.add("change", facts.change);
        sources.add("dependencies", facts.dependencies);
        break;
    }
    return sources.take();
}

} // namespace seakeeper::decision
