// SPDX-License-Identifier: Apache-2.0
#include "sensor/reader.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace seakeeper::sensor {

namespace {

using SharedTrigger = std::shared_ptr<const Trigger>;
using Chain = std::span<const std::shared_ptr<const Layer>>;

/// Goes down the chain, from All-Projects to the project.
class Heritage {
public:
    void add(const Layer& layer) {
        for (std::size_t i = 0; i < layer.entries.size(); ++i) {
            add(layer.entries[i], layer.triggers[i]);
        }
    }
    Sensor take(const ProjectName& project) && {
        sensor_.project = project;
        return std::move(sensor_);
    }
    std::vector<Finding> findings;

private:
    void add(const TriggerEntry& entry, const SharedTrigger& trigger) {
        const auto same_name = [&](const SharedTrigger& other) {
            return other->name == trigger->name;
        };
        const auto inherited = std::ranges::find_if(sensor_.triggers, same_name);
        if (inherited == sensor_.triggers.end()) {
            add_new(entry, trigger);
        } else if ((*inherited)->is_final) {
            narrow(*inherited, entry, *trigger);
        } else if ((*inherited)->is_overridable) {
            replace(inherited, entry, trigger);
        } else {
            complain(
                trigger->place,
                fmt::format(
                    "found the trigger {}, which {} defines (line {}), accepted is another name: "
                    "there it has neither override: true nor final: true",
                    trigger->name.str(),
                    (*inherited)->definition.project.str(),
                    (*inherited)->place.line
                )
            );
        }
    }

    bool is_whole(const Trigger& trigger) {
        if (!trigger.definition.path.empty()) {
            return true;
        }
        complain(
            trigger.place,
            fmt::format(
                "found the trigger {} without workflow, accepted is a path such as "
                "workflow: workflows/test.yaml",
                trigger.name.str()
            )
        );
        return false;
    }

    void add_new(const TriggerEntry& entry, const SharedTrigger& trigger) {
        if (!entry.is_enabled) {
            complain(
                trigger->place,
                fmt::format(
                    "found enabled: false for {}, which no parent project defines, accepted is the "
                    "name of an inherited trigger",
                    trigger->name.str()
                )
            );
        } else if (is_whole(*trigger)) {
            sensor_.triggers.push_back(trigger);
        }
    }

    void replace(
        std::vector<SharedTrigger>::iterator inherited,
        const TriggerEntry& entry,
        const SharedTrigger& trigger
    ) {
        if (!entry.is_enabled) {
            sensor_.switched_off.push_back({trigger->name, trigger->place});
            sensor_.triggers.erase(inherited);
        } else if (is_whole(*trigger)) {
            *inherited = trigger;
        }
    }

    bool may_narrow(const Trigger& parent, const TriggerEntry& entry, const Trigger& trigger) {
        const std::size_t before = findings.size();
        for (const auto& [key, place] : entry.keys) {
            const bool is_lowering =
                key == "trust" && trigger.requested == RequestedClass::untrusted;
            const bool stays_final = key == "final" && trigger.is_final;
            if (key != "events" && !is_condition_key(key) && !is_lowering && !stays_final) {
                complain(
                    place,
                    fmt::format(
                        "found {} for the trigger {}, which is final in {} (line {}), accepted are "
                        "further conditions, and trust: untrusted",
                        key,
                        parent.name.str(),
                        parent.definition.project.str(),
                        parent.place.line
                    )
                );
            }
        }
        return findings.size() == before;
    }

    void narrow(SharedTrigger& inherited, const TriggerEntry& entry, const Trigger& trigger) {
        if (!may_narrow(*inherited, entry, trigger)) {
            return;
        }
        auto narrowed = std::make_shared<Trigger>(*inherited);
        for (const Condition& condition : trigger.conditions) {
            narrowed->conditions.push_back(condition);
        }
        const auto says_trust = [](const auto& key) { return key.first == "trust"; };
        if (std::ranges::any_of(entry.keys, says_trust)) {
            narrowed->requested = RequestedClass::untrusted;
            narrowed->otherwise_untrusted = false;
            narrowed->wants_deployable = false;
        }
        complete(*narrowed);
        inherited = std::move(narrowed);
    }

    void complain(const Place& place, std::string message) {
        findings.push_back({place, std::move(message)});
    }

    Sensor sensor_;
};

Heritage heritage_of(Chain chain) {
    Heritage heritage;
    for (const auto& layer : chain) {
        heritage.add(*layer);
    }
    return heritage;
}

} // namespace

std::shared_ptr<const Layer>
make_layer(ProjectName project, CommitId commit, ProjectConfiguration configuration) {
    auto layer = std::make_shared<Layer>();
    layer->project = std::move(project);
    layer->commit = std::move(commit);
    layer->entries = std::move(configuration.triggers);
    layer->entries.shrink_to_fit(); // it stays in memory, of thousands of projects
    layer->triggers.reserve(layer->entries.size());
    for (TriggerEntry& entry : layer->entries) {
        entry.rule.definition.project = layer->project;
        entry.rule.definition.commit = layer->commit;
        entry.keys.shrink_to_fit();
        entry.rule.conditions.shrink_to_fit();
        layer->triggers.push_back(std::make_shared<const Trigger>(std::move(entry.rule)));
    }
    return layer;
}

Result<Sensor> compile(Chain chain) {
    if (chain.empty()) {
        return Error{Errc::invalid_argument, "compiling a sensor: the chain of projects is empty"};
    }
    Heritage heritage = heritage_of(chain);
    if (heritage.findings.empty()) {
        return std::move(heritage).take(chain.back()->project);
    }
    std::string message;
    for (const Finding& finding : heritage.findings) {
        message += (message.empty() ? "" : "\n") + to_string(finding);
    }
    return Error{Errc::refused, std::move(message)};
}

std::vector<Finding> check_inheritance(Chain chain) {
    return heritage_of(chain).findings;
}

} // namespace seakeeper::sensor
