// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/plan.hpp"

#include <map>
#include <string>

namespace seakeeper::daemon {

/// What `run` shows while it runs: on a terminal the tree of nodes with their times, drawn anew in
/// place; in a pipe one line for each change.
class RunProgress {
public:
    explicit RunProgress(bool is_terminal, bool is_quiet)
        : is_terminal_{is_terminal}, is_quiet_{is_quiet} {}

    void show(const local::Plan& plan, WallTime now);

private:
    void redraw(const local::Plan& plan, WallTime now);
    void tell_changes(const local::Plan& plan);

    bool is_terminal_;
    bool is_quiet_;
    std::size_t drawn_ = 0;
    std::map<std::size_t, local::NodePhase> told_;
};

} // namespace seakeeper::daemon
