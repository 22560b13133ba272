// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "local/engine.hpp"
#include "local/status_tree.hpp"

#include <seakeeper/core/result.hpp>

#include <boost/json/object.hpp>

#include <chrono>
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
/// status.json is whole at any time: replaced at once.
void write_status(const RunState& state, const boost::json::object& status);

/// Writes the status while the run goes on, for `explain`: at most twice a second, and less often
/// where writing takes long.
class StatusKeeper {
public:
    explicit StatusKeeper(const RunState& state) : state_{state} {}

    void note_change() { is_changed_ = true; }
    /// Writes if it is time; when to come again, at most `idle` from now.
    std::chrono::milliseconds keep(const local::ActiveRun& run, std::chrono::milliseconds idle);

private:
    const RunState& state_;
    bool is_changed_ = true;
    std::chrono::steady_clock::time_point next_{};
};

/// How the run in STATE/runs/NAME stands. Errors: Errc::not_found, Errc::malformed, Errc::io.
Result<local::StatusTree> read_run(const std::string& state, const std::string& name);

/// metadata.name, generateName and five letters, or the file's.
std::string run_name(const boost::json::object& metadata, const std::string& file);
bool is_run_name(std::string_view name);

/// Its last lines, for a person.
std::string tail_of(const std::string& log);

} // namespace seakeeper::daemon
