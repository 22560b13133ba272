// SPDX-License-Identifier: Apache-2.0
#include "gerrit/catch_up_message.hpp"
#include "gerrit/times.hpp"

#include <seakeeper/event/key.hpp>
#include <seakeeper/gerrit/catch_up.hpp>

#include <algorithm>

// The events of one change, from what Gerrit shows of it now.
namespace seakeeper::gerrit {
namespace {

constexpr std::string_view branches = "refs/heads/";

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

std::optional<std::string> if_any(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional{text};
}

/// Whether a submission made the patch set (rebase, cherry-pick): no event tells it, only the
/// merge does. Every pushed or edited one left a message.
bool is_made_by_submission(const ChangeFacts& change, const RevisionFacts& revision) {
    const auto is_announced = [&](const MessageFacts& message) {
        return message.patch_set == revision.number && is_upload(message);
    };
    return change.status == "MERGED" && revision.commit == change.current_revision
           && value_of(revision.number) > 1 && revision.created == change.submitted
           && std::ranges::none_of(change.messages, is_announced);
}

class Teller {
public:
    Teller(
        const ChangeFacts& change,
        std::span<const AccountFacts> accounts,
        std::span<const PatchSetComment> comments,
        std::int64_t floor
    )
        : change_{change}, accounts_{accounts}, comments_{comments}, floor_{floor} {}

    std::vector<Recovered> tell() {
        for (const auto& revision : change_.revisions) {
            tell_patch_set(revision);
        }
        for (const auto& message : change_.messages) {
            tell_message(message);
        }
        tell_merge();
        std::ranges::stable_sort(found_, {}, [](const auto& each) { return each.first; });
        std::vector<Recovered> told;
        for (auto& [at, each] : found_) {
            told.push_back(std::move(each));
        }
        return told;
    }

private:
    std::optional<event::Account> account(std::optional<AccountId> id) const {
        const auto found =
            id ? std::ranges::find(accounts_, *id, &AccountFacts::id) : accounts_.end();
        if (found == accounts_.end()) {
            return std::nullopt; // the system, or an account that is gone
        }
        event::Account account;
        account.name = if_any(found->name);
        account.email = if_any(found->email);
        account.username = if_any(found->username);
        return account;
    }

    event::Event begin(event::Kind kind, std::int64_t at, const RevisionFacts* revision) const {
        event::Event event;
        event.type = event::to_string(kind);
        event.created_on = at;
        event.project = change_.project.str();
        event.ref_name = change_.destination.str();
        event.extra[event::recovered_member] = true;
        event::Change change;
        change.project = event.project;
        const std::string_view ref{event.ref_name};
        change.branch = ref.starts_with(branches) ? ref.substr(branches.size()) : ref;
        change.id = change_.change_id;
        change.number = change_.number;
        change.subject = change_.subject;
        change.status = state_;
        change.owner = account(change_.owner);
        change.topic = if_any(change_.topic);
        if (!change_.hashtags.empty()) {
            change.hashtags = change_.hashtags;
        }
        if (change_.is_work_in_progress) {
            change.wip = true;
        }
        if (change_.is_private) {
            change.is_private = true;
        }
        if (revision != nullptr) {
            if (!revision->message.empty()) {
                change.commit_message = revision->message;
                change.subject = revision->commit == change_.current_revision
                                     ? change_.subject
                                     : first_line(revision->message);
            }
            event.patch_set = patch_set(*revision);
        }
        event.change = std::move(change);
        return event;
    }

    event::PatchSet patch_set(const RevisionFacts& revision) const {
        event::PatchSet patch_set;
        patch_set.number = revision.number;
        patch_set.revision = revision.commit.str();
        for (const auto& parent : revision.parents) {
            patch_set.parents.push_back(parent.str());
        }
        patch_set.ref = revision.ref.str();
        patch_set.uploader = account(revision.uploader);
        patch_set.created_on = seconds_of(revision.created);
        patch_set.kind = if_any(revision.kind);
        return patch_set;
    }

    void keep(std::int64_t at, event::Event event, std::optional<Trace> plain = {}) {
        const auto imprint = imprint_of(event);
        if (at > floor_ && imprint.key) {
            Recovered each;
            each.key = *imprint.key;
            each.trace = trace_of(event, event.kind());
            each.plain = std::move(plain);
            each.what = event.type;
            each.event = std::move(event);
            found_.emplace_back(at, std::move(each));
        }
    }

    void tell_patch_set(const RevisionFacts& revision) {
        const auto at = seconds_of(revision.created);
        if (!at || is_made_by_submission(change_, revision)) {
            return;
        }
        auto event = begin(event::Kind::patchset_created, *at, &revision);
        event.actor = account(revision.uploader);
        event.body = event::PatchsetCreated{};
        keep(*at, std::move(event));
    }

    void tell_merge() {
        const auto at = seconds_of(change_.submitted);
        if (!at || change_.status != "MERGED") {
            return;
        }
        state_ = event::ChangeStatus::merged;
        auto event = begin(event::Kind::change_merged, *at, change_.current());
        event.actor = account(change_.submitter);
        event.body = event::ChangeMerged{}; // where the branch went is not told
        keep(*at, std::move(event));
    }

    void tell_message(const MessageFacts& message) {
        const auto meaning = meaning_of(message);
        const auto at = seconds_of(message.date);
        if (!at) {
            return;
        }
        follow(meaning.kind);
        if (!meaning.is_event) {
            return;
        }
        if (!meaning.is_complete) {
            event::Event stub = begin(meaning.kind, *at, nullptr);
            stub.body = {}; // only its trace counts
            keep_stub(*at, message, stub, meaning.kind);
            return;
        }
        const auto* revision = revision_of(message.patch_set);
        auto event = begin(meaning.kind, *at, revision);
        event.actor = account(message.author);
        event.body = meaning.body;
        std::optional<Trace> plain;
        event.extra[event::message_member] = message.id;
        if (auto* added = std::get_if<event::CommentAdded>(&event.body)) {
            cast_votes(message, *added);
            plain = trace_of(event, meaning.kind);
            put_text(message, *added);
        }
        if (meaning.wip) {
            event.change->wip = *meaning.wip ? std::optional{true} : std::nullopt;
        }
        if (meaning.topic) {
            event.change->topic = if_any(*meaning.topic);
        }
        keep(*at, std::move(event), std::move(plain));
    }

    void keep_stub(
        std::int64_t at, const MessageFacts& message, const event::Event& stub, event::Kind kind
    ) {
        if (at <= floor_) {
            return;
        }
        Recovered each;
        each.key = event::message_key(change_.project.str(), change_.number, message.id);
        each.trace = trace_of(stub, kind);
        each.what = event::to_string(kind);
        found_.emplace_back(at, std::move(each));
    }

    void follow(event::Kind kind) {
        if (kind == event::Kind::change_abandoned) {
            state_ = event::ChangeStatus::abandoned;
        } else if (kind == event::Kind::change_restored) {
            state_ = event::ChangeStatus::new_;
        }
    }

    /// `old_value`: what the account's earlier messages say; 0 where they say nothing.
    void cast_votes(const MessageFacts& message, event::CommentAdded& added) {
        if (!added.approvals) {
            return;
        }
        for (auto& approval : *added.approvals) {
            auto& last = votes_[{message.author, approval.type}];
            approval.old_value = last;
            last = approval.value;
        }
    }

    /// Gerrit finds a comment's message by author and second and names the first of several (seen
    /// on 3.10.2): one that announces no comments is not it.
    std::string_view message_of(const PatchSetComment& comment) const {
        const auto& messages = change_.messages;
        const auto named = std::ranges::find(messages, comment.message, &MessageFacts::id);
        const auto meant = std::find_if(named, messages.end(), [&](const MessageFacts& each) {
            return each.author == named->author && each.date == named->date && has_comments(each);
        });
        return meant == messages.end() ? std::string_view{comment.message} : meant->id;
    }

    void put_text(const MessageFacts& message, event::CommentAdded& added) const {
        std::string text;
        for (const auto& comment : comments_) {
            if (message_of(comment) == message.id) {
                text += "\n\n" + comment.text;
            }
        }
        if (!text.empty()) {
            added.comment = "Patch Set " + std::to_string(value_of(message.patch_set)) + ":" + text;
        }
    }

    const RevisionFacts* revision_of(PatchSetNumber number) const {
        const auto found = std::ranges::find(change_.revisions, number, &RevisionFacts::number);
        return found == change_.revisions.end() ? nullptr : &*found;
    }

    const ChangeFacts& change_;
    std::span<const AccountFacts> accounts_;
    std::span<const PatchSetComment> comments_;
    std::int64_t floor_;
    event::ChangeStatus state_ = event::ChangeStatus::new_;
    std::map<std::pair<std::optional<AccountId>, std::string>, int> votes_;
    std::vector<std::pair<std::int64_t, Recovered>> found_;
};

} // namespace

bool needs_comments(const ChangeFacts& change, std::int64_t floor) {
    return std::ranges::any_of(change.messages, [&](const MessageFacts& message) {
        return seconds_of(message.date).value_or(0) > floor && has_comments(message);
    });
}

std::vector<Recovered> events_of(
    const ChangeFacts& change,
    std::span<const AccountFacts> accounts,
    std::span<const PatchSetComment> comments,
    std::int64_t floor
) {
    return Teller{change, accounts, comments, floor}.tell();
}

} // namespace seakeeper::gerrit
