// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/key.hpp>

#include <fmt/format.h>

#include <initializer_list>
#include <utility>

namespace seakeeper::event {
namespace {

/// Joined by '|'; nothing when a piece is empty or holds the separator.
std::optional<std::string> joined(std::initializer_list<std::string_view> pieces) {
    std::string key;
    for (const auto piece : pieces) {
        if (piece.empty() || piece.find('|') != piece.npos) {
            return std::nullopt;
        }
        key.append(key.empty() ? "" : "|").append(piece);
    }
    return key;
}

/// The number as text; empty for 0, which stands for absent.
std::string text_of(std::uint32_t number) {
    return number == 0 ? std::string{} : fmt::to_string(number);
}

std::optional<std::string> change_key(std::string_view word, const Event& event) {
    if (!event.change) {
        return std::nullopt;
    }
    return joined({word, event.project, text_of(value_of(event.change->number))});
}

std::optional<std::string> patch_set_key(std::string_view word, const Event& event) {
    auto key = change_key(word, event);
    if (!key || !event.patch_set) {
        return std::nullopt;
    }
    const auto& patch_set = *event.patch_set;
    if (word == "ps") {
        return joined(
            {"ps",
             event.project,
             text_of(value_of(event.change->number)),
             text_of(value_of(patch_set.number)),
             patch_set.revision}
        );
    }
    return joined({word, event.project, text_of(value_of(event.change->number)), patch_set.revision}
    );
}

std::optional<std::string> ref_key(const RefUpdate& update) {
    return joined({"ref", update.project, update.ref_name, update.old_rev, update.new_rev});
}

std::optional<std::string> head_key(const Event& event) {
    const auto& head = std::get<ProjectHeadUpdated>(event.body);
    return joined(
        {"head",
         event.project,
         head.old_head.value_or(""),
         head.new_head.value_or(""),
         fmt::to_string(event.created_on.value_or(0))}
    );
}

} // namespace

std::optional<std::string> semantic_key(const Event& event) {
    if (needs_message_id(event.kind())) {
        const auto* id = event.extra.if_contains(message_member);
        return event.change && id != nullptr && id->is_string() ? std::optional{message_key(
                   event.project,
                   event.change->number,
                   std::string_view{id->get_string().data(), id->get_string().size()}
               )}
                                                                : std::nullopt;
    }
    switch (event.kind()) {
    case Kind::patchset_created:
        return patch_set_key("ps", event);
    case Kind::change_merged:
        return patch_set_key("merged", event);
    case Kind::change_deleted:
        return change_key("deleted", event);
    case Kind::ref_updated:
        return ref_key(std::get<RefUpdated>(event.body).update);
    case Kind::project_created:
        return joined({"project", event.project});
    case Kind::project_head_updated:
        return head_key(event);
    default:
        return std::nullopt;
    }
}

std::string
message_key(std::string_view project, ChangeNumber number, std::string_view message_id) {
    return fmt::format("msg|{}|{}|{}", project, value_of(number), message_id);
}

bool needs_message_id(Kind kind) noexcept {
    return kind <= Kind::private_state_changed && kind != Kind::patchset_created
           && kind != Kind::change_merged && kind != Kind::change_deleted;
}

std::vector<Event> split_batch(Event event) {
    std::vector<Event> single;
    auto* batch = std::get_if<BatchRefUpdated>(&event.body);
    if (batch == nullptr) {
        single.push_back(std::move(event));
        return single;
    }
    single.reserve(batch->updates.size());
    for (auto& update : batch->updates) {
        Event& one = single.emplace_back();
        one.type = to_string(Kind::ref_updated);
        one.created_on = event.created_on;
        one.instance_id = event.instance_id;
        one.actor = event.actor;
        one.project = update.project;
        one.ref_name = update.ref_name;
        one.body = RefUpdated{std::move(update)};
    }
    return single;
}

} // namespace seakeeper::event
