// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/pod_runner.hpp"

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace seakeeper::daemon {

/// Folder STATE/runs/NAME of one run. While it is open nobody else takes it; with it goes
/// what it needed to run. Not moved while somebody holds `folders`.
class RunState {
public:
    RunState(std::string where, int lock, bool keeps);
    RunState(RunState&& other) noexcept;
    RunState& operator=(RunState&&) = delete;
    ~RunState();

    std::string folder;
    local::RunFolders folders;

private:
    int lock_;
    bool keeps_;
};

/// Makes the folder anew, and removes what killed runs beside it have left of scratch. Errors:
/// Errc::conflict (a run of this name is going on), Errc::io.
Result<RunState> open_state(const std::string& state, const std::string& name, bool keeps);
void write_status(const RunState& state, const boost::json::object& status);

/// metadata.name, generateName and five letters, or the file's.
std::string run_name(const boost::json::object& metadata, const std::string& file);
bool is_run_name(std::string_view name);

/// Its last lines, for a person.
std::string tail_of(const std::string& log);

} // namespace seakeeper::daemon
