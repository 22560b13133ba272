// SPDX-License-Identifier: Apache-2.0
#include "event/kind.hpp"

#include <array>
#include <utility>

namespace seakeeper::event {
namespace {

struct Row {
    std::string_view type;
    std::string_view actor;
};

// In the order of Kind (Gerrit 3.10: EventTypes.java; members by cmd-stream-events.txt).
constexpr std::array rows{
    Row{"patchset-created", "uploader"}, Row{"comment-added", "author"},
    Row{"change-merged", "submitter"},   Row{"change-abandoned", "abandoner"},
    Row{"change-restored", "restorer"},  Row{"change-deleted", "deleter"},
    Row{"reviewer-added", "adder"},      Row{"reviewer-deleted", "remover"},
    Row{"vote-deleted", "remover"},      Row{"topic-changed", "changer"},
    Row{"hashtags-changed", "editor"},   Row{"custom-keyed-values-changed", "editor"},
    Row{"wip-state-changed", "changer"}, Row{"private-state-changed", "changer"},
    Row{"ref-updated", "submitter"},     Row{"batch-ref-updated", "submitter"},
    Row{"project-created", ""},          Row{"project-head-updated", ""},
    Row{"dropped-output", ""},
};
static_assert(rows.size() == static_cast<std::size_t>(Kind::unknown));
static_assert(std::variant_size_v<Body> == rows.size() + 1);

template <std::size_t... I>
Body body_at(std::size_t index, std::index_sequence<I...>) {
    using Make = Body (*)();
    constexpr Make makers[] = {[]() -> Body { return Body{std::in_place_index<I>}; }...};
    return makers[index]();
}

} // namespace

Kind kind_of(std::string_view type) noexcept {
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].type == type) {
            return static_cast<Kind>(i);
        }
    }
    return Kind::unknown;
}

std::string_view to_string(Kind kind) noexcept {
    const auto index = static_cast<std::size_t>(kind);
    return index < rows.size() ? rows[index].type : "unknown";
}

std::string_view actor_member(Kind kind) noexcept {
    const auto index = static_cast<std::size_t>(kind);
    return index < rows.size() ? rows[index].actor : "";
}

Body body_of(Kind kind) {
    return body_at(static_cast<std::size_t>(kind), std::make_index_sequence<rows.size() + 1>{});
}

} // namespace seakeeper::event
