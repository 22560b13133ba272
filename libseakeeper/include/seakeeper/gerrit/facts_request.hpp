// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>

#include <functional>
#include <string>
#include <vector>

// What sensors and the classifier want to know of Gerrit: values, no I/O.
namespace seakeeper::gerrit {

/// About whom an access question is asked. `voters`: everybody whose vote on one of
/// FactsRequest::voted_labels is its maximum, on the change, its unmerged ancestors and what would
/// be submitted together, as far as those were asked for.
enum class Whose { actor, real_actor, uploader, owner, voters };

/// "May they do `permission` on `ref`?", e.g. push on the marker ref
/// refs/seakeeper/trusted/heads/X.
struct AccessQuestion {
    Whose whose = Whose::actor;
    std::string permission = "push";
    RefName ref;
    friend bool operator==(const AccessQuestion&, const AccessQuestion&) = default;
};

/// What the sensor's and the classifier's conditions want to know. Merge requests with |=.
struct FactsRequest {
    bool change = true; ///< the change of a change event
    bool actor = true;  ///< acting account and the real one behind it
    bool files = false;
    bool actor_groups = false;
    bool owner_groups = false;
    bool uploader_groups = false; ///< of the patch set's uploader, into Facts::groups
    bool voter_groups = false;    ///< groups of `voters` (see Whose)
    bool ancestry = false;
    bool submitted_together = false;
    bool merged_into = false;          ///< branches that hold the event's commit
    bool previous_merged_into = false; ///< ref updates: branches that hold the old commit
    bool dependencies = false;         ///< Depends-On footers and submodules
    bool label_origins = false;        ///< of each of voted_labels
    bool ref = false;                  ///< ref events: the ref as it is now
    bool configs = false; ///< parents, and refs/meta/config of the project and each parent
    std::vector<std::string> voted_labels;
    std::vector<AccessQuestion> access;
    /// Where the walk down the ancestry may stop: a commit on such a branch counts as merged.
    /// Empty: on any branch. (The classifier judges the branches again from the facts.)
    std::function<bool(const RefName&)> is_protected;

    SEAKEEPER_API FactsRequest& operator|=(const FactsRequest& other);
};

} // namespace seakeeper::gerrit
