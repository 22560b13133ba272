// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/core/text.hpp>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

namespace seakeeper::decision {
namespace {

Error malformed(std::string_view member) {
    return Error{
        Errc::malformed, fmt::format("reading a decision record: member {}", quoted(member))};
}

Result<trust::ConditionVerdict> condition_from(const json::value& value) {
    if (!value.is_object()) {
        return malformed("conditions");
    }
    MemberReader reader{value.get_object()};
    const auto condition = trust::condition_of(reader.text("condition"));
    const auto allows = trust::class_of(reader.text("allows"));
    const auto code = trust::reason_code_of(reader.text("code"));
    if (!condition || !allows || !code || !reader.fault().empty()) {
        return malformed("conditions");
    }
    trust::ConditionVerdict verdict{*condition, *allows, *code, {}};
    if (reader.has("detail")) {
        verdict.detail = reader.text("detail");
    }
    return verdict;
}

} // namespace

void write(JsonText& out, const trust::Verdict& verdict) {
    out.open('{').member("class", trust::to_string(verdict.value));
    if (verdict.code) {
        out.member("commit", verdict.code->str());
    }
    out.key("conditions").open('[');
    for (const auto& condition : verdict.conditions) {
        out.open('{');
        out.member("condition", trust::to_string(condition.condition));
        out.member("allows", trust::to_string(condition.value));
        out.member("code", trust::reason(condition.code).id);
        if (!condition.detail.empty()) {
            out.member("detail", condition.detail);
        }
        out.close('}');
    }
    out.close(']').close('}');
}

void write(JsonText& out, const std::vector<InputRef>& inputs) {
    out.open('[');
    for (const auto& input : inputs) {
        out.open('{');
        out.member("what", input.what);
        out.member("from", input.from);
        out.member("sha256", input.digest);
        out.close('}');
    }
    out.close(']');
}

void MemberReader::fail(std::string_view key) {
    if (fault_.empty()) {
        fault_ = key;
    }
}

std::string MemberReader::text(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value == nullptr || !value->is_string()) {
        fail(key);
        return {};
    }
    return std::string{value->get_string()};
}

std::int64_t MemberReader::number(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value == nullptr || !value->is_int64()) {
        fail(key);
        return 0;
    }
    return value->get_int64();
}

bool MemberReader::flag(std::string_view key) {
    const auto* value = object_.if_contains(key);
    if (value == nullptr || !value->is_bool()) {
        fail(key);
        return false;
    }
    return value->get_bool();
}

std::vector<std::string> MemberReader::texts(std::string_view key) {
    std::vector<std::string> texts;
    for (const auto& value : array(key)) {
        if (!value.is_string()) {
            fail(key);
            return {};
        }
        texts.emplace_back(value.get_string());
    }
    return texts;
}

const json::object& MemberReader::object(std::string_view key) {
    static const json::object none;
    const auto* value = object_.if_contains(key);
    if (value == nullptr || !value->is_object()) {
        fail(key);
        return none;
    }
    return value->get_object();
}

const json::array& MemberReader::array(std::string_view key) {
    static const json::array none;
    const auto* value = object_.if_contains(key);
    if (value == nullptr || !value->is_array()) {
        fail(key);
        return none;
    }
    return value->get_array();
}

Result<trust::Class> class_from(const std::string& word) {
    if (const auto value = trust::class_of(word)) {
        return *value;
    }
    return malformed("class");
}

Result<trust::Verdict> verdict_from(const json::object& object) {
    MemberReader reader{object};
    trust::Verdict verdict;
    auto value = class_from(reader.text("class"));
    if (!value) {
        return std::move(value).error();
    }
    verdict.value = *value;
    if (reader.has("commit")) {
        auto commit = CommitId::parse(reader.text("commit"));
        if (!commit) {
            return malformed("commit");
        }
        verdict.code = std::move(commit).value();
    }
    for (const auto& row : reader.array("conditions")) {
        auto condition = condition_from(row);
        if (!condition) {
            return std::move(condition).error();
        }
        verdict.conditions.push_back(std::move(condition).value());
    }
    if (!reader.fault().empty()) {
        return malformed(reader.fault());
    }
    return verdict;
}

Result<std::vector<InputRef>> inputs_from(const json::array& array) {
    std::vector<InputRef> inputs;
    for (const auto& value : array) {
        if (!value.is_object()) {
            return malformed("inputs");
        }
        MemberReader reader{value.get_object()};
        InputRef input{reader.text("what"), reader.text("from"), reader.text("sha256")};
        if (!reader.fault().empty()) {
            return malformed("inputs");
        }
        inputs.push_back(std::move(input));
    }
    return inputs;
}

Result<json::object> object_from(std::string_view text) {
    boost::system::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error || !value.is_object()) {
        return Error{Errc::malformed, "reading a decision record: not a JSON object"};
    }
    return std::move(value.get_object());
}

std::int64_t milliseconds_of(WallTime time) {
    return time.time_since_epoch().count();
}

WallTime time_of(std::int64_t milliseconds) {
    return WallTime{std::chrono::milliseconds{milliseconds}};
}

} // namespace seakeeper::decision
