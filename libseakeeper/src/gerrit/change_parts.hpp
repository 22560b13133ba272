// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/core/result.hpp>
#include <seakeeper/gerrit/facts.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <string_view>
#include <vector>

// The parts of Gerrit's ChangeInfo: AccountInfo, LabelInfo, RevisionInfo, ChangeMessageInfo.
namespace seakeeper::gerrit::change_parts {

using Accounts = std::map<AccountId, AccountFacts>;

/// What the parts of a change are read with: an object and where its accounts are gathered.
struct Source {
    const boost::json::object& object;
    Accounts& accounts;
};

/// Nothing when absent. Remembers the account when the answer describes it.
Result<std::optional<AccountId>> account_at(Source source, std::string_view key);
Result<LabelFacts> label_from(const boost::json::value& answer, Accounts& accounts);
Result<RevisionFacts> revision_from(std::string_view sha, Source source);
/// Oldest first.
Result<std::vector<MessageFacts>> messages_in(const boost::json::array& rows, Accounts& accounts);

} // namespace seakeeper::gerrit::change_parts
