// SPDX-License-Identifier: Apache-2.0
#include "record_json.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/circumstances.hpp>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

namespace seakeeper::decision {
namespace {

/// The first member in which two records, as to_json() wrote them, differ, and what both have
/// there.
std::string difference(std::string_view stored, std::string_view made) {
    const auto before = object_from(stored);
    const auto after = object_from(made);
    for (const auto& member : *before) {
        const auto* other = after->if_contains(member.key());
        if (other == nullptr || *other != member.value()) {
            return fmt::format(
                "member {} was {}, is {}",
                std::string_view{member.key()},
                quoted(json::serialize(member.value())),
                other == nullptr ? "absent" : quoted(json::serialize(*other))
            );
        }
    }
    return "a member is new";
}

} // namespace

Status recompute(const Record& record, const DecideInput& input, const sensor::Trigger& trigger) {
    auto again = input;
    again.now = record.decided_at;
    again.attempt = record.attempt;
    again.inputs = record.inputs;
    // decide() adds the definition itself.
    std::erase_if(again.inputs, [](const InputRef& ref) { return ref.what == "definition"; });
    return same_record(record, decide(again, trigger).record);
}

Status same_record(const Record& stored, const Record& made) {
    const auto before = to_json(stored);
    const auto after = to_json(made);
    if (before == after) {
        return {};
    }
    return Error{
        Errc::conflict,
        fmt::format("recomputing decision {}: {}", digest_of(stored), difference(before, after))};
}

} // namespace seakeeper::decision
