// SPDX-License-Identifier: Apache-2.0
#include "sensor/evaluate.hpp"

#include <charconv>
#include <chrono>

namespace seakeeper::sensor {

namespace {

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t count) noexcept {
    int value = 0;
    if (at + count > text.size()) {
        return std::nullopt;
    }
    const char* end = text.data() + at + count;
    const auto read = std::from_chars(text.data() + at, end, value);
    return read.ec == std::errc{} && read.ptr == end ? std::optional{value} : std::nullopt;
}

/// "2026-01-31 12:34:56.000000000", UTC (Gerrit 3.10: rest-api.html, timestamp), in seconds.
std::optional<std::int64_t> seconds_of(std::string_view date) noexcept {
    const auto year = number_at(date, 0, 4), month = number_at(date, 5, 2),
               day = number_at(date, 8, 2);
    const auto hour = number_at(date, 11, 2), minute = number_at(date, 14, 2),
               second = number_at(date, 17, 2);
    if (!year || !month || !day || !hour || !minute || !second) {
        return std::nullopt;
    }
    const std::chrono::year_month_day days{
        std::chrono::year{*year},
        std::chrono::month{static_cast<unsigned>(*month)},
        std::chrono::day{static_cast<unsigned>(*day)}};
    if (!days.ok()) {
        return std::nullopt;
    }
    const auto time = std::chrono::sys_days{days} + std::chrono::hours{*hour}
                      + std::chrono::minutes{*minute} + std::chrono::seconds{*second};
    return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// Same patch set, and not another's as far as we know who acted.
bool may_be(const gerrit::MessageFacts& message, const Context& context) noexcept {
    if (!context.event.patch_set || message.patch_set != context.event.patch_set->number) {
        return false;
    }
    const auto& actor = context.facts->actor;
    return !actor || !message.author || *message.author == actor->id;
}

/// An event is made right after its message was written.
bool is_written_before(const gerrit::MessageFacts& message, const event::Event& event) noexcept {
    const auto written = seconds_of(message.date);
    return !written || !event.created_on || *written <= *event.created_on + 1;
}

} // namespace

// Events carry no tag and no message id. The event's text is the message's, or (3.10:
// event.comment-added.publishPatchSetLevelComment) a text that the message has not: then the last
// message of that account up to the event is the one.
std::string_view tag_of_message(const Context& context) noexcept {
    const auto* comment = std::get_if<event::CommentAdded>(&context.event.body);
    const gerrit::MessageFacts* last = nullptr;
    const gerrit::MessageFacts* same = nullptr;
    for (const gerrit::MessageFacts& message : context.facts->change->messages) {
        if (!may_be(message, context) || !is_written_before(message, context.event)) {
            continue;
        }
        last = &message;
        if (comment != nullptr && comment->comment && message.text == *comment->comment) {
            same = &message;
        }
    }
    const gerrit::MessageFacts* found = same != nullptr ? same : last;
    return found != nullptr ? std::string_view{found->tag} : std::string_view{};
}

} // namespace seakeeper::sensor
