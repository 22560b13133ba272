// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/export.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace seakeeper::trust {

/// What a workload may be. In order: the lower of two is their meet; unknown counts as the lowest.
enum class Class : std::uint8_t {
    denied,    ///< does not run
    untrusted, ///< runs where nothing is worth stealing
    trusted,   ///< may hold credentials and make deployable artifacts
};

/// The lower of both: what several independent conditions allow together.
constexpr Class meet(Class a, Class b) noexcept {
    return a < b ? a : b;
}

/// "denied", "untrusted", "trusted": the words of records, labels and configuration.
constexpr std::string_view to_string(Class value) {
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

/// The class of a word of to_string; nothing for any other.
constexpr std::optional<Class> class_of(std::string_view word) {
    for (const auto value : {Class::denied, Class::untrusted, Class::trusted}) {
        if (word == to_string(value)) {
            return value;
        }
    }
    return std::nullopt;
}

} // namespace seakeeper::trust
