// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_path.hpp"

#include "http/transport.hpp"

#include <fmt/format.h>

namespace seakeeper::gerrit::rest_path {

using http::percent_encoded;

namespace {

constexpr std::string_view detail_options =
    "o=ALL_REVISIONS&o=CURRENT_COMMIT&o=DETAILED_LABELS&o=DETAILED_ACCOUNTS&o=MESSAGES"
    "&o=SUBMIT_REQUIREMENTS&o=SKIP_DIFFSTAT";

/// For what became of a change: every patch set with its own commit message.
constexpr std::string_view history_options =
    "o=ALL_REVISIONS&o=ALL_COMMITS&o=DETAILED_ACCOUNTS&o=MESSAGES&o=SKIP_DIFFSTAT";

/// Gerrit's query time, UTC, in whole seconds.
std::string query_time(WallTime time) {
    auto text = to_rfc3339(time).substr(0, 19);
    text[10] = ' ';
    return text;
}

} // namespace

std::string change(const ProjectName& project, ChangeNumber number) {
    return fmt::format("/changes/{}~{}", percent_encoded(project.str()), value_of(number));
}

std::string change_detail(const ProjectName& project, ChangeNumber number) {
    return fmt::format("{}?{}", change(project, number), detail_options);
}

std::string messages(const ProjectName& project, ChangeNumber number) {
    return change(project, number) + "/messages";
}

std::string files(const ProjectName& project, ChangeNumber number, const CommitId& revision) {
    return fmt::format("{}/revisions/{}/files/", change(project, number), revision.str());
}

std::string review(const ProjectName& project, ChangeNumber number, const CommitId& revision) {
    return fmt::format("{}/revisions/{}/review", change(project, number), revision.str());
}

std::string submitted_together(const ProjectName& project, ChangeNumber number) {
    return fmt::format(
        "{}/submitted_together?o=NON_VISIBLE_CHANGES&{}", change(project, number), detail_options
    );
}

std::string changes_with(const CommitId& commit) {
    return fmt::format("/changes/?q=commit:{}&o=SKIP_DIFFSTAT&n=10", commit.str());
}

std::string find_changes(std::string_view query) {
    return fmt::format("/changes/?q={}&o=SKIP_DIFFSTAT&n=50", percent_encoded(query));
}

std::string labels(const ProjectName& project) {
    return rest_path::project(project) + "/labels/?inherited";
}

std::string access_of(const std::vector<ProjectName>& projects) {
    std::string path = "/access/";
    for (const auto& name : projects) {
        path += path.ends_with('/') ? "?project=" : "&project=";
        path += percent_encoded(name.str());
    }
    return path;
}

std::string changes_since(const UpdateWindow& window) {
    const auto query = fmt::format(
        "after:\"{}\" before:\"{}\"", query_time(window.after), query_time(window.before)
    );
    return fmt::format(
        "/changes/?q={}&n={}&S={}&{}",
        percent_encoded(query),
        window.limit,
        window.start,
        history_options
    );
}

std::string comments(const ProjectName& project, ChangeNumber number) {
    return change(project, number) + "/comments";
}

std::string projects(std::uint32_t start, std::uint32_t limit) {
    return fmt::format("/projects/?b=refs%2Fmeta%2Fconfig&n={}&S={}", limit, start);
}

std::string branches(const ProjectName& project) {
    return rest_path::project(project) + "/branches/";
}

std::string tags(const ProjectName& project) {
    return rest_path::project(project) + "/tags/";
}

std::string logged_events(WallTime since) {
    return "/plugins/events-log/events/?t1=" + percent_encoded(query_time(since));
}

std::string account_by_username(std::string_view username) {
    return fmt::format(
        "/accounts/?q={}&o=DETAILS&n=2", percent_encoded(fmt::format("username:\"{}\"", username))
    );
}

std::string account(AccountId id) {
    return fmt::format("/accounts/{}/detail", value_of(id));
}

std::string account_groups(AccountId id) {
    return fmt::format("/accounts/{}/groups/", value_of(id));
}

std::string check_access(const ProjectName& project, const AccessFacts& wanted) {
    return fmt::format(
        "/projects/{}/check.access?account={}&ref={}&perm={}",
        percent_encoded(project.str()),
        value_of(wanted.account),
        percent_encoded(wanted.ref.str()),
        percent_encoded(wanted.permission)
    );
}

std::string project(const ProjectName& project) {
    return "/projects/" + percent_encoded(project.str());
}

std::string commit(const ProjectName& project, const CommitId& commit) {
    return fmt::format("/projects/{}/commits/{}", percent_encoded(project.str()), commit.str());
}

std::string commit_in(const ProjectName& project, const CommitId& commit) {
    return rest_path::commit(project, commit) + "/in";
}

std::string file(const ProjectName& project, const CommitId& commit, std::string_view path) {
    return fmt::format(
        "{}/files/{}/content", rest_path::commit(project, commit), percent_encoded(path)
    );
}

std::string ref(const ProjectName& project, const RefName& ref) {
    constexpr std::string_view tags = "refs/tags/";
    const std::string_view name{ref.str()};
    if (name.starts_with(tags)) {
        return fmt::format(
            "/projects/{}/tags/{}",
            percent_encoded(project.str()),
            percent_encoded(name.substr(tags.size()))
        );
    }
    return fmt::format(
        "/projects/{}/branches/{}", percent_encoded(project.str()), percent_encoded(name)
    );
}

} // namespace seakeeper::gerrit::rest_path
