// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <seakeeper/gerrit/facts.hpp>
#include <seakeeper/gerrit/rest.hpp>

#include <string>
#include <string_view>

// Paths of REST calls; every id is one percent-encoded segment. Used to call, and as the `source`
// of facts.
namespace seakeeper::gerrit::rest_path {

std::string change(const ProjectName& project, ChangeNumber number);
/// With the options that the parser of changes reads.
std::string change_detail(const ProjectName& project, ChangeNumber number);
std::string messages(const ProjectName& project, ChangeNumber number);
std::string files(const ProjectName& project, ChangeNumber number, const CommitId& revision);
std::string review(const ProjectName& project, ChangeNumber number, const CommitId& revision);
std::string submitted_together(const ProjectName& project, ChangeNumber number);
std::string changes_with(const CommitId& commit);
std::string changes_since(const UpdateWindow& window);
std::string comments(const ProjectName& project, ChangeNumber number);
std::string projects(std::uint32_t start, std::uint32_t limit);
std::string branches(const ProjectName& project);
std::string tags(const ProjectName& project);
/// Of plugin events-log.
std::string logged_events(WallTime since);
std::string find_changes(std::string_view query);
/// `username` has neither a quote nor a backslash.
std::string account_by_username(std::string_view username);
std::string account(AccountId id);
std::string account_groups(AccountId id);
std::string check_access(const ProjectName& project, const AccessFacts& wanted);
std::string project(const ProjectName& project);
std::string commit(const ProjectName& project, const CommitId& commit);
std::string commit_in(const ProjectName& project, const CommitId& commit);
std::string file(const ProjectName& project, const CommitId& commit, std::string_view path);
std::string labels(const ProjectName& project);
std::string access_of(const std::vector<ProjectName>& projects);
/// branches/NAME, or tags/NAME for refs/tags/.
std::string ref(const ProjectName& project, const RefName& ref);

} // namespace seakeeper::gerrit::rest_path
