// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/rest.hpp>
#include <seakeeper/gerrit/review.hpp>

#include <boost/json/value.hpp>

#include <string>
#include <vector>

// REST answers, already parsed as JSON, to values. Pure; a body that does not follow the format is
// Errc::malformed, never an exception. Formats: Gerrit 3.10 rest-api-*.txt and recordings of 3.10.2
// and 3.13.5.
namespace seakeeper::gerrit {

// change_json.cpp: ChangeInfo and parts
Result<ChangeReading> change_from(const boost::json::value& answer);
Result<ChangePage> change_page_from(const boost::json::value& answer);
Result<std::vector<MessageFacts>> messages_from(const boost::json::value& answer);
Result<TogetherFacts> together_from(const boost::json::value& answer, ChangeNumber self);
Result<std::vector<ChangeNumber>>
numbers_from(const boost::json::value& answer, const ProjectName& project);
Result<std::vector<std::string>> submodules_from(const boost::json::value& answer);
Result<std::vector<std::string>> files_from(const boost::json::value& answer);

// account_json.cpp: AccountInfo, GroupInfo
Result<AccountFacts> account_from(const boost::json::value& answer);
Result<AccountFacts>
single_account_from(const boost::json::value& answer, std::string_view username);
Result<std::vector<std::string>> groups_from(const boost::json::value& answer);

// project_json.cpp
Result<bool> allowed_from(const boost::json::value& answer);
Result<CommitPlaces> places_from(const boost::json::value& answer);
Result<std::vector<CommitId>> parents_of_commit_from(const boost::json::value& answer);
Result<RefFacts> ref_from(const boost::json::value& answer, const RefName& asked);
Result<std::optional<ProjectName>> parent_from(const boost::json::value& answer);
/// Of `/projects/P/labels/?inherited`.
Result<ProjectName> label_definition_from(const boost::json::value& answer, std::string_view label);
/// Of `/access/?project=...`: which of `chain` have a rule for the label, in that order.
Result<std::vector<ProjectName>> label_grants_from(
    const boost::json::value& answer, const std::vector<ProjectName>& chain, std::string_view label
);
Result<std::string> version_from(const boost::json::value& answer);

// review_json.cpp
boost::json::object to_json(const ReviewInput& input);
Result<std::map<std::string, int>> applied_labels_from(const boost::json::value& answer);

} // namespace seakeeper::gerrit
