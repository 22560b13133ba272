// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rows.hpp"

#include <seakeeper/decision/decide.hpp>

#include <memory>
#include <string>
#include <vector>

namespace attacks {

/// What is switched off to see that a row notices.
struct Switches {
    bool knows_self = true;      ///< the daemon knows its own account
    bool asks_for_person = true; ///< triggers do not listen to programs
    bool has_policy = true;      ///< definitions are policed
};

/// A site with one project: base/site.json, changed by the row's own members.
struct World {
    World(const Row& row, const Switches& switches);

    seakeeper::decision::Options options;
    seakeeper::sensor::Sensor sensor;
    std::vector<std::shared_ptr<const seakeeper::decision::PreparedDefinition>> definitions;
    std::vector<seakeeper::decision::ConfigHistory> histories;
    seakeeper::trust::ChannelState channel;
    seakeeper::trust::PlantState plant;
    std::uint32_t attempt = 1;
    seakeeper::WallTime now{};
    std::string fault; ///< why there is no sensor

    seakeeper::decision::DecideInput
    input(const seakeeper::event::Event& event, const seakeeper::gerrit::Facts& facts) const;
};

seakeeper::workflow::Policy policy_from(const json::object& from, seakeeper::trust::Class of);

} // namespace attacks
