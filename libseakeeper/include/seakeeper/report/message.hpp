// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// The words that go back to a change. Texts of logs and peers may stand in every member: they are
// cleaned here.
namespace seakeeper::report {

/// Longest message, below Gerrit's default limit of 16,384 bytes (rest-api-changes:
/// commentSizeLimit).
inline constexpr std::size_t message_bytes = 16'000;
/// What a line begins with that says whom a message is about; no other line of a message has it.
inline constexpr std::string_view marker_key = "Seakeeper-Workload:";

/// A step that broke.
struct BrokenStep {
    std::string name;
    std::optional<int> exit_code;
    std::string message;    ///< Argo's or the executor's
    std::string last_lines; ///< end of its log
    std::string log_url;    ///< empty: there is none
};

/// Where the log of a step can be read.
struct StepLog {
    std::string name;
    std::string url;
};

/// How a workload ended, for people.
struct RunReport {
    std::string workload;
    std::string trigger;
    std::string state; ///< succeeded, failed, error, cancelled, refused
    std::string trust_class;
    std::string why;     ///< one line: why it had that class
    std::string message; ///< what went wrong as a whole; empty: nothing
    std::string note;    ///< the trigger owner's own sentence
    std::string log_url; ///< of the run; empty: there is none
    std::optional<std::chrono::seconds> took;
    std::vector<BrokenStep> broken;
    std::vector<StepLog> logs; ///< of steps that did not break
};

/// "Seakeeper-Workload: ID STATE".
SEAKEEPER_API std::string marker(std::string_view workload, std::string_view state);

/// The message about the end of `runs`, with a marker line for each; `wait` names triggers that
/// still run. At most message_bytes: log lines are cut first, oldest first; markers never.
SEAKEEPER_API std::string
compose(std::span<const RunReport> runs, std::span<const std::string> wait = {});

/// The message that says that runs begin; marker state "started".
SEAKEEPER_API std::string compose_start(std::span<const RunReport> runs);

/// The message that says once why nothing runs: a trigger not trusted, a bad definition. The marker
/// is "Seakeeper-Notice: KEY".
SEAKEEPER_API std::string compose_notice(std::string_view key, std::string_view text);
SEAKEEPER_API std::string notice_marker(std::string_view key);

} // namespace seakeeper::report
