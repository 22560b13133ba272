// SPDX-License-Identifier: Apache-2.0
#include "event/reader.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/core.h>

#include <charconv>
#include <limits>

namespace seakeeper::event {
namespace {

std::string_view view(const boost::json::string& text) {
    return {text.data(), text.size()};
}

bool integer_of(std::string_view text, std::int64_t& out) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') {
        text.remove_prefix(1);
    }
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
    return fault == std::errc{} && end == text.data() + text.size();
}

ChangeStatus status_of(std::string_view text) {
    if (text == "NEW") {
        return ChangeStatus::new_;
    }
    if (text == "MERGED") {
        return ChangeStatus::merged;
    }
    return text == "ABANDONED" ? ChangeStatus::abandoned : ChangeStatus::other;
}

} // namespace

bool Reader::wants(std::string_view what) {
    wanted_ = what;
    return false;
}

bool Reader::inside(std::string_view key) {
    path_.insert(0, path_.empty() || path_[0] == '[' ? "" : ".");
    const auto shown = quoted(key, 60);
    const bool is_plain = shown.size() == key.size() + 2;
    path_.insert(0, is_plain ? key : std::string_view{shown});
    return false;
}

bool Reader::inside(std::size_t index) {
    path_.insert(0, path_.empty() || path_[0] == '[' ? "" : ".");
    path_.insert(0, fmt::format("[{}]", index));
    return false;
}

Error Reader::error() const {
    if (path_.empty()) {
        return {Errc::malformed, fmt::format("expected {}", wanted_)};
    }
    return {Errc::malformed, fmt::format("{}: expected {}", path_, wanted_)};
}

bool Reader::read(const Value& value, std::string& out) {
    const auto* text = value.if_string();
    if (text == nullptr) {
        return wants("a text");
    }
    out.assign(text->data(), text->size());
    return true;
}

bool Reader::read(const Value& value, bool& out) {
    const auto* flag = value.if_bool();
    if (flag == nullptr) {
        return wants("true or false");
    }
    out = *flag;
    return true;
}

bool Reader::read(const Value& value, std::int64_t& out) {
    if (const auto* number = value.if_int64()) {
        out = *number;
        return true;
    }
    const auto* text = value.if_string();
    return (text != nullptr && integer_of(view(*text), out)) || wants("a whole number");
}

bool Reader::read(const Value& value, int& out) {
    std::int64_t number = 0;
    if (!read(value, number) || number < std::numeric_limits<int>::min()
        || number > std::numeric_limits<int>::max()) {
        return wants("a whole number of 32 bits");
    }
    out = static_cast<int>(number);
    return true;
}

bool Reader::read(const Value& value, ChangeNumber& out) {
    std::int64_t number = 0;
    if (!read(value, number) || number < 1 || number > std::numeric_limits<std::uint32_t>::max()) {
        return wants("a positive whole number of 32 bits");
    }
    out = static_cast<ChangeNumber>(number);
    return true;
}

bool Reader::read(const Value& value, PatchSetNumber& out) {
    ChangeNumber number{};
    if (!read(value, number)) {
        return false;
    }
    out = static_cast<PatchSetNumber>(number);
    return true;
}

bool Reader::read(const Value& value, Account& out) {
    return each(value, out.extra, [&](std::string_view key, const Value& member) {
        if (key == "name") {
            return take(member, out.name);
        }
        if (key == "email") {
            return take(member, out.email);
        }
        if (key == "username") {
            return take(member, out.username);
        }
        return Taken::no;
    });
}

bool Reader::read(const Value& value, Change& out) {
    const auto status = [&](const Value& member) {
        std::string text;
        const Taken taken = take(member, text);
        if (!member.is_null() && taken == Taken::yes) {
            out.status = status_of(text);
            if (out.status == ChangeStatus::other) {
                out.status_text = std::move(text);
            }
        }
        return taken;
    };
    return each(value, out.extra, [&](std::string_view key, const Value& member) {
        // clang-format off
        if (key == "project")       { return take(member, out.project); }
        if (key == "branch")        { return take(member, out.branch); }
        if (key == "id")            { return take(member, out.id); }
        if (key == "number")        { return take(member, out.number); }
        if (key == "subject")       { return take(member, out.subject); }
        if (key == "owner")         { return take(member, out.owner); }
        if (key == "url")           { return take(member, out.url); }
        if (key == "commitMessage") { return take(member, out.commit_message); }
        if (key == "createdOn")     { return take(member, out.created_on); }
        if (key == "status")        { return status(member); }
        if (key == "topic")         { return take(member, out.topic); }
        if (key == "hashtags")      { return take(member, out.hashtags); }
        if (key == "wip")           { return take(member, out.wip); }
        if (key == "private")       { return take(member, out.is_private); }
        // clang-format on
        return Taken::no;
    });
}

bool Reader::read(const Value& value, PatchSet& out) {
    return each(value, out.extra, [&](std::string_view key, const Value& member) {
        // clang-format off
        if (key == "number")         { return take(member, out.number); }
        if (key == "revision")       { return take(member, out.revision); }
        if (key == "parents")        { return take(member, out.parents); }
        if (key == "ref")            { return take(member, out.ref); }
        if (key == "uploader")       { return take(member, out.uploader); }
        if (key == "createdOn")      { return take(member, out.created_on); }
        if (key == "author")         { return take(member, out.author); }
        if (key == "kind")           { return take(member, out.kind); }
        if (key == "sizeInsertions") { return take(member, out.size_insertions); }
        if (key == "sizeDeletions")  { return take(member, out.size_deletions); }
        // clang-format on
        return Taken::no;
    });
}

bool Reader::read(const Value& value, Approval& out) {
    return each(value, out.extra, [&](std::string_view key, const Value& member) {
        // clang-format off
        if (key == "type")        { return take(member, out.type); }
        if (key == "description") { return take(member, out.description); }
        if (key == "value")       { return take(member, out.value); }
        if (key == "oldValue")    { return take(member, out.old_value); }
        // clang-format on
        return Taken::no;
    });
}

bool Reader::read(const Value& value, RefUpdate& out) {
    return each(value, out.extra, [&](std::string_view key, const Value& member) {
        // clang-format off
        if (key == "project") { return take(member, out.project); }
        if (key == "refName") { return take(member, out.ref_name); }
        if (key == "oldRev")  { return take(member, out.old_rev); }
        if (key == "newRev")  { return take(member, out.new_rev); }
        // clang-format on
        return Taken::no;
    });
}

} // namespace seakeeper::event
