// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/workflow/event_values.hpp>

#include <algorithm>
#include <array>

namespace seakeeper::workflow {
namespace {

// what never needs base64, and what has both forms, or base64 only
constexpr std::array plain_names{"event", "change", "patchset", "revision"};
constexpr std::array name_names{"project", "ref", "branch", "url"};
constexpr std::array text_names{
    "subject", "topic", "owner", "uploader", "actor", "comment", "message"};
constexpr std::string_view base64_suffix = "-base64";
constexpr std::string_view truncated_suffix = "-truncated";

template <std::size_t N>
bool is_one_of(const std::array<const char*, N>& names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

std::string variable_of(std::string_view parameter) {
    std::string name = "SEAKEEPER_";
    for (const char c : parameter) {
        const bool is_letter = c >= 'a' && c <= 'z';
        name += c == '-' ? '_' : is_letter ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return name;
}

class Collector {
public:
    void add(std::string parameter, std::string value) {
        auto variable = variable_of(parameter);
        values_.push_back({std::move(parameter), std::move(variable), std::move(value)});
    }

    void add_text(std::string_view name, std::string_view text) {
        if (text.size() > event_text_limit) {
            add(std::string{name} + std::string{truncated_suffix}, "true");
            text = text.substr(0, boundary_before(text, event_text_limit));
        }
        add(std::string{name} + std::string{base64_suffix}, base64(text));
    }

    void add_text(std::string_view name, const std::optional<std::string>& text) {
        if (text) {
            add_text(name, std::string_view{*text});
        }
    }

    /// A validated name: plain where nothing in it can mean anything, and in base64 always.
    void add_name(std::string_view name, const std::string& text) {
        if (text.empty()) {
            return;
        }
        if (is_plain_value(text)) {
            add(std::string{name}, text);
        }
        add_text(name, std::string_view{text});
    }

    EventValues take() { return std::move(values_); }

private:
    static std::size_t boundary_before(std::string_view text, std::size_t limit) {
        while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0U) == 0x80U) {
            --limit;
        }
        return limit;
    }

    EventValues values_;
};

std::optional<std::string> name_of(const std::optional<event::Account>& account) {
    if (!account) {
        return std::nullopt;
    }
    if (account->name) {
        return account->name;
    }
    return account->username ? account->username : account->email;
}

} // namespace

EventValues event_values(const event::Event& event, const Subject& subject) {
    Collector values;
    values.add("event", std::string{event::to_string(event.kind())});
    values.add_name("project", subject.project.str());
    if (subject.change) {
        values.add("change", std::to_string(value_of(*subject.change)));
    }
    if (subject.patch_set) {
        values.add("patchset", std::to_string(value_of(*subject.patch_set)));
    }
    if (!subject.revision.empty()) {
        values.add("revision", subject.revision.str());
    }
    values.add_name("ref", subject.ref.str());
    if (subject.branch) {
        const std::string_view heads = "refs/heads/";
        const auto& branch = subject.branch->str();
        values.add_name("branch", branch.starts_with(heads) ? branch.substr(heads.size()) : branch);
    }
    values.add_name("url", subject.url);
    if (event.change) {
        values.add_text("subject", std::string_view{event.change->subject});
        values.add_text("topic", event.change->topic);
        values.add_text("owner", name_of(event.change->owner));
        values.add_text("message", event.change->commit_message);
    }
    if (event.patch_set) {
        values.add_text("uploader", name_of(event.patch_set->uploader));
    }
    values.add_text("actor", name_of(event.actor));
    if (const auto* added = std::get_if<event::CommentAdded>(&event.body)) {
        values.add_text("comment", added->comment);
    }
    return values.take();
}

bool is_event_parameter(std::string_view name) noexcept {
    if (is_one_of(plain_names, name) || is_one_of(name_names, name)) {
        return true;
    }
    for (const auto suffix : {base64_suffix, truncated_suffix}) {
        if (name.ends_with(suffix)) {
            name.remove_suffix(suffix.size());
            return is_one_of(text_names, name) || is_one_of(name_names, name);
        }
    }
    return false;
}

bool is_plain_value(std::string_view text) noexcept {
    return !text.empty() && text.front() != '-' && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
               || std::string_view{"._/@+:-"}.find(c) != std::string_view::npos;
    });
}

} // namespace seakeeper::workflow
