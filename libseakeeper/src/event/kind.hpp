// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/event/event.hpp>

namespace seakeeper::event {

/// The top-level member that holds the acting account; empty where Gerrit names none.
std::string_view actor_member(Kind kind) noexcept;

/// Whether events of this kind are about a change: `change`, `project` and `refName` at the top.
constexpr bool is_about_change(Kind kind) noexcept {
    return kind <= Kind::private_state_changed;
}

/// An empty body of that kind.
Body body_of(Kind kind);

} // namespace seakeeper::event
