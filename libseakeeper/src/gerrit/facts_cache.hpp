// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/facts_reader.hpp>

#include <map>
#include <tuple>

namespace seakeeper::gerrit {

/// Facts by key until their time; forgotten wholesale when too many.
template <class Key, class T>
class AgedFacts {
public:
    const Fact<T>* find(const Key& key, SteadyTime now) const {
        const auto found = rows_.find(key);
        return found == rows_.end() || now >= found->second.until ? nullptr : &found->second.fact;
    }
    void keep(const Key& key, const Fact<T>& fact, SteadyTime until) {
        constexpr std::size_t most = 20'000;
        if (rows_.size() >= most) {
            rows_.clear();
        }
        rows_.insert_or_assign(key, Row{fact, until});
    }
    void clear() { rows_.clear(); }

private:
    struct Row {
        Fact<T> fact;
        SteadyTime until;
    };
    std::map<Key, Row> rows_;
};

/// What RestFactsSource remembers, and which events make it forget.
class RestFactsSource::Cache {
public:
    using LabelKey = std::pair<ProjectName, std::string>;
    using AccessKey = std::tuple<ProjectName, AccountId, RefName, std::string>;

    AgedFacts<std::string, AccountFacts> by_username;
    AgedFacts<AccountId, AccountFacts> by_id;
    AgedFacts<AccountId, GroupFacts> groups;
    AgedFacts<AccessKey, AccessFacts> access;
    AgedFacts<LabelKey, LabelOriginFacts> label_origins;
    AgedFacts<ProjectName, std::vector<ProjectName>> parents;

    void observe(const event::Event& event);

private:
    void ref_moved(std::string_view ref);
};

} // namespace seakeeper::gerrit
