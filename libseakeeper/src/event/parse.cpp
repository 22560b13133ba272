// SPDX-License-Identifier: Apache-2.0
#include "event/kind.hpp"
#include "event/reader.hpp"
#include "event/strict_json.hpp"

#include <seakeeper/event/parse.hpp>

#include <boost/json/monotonic_resource.hpp>
#include <fmt/core.h>

#include <exception>

namespace seakeeper::event {
namespace {

namespace json = boost::json;
using Taken = Reader::Taken;
using Value = json::value;

bool has(const json::object& object, std::string_view key) {
    const auto* member = object.if_contains(key);
    return member != nullptr && !member->is_null();
}

/// The members of one event, one call per member: what is common to all kinds, then what only this
/// kind has (std::visit on the body).
class Members {
public:
    Members(Reader& reader, Event& event, const json::object& object)
        : reader_{reader}, event_{event}, object_{object}, kind_{event.kind()},
          actor_{actor_member(kind_)} {}

    Taken operator()(std::string_view key, const Value& value) {
        if (key == "type") {
            return Taken::yes;
        }
        if (key == "eventCreatedOn") {
            return reader_.take(value, event_.created_on);
        }
        if (key == "instanceId") {
            return reader_.take(value, event_.instance_id);
        }
        if (kind_ == Kind::unknown) {
            return Taken::no;
        }
        if (key == actor_) {
            return reader_.take(value, event_.actor);
        }
        if (const Taken taken = of_change(key, value); taken != Taken::no) {
            return taken;
        }
        return std::visit([&](auto& body) { return of(body, key, value); }, event_.body);
    }

private:
    Taken of_change(std::string_view key, const Value& value) {
        if (!is_about_change(kind_)) {
            return Taken::no;
        }
        if (key == "change") {
            return reader_.take(value, event_.change);
        }
        if (key == "patchSet") {
            return reader_.take(value, event_.patch_set);
        }
        if (key == "refName") {
            return reader_.take(value, event_.ref_name);
        }
        return key == "project" ? project(value) : Taken::no;
    }
    /// Also as {"name": "a/b"}: Gerrit 2.13 to 2.15 and some plugins.
    Taken project(const Value& value) {
        const auto* object = value.if_object();
        const auto* name = object == nullptr ? nullptr : object->if_contains("name");
        return reader_.take(name == nullptr || object->size() != 1 ? value : *name, event_.project);
    }

    template <class Body>
    Taken of(Body&, std::string_view, const Value&) {
        return Taken::no;
    }
    Taken of(CommentAdded& body, std::string_view key, const Value& value) {
        if (key == "approvals") {
            return reader_.take(value, body.approvals);
        }
        return key == "comment" ? reader_.take(value, body.comment) : Taken::no;
    }
    Taken of(ChangeMerged& body, std::string_view key, const Value& value) {
        return key == "newRev" ? reader_.take(value, body.new_rev) : Taken::no;
    }
    Taken of(ChangeAbandoned& body, std::string_view key, const Value& value) {
        return key == "reason" ? reader_.take(value, body.reason) : Taken::no;
    }
    Taken of(ChangeRestored& body, std::string_view key, const Value& value) {
        return key == "reason" ? reader_.take(value, body.reason) : Taken::no;
    }
    Taken of(ReviewerAdded& body, std::string_view key, const Value& value) {
        return key == "reviewer" ? reader_.take(value, body.reviewer) : Taken::no;
    }
    template <class Body>
    Taken of_removal(Body& body, std::string_view key, const Value& value) {
        if (key == "reviewer") {
            return reader_.take(value, body.reviewer);
        }
        if (key == "approvals") {
            return reader_.take(value, body.approvals);
        }
        return key == "comment" ? reader_.take(value, body.comment) : Taken::no;
    }
    Taken of(ReviewerDeleted& body, std::string_view key, const Value& value) {
        return of_removal(body, key, value);
    }
    Taken of(VoteDeleted& body, std::string_view key, const Value& value) {
        return of_removal(body, key, value);
    }
    Taken of(TopicChanged& body, std::string_view key, const Value& value) {
        return key == "oldTopic" ? reader_.take(value, body.old_topic) : Taken::no;
    }
    Taken of(HashtagsChanged& body, std::string_view key, const Value& value) {
        if (key == "added") {
            return reader_.take(value, body.added);
        }
        if (key == "removed") {
            return reader_.take(value, body.removed);
        }
        return key == "hashtags" ? reader_.take(value, body.hashtags) : Taken::no;
    }
    Taken of(RefUpdated& body, std::string_view key, const Value& value) {
        return key == "refUpdate" ? reader_.take(value, body.update) : Taken::no;
    }
    Taken of(BatchRefUpdated& body, std::string_view key, const Value& value) {
        if (key == "projectName") {
            return reader_.take(value, event_.project);
        }
        return key == "refUpdates" ? reader_.take(value, body.updates) : Taken::no;
    }
    Taken of(ProjectCreated& body, std::string_view key, const Value& value) {
        if (key == "projectName") {
            return reader_.take(value, event_.project);
        }
        // The code says headName, the documentation projectHead.
        const bool is_head =
            key == "headName" || (key == "projectHead" && !has(object_, "headName"));
        return is_head ? reader_.take(value, body.head_name) : Taken::no;
    }
    Taken of(ProjectHeadUpdated& body, std::string_view key, const Value& value) {
        if (key == "projectName") {
            return reader_.take(value, event_.project);
        }
        if (key == "oldHead") {
            return reader_.take(value, body.old_head);
        }
        return key == "newHead" ? reader_.take(value, body.new_head) : Taken::no;
    }

    Reader& reader_;
    Event& event_;
    const json::object& object_;
    Kind kind_;
    std::string_view actor_;
};

/// Fills what is said at another place of the line than where we keep it.
bool complete(Event& event, Reader& reader) {
    if (const auto* ref = std::get_if<RefUpdated>(&event.body)) {
        event.project = ref->update.project;
        event.ref_name = ref->update.ref_name;
        return true;
    }
    if (!is_about_change(event.kind()) || !event.change) {
        return true;
    }
    const Change& change = *event.change;
    if (event.project.empty()) {
        event.project = change.project;
    }
    if (!change.project.empty() && event.project != change.project) {
        reader.wants("the same project as change.project");
        return reader.inside("project");
    }
    if (event.ref_name.empty() && !change.branch.empty()) {
        event.ref_name =
            change.branch.starts_with("refs/") ? change.branch : "refs/heads/" + change.branch;
    }
    return true;
}

Result<Event> event_of(const Value& value) {
    const auto* object = value.if_object();
    if (object == nullptr) {
        return Error{Errc::malformed, "expected an object"};
    }
    const auto* type = object->if_contains("type");
    if (type == nullptr || !type->is_string() || type->get_string().empty()) {
        return Error{Errc::malformed, "type: expected a text"};
    }
    Result<Event> result{Event{}};
    Event& event = *result;
    event.type.assign(type->get_string().data(), type->get_string().size());
    event.body = body_of(kind_of(event.type));
    Reader reader;
    if (!reader.each(value, event.extra, Members{reader, event, *object})
        || !complete(event, reader)) {
        return reader.error();
    }
    return result;
}

Result<Event> parse_checked(std::string_view line, const ParseLimits& limits) {
    if (line.size() > limits.line_bytes) {
        return Error{
            Errc::limit_exceeded,
            fmt::format("{} bytes, at most {}", line.size(), limits.line_bytes)};
    }
    unsigned char buffer[16384]; // NOLINT: deliberately uninitialised
    json::monotonic_resource memory{buffer, sizeof buffer};
    const auto value = parse_strict(line, limits.depth, &memory);
    if (!value) {
        return value.error();
    }
    return event_of(*value);
}

} // namespace

Result<Event> parse(std::string_view line, const ParseLimits& limits) {
    try {
        auto event = parse_checked(line, limits);
        if (!event) {
            return std::move(event).error().within("reading an event");
        }
        return event;
    } catch (const std::exception& e) { // memory
        return Error{Errc::limit_exceeded, fmt::format("reading an event: {}", e.what())};
    }
}

} // namespace seakeeper::event
