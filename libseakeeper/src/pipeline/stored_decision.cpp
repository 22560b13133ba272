// SPDX-License-Identifier: Apache-2.0
#include "pipeline/stored_decision.hpp"

#include <seakeeper/gerrit/facts.hpp>

#include <boost/json/parse.hpp>

#include <array>
#include <utility>

namespace seakeeper::pipeline {

Result<StoredDecision> read_decision(store::Rows& rows, const std::string& digest) {
    auto row = rows.decision(digest);
    if (!row) {
        return row.error();
    }
    auto record = decision::record_from_json(row->record);
    if (!record) {
        return record.error();
    }
    StoredDecision stored;
    const std::array<std::pair<std::string_view, std::string*>, 4> wanted{
        {{"event", &stored.event},
         {"facts", &stored.facts},
         {"retry-event", &stored.retry_event},
         {"retry-facts", &stored.retry_facts}}};
    for (const auto& input : record->inputs) {
        for (const auto& [what, bytes] : wanted) {
            if (input.what != what) {
                continue;
            }
            auto read = rows.input(input.digest);
            if (!read) {
                return read.error();
            }
            *bytes = std::move(*read);
        }
    }
    stored.record = std::move(*record);
    return stored;
}

Result<gerrit::Facts> facts_from_text(const std::string& text) {
    boost::system::error_code fault;
    const auto value = boost::json::parse(text, fault);
    if (fault || !value.is_object()) {
        return Error{Errc::corrupt, "reading stored facts: not a JSON object"};
    }
    auto facts = gerrit::facts_from_json(value.get_object());
    if (!facts) {
        return Error{Errc::corrupt, facts.error().message};
    }
    return facts;
}

} // namespace seakeeper::pipeline
