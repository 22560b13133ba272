// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <string_view>

namespace seakeeper::trust {

/// The lattice: denied < untrusted < trusted. A class is the meet of independent conditions.
enum class Class : std::uint8_t { denied, untrusted, trusted };

constexpr Class meet(Class a, Class b) noexcept {
    return a < b ? a : b;
}

constexpr std::string_view to_string(Class value) noexcept {
    switch (value) {
    case Class::denied:
        return "denied";
    case Class::untrusted:
        return "untrusted";
    case Class::trusted:
        return "trusted";
    }
    return "denied";
}

} // namespace seakeeper::trust
