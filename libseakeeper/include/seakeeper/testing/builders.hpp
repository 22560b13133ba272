// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/trust/classifier.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Events and facts as a Gerrit would tell them, in a few words, for tests of a site's policy:
//     const auto scene = a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote();
//     CHECK(classify(scene).value == trust::Class::trusted);
// All names, commits and times are made up and the same on every run.
namespace seakeeper::testing {

/// An account and what Gerrit lets it do.
struct Person {
    AccountId id{};
    std::string username;
    std::string name;
    std::string email;
    bool is_active = true;
    bool is_service_user = false;
    int may_vote = 1; ///< largest value of the label that Gerrit lets it give
    std::vector<std::string> groups;
    bool may_push_marker = false;
};
SEAKEEPER_API Person maintainer();       ///< may give +2
SEAKEEPER_API Person other_maintainer(); ///< may give +2
SEAKEEPER_API Person volunteer();        ///< may give +1
SEAKEEPER_API Person stranger();         ///< may give +1
SEAKEEPER_API Person bot();              ///< a service user that may give +2

/// A commit id made from a word: the same word, the same commit.
SEAKEEPER_API CommitId commit(std::string_view word);
/// The time at which all scenes play; votes and merges are a minute old.
SEAKEEPER_API WallTime scene_time();

/// An event and what Gerrit answers about it.
struct Scene {
    event::Event event;
    gerrit::Facts facts;
};

/// A change and its story so far. Each word continues from the state the words before it left.
class SEAKEEPER_API ChangeBuilder {
public:
    ChangeBuilder();

    ChangeBuilder& in_project(std::string_view project);
    ChangeBuilder& to_branch(std::string_view short_name); ///< or a full ref
    ChangeBuilder& numbered(std::uint32_t number);
    ChangeBuilder& with_subject(std::string subject);
    ChangeBuilder& with_topic(std::string topic);
    ChangeBuilder& made_private();
    ChangeBuilder& made_work_in_progress();
    ChangeBuilder& abandoned();

    /// A new patch set with other content: no vote is copied. The first uploader is the owner.
    ChangeBuilder& uploaded_by(const Person& uploader);
    /// A trivial rebase: all votes are copied, without message, with the copy's time.
    ChangeBuilder& rebased_by(const Person& uploader);
    /// "Rebase on behalf of the uploader".
    ChangeBuilder& rebased_on_behalf_of(const Person& uploader, const Person& real);
    /// The current patch set now has this change's current patch set as its parent.
    ChangeBuilder& on_top_of(const ChangeBuilder& parent);
    /// The current patch set gets a further parent: a commit that no branch holds.
    ChangeBuilder& merging_unknown_commit();
    /// The walk down to what is merged was not finished.
    ChangeBuilder& with_unread_ancestry();
    /// Gerrit does not show the parent to us.
    ChangeBuilder& on_top_of_invisible();
    ChangeBuilder& together_with(const ChangeBuilder& companion);
    ChangeBuilder& together_with_invisible();
    ChangeBuilder& depending_on(const ChangeBuilder& other);
    ChangeBuilder& depending_on_missing(std::string name);
    ChangeBuilder& depending_on_itself(); ///< a circle of Depends-On footers
    ChangeBuilder& moving_submodule(std::string path);

    /// A vote on the current patch set, in person.
    ChangeBuilder& voted(const Person& voter, int value);
    /// A vote on an older patch set that flows on to the current one by copy rules.
    ChangeBuilder& voted_on_older(const Person& voter, int value);
    ChangeBuilder& voted_on_behalf_of(const Person& named, const Person& real, int value);
    ChangeBuilder& withdrew_vote(const Person& voter);
    ChangeBuilder& lost_right(const Person& voter); ///< the vote stays, the range shrinks
    ChangeBuilder& wrote(const Person& author, std::string text);
    /// Where label and right come from; All-Projects at first.
    ChangeBuilder& label_from(std::string_view defined_in, std::vector<std::string> granted_in);

    ChangeBuilder& merged_by(const Person& submitter);
    ChangeBuilder& merged_as(const Person& named, const Person& real); ///< Submit As
    ChangeBuilder& merged_by_push(const Person& pusher);
    ChangeBuilder& merged_past_requirements(const Person& submitter); ///< push with %submit

    const gerrit::ChangeFacts& change() const noexcept { return change_; }

    /// patchset-created of the current patch set.
    Scene upload() const;
    /// comment-added of the newest vote.
    Scene vote() const;
    /// comment-added without a vote; standing votes are repeated without oldValue.
    Scene comment(const Person& author, std::string text) const;
    /// change-merged; a merge commit where `new_rev` is another commit than the patch set's.
    Scene merge(std::optional<CommitId> new_rev = {}) const;
    /// Any other kind, by nobody.
    Scene happening(std::string_view type, event::Body body) const;

private:
    gerrit::RevisionFacts& current();
    void add_revision(const Person& uploader, const char* kind);
    void add_message(const Person& author, std::string tag, std::string text);
    gerrit::VoteFacts& vote_row(const Person& voter);
    void close(const Person& submitter, const char* words, const char* requirement);
    void know(const Person& person);
    void learn_from(const ChangeBuilder& other);
    gerrit::Facts facts(const Person& actor) const;
    event::Event event(std::string_view type, const Person* actor) const;

    gerrit::ChangeFacts change_;
    std::vector<gerrit::AncestorFacts> below_;
    bool is_ancestry_complete_ = true;
    gerrit::TogetherFacts together_;
    std::vector<gerrit::DependencyFacts> dependencies_;
    std::vector<gerrit::LabelOriginFacts> origins_; ///< of this project, then of companions'
    std::vector<Person> people_;
    struct LastVote {
        Person voter;
        int value = 0;
        int old_value = 0;
        PatchSetNumber patch_set{};
    };
    std::optional<LastVote> last_vote_;
    std::optional<Person> submitter_;
    std::optional<Person> uploader_;
};
SEAKEEPER_API ChangeBuilder a_change();

/// A branch or tag that moved.
class SEAKEEPER_API RefBuilder {
public:
    RefBuilder(std::string_view project, std::string_view ref);

    RefBuilder& moved_by(const Person& who);
    RefBuilder& moved_by_nobody();
    RefBuilder& from(const CommitId& commit);
    RefBuilder& to(const CommitId& commit);
    RefBuilder& deleted();
    RefBuilder& forced(); ///< the branch does not hold its old commit any more
    /// Branches that hold the new commit.
    RefBuilder& held_by(std::vector<std::string> branches);
    RefBuilder& by_merge_of(const ChangeBuilder& change);
    RefBuilder& annotated(); ///< a tag object, not a commit
    Scene scene() const;

private:
    std::string project_;
    std::string ref_;
    std::string old_rev_;
    std::string new_rev_;
    std::optional<Person> who_;
    std::vector<std::string> held_by_;
    bool is_forced_ = false;
    bool is_annotated_ = false;
    std::optional<gerrit::ChangeFacts> change_;
};
SEAKEEPER_API RefBuilder a_ref(std::string_view project, std::string_view ref);

/// A classifier's input with everything around the scene in order: verified channel, definition at
/// the tip, policy passed, trusted place ready. Borrows both; change what the test is about.
SEAKEEPER_API trust::ClassifierInput input_of(
    const Scene& scene,
    const trust::SiteOptions& options,
    trust::Class requested = trust::Class::trusted
);
/// The verdict with everything around in order.
SEAKEEPER_API trust::Verdict classify(
    const Scene& scene,
    const trust::SiteOptions& options = {},
    trust::Class requested = trust::Class::trusted
);

} // namespace seakeeper::testing
