// SPDX-License-Identifier: Apache-2.0
#include "pipeline/engine.hpp"

#include <seakeeper/core/text.hpp>
#include <seakeeper/decision/check.hpp>

#include <fmt/format.h>

#include <algorithm>

// A change that would become configuration is read as bytes, judged as the daemon would judge it,
// and told so on the change, each finding at its line. Nothing of it is ever run.
namespace seakeeper::pipeline {
namespace {

constexpr std::string_view file_name = "seakeeper.yaml";
constexpr std::size_t most_comments = 50;
constexpr std::size_t longest_comment = 2'000;

/// The change's current patch set, if the event is about it.
std::optional<git::Proposal> proposal_of(const event::Event& event, const gerrit::Facts& facts) {
    const auto* current = facts.change ? facts.change->current() : nullptr;
    const bool is_it =
        current != nullptr && event.patch_set && event.patch_set->revision == current->commit.str()
        && facts.change->destination.str() == git::config_ref && facts.change->status == "NEW";
    return is_it ? std::optional{git::Proposal{current->commit, current->ref}} : std::nullopt;
}

/// What the project's triggers would come to among its parents'.
void check_inheritance(
    const ProjectView& view,
    const git::Proposal& proposal,
    const git::Files& files,
    std::vector<decision::Finding>& found
) {
    const auto file = files.find(std::string{file_name});
    sensor::PatternPool pool;
    auto configuration = sensor::parse_configuration(
        file == files.end() ? std::string_view{} : file->second, file_name, pool
    );
    if (!configuration) {
        return; // found already, by decision::check
    }
    std::vector<std::shared_ptr<const sensor::Layer>> chain;
    for (const auto& each : view.files) {
        if (each->layer->project != view.project) {
            chain.push_back(each->layer);
        }
    }
    chain.push_back(sensor::make_layer(view.project, proposal.commit, std::move(*configuration)));
    for (auto& finding : sensor::check_inheritance(chain)) {
        found.push_back(
            {std::string{file_name},
             finding.place.line,
             finding.place.column,
             "inheritance",
             std::move(finding.message),
             {}}
        );
    }
}

std::string summary_of(const std::vector<decision::Finding>& found, std::size_t files) {
    if (found.empty()) {
        return fmt::format(
            "Seakeeper accepts this configuration: {} files, no findings. It takes effect when it "
            "is merged; nothing of it was run.",
            files
        );
    }
    return fmt::format(
        "Seakeeper would refuse this configuration: {} findings in {} files{}. Nothing of it was "
        "run.",
        found.size(),
        files,
        found.size() > most_comments
            ? fmt::format("; the first {} are at their lines", most_comments)
            : ", each at its line"
    );
}

std::vector<PostComment> comments_of(const std::vector<decision::Finding>& found) {
    std::vector<PostComment> comments;
    for (const auto& finding : found) {
        if (comments.size() == most_comments) {
            break;
        }
        auto text = fmt::format("{} [{}]", finding.text, finding.rule);
        comments.push_back(
            {finding.path, static_cast<int>(finding.line), sanitized(text, longest_comment)}
        );
    }
    return comments;
}

} // namespace

asio::awaitable<Status> Pipeline::Engine::review_config(Item item) {
    const auto until = Deadline::in(options.call);
    auto project = ProjectName::parse(item.event.project);
    if (!project || options.mode == Mode::shadow) {
        auto done = co_await end(std::move(item), store::InboxState::decided, "configuration");
        co_return done;
    }
    gerrit::FactsRequest request;
    request.actor = false;
    auto facts = co_await parts.facts.read(item.event, std::move(request), until);
    if (!facts) {
        co_return facts.error();
    }
    const auto proposal = proposal_of(item.event, *facts);
    if (!proposal) {
        auto done = co_await end(std::move(item), store::InboxState::decided, "not current");
        co_return done;
    }
    auto found = co_await findings_of(*project, *proposal, until);
    if (!found) {
        co_return found.error();
    }
    std::string difference;
    if (found->findings.empty() && parts.rehearsal != nullptr) {
        auto told = co_await difference_of(*project, *proposal, found->files, until);
        difference =
            told ? "\n\n" + *told
                 : "\n\nWhat it would change could not be found out: " + told.error().message;
    }
    Notice notice;
    notice.project = project->str();
    notice.change = value_of(facts->change->number);
    notice.revision = proposal->commit.str();
    notice.key =
        fmt::format("config-review|{}|{}|{}", notice.project, notice.change, notice.revision);
    notice.text = summary_of(found->findings, found->files.size()) + difference;
    notice.comments = comments_of(found->findings);
    if (const auto& review = options.config_review) {
        const int vote = found->findings.empty() ? review->success : review->failure;
        notice.votes.push_back({review->label, vote});
    }
    auto say = [notice, now = parts.clock.wall()](store::Rows& rows) {
        return say_once(rows, notice, now);
    };
    auto said = co_await parts.store.write(say);
    if (!said) {
        co_return said.error();
    }
    outbox.ring();
    auto done = co_await end(std::move(item), store::InboxState::decided, "configuration checked");
    co_return done;
}

/// A tree that cannot be taken in is a finding; a server that does not answer is an error.
asio::awaitable<Result<Pipeline::Engine::Checked>>
Pipeline::Engine::findings_of(ProjectName project, git::Proposal proposal, Deadline until) {
    Checked checked;
    auto files = co_await parts.definitions.proposed(project, proposal, until);
    if (!files) {
        const bool is_about_it =
            files.error().is(Errc::limit_exceeded) || files.error().is(Errc::refused);
        if (!is_about_it) {
            co_return files.error();
        }
        checked.findings.push_back(
            {std::string{file_name}, 1, 1, "limits", files.error().message, {}}
        );
        co_return checked;
    }
    decision::CheckOptions how;
    how.untrusted = options.decisions.untrusted_policy;
    how.trusted = options.decisions.trusted_policy;
    checked.findings = decision::check(*files, how);
    auto view = co_await projects.view(project, until);
    if (!view) {
        co_return view.error();
    }
    check_inheritance(**view, proposal, *files, checked.findings);
    std::sort(checked.findings.begin(), checked.findings.end());
    checked.files = std::move(*files);
    co_return checked;
}

} // namespace seakeeper::pipeline
