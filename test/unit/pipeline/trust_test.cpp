// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.hpp"

#include <seakeeper/decision/recomputation.hpp>
#include <seakeeper/pipeline/accept_config.hpp>
#include <seakeeper/store/history.hpp>

#include <doctest/doctest.h>

// What the engine does about trust over time: another attempt, approvals below, facts that change
// while a run is under way, a configuration that is proposed or rewound.
using namespace seakeeper;
using namespace seakeeper::test;
using namespace seakeeper::testing;

namespace {

asio::io_context& context() {
    static asio::io_context only;
    return only;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

constexpr const char* gate_yaml = R"(triggers:
  test:
    events: [patchset-created]
    workflow: test.yaml
  gate:
    events: [{vote: {label: Code-Review, value: +2}}]
    workflow: test.yaml
    trust: trusted
)";

/// Every case ends so: what was decided is made again from what was stored, byte for byte.
void check_records(const std::string& store) {
    auto history = store::open_history(store).value();
    decision::Recomputation recomputation{
        [&](const std::string& digest) { return history->input(digest); }};
    std::int64_t after = 0;
    const auto rows = history->decisions(after, 1000);
    REQUIRE(rows);
    for (const auto& row : *rows) {
        const auto same = recomputation.check(decision::record_from_json(row.record).value());
        CHECK_MESSAGE(same, same);
    }
}

class TrustedSite : public Site {
public:
    ~TrustedSite() { check_records(folder.file("store.db")); }
    TrustedSite() {
        definitions.files["seakeeper.yaml"] = gate_yaml;
        auto& decisions = options.decisions;
        auto place = decisions.untrusted->site;
        place.trust_class = trust::Class::trusted;
        place.namespace_ = "ci-trusted";
        decisions.trusted = decision::Executor{"release", place};
        decisions.trusted_policy.images = {"registry.example/"};
        decisions.trusted_policy.require_image_digest = false;
        options.plant.is_ready = true;
    }

    std::string said() const {
        std::string text;
        for (const auto& post : reporter.posts) {
            text += post.message + "\n";
        }
        return text;
    }
};

ChangeBuilder approved() {
    return a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
}

} // namespace

TEST_SUITE_BEGIN("trust in the pipeline");

TEST_CASE("a trusted run that failed is tried again for one who may approve") {
    TrustedSite site;
    site.trusted.end = pipeline::RunPhase::failed;
    auto change = approved();
    site.happens(change.vote());
    REQUIRE(site.live(context()));
    REQUIRE(site.trusted.created.size() == 1);

    site.trusted.end = pipeline::RunPhase::succeeded;
    site.happens(change.comment(maintainer(), "recheck"));
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.size() == 2);
    CHECK(site.executor.created.empty());
    CHECK(site.figures.workloads["succeeded"] == 1);

    // What has succeeded is not tried again.
    site.happens(change.wrote(maintainer(), "recheck").comment(maintainer(), "recheck"));
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.size() == 2);
}

TEST_CASE("a trusted run is not tried again for one who may not approve, who is told so once") {
    TrustedSite site;
    site.trusted.end = pipeline::RunPhase::failed;
    auto change = approved();
    site.happens(change.vote());
    REQUIRE(site.live(context()));
    const auto posts = site.reporter.posts.size();
    for (int i = 0; i < 2; ++i) {
        const auto asks = change.comment(stranger(), "recheck");
        site.source.lines.push_back(event::serialize(asks.event));
        change.wrote(stranger(), "recheck");
        // The original act is read with its own actor, the question with the stranger.
        site.facts.now = approved().vote().facts;
        site.facts.by_comment["recheck"] = asks.facts;
        REQUIRE(site.live(context()));
    }
    CHECK(site.trusted.created.size() == 1);
    CHECK(site.reporter.posts.size() == posts + 1);
    CHECK(contains(site.said(), "retry-by-unprivileged"));
}

TEST_CASE("the approval of what lies below lets the approved change above run") {
    TrustedSite site;
    auto parent = a_change().numbered(8).uploaded_by(stranger());
    auto child =
        a_change().numbered(9).uploaded_by(volunteer()).on_top_of(parent).voted(maintainer(), 2);
    site.happens(child.vote());
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.empty());
    CHECK(contains(site.said(), "ancestor-not-approved"));

    parent.voted(maintainer(), 2);
    const auto vote = parent.vote();
    const auto as_shown_now =
        a_change().numbered(9).uploaded_by(volunteer()).on_top_of(parent).voted(maintainer(), 2);
    site.facts.by_change[8] = vote.facts;
    site.facts.by_change[9] = as_shown_now.vote().facts;
    site.source.lines.push_back(event::serialize(vote.event));
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.size() == 2);
}

TEST_CASE("a vote that is withdrawn while the run is under way stops it, and says why") {
    TrustedSite site;
    site.trusted.end = pipeline::RunPhase::running;
    auto change = approved();
    site.happens(change.vote());
    site.source.is_held = true;
    site.trusted.on_start = [&](const pipeline::StartRequest&) {
        change.withdrew_vote(maintainer());
        auto withdrawn = change.comment(maintainer(), "");
        auto& added = std::get<event::CommentAdded>(withdrawn.event.body);
        event::Approval approval;
        approval.type = "Code-Review";
        approval.old_value = 2;
        added.approvals = {approval};
        site.happens(withdrawn);
        site.source.is_held = false;
    };
    REQUIRE(site.live(context()));
    REQUIRE(site.trusted.created.size() == 1);
    CHECK(site.trusted.cancelled.size() == 1);
    CHECK(site.figures.workloads["cancelled"] == 1);
    CHECK(contains(site.said(), "vote-withdrawn"));
}

TEST_CASE("an event that changes no fact stops nothing") {
    TrustedSite site;
    site.trusted.end = pipeline::RunPhase::running;
    auto change = approved();
    site.happens(change.vote());
    site.source.is_held = true;
    pipeline::RunRef run;
    site.trusted.on_start = [&](const pipeline::StartRequest& request) {
        run = {request.workload, "uid-" + request.workload};
        const auto facts = site.facts.now;
        site.happens(change.happening("topic-changed", event::TopicChanged{}));
        site.facts.now = facts;
        site.source.is_held = false;
    };
    site.options.on_decided = [&](const pipeline::Telling& told) {
        if (told.event.type == "topic-changed") { // and it was looked at before
            pipeline::Observation seen;
            seen.run = run;
            seen.phase = pipeline::RunPhase::succeeded;
            site.trusted.waiting.push_back(seen);
        }
    };
    REQUIRE(site.live(context()));
    CHECK(site.trusted.cancelled.empty());
    CHECK(site.figures.workloads["succeeded"] == 1);
}

TEST_CASE("a change that becomes private closes its logs, and those of runs before") {
    TrustedSite site;
    site.executor.end = pipeline::RunPhase::succeeded;
    auto change = a_change().uploaded_by(volunteer());
    site.happens(change.upload());
    REQUIRE(site.live(context()));
    REQUIRE(site.executor.created.size() == 1);
    const auto workload = site.executor.created.begin()->first;
    const pipeline::LogFolder logs{site.folder.file("logs")};
    CHECK(logs.is_published(workload));
    change.made_private();
    auto scene = change.happening("private-state-changed", event::PrivateStateChanged{});
    scene.event.change->is_private = true;
    site.happens(scene);
    REQUIRE(site.live(context()));
    CHECK_FALSE(logs.is_published(workload));
}

TEST_CASE("a rewound configuration halts trusted runs until an operator accepts it") {
    TrustedSite site;
    auto change = approved();
    site.happens(change.vote());
    REQUIRE(site.live(context()));
    REQUIRE(site.trusted.created.size() == 1);

    site.facts.tip = testing::commit("rewound");
    site.definitions.rewound = {site.facts.tip.str()};
    auto other = a_change().numbered(31).uploaded_by(volunteer());
    site.happens(other.upload()); // untrusted runs go on, and accept nothing
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    site.happens(other.voted(maintainer(), 2).vote());
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.size() == 1);
    CHECK(contains(site.said(), "definition-rewound"));

    {
        auto store = store::open({site.folder.file("store.db"), {}}).value();
        const auto project = ProjectName::parse(other.change().project.str()).value();
        auto before = run(context(), pipeline::accept_config(*store, project, site.facts.tip));
        REQUIRE(before);
        CHECK(*before == testing::commit("config").str());
    }
    site.happens(other.comment(maintainer(), "recheck"));
    REQUIRE(site.live(context()));
    CHECK(site.trusted.created.size() == 2);
}

TEST_CASE("a proposed configuration is judged at its lines and never run") {
    TrustedSite site;
    site.options.config_review = pipeline::ConfigReview{"Verified", 1, -1};
    site.definitions.proposal = {
        {"seakeeper.yaml", "triggers:\n  gate:\n    evnts: [change-merged]\n"},
        {"test.yaml", std::string{workflow_yaml} + "      hostNetwork: true\n"}};
    auto change = a_change().to_branch("refs/meta/config").uploaded_by(volunteer());
    site.happens(change.upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.trusted.created.empty());
    REQUIRE(site.reporter.posts.size() == 1);
    const auto& post = site.reporter.posts.front();
    CHECK(post.votes == std::vector<pipeline::LabelVote>{{"Verified", -1}});
    REQUIRE(post.comments.size() >= 2);
    CHECK(post.comments.front().path == "seakeeper.yaml");
    CHECK(post.comments.front().line == 3);
    CHECK(contains(post.comments.front().message, "evnts"));
    CHECK(post.comments.back().path == "test.yaml");

    site.definitions.proposal = {{"seakeeper.yaml", gate_yaml}, {"test.yaml", workflow_yaml}};
    site.happens(change.uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    REQUIRE(site.reporter.posts.size() == 2);
    CHECK(site.reporter.posts.back().votes.front().value == 1);
    CHECK(site.reporter.posts.back().comments.empty());
}

TEST_CASE("a proposed configuration is told what it would have done to the events of late") {
    TrustedSite site;
    auto work = a_change().numbered(31).uploaded_by(volunteer());
    site.happens(work.upload());
    REQUIRE(site.live(context()));
    const auto ran = site.executor.created.size();
    REQUIRE(ran == 1);
    const auto posted = site.reporter.posts.size();

    const auto propose = [&](std::string configuration) {
        site.definitions.proposal = {
            {"seakeeper.yaml", std::move(configuration)}, {"test.yaml", workflow_yaml}};
        auto change = a_change().to_branch("refs/meta/config").uploaded_by(maintainer());
        site.happens(change.numbered(40 + static_cast<int>(site.reporter.posts.size())).upload());
        REQUIRE(site.live(context()));
        return site.reporter.posts.back().message;
    };
    const auto silenced = propose("triggers:\n  other:\n    events: [change-abandoned]\n"
                                  "    workflow: test.yaml\n");
    CHECK(contains(silenced, "no longer starts, 1 event"));
    CHECK(contains(silenced, work.change().project.str() + "~31"));
    CHECK(contains(silenced, "before: runs untrusted"));
    CHECK(contains(silenced, "now:    there is no such trigger"));

    const auto same = propose(site.definitions.files.at("seakeeper.yaml"));
    CHECK(contains(same, "no difference"));
    CHECK(site.reporter.posts.size() == posted + 2);
    CHECK(site.executor.created.size() == ran);
}

TEST_SUITE_END();
