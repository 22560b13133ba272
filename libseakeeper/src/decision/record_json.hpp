// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/record.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <core/json_text.hpp>

// Members of records as JSON, in one order for ever: bytes of equal records are equal.
namespace seakeeper::decision {

namespace json = boost::json;

void write(JsonText& out, const trust::Verdict& verdict);
void write(JsonText& out, const std::vector<InputRef>& inputs);

/// Reads members of an object; remembers the first that is missing or of another type.
class MemberReader {
public:
    explicit MemberReader(const json::object& object) : object_{object} {}

    std::string text(std::string_view key);
    std::int64_t number(std::string_view key);
    bool flag(std::string_view key);
    std::vector<std::string> texts(std::string_view key);
    const json::object& object(std::string_view key);
    const json::array& array(std::string_view key);
    bool has(std::string_view key) const { return object_.contains(key); }
    void fail(std::string_view key);
    const std::string& fault() const noexcept { return fault_; }

private:
    const json::object& object_;
    std::string fault_;
};

/// Errc::malformed naming the member.
Result<trust::Verdict> verdict_from(const json::object& object);
Result<std::vector<InputRef>> inputs_from(const json::array& array);
Result<json::object> object_from(std::string_view text);
/// Milliseconds since 1970, as records hold times.
std::int64_t milliseconds_of(WallTime time);
WallTime time_of(std::int64_t milliseconds);
Result<trust::Class> class_from(const std::string& word);

} // namespace seakeeper::decision
