// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/clock.hpp>
#include <seakeeper/core/names.hpp>
#include <seakeeper/core/result.hpp>

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

// What was re-read from Gerrit about an event, with where and when. These values are all that
// sensors and the trust classifier see besides the event; they are stored with the decision, so
// that it can be recomputed offline. Nothing here decides anything.
namespace seakeeper::gerrit {

/// One thing read, or the reason why it could not be. An unread fact counts as the lowest.
template <class T>
struct Fact {
    std::optional<T> value;
    std::string source;  ///< the request: "GET /changes/demo%2Fapp~7/detail"
    std::string failure; ///< why there is no value; empty where there is one, or nobody asked
    WallTime read_at{};

    explicit operator bool() const noexcept { return value.has_value(); }
    const T& operator*() const { return *value; }
    const T* operator->() const { return &*value; }
    friend bool operator==(const Fact&, const Fact&) = default;
};

/// An account as REST shows it (AccountInfo, o=DETAILS).
struct AccountFacts {
    AccountId id{};
    std::string username;
    std::string name;
    std::string email;
    bool is_active = false;
    bool is_service_user = false; ///< tags: SERVICE_USER
    friend bool operator==(const AccountFacts&, const AccountFacts&) = default;
};

/// A row of labels.L.all[]: may be a copied vote; only a message tells (gerrit 3.10: LabelsJson).
struct VoteFacts {
    AccountId voter{};
    int value = 0;
    std::optional<int>
        permitted_max; ///< permitted_voting_range.max; means something while NEW only
    bool is_voter_active = true;
    /// Gerrit's words, UTC. For a copied vote the time of the copy: tells nothing about casting.
    std::string date;
    friend bool operator==(const VoteFacts&, const VoteFacts&) = default;
};

struct LabelFacts {
    int max = 0; ///< largest of labels.L.values
    int min = 0;
    std::vector<VoteFacts> votes;
    friend bool operator==(const LabelFacts&, const LabelFacts&) = default;
};

struct RevisionFacts {
    CommitId commit;
    PatchSetNumber number{};
    AccountId uploader{};
    std::optional<AccountId> real_uploader; ///< where somebody acted on the uploader's behalf
    std::string kind;
    std::vector<CommitId> parents;
    RefName ref;         ///< refs/changes/NN/NUMBER/PS: where a pod fetches it
    std::string created; ///< Gerrit's words, UTC
    std::string message; ///< the commit's; only of the current revision
    friend bool operator==(const RevisionFacts&, const RevisionFacts&) = default;
};

struct MessageFacts {
    std::string id; ///< SHA of the NoteDb commit that wrote it
    std::optional<AccountId> author;
    std::optional<AccountId> real_author; ///< only where it differs: acted on behalf
    std::string tag;
    std::string date; ///< Gerrit's words, UTC
    PatchSetNumber patch_set{};
    std::string text;
    friend bool operator==(const MessageFacts&, const MessageFacts&) = default;
};

struct SubmitRequirementFacts {
    std::string name;
    std::string status; ///< SATISFIED, UNSATISFIED, OVERRIDDEN, NOT_APPLICABLE, ERROR, FORCED
    friend bool operator==(const SubmitRequirementFacts&, const SubmitRequirementFacts&) = default;
};

/// A change as `GET /changes/P~N?o=...` shows it to us.
struct ChangeFacts {
    ProjectName project;
    ChangeNumber number{};
    RefName destination; ///< refs/heads/...
    std::string change_id;
    std::string subject;
    std::string status; ///< NEW, MERGED, ABANDONED
    std::string topic;
    std::vector<std::string> hashtags;
    bool is_private = false;
    bool is_work_in_progress = false;
    AccountId owner{};
    std::optional<AccountId> submitter;
    CommitId current_revision;
    std::vector<RevisionFacts> revisions; ///< by number
    std::map<std::string, LabelFacts> labels;
    std::vector<MessageFacts> messages; ///< oldest first
    std::vector<SubmitRequirementFacts> submit_requirements;
    std::string meta_revision; ///< meta_rev_id
    std::string submitted;     ///< when, Gerrit's words, UTC; empty while not merged
    std::string updated;       ///< last update, Gerrit's words, UTC
    friend bool operator==(const ChangeFacts&, const ChangeFacts&) = default;

    SEAKEEPER_API const RevisionFacts* revision(const CommitId& commit) const;
    SEAKEEPER_API const RevisionFacts* current() const;
};

/// Answer of an oracle about an account and a ref: check.access?perm=push.
struct AccessFacts {
    AccountId account{};
    RefName ref;
    std::string permission; ///< "push", "createTag", ...
    bool is_allowed = false;
    ProjectName project; ///< whose access was asked; empty: the event's project
    friend bool operator==(const AccessFacts&, const AccessFacts&) = default;
};

/// A commit on the way from the patch set down to what is merged.
struct AncestorFacts {
    CommitId commit;
    std::vector<CommitId> parents;
    /// Branches and tags that hold it (`/commits/SHA/in`); both empty: not merged.
    std::vector<RefName> branches;
    std::optional<ChangeFacts> change; ///< the change whose patch set it is, if one was found
    /// False: Gerrit does not show it to us (a private change below); nothing else is known of it.
    bool is_visible = true;
    friend bool operator==(const AncestorFacts&, const AncestorFacts&) = default;
};

/// Every unmerged commit below (not including) the patch set, nearest first, and the merged ones it
/// rests on. Incomplete (`failure`, or is_complete false) never counts as good.
struct AncestryFacts {
    std::vector<AncestorFacts> commits;
    bool is_complete = false;
    friend bool operator==(const AncestryFacts&, const AncestryFacts&) = default;
};

/// What would be submitted with the change: ancestors, and the topic where the site says so.
struct TogetherFacts {
    std::vector<ChangeFacts> changes; ///< without the change itself
    std::uint32_t invisible = 0;      ///< how many more there are that we may not see
    friend bool operator==(const TogetherFacts&, const TogetherFacts&) = default;
};

/// Groups of one account, by UUID; only those visible to us.
struct GroupFacts {
    AccountId account{};
    std::vector<std::string> groups;
    friend bool operator==(const GroupFacts&, const GroupFacts&) = default;
};

/// A branch or tag as it is now.
struct RefFacts {
    RefName ref;
    std::optional<CommitId> tip; ///< what it names (a tag object for an annotated tag); empty: gone
    std::optional<CommitId> commit; ///< the commit behind it
    friend bool operator==(const RefFacts&, const RefFacts&) = default;
};

/// refs/meta/config of one project of the inheritance chain.
struct ConfigFacts {
    ProjectName project;
    std::optional<CommitId> tip; ///< empty: the project has none, or none we may see
    friend bool operator==(const ConfigFacts&, const ConfigFacts&) = default;
};

/// Something that the patch set says it needs: a Depends-On footer, or a submodule it moves.
/// Dependencies of open dependencies are rows of their own.
struct DependencyFacts {
    /// "depends-on", "circle" (a footer that leads back to the patch set itself), "submodule".
    std::string relation;
    std::string name;                      ///< as it was found: "demo/app~7", a Change-Id, a path
    std::optional<ChangeFacts> change;     ///< empty: not found, or not visible to us
    std::optional<AncestryFacts> ancestry; ///< below the change's current patch set, while open
    friend bool operator==(const DependencyFacts&, const DependencyFacts&) = default;
};

/// Where a label and the right to give it come from: a child project may redefine both
/// (`/projects/P/labels/?inherited`, `/projects/P/access` of P and all its parents).
struct LabelOriginFacts {
    std::string label;
    ProjectName defined_in;              ///< the nearest project that defines it
    std::vector<ProjectName> granted_in; ///< every project of the chain with a label-L rule
    ProjectName project;                 ///< whose label it is; empty: the event's project
    friend bool operator==(const LabelOriginFacts&, const LabelOriginFacts&) = default;
};

/// All that was asked for one event. What nobody asked for has neither value nor failure.
struct Facts {
    /// The event's change; for a ref update of a branch the merged change whose patch set is the
    /// new commit, if there is one.
    Fact<ChangeFacts> change;
    Fact<AccountFacts> actor; ///< the event's acting account, resolved by exact user name
    /// The account behind the actor, where the server recorded another one (Submit As,
    /// on_behalf_of, rebase on behalf of the uploader); else the actor's.
    Fact<AccountFacts> real_actor;
    Fact<std::vector<std::string>> actor_groups; ///< UUIDs, only those visible to us
    Fact<std::vector<std::string>> owner_groups;
    std::vector<Fact<AccountFacts>> accounts; ///< others that matter: voters, uploader, owner
    std::vector<Fact<GroupFacts>> groups;     ///< of voters, where asked for
    std::vector<Fact<AccessFacts>> access;
    Fact<AncestryFacts> ancestry;
    Fact<std::vector<std::string>> files; ///< paths the patch set touches, old names of renames too
    Fact<TogetherFacts> submitted_together;
    Fact<RefFacts> ref;                     ///< ref events: the ref as it is now
    Fact<std::vector<RefName>> merged_into; ///< branches that hold the event's commit now
    /// Branches that hold what the ref was before the event: without the ref itself, it was forced.
    Fact<std::vector<RefName>> previous_merged_into;
    Fact<std::vector<DependencyFacts>> dependencies; ///< all of them, or a failure
    std::vector<Fact<LabelOriginFacts>> label_origins;
    Fact<std::vector<ProjectName>> parents; ///< inheritance: parent, grandparent, ..., All-Projects
    std::vector<Fact<ConfigFacts>> configs; ///< project first, then its parents
    friend bool operator==(const Facts&, const Facts&) = default;

    /// Among actor, real_actor and accounts; null: not read.
    SEAKEEPER_API const AccountFacts* account(AccountId id) const;
    /// Among actor_groups (of the actor) and groups; null: not read.
    SEAKEEPER_API const std::vector<std::string>* groups_of(AccountId id) const;
};

/// For the decision's inputs: what to_json wrote, from_json reads to an equal value.
SEAKEEPER_API boost::json::object to_json(const Facts& facts);
SEAKEEPER_API Result<Facts> facts_from_json(const boost::json::object& json);

} // namespace seakeeper::gerrit
