// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/record.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/store/rows.hpp>

#include <string>
#include <vector>

// Which acts may be decided about again: a person's vote is not repeated by Gerrit, so what was
// asked once is remembered, with the last attempt that came of it. Pure but for the rows.
namespace seakeeper::pipeline {

struct ChangeName {
    std::string project;
    std::uint32_t number = 0;
    friend auto operator<=>(const ChangeName&, const ChangeName&) = default;
};

/// The last decision of a trusted trigger about a patch set.
struct Act {
    ChangeName change;
    std::string revision;
    std::string trigger;
    std::string decision; ///< digest
    std::uint32_t attempt = 1;
    bool is_trusted = false; ///< it ran as trusted
    friend bool operator==(const Act&, const Act&) = default;
};

Act act_of(const decision::Record& record, std::string digest);

/// The open changes that hold a decision down by not being approved: below it, or along with it.
std::vector<ChangeName> waited_for(const decision::Record& record, const gerrit::Facts& facts);
/// Every open change that the facts of a decision tell of, its own among them.
std::vector<ChangeName> rests_on(const gerrit::Facts& facts);

/// Remembers the act, and that its change waits for those. An act that was not trusted does not
/// take the place of one of its trigger that was.
Status keep_act(store::Rows& rows, const Act& act, const std::vector<ChangeName>& waits_for);
/// Of all trusted triggers about a patch set.
Result<std::vector<Act>>
acts_about(store::Rows& rows, const ChangeName& change, const std::string& revision);
/// The acts that wait for the approval of a change, the latest 64.
Result<std::vector<Act>> acts_waiting_for(store::Rows& rows, const ChangeName& change);

/// Whether another attempt may be made: nothing came of the last one, or it has ended without
/// success.
Result<bool> may_be_tried_again(store::Rows& rows, const Act& act);

} // namespace seakeeper::pipeline
