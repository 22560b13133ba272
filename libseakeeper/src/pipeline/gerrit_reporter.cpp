// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/core/text.hpp>
#include <seakeeper/gerrit/review.hpp>
#include <seakeeper/pipeline/gerrit_reporter.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace seakeeper::pipeline {
namespace {

struct Target {
    ProjectName project;
    CommitId revision;
};

Result<Target> target_of(const Post& post) {
    auto project = ProjectName::parse(post.project);
    if (!project) {
        return project.error();
    }
    auto revision = CommitId::parse(post.revision);
    if (!revision) {
        return revision.error();
    }
    return Target{std::move(*project), std::move(*revision)};
}

gerrit::ReviewInput review_of(const Post& post) {
    gerrit::ReviewInput input;
    input.message = post.message;
    input.tag = post.tag;
    for (const auto& vote : post.votes) {
        input.labels[vote.label] = vote.value;
    }
    for (const auto& comment : post.comments) {
        gerrit::ReviewComment remark;
        remark.path = comment.path;
        remark.line = comment.line;
        remark.message = comment.message;
        input.comments.push_back(std::move(remark));
    }
    return input;
}

/// Nothing was posted because of a label.
bool is_about_votes(const Error& error) {
    return error.is(Errc::permission_denied) || error.is(Errc::conflict)
           || error.is(Errc::invalid_argument);
}

/// The note stands in front; what gives way to it is the end of the body, never the markers.
gerrit::ReviewInput without_votes(gerrit::ReviewInput input, const Error& why) {
    input.labels.clear();
    const auto note =
        fmt::format("(Seakeeper could not vote: {})\n\n", sanitized(why.message, 300));
    const auto tail_at = std::min(input.message.find("\nSeakeeper-"), input.message.size());
    const auto tail = input.message.substr(tail_at);
    const auto room = gerrit::longest_review_text - note.size() - tail.size();
    input.message = note + sanitized(input.message.substr(0, tail_at), room) + tail;
    return input;
}

/// "Seakeeper-Workload: ID STATE" on a line of its own.
bool has_line(const std::string& text, const std::string& line) {
    const auto at = text.find("\n" + line);
    const auto end = at + 1 + line.size();
    return at != std::string::npos && (end == text.size() || text[end] == '\n');
}

} // namespace

asio::awaitable<Status> GerritReporter::post(Post post, Deadline until) {
    auto target = target_of(post);
    if (!target) {
        co_return target.error();
    }
    auto input = review_of(post);
    auto sent = co_await gerrit::post_review(
        client_, target->project, post.change, target->revision, input, until
    );
    if (sent) {
        co_return Status{};
    }
    const Error first = sent.error();
    if (first.is(Errc::refused)) { // posted, and a label was dropped: saying it again helps nobody
        log_.error("vote dropped by gerrit", {{"project", post.project}, {"error", first.message}});
        co_return Status{};
    }
    if (post.votes.empty() || !is_about_votes(first)) {
        co_return first;
    }
    log_.warning("vote not possible", {{"project", post.project}, {"error", first.message}});
    auto plain = without_votes(std::move(input), first);
    auto again = co_await gerrit::post_review(
        client_, target->project, post.change, target->revision, std::move(plain), until
    );
    if (!again) {
        co_return again.error();
    }
    co_return Status{};
}

asio::awaitable<Result<bool>> GerritReporter::is_posted(Post post, Deadline until) {
    auto target = target_of(post);
    if (!target) {
        co_return target.error();
    }
    if (!self_) {
        auto self = co_await client_.self(until);
        if (!self) {
            co_return self.error();
        }
        self_ = self->id;
    }
    auto messages = co_await client_.messages(target->project, post.change, until);
    if (!messages) {
        co_return messages.error();
    }
    // Anybody can write a line that looks like a marker: only our own count. Runs that are told of
    // together now may have been told of one by one, before a store was lost.
    const auto is_told = [&](const std::string& marker) {
        return std::ranges::any_of(*messages, [&](const gerrit::MessageFacts& message) {
            return message.author == self_ && has_line(message.text, marker);
        });
    };
    co_return !post.markers.empty() && std::ranges::all_of(post.markers, is_told);
}

} // namespace seakeeper::pipeline
