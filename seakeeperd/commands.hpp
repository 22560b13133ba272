// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "logging.hpp"

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

// What each command of seakeeperd does. Exit codes are a promise: 0 done, 1 the answer is no
// (refused, failed, differs), 2 wrong use or configuration, 3 a peer could not be reached.
namespace seakeeper::daemon {

inline constexpr int exit_done = 0;
inline constexpr int exit_no = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_unreachable = 3;

struct ServeOptions {
    std::string config;            ///< empty: embedded, on this machine
    std::string events;            ///< a recording that takes the place of the stream
    std::string repositories;      ///< folder of bare repositories that take the place of Gerrit's
    std::string record;            ///< file to record the stream and facts to
    std::string state;             ///< overrides the file's; embedded: ./seakeeper-state
    std::optional<WallTime> since; ///< a new store acts on what happened since
    bool is_shadow = false;
    bool is_recording = false;  ///< only to record: no executors, no pages
    bool keeps_private = false; ///< record private changes too
    LogFormat log_format = LogFormat::text;
    std::string log_level = "info";
};
int serve(const ServeOptions& options);

struct CheckOptions {
    std::vector<std::string> paths;
    std::string config;          ///< operator's file whose policies apply; empty: the defaults
    std::string revision;        ///< of a repository; empty: paths are files and folders
    std::string format = "text"; ///< text, json, sarif
    std::string version;         ///< of the program, for sarif
    bool is_trusted = false;
    bool is_strict = false;  ///< warnings count
    bool is_cluster = false; ///< looks at the site's clusters instead of files
};
int check(const CheckOptions& options);
/// `check --cluster`: the site's clusters against the manifests.
int check_cluster(const CheckOptions& options);

/// Prints the manifests of the site's clusters.
int print_manifests(const std::string& config);

// Each of these puts one command on `app`; when it is chosen, it leaves its exit code in `status`.
void add_check(CLI::App& app, int& status);
void add_decide(CLI::App& app, int& status);
void add_explain(CLI::App& app, int& status);
void add_record(CLI::App& app, int& status);
void add_replay(CLI::App& app, int& status);
void add_run(CLI::App& app, int& status);

/// Says on standard error what went wrong; exit_unreachable where a peer did not answer, else
/// exit_usage.
int fail(std::string_view command, const Error& error);

struct AcceptConfigOptions {
    std::string config; ///< operator's file
    std::string project;
    std::string commit; ///< in full
};
/// A rewound refs/meta/config was looked at: trusted runs of the project go on from this commit.
int accept_config(const AcceptConfigOptions& options);
/// status, retry-dead, backup.
void add_operate(CLI::App& app, int& status);

} // namespace seakeeper::daemon
