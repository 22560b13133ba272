// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/names.hpp>
#include <seakeeper/sensor/condition.hpp>

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace seakeeper::sensor {

/// 1 to 63 letters, digits, `-`, `_`, `.`, beginning and ending with a letter or digit: fit for
/// labels of Kubernetes objects.
using TriggerName = Name<struct TriggerTag>;

/// Where something was written. `file` is "PROJECT:seakeeper.yaml" or a path, as the caller named
/// it to the parser; lines and columns from 1.
struct Place {
    std::string file;
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    friend auto operator<=>(const Place&, const Place&) = default;
};

/// The class a trigger asks for. Asking for untrusted always runs untrusted; asking for trusted is
/// only a wish: the trust classifier decides.
enum class RequestedClass : std::uint8_t { untrusted, trusted };

constexpr std::string_view to_string(RequestedClass value) noexcept {
    return value == RequestedClass::trusted ? "trusted" : "untrusted";
}

/// The workflow definition: a file in refs/meta/config of the project that wrote `workflow:`, at
/// the commit that was read. `path` is relative, without `.`, `..` and empty segments.
struct Definition {
    ProjectName project;
    CommitId commit;
    std::string path;
    friend bool operator==(const Definition&, const Definition&) = default;
};

/// A literal parameter for the workflow: never contains `{{`.
struct Parameter {
    std::string name;
    std::string value;
    friend bool operator==(const Parameter&, const Parameter&) = default;
};

/// What goes back to the change. Without a label only messages.
struct ReportSpec {
    bool is_silent = false; ///< `report: none`
    std::optional<std::string> label;
    int success = 1;
    int failure = -1;
    bool at_start = false; ///< also say that it begins
    std::string message;   ///< a sentence of the owner's, added to the report; at most 1,000 bytes
    friend bool operator==(const ReportSpec&, const ReportSpec&) = default;
};

/// A named rule: what it asks of an event, what it starts, and how it reports. Immutable once
/// compiled.
struct Trigger {
    TriggerName name;
    Place place; ///< of its name, in the file of the project that defined it last
    Definition definition;
    RequestedClass requested = RequestedClass::untrusted;
    bool otherwise_untrusted = false; ///< run untrusted where trusted is not earned
    bool wants_deployable = false;    ///< its artifacts are meant to be deployed; trusted only
    bool is_final = false;            ///< a child may only add conditions or lower the class
    bool is_overridable = false;      ///< a child may replace it by name
    std::vector<Parameter> parameters;
    ReportSpec report;
    /// All must hold. Those that an event alone decides come first, the author's order is kept
    /// otherwise: the first that fails is the same before and after facts were read.
    std::vector<Condition> conditions;
    /// Kinds of event (by event::Kind) that can match at all.
    std::bitset<32> kinds;
};

} // namespace seakeeper::sensor

namespace seakeeper {
inline namespace v0 {
template <>
SEAKEEPER_API Result<sensor::TriggerName> sensor::TriggerName::parse(std::string_view text);
} // namespace v0
} // namespace seakeeper
