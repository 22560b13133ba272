// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/event/event.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seakeeper::workflow {

/// What was resolved and validated about an event: what a workload acts on.
struct Subject {
    ProjectName project;
    std::optional<ChangeNumber> change;
    std::optional<PatchSetNumber> patch_set;
    CommitId revision;
    RefName ref; ///< where `revision` is fetched from: refs/changes/... or the ref
    std::optional<RefName> branch; ///< destination branch in full
    std::string url;               ///< the project's URL for git fetch; made from configuration
};

/// One value of an event under its two names.
struct EventValue {
    std::string parameter; ///< "revision", "subject-base64"
    std::string variable;  ///< "SEAKEEPER_REVISION", "SEAKEEPER_SUBJECT_BASE64"
    std::string value;
    friend bool operator==(const EventValue&, const EventValue&) = default;
};
using EventValues = std::vector<EventValue>;

/// Most bytes of one text before base64; a longer one is cut at a character and `-truncated` is
/// set.
inline constexpr std::size_t event_text_limit = 16 << 10;

/// The values that a workflow of this event gets.
///
/// Plain, because nothing in them can mean anything to Argo, Kubernetes or a shell: `event`,
/// `change`, `patchset`, `revision`, and, where they consist of [A-Za-z0-9._/@+:-] only and do not
/// start with '-', `project`, `ref`, `branch`, `url`. In base64 (`NAME-base64`, and
/// SEAKEEPER_NAME_BASE64 in the environment), byte for byte: `project`, `ref`, `branch`, `subject`,
/// `topic`, `owner`, `uploader`, `actor`, `comment`, `message`. What the event has not, is not
/// there. Argo evaluates parameter values again, which is why free text is never plain.
SEAKEEPER_API EventValues event_values(const event::Event& event, const Subject& subject);

/// Whether an event value may ever have that parameter name.
SEAKEEPER_API bool is_event_parameter(std::string_view name) noexcept;
/// Whether a text may be a plain value: see event_values.
SEAKEEPER_API bool is_plain_value(std::string_view text) noexcept;

} // namespace seakeeper::workflow
