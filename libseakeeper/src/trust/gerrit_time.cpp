// SPDX-License-Identifier: Apache-2.0
#include "gerrit_time.hpp"

namespace seakeeper::trust {
namespace {

constexpr std::string_view form = "dddd-dd-dd dd:dd:dd";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

int number_at(std::string_view text, std::size_t at, std::size_t length) {
    int value = 0;
    for (const char c : text.substr(at, length)) {
        value = value * 10 + (c - '0');
    }
    return value;
}

bool has_form(std::string_view text) {
    if (text.size() < form.size()) {
        return false;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

/// ".123456789" as milliseconds; nothing if it is another text.
std::optional<int> milliseconds_in(std::string_view fraction) {
    if (fraction.empty()) {
        return 0;
    }
    if (fraction[0] != '.' || fraction.size() < 2 || fraction.size() > 10) {
        return std::nullopt;
    }
    int value = 0;
    for (std::size_t i = 1; i < fraction.size(); ++i) {
        if (!is_digit(fraction[i])) {
            return std::nullopt;
        }
        value = i <= 3 ? value * 10 + (fraction[i] - '0') : value;
    }
    for (auto i = fraction.size(); i <= 3; ++i) {
        value *= 10;
    }
    return value;
}

} // namespace

std::optional<WallTime> gerrit_time(std::string_view text) noexcept {
    using namespace std::chrono;
    if (!has_form(text)) {
        return std::nullopt;
    }
    const year_month_day date{
        year{number_at(text, 0, 4)},
        month{static_cast<unsigned>(number_at(text, 5, 2))},
        day{static_cast<unsigned>(number_at(text, 8, 2))}};
    const int hour = number_at(text, 11, 2);
    const int minute = number_at(text, 14, 2);
    const int second = number_at(text, 17, 2);
    const auto fraction = milliseconds_in(text.substr(form.size()));
    if (!date.ok() || hour > 23 || minute > 59 || second > 60 || !fraction) {
        return std::nullopt;
    }
    return WallTime{sys_days{date}} + hours{hour} + minutes{minute} + seconds{second}
           + milliseconds{*fraction};
}

} // namespace seakeeper::trust
