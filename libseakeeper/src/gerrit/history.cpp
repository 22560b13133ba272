// SPDX-License-Identifier: Apache-2.0
#include "gerrit/history_json.hpp"
#include "gerrit/rest_path.hpp"

#include <seakeeper/gerrit/history.hpp>

#include <fmt/format.h>

namespace seakeeper::gerrit {

namespace {

constexpr std::uint32_t page_of_projects = 500;

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) {
            lines.emplace_back(text.substr(0, end));
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

} // namespace

asio::awaitable<Result<ChangePage>> RestHistory::changes(UpdateWindow window, Deadline until) {
    return client_.changes_since(window, until);
}

asio::awaitable<Result<std::vector<PatchSetComment>>>
RestHistory::comments(ProjectName project, ChangeNumber number, Deadline until) {
    auto path = rest_path::comments(project, number);
    const auto answer = co_await client_.get(std::move(path), until);
    const auto doing =
        fmt::format("reading comments of change {}~{}", project.str(), value_of(number));
    if (!answer) {
        co_return answer.error().within(doing);
    }
    auto comments = patch_set_comments_from(*answer);
    if (!comments) {
        co_return std::move(comments).error().within(doing);
    }
    co_return std::move(comments);
}

asio::awaitable<Result<ProjectPage>> RestHistory::projects(std::uint32_t start, Deadline until) {
    auto path = rest_path::projects(start, page_of_projects);
    const auto answer = co_await client_.get(std::move(path), until);
    if (!answer) {
        co_return answer.error().within("listing projects");
    }
    auto page = project_page_from(*answer);
    if (!page) {
        co_return std::move(page).error().within("listing projects");
    }
    co_return std::move(page);
}

asio::awaitable<Result<std::vector<RefTip>>>
RestHistory::refs(ProjectName project, Deadline until) {
    const auto doing = fmt::format("listing refs of {}", project.str());
    std::vector<RefTip> all;
    for (const auto list : {rest_path::branches, rest_path::tags}) {
        auto path = list(project);
        const auto answer = co_await client_.get(std::move(path), until);
        if (!answer) {
            co_return answer.error().within(doing);
        }
        auto tips = ref_tips_from(*answer);
        if (!tips) {
            co_return std::move(tips).error().within(doing);
        }
        for (auto& tip : *tips) {
            all.push_back(std::move(tip));
        }
    }
    co_return std::move(all);
}

asio::awaitable<Result<std::vector<std::string>>>
RestHistory::logged(WallTime since, Deadline until) {
    auto path = rest_path::logged_events(since);
    const auto answer = co_await client_.get_text(std::move(path), until);
    if (!answer) {
        co_return answer.error().within("reading plugin events-log");
    }
    co_return lines_of(*answer);
}

} // namespace seakeeper::gerrit
