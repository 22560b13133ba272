// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/sensor/trigger.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// `seakeeper.yaml` of one project's refs/meta/config (form: docs/schema/seakeeper.json), and how a
// project inherits the triggers of its parents.
namespace seakeeper::sensor {

/// Limits on one file; part of the contract. A file that passes one is refused.
struct ConfigurationLimits {
    std::size_t bytes = 1 << 20;
    std::size_t triggers = 500;
    std::size_t patterns = 1'000; ///< in one list
    std::size_t pattern_bytes = 1'000;
    std::size_t parameters = 64;
    std::size_t parameter_bytes = 4'096;
    std::size_t nesting = 8; ///< of all, any, not
};

/// One mistake in a file: where, what was found, what would be accepted.
struct Finding {
    Place place;
    std::string message;
    friend auto operator<=>(const Finding&, const Finding&) = default;
};
/// "FILE:LINE:COLUMN: MESSAGE".
SEAKEEPER_API std::string to_string(const Finding& finding);

/// A trigger as one file writes it, before inheritance: a new one, the replacement of a parent's,
/// or a narrowing of a parent's final one; which of these is known only with the parents.
struct TriggerEntry {
    Trigger rule;           ///< definition.project and .commit are empty until make_layer
    bool is_enabled = true; ///< `enabled: false` switches an inherited trigger off
    /// Keys that were written, with their places: inheritance decides which of them may be.
    std::vector<std::pair<std::string, Place>> keys;
};

struct ProjectConfiguration {
    std::vector<TriggerEntry> triggers; ///< in the author's order
};

/// What one file says and all that is wrong with it.
struct ReadConfiguration {
    ProjectConfiguration configuration; ///< only of use where there is no finding
    std::vector<Finding> findings;      ///< by line
};

/// Reads one file completely, so that an author sees all mistakes at once. Equal patterns are
/// shared through `pool`. Never throws.
SEAKEEPER_API ReadConfiguration read_configuration(
    std::string_view bytes,
    std::string_view file,
    PatternPool& pool,
    const ConfigurationLimits& limits = {}
);

/// The same for those who only want it right: Errc::malformed with every finding on a line of its
/// own.
SEAKEEPER_API Result<ProjectConfiguration>
parse_configuration(std::string_view bytes, std::string_view file);
SEAKEEPER_API Result<ProjectConfiguration>
parse_configuration(std::string_view bytes, std::string_view file, PatternPool& pool);

/// The configuration of one project at one commit of its refs/meta/config. Made once, and shared by
/// the sensors of the project and all its children.
struct Layer {
    ProjectName project;
    CommitId commit;
    std::vector<TriggerEntry> entries;
    /// The entry's rule, moved here, with its definition's project and commit; by index of
    /// `entries`. Shared with every sensor that inherits it.
    std::vector<std::shared_ptr<const Trigger>> triggers;
};
/// A project without seakeeper.yaml has an empty configuration.
SEAKEEPER_API std::shared_ptr<const Layer>
make_layer(ProjectName project, CommitId commit, ProjectConfiguration configuration);

/// All triggers that apply to one project.
struct Sensor {
    ProjectName project;
    std::vector<std::shared_ptr<const Trigger>> triggers; ///< parents' first; shared with layers
    struct SwitchedOff {
        TriggerName name;
        Place place;
    };
    std::vector<SwitchedOff> switched_off; ///< inherited ones that the project does not want
};

/// What applies to the last project of `chain` (All-Projects first, each the parent of the next).
/// - A name that no parent uses: a new trigger.
/// - A parent's trigger with `override: true`: replaced as a whole, or switched off by
///   `enabled: false`.
/// - A parent's trigger with `final: true`: the child's conditions are added (all must hold), and
///   `trust: untrusted` lowers its class; it stays final. Any other key is refused.
/// - Any other name of a parent: refused.
/// Errc::refused with every finding on a line of its own; then nothing of the project may run.
SEAKEEPER_API Result<Sensor> compile(std::span<const std::shared_ptr<const Layer>> chain);
/// The findings alone, for checks; empty where compile() succeeds.
SEAKEEPER_API std::vector<Finding>
check_inheritance(std::span<const std::shared_ptr<const Layer>> chain);

} // namespace seakeeper::sensor
