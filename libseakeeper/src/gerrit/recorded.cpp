// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/digest.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/recorded.hpp>

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include <charconv>

namespace seakeeper::gerrit {
namespace {

namespace json = boost::json;

constexpr std::string_view event_prefix = R"({"event":")";
constexpr std::size_t digest_digits = 64;

Error at_row(std::string_view name, std::size_t row, std::string_view what) {
    return Error{Errc::malformed, fmt::format("{}:{}:1: {}", name, row, what)};
}

/// The event that a row of facts names, in the form that our recorder writes; empty: another form.
std::string_view quick_name(std::string_view row) {
    const auto end = event_prefix.size() + digest_digits;
    if (!row.starts_with(event_prefix) || row.size() <= end || row[end] != '"') {
        return {};
    }
    return row.substr(event_prefix.size(), digest_digits);
}

/// A line without facts, in the form that our recorder writes.
bool is_plain_line(std::string_view row) {
    constexpr std::string_view begin = R"({"received":")";
    constexpr std::string_view middle = R"(Z","line":")";
    constexpr std::size_t digits = 23; // 2026-11-22T18:01:46.599
    return row.starts_with(begin) && row.ends_with(R"("})") && row.size() > begin.size() + digits
           && row.substr(begin.size() + digits).starts_with(middle);
}

const json::string* text_in(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_string();
}

const json::object* object_in(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value == nullptr ? nullptr : value->if_object();
}

bool take_number(std::string_view& text, std::size_t digits, int& number) {
    if (text.size() < digits) {
        return false;
    }
    const auto* end = text.data() + digits;
    const auto [stop, fault] = std::from_chars(text.data(), end, number);
    text.remove_prefix(digits);
    return fault == std::errc{} && stop == end;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) {
        return false;
    }
    text.remove_prefix(1);
    return true;
}

} // namespace

std::string recorded_name(const event::Event& event) {
    return sha256_hex(event::serialize(event));
}

std::optional<WallTime> time_in(std::string_view text) {
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, thousandth = 0;
    const bool is_plain =
        take_number(text, 4, year) && take(text, '-') && take_number(text, 2, month)
        && take(text, '-') && take_number(text, 2, day) && take(text, 'T')
        && take_number(text, 2, hour) && take(text, ':') && take_number(text, 2, minute)
        && take(text, ':') && take_number(text, 2, second);
    if (!is_plain || (take(text, '.') && !take_number(text, 3, thousandth)) || text != "Z") {
        return std::nullopt;
    }
    const std::chrono::year_month_day date{
        std::chrono::year{year},
        std::chrono::month{static_cast<unsigned>(month)},
        std::chrono::day{static_cast<unsigned>(day)}};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) {
        return std::nullopt;
    }
    return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{hour}
           + std::chrono::minutes{minute} + std::chrono::seconds{second}
           + std::chrono::milliseconds{thousandth};
}

Result<RecordedStream> RecordedStream::read(std::string text, std::string name) {
    RecordedStream stream;
    stream.text_ = std::move(text);
    stream.name_ = std::move(name);
    Row row;
    while (row.offset < stream.text_.size()) {
        ++row.number;
        const auto end = std::min(stream.text_.find('\n', row.offset), stream.text_.size());
        row.size = end - row.offset;
        if (row.size > 0) {
            if (auto added = stream.add(row); !added) {
                return added.error();
            }
        }
        row.offset = end + 1;
    }
    return stream;
}

std::string_view RecordedStream::text_of(const Row& row) const {
    return std::string_view{text_}.substr(row.offset, row.size);
}

Status RecordedStream::add(const Row& row) {
    const auto text = text_of(row);
    if (const auto quick = quick_name(text); !quick.empty()) {
        readings_[std::string{quick}].push_back(row);
        return {};
    }
    if (is_plain_line(text)) {
        lines_.push_back(row);
        return {};
    }
    json::monotonic_resource memory;
    boost::system::error_code fault;
    const auto value = json::parse({text.data(), text.size()}, fault, &memory);
    const auto* object = fault ? nullptr : value.if_object();
    if (object == nullptr) {
        return at_row(name_, row.number, "found no JSON object; accepted is a row of a recording");
    }
    const auto* line = text_in(*object, "line");
    const auto* facts = object_in(*object, "facts");
    const auto* named = text_in(*object, "event");
    if (line != nullptr && facts != nullptr) {
        const auto event = event::parse(std::string_view{*line});
        if (event) {
            readings_[recorded_name(*event)].push_back(row);
        }
    }
    if (line != nullptr || object->contains("type")) {
        lines_.push_back(row);
    } else if (named != nullptr && facts != nullptr) {
        readings_[std::string{*named}].push_back(row);
    } else {
        return at_row(
            name_, row.number, "found neither line, event and facts, nor an event's type"
        );
    }
    return {};
}

Result<RecordedLine> RecordedStream::line(std::size_t index) const {
    const auto& row = lines_.at(index);
    const auto text = text_of(row);
    json::monotonic_resource memory;
    boost::system::error_code fault;
    const auto value = json::parse({text.data(), text.size()}, fault, &memory);
    if (fault || !value.is_object()) {
        return at_row(name_, row.number, "found no JSON object; accepted is a row of a recording");
    }
    const auto& object = value.get_object();
    RecordedLine line;
    line.row = row.number;
    const auto* bytes = text_in(object, "line");
    line.bytes = bytes == nullptr ? std::string{text} : std::string{*bytes};
    if (const auto* received = text_in(object, "received");
        bytes != nullptr && received != nullptr) {
        line.received = time_in(std::string_view{*received});
        if (!line.received) {
            return at_row(
                name_,
                row.number,
                "received: found no time such as "
                "2026-11-22T15:04:05.123Z"
            );
        }
    }
    return line;
}

std::size_t RecordedStream::readings(const std::string& event) const {
    const auto found = readings_.find(event);
    return found == readings_.end() ? 0 : found->second.size();
}

Result<Facts> RecordedStream::reading(const std::string& event, std::size_t index) const {
    const auto& row = readings_.at(event).at(index);
    const auto text = text_of(row);
    json::monotonic_resource memory;
    boost::system::error_code fault;
    const auto value = json::parse({text.data(), text.size()}, fault, &memory);
    const auto* object = fault ? nullptr : value.if_object();
    const auto* facts = object == nullptr ? nullptr : object_in(*object, "facts");
    if (facts == nullptr) {
        return at_row(name_, row.number, "found no facts; accepted is an object");
    }
    auto read = facts_from_json(*facts);
    if (!read) {
        return at_row(name_, row.number, read.error().message);
    }
    return read;
}

std::vector<std::string> RecordedStream::names() const {
    std::vector<std::string> names;
    for (const auto& [name, rows] : readings_) {
        names.push_back(name);
    }
    return names;
}

} // namespace seakeeper::gerrit
