// SPDX-License-Identifier: Apache-2.0
#include "gerrit/times.hpp"

#include <charconv>
#include <chrono>

namespace seakeeper::gerrit {

std::optional<std::int64_t> seconds_of(std::string_view date) {
    constexpr std::string_view form = "dddd-dd-dd dd:dd:dd";
    if (date.size() < form.size()) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool is_digit = date[i] >= '0' && date[i] <= '9';
        if (form[i] == 'd' ? !is_digit : date[i] != form[i]) {
            return std::nullopt;
        }
    }
    const auto part = [&](std::size_t at, std::size_t size) {
        int number = 0;
        std::from_chars(date.data() + at, date.data() + at + size, number);
        return number;
    };
    namespace chrono = std::chrono;
    const auto day = chrono::year{part(0, 4)} / part(5, 2) / part(8, 2);
    if (!day.ok() || part(11, 2) > 23 || part(14, 2) > 59 || part(17, 2) > 60) {
        return std::nullopt;
    }
    const auto midnight = chrono::sys_days{day}.time_since_epoch();
    const auto time = midnight + chrono::hours{part(11, 2)} + chrono::minutes{part(14, 2)}
                      + chrono::seconds{part(17, 2)};
    return chrono::duration_cast<chrono::seconds>(time).count();
}

} // namespace seakeeper::gerrit
