// SPDX-License-Identifier: Apache-2.0
#include "pipeline/acts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

namespace json = boost::json;

constexpr std::size_t most_waiting = 64;

std::string acts_key(const ChangeName& change, const std::string& revision) {
    return fmt::format("acts|{}~{}|{}", change.project, change.number, revision);
}

std::string waiting_key(const ChangeName& change) {
    return fmt::format("waiting|{}~{}", change.project, change.number);
}

Error corrupt(std::string_view what) {
    return {Errc::corrupt, fmt::format("reading what may be decided again: {}", what)};
}

json::object json_of(const Act& act) {
    return {
        {"project", act.change.project},
        {"change", act.change.number},
        {"revision", act.revision},
        {"trigger", act.trigger},
        {"decision", act.decision},
        {"attempt", act.attempt},
        {"trusted", act.is_trusted}};
}

Result<Act> act_from(const json::value& value) {
    try {
        const auto& object = value.as_object();
        const auto text = [&](json::string_view key) {
            return std::string{object.at(key).as_string()};
        };
        Act act;
        act.change = {text("project"), object.at("change").to_number<std::uint32_t>()};
        act.revision = text("revision");
        act.trigger = text("trigger");
        act.decision = text("decision");
        act.attempt = object.at("attempt").to_number<std::uint32_t>();
        act.is_trusted = object.at("trusted").as_bool();
        return act;
    } catch (const std::exception& fault) {
        return corrupt(fault.what());
    }
}

Result<std::vector<Act>> acts_at(store::Rows& rows, const std::string& key) {
    const auto text = rows.value(key);
    if (!text) {
        return text.error();
    }
    std::vector<Act> acts;
    if (!*text) {
        return acts;
    }
    boost::system::error_code fault;
    const auto value = json::parse(**text, fault);
    if (fault || !value.is_array()) {
        return corrupt("not a list");
    }
    for (const auto& each : value.get_array()) {
        auto act = act_from(each);
        if (!act) {
            return act.error();
        }
        acts.push_back(std::move(*act));
    }
    return acts;
}

Status set_acts(store::Rows& rows, const std::string& key, const std::vector<Act>& acts) {
    json::array list;
    for (const auto& act : acts) {
        list.push_back(json_of(act));
    }
    return rows.set_value(key, json::serialize(list));
}

bool is_same_question(const Act& a, const Act& b) {
    return a.change == b.change && a.revision == b.revision && a.trigger == b.trigger;
}

void add(std::vector<ChangeName>& names, const gerrit::ChangeFacts& change) {
    ChangeName name{change.project.str(), value_of(change.number)};
    if (change.status == "NEW" && std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(std::move(name));
    }
}

void add_companions(std::vector<ChangeName>& names, const gerrit::Facts& facts) {
    if (facts.ancestry) {
        for (const auto& ancestor : facts.ancestry->commits) {
            if (ancestor.change) {
                add(names, *ancestor.change);
            }
        }
    }
    if (facts.submitted_together) {
        for (const auto& change : facts.submitted_together->changes) {
            add(names, change);
        }
    }
    if (facts.dependencies) {
        for (const auto& dependency : *facts.dependencies) {
            if (dependency.change) {
                add(names, *dependency.change);
            }
        }
    }
}

} // namespace

Act act_of(const decision::Record& record, std::string digest) {
    return {
        {record.subject.project, record.subject.change},
        record.subject.revision,
        record.trigger,
        std::move(digest),
        record.attempt,
        record.runs_as == trust::Class::trusted};
}

std::vector<ChangeName> waited_for(const decision::Record& record, const gerrit::Facts& facts) {
    const auto held = trust::limiting(record.verdict);
    const bool is_waiting = std::any_of(held.begin(), held.end(), [](const auto* condition) {
        return condition->code == trust::ReasonCode::ancestor_not_approved
               || condition->code == trust::ReasonCode::companion_not_approved;
    });
    std::vector<ChangeName> names;
    if (is_waiting) {
        add_companions(names, facts);
    }
    return names;
}

std::vector<ChangeName> rests_on(const gerrit::Facts& facts) {
    std::vector<ChangeName> names;
    if (facts.change) {
        add(names, *facts.change);
    }
    add_companions(names, facts);
    return names;
}

Status keep_act(store::Rows& rows, const Act& act, const std::vector<ChangeName>& waits_for) {
    const auto key = acts_key(act.change, act.revision);
    auto acts = acts_at(rows, key);
    if (!acts) {
        return acts.error();
    }
    const auto found = std::find_if(acts->begin(), acts->end(), [&](const Act& each) {
        return is_same_question(each, act);
    });
    if (found == acts->end()) {
        acts->push_back(act);
    } else if (act.is_trusted || !found->is_trusted) {
        *found = act;
    } else {
        found->attempt = std::max(found->attempt, act.attempt); // no attempt's number is used twice
    }
    if (auto set = set_acts(rows, key, *acts); !set) {
        return set;
    }
    for (const auto& change : waits_for) {
        auto waiting = acts_at(rows, waiting_key(change));
        if (!waiting) {
            return waiting.error();
        }
        std::erase_if(*waiting, [&](const Act& each) { return is_same_question(each, act); });
        waiting->push_back(act);
        if (waiting->size() > most_waiting) {
            waiting->erase(waiting->begin());
        }
        if (auto set = set_acts(rows, waiting_key(change), *waiting); !set) {
            return set;
        }
    }
    return {};
}

Result<std::vector<Act>>
acts_about(store::Rows& rows, const ChangeName& change, const std::string& revision) {
    return acts_at(rows, acts_key(change, revision));
}

Result<std::vector<Act>> acts_waiting_for(store::Rows& rows, const ChangeName& change) {
    const auto waiting = acts_at(rows, waiting_key(change));
    if (!waiting) {
        return waiting.error();
    }
    std::vector<Act> acts;
    for (const auto& each : *waiting) {
        auto present = acts_about(rows, each.change, each.revision);
        if (!present) {
            return present.error();
        }
        for (auto& act : *present) {
            if (is_same_question(act, each)) {
                acts.push_back(std::move(act));
            }
        }
    }
    return acts;
}

Result<bool> may_be_tried_again(store::Rows& rows, const Act& act) {
    const auto decision = rows.decision(act.decision);
    if (!decision) {
        return decision.error();
    }
    if (decision->workload.empty()) {
        return true;
    }
    const auto workload = rows.workload(decision->workload);
    if (!workload) { // shadow mode made none
        return workload.error().is(Errc::not_found) ? Result<bool>{false}
                                                    : Result<bool>{workload.error()};
    }
    return !act.is_trusted
           || (store::is_terminal(workload->state)
               && workload->state != store::WorkloadState::succeeded);
}

} // namespace seakeeper::pipeline
