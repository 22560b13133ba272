// SPDX-License-Identifier: Apache-2.0
#include "event/kind.hpp"

#include <seakeeper/event/parse.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include <iterator>

namespace seakeeper::event {
namespace {

namespace json = boost::json;

void append_text(std::string& out, std::string_view text) {
    out += '"';
    std::size_t plain = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c >= 0x20 && c != '"' && c != '\\') {
            continue;
        }
        out.append(text, plain, i - plain);
        plain = i + 1;
        if (c == '\n') {
            out += "\\n";
        } else if (c < 0x20) {
            fmt::format_to(std::back_inserter(out), "\\u{:04x}", c);
        } else {
            out += '\\';
            out += text[i];
        }
    }
    out.append(text, plain).append(1, '"');
}

/// One JSON object being written; absent values leave no member.
class Writer {
public:
    explicit Writer(std::string& out) : out_{out} { out_ += '{'; }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() { out_ += '}'; }

    /// Always, also when it is empty.
    template <class T>
    void add(std::string_view key, const T& value) {
        if (out_.back() != '{') {
            out_ += ',';
        }
        append_text(out_, key);
        out_ += ':';
        put(value);
    }
    template <class T>
    void add(std::string_view key, const std::optional<T>& value) {
        if (value) {
            add(key, *value);
        }
    }
    /// Unless it is empty or zero, which stands for absent.
    template <class T>
    void add_set(std::string_view key, const T& value) {
        if (value != T{}) {
            add(key, value);
        }
    }
    void add_extra(const Extra& extra) {
        for (const auto& member : extra) {
            add(std::string_view{member.key().data(), member.key().size()}, member.value());
        }
    }

private:
    void put(std::string_view text) { append_text(out_, text); }
    void put(const std::string& text) { append_text(out_, text); }
    void put(bool flag) { out_ += flag ? "true" : "false"; }
    void put(std::int64_t number) { fmt::format_to(std::back_inserter(out_), "{}", number); }
    void put(ChangeNumber number) { put(std::int64_t{value_of(number)}); }
    void put(PatchSetNumber number) { put(std::int64_t{value_of(number)}); }
    void put(const json::value& value) { out_ += json::serialize(value); }
    template <class T>
    void put(const std::vector<T>& values) {
        out_ += '[';
        for (const auto& value : values) {
            if (&value != values.data()) {
                out_ += ',';
            }
            put(value);
        }
        out_ += ']';
    }
    void put(const Account& account) {
        Writer w{out_};
        w.add("name", account.name);
        w.add("email", account.email);
        w.add("username", account.username);
        w.add_extra(account.extra);
    }
    void put(const Approval& approval) {
        Writer w{out_};
        w.add_set("type", approval.type);
        w.add("description", approval.description);
        w.add("value", std::string_view{fmt::to_string(approval.value)}); // a text in Gerrit
        if (approval.old_value) {
            w.add("oldValue", std::string_view{fmt::to_string(*approval.old_value)});
        }
        w.add_extra(approval.extra);
    }
    void put(const RefUpdate& update) {
        Writer w{out_};
        w.add_set("oldRev", update.old_rev);
        w.add_set("newRev", update.new_rev);
        w.add_set("refName", update.ref_name);
        w.add_set("project", update.project);
        w.add_extra(update.extra);
    }
    void put(const PatchSet& patch_set);
    void put(const Change& change);

    std::string& out_;
};

std::string_view status_text(const Change& change) {
    switch (change.status) {
    case ChangeStatus::new_:
        return "NEW";
    case ChangeStatus::merged:
        return "MERGED";
    case ChangeStatus::abandoned:
        return "ABANDONED";
    case ChangeStatus::other:
        break;
    }
    return change.status_text;
}

void Writer::put(const PatchSet& patch_set) {
    Writer w{out_};
    w.add_set("number", patch_set.number);
    w.add_set("revision", patch_set.revision);
    w.add_set("parents", patch_set.parents);
    w.add_set("ref", patch_set.ref);
    w.add("uploader", patch_set.uploader);
    w.add("createdOn", patch_set.created_on);
    w.add("author", patch_set.author);
    w.add("kind", patch_set.kind);
    w.add("sizeInsertions", patch_set.size_insertions);
    w.add("sizeDeletions", patch_set.size_deletions);
    w.add_extra(patch_set.extra);
}

void Writer::put(const Change& change) {
    Writer w{out_};
    w.add_set("project", change.project);
    w.add_set("branch", change.branch);
    w.add_set("id", change.id);
    w.add_set("number", change.number);
    w.add_set("subject", change.subject);
    w.add("owner", change.owner);
    w.add("url", change.url);
    w.add("commitMessage", change.commit_message);
    w.add("createdOn", change.created_on);
    w.add("status", status_text(change));
    w.add("topic", change.topic);
    w.add("hashtags", change.hashtags);
    w.add("wip", change.wip);
    w.add("private", change.is_private);
    w.add_extra(change.extra);
}

/// What only one kind of event has.
struct BodyWriter {
    Writer& w;
    const Event& event;

    template <class Body>
    void operator()(const Body&) const {}
    void operator()(const CommentAdded& body) const {
        w.add("approvals", body.approvals);
        w.add("comment", body.comment);
    }
    void operator()(const ChangeMerged& body) const { w.add("newRev", body.new_rev); }
    void operator()(const ChangeAbandoned& body) const { w.add("reason", body.reason); }
    void operator()(const ChangeRestored& body) const { w.add("reason", body.reason); }
    void operator()(const ReviewerAdded& body) const { w.add("reviewer", body.reviewer); }
    void operator()(const ReviewerDeleted& body) const {
        w.add("reviewer", body.reviewer);
        w.add("approvals", body.approvals);
        w.add("comment", body.comment);
    }
    void operator()(const VoteDeleted& body) const {
        w.add("reviewer", body.reviewer);
        w.add("approvals", body.approvals);
        w.add("comment", body.comment);
    }
    void operator()(const TopicChanged& body) const { w.add("oldTopic", body.old_topic); }
    void operator()(const HashtagsChanged& body) const {
        w.add("added", body.added);
        w.add("removed", body.removed);
        w.add("hashtags", body.hashtags);
    }
    void operator()(const RefUpdated& body) const { w.add("refUpdate", body.update); }
    void operator()(const BatchRefUpdated& body) const {
        w.add("refUpdates", body.updates);
        w.add_set("projectName", event.project);
    }
    void operator()(const ProjectCreated& body) const {
        w.add_set("projectName", event.project);
        w.add("headName", body.head_name);
    }
    void operator()(const ProjectHeadUpdated& body) const {
        w.add_set("projectName", event.project);
        w.add("oldHead", body.old_head);
        w.add("newHead", body.new_head);
    }
};

} // namespace

std::string serialize(const Event& event) {
    std::string out;
    out.reserve(1024);
    const auto actor = actor_member(event.kind());
    {
        Writer w{out};
        if (!actor.empty()) {
            w.add(actor, event.actor);
        }
        std::visit(BodyWriter{w, event}, event.body);
        w.add("patchSet", event.patch_set);
        w.add("change", event.change);
        if (is_about_change(event.kind())) {
            w.add_set("project", event.project);
            w.add_set("refName", event.ref_name);
        }
        w.add_extra(event.extra);
        w.add("type", event.type);
        w.add("eventCreatedOn", event.created_on);
        w.add("instanceId", event.instance_id);
    }
    return out;
}

} // namespace seakeeper::event
