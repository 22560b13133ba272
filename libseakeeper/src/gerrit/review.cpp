// SPDX-License-Identifier: Apache-2.0
#include "gerrit/rest_json.hpp"
#include "gerrit/rest_path.hpp"
#include "gerrit/review_text.hpp"

#include <seakeeper/gerrit/review.hpp>

#include <fmt/format.h>

namespace seakeeper::gerrit {

namespace json = boost::json;

namespace {

std::string posting(const ProjectName& project, ChangeNumber number, const CommitId& revision) {
    return fmt::format(
        "posting review on change {}~{} at {}", project.str(), value_of(number), revision.str()
    );
}

} // namespace

asio::awaitable<Result<ReviewResult>> post_review(
    RestClient& client,
    ProjectName project,
    ChangeNumber number,
    CommitId revision,
    ReviewInput input,
    Deadline until
) {
    const auto doing = posting(project, number, revision);
    const auto path = rest_path::review(project, number, revision);
    input = fit_to_post(std::move(input));
    ReviewResult result;
    json::value body = to_json(input);
    auto answer = co_await client.post(path, std::move(body), until);
    if (!answer && answer.error().is(Errc::invalid_argument) && !input.comments.empty()) {
        // One bad path or range refuses the whole review: say the same without inline comments.
        input = with_comments_in_message(std::move(input));
        result.were_comments_moved = true;
        json::value plain = to_json(input);
        answer = co_await client.post(path, std::move(plain), until);
    }
    if (!answer) {
        co_return answer.error().within(doing);
    }
    auto applied = applied_labels_from(*answer);
    if (!applied) {
        co_return std::move(applied).error().within(doing);
    }
    if (auto dropped = words_about_dropped(input.labels, *applied); !dropped.empty()) {
        co_return Error{Errc::refused, doing + ": " + dropped};
    }
    result.labels = std::move(*applied);
    co_return std::move(result);
}

asio::awaitable<Result<std::optional<MessageFacts>>> find_message_with(
    RestClient& client, ProjectName project, ChangeNumber number, std::string marker, Deadline until
) {
    auto messages = co_await client.messages(std::move(project), number, until);
    if (!messages) {
        co_return std::move(messages).error();
    }
    for (auto row = messages->rbegin(); row != messages->rend(); ++row) {
        if (row->text.find(marker) != std::string::npos) {
            co_return std::optional<MessageFacts>{std::move(*row)};
        }
    }
    co_return std::optional<MessageFacts>{};
}

} // namespace seakeeper::gerrit
