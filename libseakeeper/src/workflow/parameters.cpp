// SPDX-License-Identifier: Apache-2.0
#include "parameters.hpp"

#include "blanks.hpp"
#include "walk.hpp"

#include <seakeeper/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <core/json_text.hpp>

namespace seakeeper::workflow {
namespace {

namespace json = boost::json;

std::optional<std::string> optional_text_at(const json::object& object, std::string_view key) {
    if (!object.contains(key)) {
        return std::nullopt;
    }
    return std::string{text_at(object, key)};
}

const EventValue* find(const EventValues& values, std::string_view parameter) {
    const auto found = std::ranges::find(values, parameter, &EventValue::parameter);
    return found == values.end() ? nullptr : &*found;
}

/// What a person gave is text that Argo would evaluate.
bool is_inert(std::string_view text) {
    return is_valid_utf8(text) && text.find("{{") == text.npos
           && std::ranges::none_of(text, [](char c) {
                  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
              });
}

Error unbound(std::string_view name, std::string_view why) {
    return {Errc::malformed, fmt::format("giving parameter {} a value: {}", quoted(name, 80), why)};
}

bool has(const std::vector<DeclaredParameter>& declared, std::string_view name) {
    return std::ranges::find(declared, name, &DeclaredParameter::name) != declared.end();
}

void append_long_value(std::string& out, const EventValue& value) {
    out += R"({"name":)";
    append_json_string(out, value.parameter);
    out += R"(,"value":)";
    append_json_string(out, value.value);
    out += '}';
}

} // namespace

DeclaredParameter::DeclaredParameter(json::object declared)
    : name_{text_at(declared, "name")}, value_{optional_text_at(declared, "value")},
      default_{optional_text_at(declared, "default")} {
    if (const auto* listed = array_at(declared, "enum")) {
        auto& accepted = accepted_.emplace();
        for (const auto& one : *listed) {
            if (const auto* text = one.if_string()) {
                accepted.emplace_back(*text);
            }
        }
    }
    declared["value"] = placeholder(Blank::value);
    auto text = cut(declared);
    before_ = std::move(text.pieces.front().text);
    after_ = std::move(text.rest);
}

Status DeclaredParameter::check_enum(std::string_view value) const {
    if (!accepted_ || std::ranges::find(*accepted_, value) != accepted_->end()) {
        return {};
    }
    return unbound(name_, fmt::format("{} is not in its enum", quoted(value, 80)));
}

Result<std::string_view> DeclaredParameter::value_in(const WorkloadBinding& binding) const {
    if (const auto given = binding.parameters.find(name_); given != binding.parameters.end()) {
        if (!is_inert(given->second)) {
            return unbound(name_, "it holds '{{', a control character or no UTF-8");
        }
        return std::string_view{given->second};
    }
    if (value_) {
        return std::string_view{*value_};
    }
    if (const auto* value = find(binding.values, name_)) {
        return std::string_view{value->value};
    }
    if (find(binding.values, name_ + "-base64") != nullptr) {
        return unbound(
            name_,
            "the event's has characters beyond [A-Za-z0-9._/@+:-]; accepted is " + name_ + "-base64"
        );
    }
    if (default_) {
        return std::string_view{*default_};
    }
    if (is_event_parameter(name_)) {
        return std::string_view{}; // this event has no such thing
    }
    return unbound(name_, "neither the file nor the event has one");
}

Status DeclaredParameter::append_to(std::string& out, const WorkloadBinding& binding) const {
    const auto value = value_in(binding);
    if (!value) {
        return value.error();
    }
    const bool is_authors = value_ && !binding.parameters.contains(name_);
    if (auto accepted = is_authors ? Status{} : check_enum(*value); !accepted) {
        return accepted;
    }
    out += before_;
    append_json_string(out, *value);
    out += after_;
    return {};
}

Status append_parameters(
    std::string& out, const std::vector<DeclaredParameter>& declared, const WorkloadBinding& binding
) {
    for (const auto& [name, value] : binding.parameters) {
        if (!has(declared, name)) {
            return Error{
                Errc::malformed, "giving parameters values: the file does not declare one of them"};
        }
    }
    const auto begin = out.size();
    const auto separate = [&] { out.append(out.size() == begin ? "" : ","); };
    for (const auto& parameter : declared) {
        separate();
        if (auto written = parameter.append_to(out, binding); !written) {
            return written;
        }
    }
    for (const auto& value : binding.values) {
        if (value.value.size() > literal_variable_limit && !has(declared, value.parameter)) {
            separate();
            append_long_value(out, value);
        }
    }
    return {};
}

} // namespace seakeeper::workflow
