// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/decide.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seakeeper::decision {

/// What a decision depends on besides event, facts, configuration and options: how things stood
/// with us. The record's input "circumstances".
struct Circumstances {
    trust::ChannelState channel{};
    trust::PlantState plant{};
    std::vector<ConfigHistory> histories;
};
/// One line of JSON with fixed order of members.
SEAKEEPER_API std::string to_json(const Circumstances& circumstances);
/// Reads what to_json wrote; Errc::malformed names the member.
SEAKEEPER_API Result<Circumstances> circumstances_from_json(std::string_view text);

/// Reads what to_json(Options) wrote, for recomputing a record on another machine; Errc::malformed
/// names the member.
SEAKEEPER_API Result<Options> options_from_json(std::string_view text);

/// Errc::conflict naming the first member in which `made` is another record than `stored`.
SEAKEEPER_API Status same_record(const Record& stored, const Record& made);

/// A list of inputs as one line of JSON, and read back: what an event without decisions was
/// considered from.
SEAKEEPER_API std::string to_json(std::span<const InputRef> inputs);
SEAKEEPER_API Result<std::vector<InputRef>> inputs_from_json(std::string_view text);

/// Some decision would perhaps be another one if facts were read again.
SEAKEEPER_API bool is_for_want_of_facts(std::span<const Decision> decisions);

} // namespace seakeeper::decision
