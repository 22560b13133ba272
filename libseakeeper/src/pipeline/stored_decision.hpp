// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/decision/record.hpp>
#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/store/rows.hpp>

#include <string>

namespace seakeeper::pipeline {

/// A decision as it was stored, with the bytes that its class was judged from.
struct StoredDecision {
    decision::Record record;
    std::string event;
    std::string facts;
    std::string retry_event; ///< empty: it was no further attempt
    std::string retry_facts;
};

Result<StoredDecision> read_decision(store::Rows& rows, const std::string& digest);

/// Errc::corrupt unless `text` is what to_json(Facts) wrote.
Result<gerrit::Facts> facts_from_text(const std::string& text);

} // namespace seakeeper::pipeline
