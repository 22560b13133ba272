// SPDX-License-Identifier: Apache-2.0
#include "quantity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace seakeeper::workflow {
namespace {

struct Suffix {
    std::string_view text;
    double factor;
};

constexpr std::array quantity_suffixes{
    Suffix{"", 1},
    Suffix{"n", 1e-9},
    Suffix{"u", 1e-6},
    Suffix{"m", 1e-3},
    Suffix{"k", 1e3},
    Suffix{"M", 1e6},
    Suffix{"G", 1e9},
    Suffix{"T", 1e12},
    Suffix{"P", 1e15},
    Suffix{"E", 1e18},
    Suffix{"Ki", 0x1p10},
    Suffix{"Mi", 0x1p20},
    Suffix{"Gi", 0x1p30},
    Suffix{"Ti", 0x1p40},
    Suffix{"Pi", 0x1p50},
    Suffix{"Ei", 0x1p60},
};

constexpr std::array duration_units{
    Suffix{"ns", 1e-9},
    Suffix{"us", 1e-6},
    Suffix{"ms", 1e-3},
    Suffix{"s", 1},
    Suffix{"m", 60},
    Suffix{"h", 3600},
    Suffix{"d", 86'400},
};

template <std::size_t N>
std::optional<double> factor_of(const std::array<Suffix, N>& suffixes, std::string_view text) {
    for (const auto& suffix : suffixes) {
        if (suffix.text == text) {
            return suffix.factor;
        }
    }
    return std::nullopt;
}

/// Takes digits with at most one point off the front.
std::optional<double> take_number(std::string_view& text) {
    const auto length = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto digits = text.substr(0, length);
    if (digits.empty() || digits == "." || digits.find('.') != digits.rfind('.')
        || digits.size() > 40) {
        return std::nullopt;
    }
    double value = 0;
    const auto padded = digits.front() == '.' ? digits.substr(1) : digits;
    const auto parsed = std::from_chars(padded.data(), padded.data() + padded.size(), value);
    if (parsed.ec != std::errc{}) {
        return std::nullopt;
    }
    if (digits.front() == '.') {
        value /= std::pow(10.0, static_cast<double>(padded.size()));
    }
    text.remove_prefix(length);
    return value;
}

std::optional<double> exponent_of(std::string_view text) {
    if (text.size() < 2 || (text.front() != 'e' && text.front() != 'E')) {
        return std::nullopt;
    }
    text.remove_prefix(1);
    if (text.front() == '+') {
        text.remove_prefix(1);
    }
    int exponent = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), exponent);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()
        || std::abs(exponent) > 30) {
        return std::nullopt;
    }
    return std::pow(10.0, exponent);
}

std::int64_t rounded_up(double value) {
    constexpr double most = 9e15;
    return static_cast<std::int64_t>(std::ceil(std::min(value, most)));
}

} // namespace

std::optional<std::int64_t> parse_quantity(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
    }
    const auto number = take_number(text);
    if (!number) {
        return std::nullopt;
    }
    auto factor = factor_of(quantity_suffixes, text);
    if (!factor) {
        factor = exponent_of(text);
    }
    if (!factor) {
        return std::nullopt;
    }
    return rounded_up(*number * *factor * 1000);
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
    if (text.empty()) {
        return std::nullopt;
    }
    double seconds = 0;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) {
            return std::nullopt;
        }
        if (text.empty() && seconds == 0) {
            return rounded_up(*number);
        }
        const auto length = std::min(text.find_first_of("0123456789."), text.size());
        const auto factor = factor_of(duration_units, text.substr(0, length));
        if (!factor) {
            return std::nullopt;
        }
        seconds += *number * *factor;
        text.remove_prefix(length);
    }
    return rounded_up(seconds);
}

} // namespace seakeeper::workflow
