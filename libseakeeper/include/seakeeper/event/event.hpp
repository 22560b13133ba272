// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

// One line of `gerrit stream-events` as a value (Gerrit 3.10 - 3.13: cmd-stream-events.txt,
// json.txt). An event is a hint, never evidence: nothing in it decides trust. All members may be
// absent on some server; what we do not know is kept in `extra` and written back.
namespace seakeeper::event {

/// Members of the JSON object that have no typed place here, in order of arrival.
using Extra = boost::json::object;

/// Who did something: free text of Gerrit's account; there is no account id in stream events.
struct Account {
    std::optional<std::string> name;
    std::optional<std::string> email;
    std::optional<std::string> username;
    Extra extra;
    friend bool operator==(const Account&, const Account&) = default;
};

/// NEW, MERGED, ABANDONED; anything else is `other` and its text stays in Change::status_text.
enum class ChangeStatus { new_, merged, abandoned, other };

struct Change {
    std::string project;
    std::string branch; ///< short name; in full for refs/meta/config
    std::string id;     ///< Change-Id: not unique
    ChangeNumber number{};
    std::string subject;
    ChangeStatus status = ChangeStatus::new_;
    std::string status_text;
    std::optional<Account> owner;
    std::optional<std::string> url;
    std::optional<std::string> commit_message;
    std::optional<std::string> topic;
    std::optional<std::vector<std::string>> hashtags;
    std::optional<std::int64_t> created_on; ///< seconds since 1970
    std::optional<bool> wip;
    std::optional<bool> is_private;
    Extra extra;
    friend bool operator==(const Change&, const Change&) = default;
};

struct PatchSet {
    PatchSetNumber number{};
    std::string revision; ///< 40 hexadecimal digits
    std::vector<std::string> parents;
    std::string ref; ///< refs/changes/NN/NUMBER/PS
    std::optional<Account> uploader;
    std::optional<Account> author; ///< from the commit: forgeable
    std::optional<std::int64_t> created_on;
    std::optional<std::string> kind; ///< REWORK, TRIVIAL_REBASE, ...
    std::optional<std::int64_t> size_insertions;
    std::optional<std::int64_t> size_deletions;
    Extra extra;
    friend bool operator==(const PatchSet&, const PatchSet&) = default;
};

/// A label of the acting account as it stands after the action. `old_value` is present only for
/// labels that this action touched: "vote cast now" is exactly that.
struct Approval {
    std::string type;
    std::optional<std::string> description;
    int value = 0;
    std::optional<int> old_value;
    Extra extra;
    friend bool operator==(const Approval&, const Approval&) = default;
};

struct RefUpdate {
    std::string project;
    std::string ref_name;
    std::string old_rev; ///< 40 zeros: created
    std::string new_rev; ///< 40 zeros: deleted
    Extra extra;
    friend bool operator==(const RefUpdate&, const RefUpdate&) = default;
};

// What only one kind of event has. The acting account is Event::actor for all of them.
// clang-format off
struct PatchsetCreated    { friend bool operator==(const PatchsetCreated&, const PatchsetCreated&) = default; };
struct CommentAdded       { std::optional<std::vector<Approval>> approvals; std::optional<std::string> comment;
                            friend bool operator==(const CommentAdded&, const CommentAdded&) = default; };
/// `new_rev`: tip of the branch after the submission, not necessarily this change's commit.
struct ChangeMerged       { std::optional<std::string> new_rev;
                            friend bool operator==(const ChangeMerged&, const ChangeMerged&) = default; };
struct ChangeAbandoned    { std::optional<std::string> reason;
                            friend bool operator==(const ChangeAbandoned&, const ChangeAbandoned&) = default; };
struct ChangeRestored     { std::optional<std::string> reason;
                            friend bool operator==(const ChangeRestored&, const ChangeRestored&) = default; };
struct ChangeDeleted      { friend bool operator==(const ChangeDeleted&, const ChangeDeleted&) = default; };
struct ReviewerAdded      { std::optional<Account> reviewer;
                            friend bool operator==(const ReviewerAdded&, const ReviewerAdded&) = default; };
struct ReviewerDeleted    { std::optional<Account> reviewer; std::optional<std::vector<Approval>> approvals; std::optional<std::string> comment;
                            friend bool operator==(const ReviewerDeleted&, const ReviewerDeleted&) = default; };
struct VoteDeleted        { std::optional<Account> reviewer; std::optional<std::vector<Approval>> approvals; std::optional<std::string> comment;
                            friend bool operator==(const VoteDeleted&, const VoteDeleted&) = default; };
struct TopicChanged       { std::optional<std::string> old_topic;
                            friend bool operator==(const TopicChanged&, const TopicChanged&) = default; };
struct HashtagsChanged    { std::optional<std::vector<std::string>> added, removed, hashtags;
                            friend bool operator==(const HashtagsChanged&, const HashtagsChanged&) = default; };
struct CustomKeyedValuesChanged { friend bool operator==(const CustomKeyedValuesChanged&, const CustomKeyedValuesChanged&) = default; };
struct WipStateChanged    { friend bool operator==(const WipStateChanged&, const WipStateChanged&) = default; };
struct PrivateStateChanged{ friend bool operator==(const PrivateStateChanged&, const PrivateStateChanged&) = default; };
struct RefUpdated         { RefUpdate update;
                            friend bool operator==(const RefUpdated&, const RefUpdated&) = default; };
struct BatchRefUpdated    { std::vector<RefUpdate> updates;
                            friend bool operator==(const BatchRefUpdated&, const BatchRefUpdated&) = default; };
struct ProjectCreated     { std::optional<std::string> head_name;
                            friend bool operator==(const ProjectCreated&, const ProjectCreated&) = default; };
struct ProjectHeadUpdated { std::optional<std::string> old_head, new_head;
                            friend bool operator==(const ProjectHeadUpdated&, const ProjectHeadUpdated&) = default; };
/// Gerrit discarded events of this connection; the gap lies up to 128 lines after the marker.
struct DroppedOutput      { friend bool operator==(const DroppedOutput&, const DroppedOutput&) = default; };
/// A type we do not know (plugins): all its members are in Event::extra.
struct Unknown            { friend bool operator==(const Unknown&, const Unknown&) = default; };
// clang-format on

/// In the order of Kind.
using Body = std::variant<
    PatchsetCreated,
    CommentAdded,
    ChangeMerged,
    ChangeAbandoned,
    ChangeRestored,
    ChangeDeleted,
    ReviewerAdded,
    ReviewerDeleted,
    VoteDeleted,
    TopicChanged,
    HashtagsChanged,
    CustomKeyedValuesChanged,
    WipStateChanged,
    PrivateStateChanged,
    RefUpdated,
    BatchRefUpdated,
    ProjectCreated,
    ProjectHeadUpdated,
    DroppedOutput,
    Unknown>;

enum class Kind : std::uint8_t {
    patchset_created,
    comment_added,
    change_merged,
    change_abandoned,
    change_restored,
    change_deleted,
    reviewer_added,
    reviewer_deleted,
    vote_deleted,
    topic_changed,
    hashtags_changed,
    custom_keyed_values_changed,
    wip_state_changed,
    private_state_changed,
    ref_updated,
    batch_ref_updated,
    project_created,
    project_head_updated,
    dropped_output,
    unknown,
};

struct Event {
    std::string type;                       ///< Gerrit's word: "patchset-created"
    std::optional<std::int64_t> created_on; ///< seconds since 1970, server's clock; many share one
    std::optional<std::string> instance_id;
    /// Change events: the change's project; ref and project events: theirs. Empty if there is none.
    std::string project;
    /// Full ref: destination of a change event, or the ref of ref-updated. Empty if there is none.
    std::string ref_name;
    std::optional<Account> actor; ///< uploader, author, submitter, ... by kind; absent: system
    std::optional<Change> change;
    std::optional<PatchSet> patch_set;
    Body body{Unknown{}};
    Extra extra;

    Kind kind() const noexcept { return static_cast<Kind>(body.index()); }
    friend bool operator==(const Event&, const Event&) = default;
};

/// "patchset-created" and so on; Kind::unknown for every other word.
SEAKEEPER_API Kind kind_of(std::string_view type) noexcept;
SEAKEEPER_API std::string_view to_string(Kind kind) noexcept;

} // namespace seakeeper::event
