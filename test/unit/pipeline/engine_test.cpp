// SPDX-License-Identifier: Apache-2.0
#include "engine_fixture.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace seakeeper;
using namespace seakeeper::test;
using seakeeper::testing::a_change;
using seakeeper::testing::volunteer;

namespace {

asio::io_context& context() {
    static asio::io_context only;
    return only;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_SUITE_BEGIN("pipeline");

TEST_CASE("a push becomes one workflow, one vote and one message") {
    Site site;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    REQUIRE(site.executor.created.size() == 1);
    const auto& request = site.executor.created.begin()->second;
    CHECK(request.trust_class == "untrusted");
    CHECK(contains(request.manifest, "\"namespace\":\"ci-untrusted\""));
    CHECK(contains(request.manifest, request.decision));
    REQUIRE(site.reporter.posts.size() == 1);
    const auto& post = site.reporter.posts.front();
    CHECK(post.votes == std::vector<pipeline::LabelVote>{{"Verified", 1}});
    CHECK(contains(post.message, "Seakeeper-Workload: " + request.workload + " succeeded"));
    CHECK(site.executor.released == std::vector{request.workload});
}

TEST_CASE("a failing step is named in a vote of -1") {
    Site site;
    site.executor.end = pipeline::RunPhase::failed;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    REQUIRE(site.reporter.posts.size() == 1);
    const auto& post = site.reporter.posts.front();
    CHECK(post.votes == std::vector<pipeline::LabelVote>{{"Verified", -1}});
    CHECK(contains(post.message, "Step unit failed with exit code 3"));
    CHECK(contains(post.message, "https://ci.example/logs/sk-"));
    CHECK(contains(post.message, "/node-1"));
}

TEST_CASE("what is thrown holds nothing up: it is tried again") {
    Site site;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    int creates = 0;
    site.executor.on_start = [&](const auto&) {
        if (++creates == 1) {
            throw std::runtime_error("a fault of the executor's");
        }
    };
    int tellings = 0;
    site.options.on_decided = [&](const auto&) {
        if (++tellings == 1) {
            throw std::runtime_error("a fault of the embedder's");
        }
    };
    REQUIRE(site.live(context()));
    CHECK(creates == 2);
    CHECK(site.executor.created.size() == 1);
    CHECK(site.reporter.posts.size() == 1);
    CHECK(tellings == 2);
    CHECK(site.figures.effects["create retried"] == 1);
    CHECK(site.figures.events["decided"] == 1);
}

TEST_CASE("the same line twice, and again after a restart, changes nothing") {
    Site site;
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.happens(scene);
    site.happens(scene);
    REQUIRE(site.live(context()));
    site.happens(scene);
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    CHECK(site.reporter.posts.size() == 1);
    CHECK(site.figures.events["duplicate"] == 1);
}

TEST_CASE("what was run and reported is neither run nor reported again by a new store") {
    Site site;
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.happens(scene);
    REQUIRE(site.live(context()));
    REQUIRE(site.reporter.posts.size() == 1);
    const auto workload = site.executor.created.begin()->first;
    site.lose_store();
    site.executor.created.clear(); // the Workflow is long gone
    site.executor.released.clear();
    site.happens(scene);
    site.facts.now.change.value->messages.push_back(
        {"m1", volunteer().id, {}, "", "", {}, site.reporter.posts.front().message}
    );
    REQUIRE(site.live(context()));
    CHECK(site.executor.starts == 1);
    CHECK(site.reporter.posts.size() == 1);
    CHECK(site.executor.released == std::vector{workload});
}

TEST_CASE("a message that only looks like a report of ours ends nothing") {
    Site site;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    const auto message = site.reporter.posts.front().message;
    site.lose_store();
    site.executor.created.clear();
    site.reporter.posts.clear(); // somebody else wrote it
    site.happens(a_change().uploaded_by(volunteer()).upload());
    site.facts.now.change.value->messages.push_back({"m1", volunteer().id, {}, "", "", {}, message}
    );
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    CHECK(site.reporter.posts.size() == 1);
}

TEST_CASE("a run that is still there is adopted by a new store, and reported once") {
    Site site;
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.happens(scene);
    REQUIRE(site.live(context()));
    site.lose_store();
    site.executor.is_telling_again = true;
    site.happens(scene);
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    CHECK(site.reporter.posts.size() == 1);
}

TEST_CASE("a batch whose refs are all hidden from us is dealt with") {
    Site site;
    site.source.lines.push_back(
        R"({"refUpdates":[],"projectName":"All-Users","type":"batch-ref-updated","eventCreatedOn":1})"
    );
    REQUIRE(site.live(context())); // would not end with a line that is open
    CHECK(site.figures.events["ignored"] == 1);
}

TEST_CASE("an event that no trigger wants runs nothing") {
    Site site;
    site.happens(a_change().uploaded_by(volunteer()).comment(volunteer(), "nice work"));
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.reporter.posts.empty());
    CHECK(site.figures.events["decided"] == 1);
}

TEST_CASE("a line that is no event is rejected and the next one is dealt with") {
    Site site;
    site.source.lines.push_back("{\"type\":");
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.figures.events["rejected"] == 1);
    CHECK(site.executor.created.size() == 1);
}

TEST_CASE("facts that cannot be read postpone an event, and nothing is lost") {
    Site site;
    site.facts.failures = 1;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
}

TEST_CASE("a start that may be tried again is, with the same name") {
    Site site;
    site.executor.start_errors = {Error{Errc::unavailable, "api server is away"}};
    site.options.gate_age = std::chrono::minutes{10};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.starts == 2);
    CHECK(site.executor.created.size() == 1);
    CHECK(site.reporter.posts.size() == 1);
}

TEST_CASE("a name that is taken by something else halts the workload and says so") {
    Site site;
    site.executor.start_errors = {Error{Errc::already_exists, "the name is another's"}};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.starts == 1);
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(site.reporter.posts.front().votes.empty());
    CHECK(contains(site.reporter.posts.front().message, "the name is another's"));
}

TEST_CASE("a report whose answer was lost is looked for before it is sent again") {
    Site site;
    site.reporter.errors = {Error{Errc::unknown_outcome, "reset"}};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.reporter.posts.size() == 1);
}

TEST_CASE("a report that never arrived is sent again") {
    Site site;
    site.reporter.errors = {Error{Errc::unavailable, "down"}};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.reporter.posts.size() == 1);
}

TEST_CASE("a change that became private before its run starts is not run") {
    Site site;
    site.options.gate_age = std::chrono::milliseconds{0};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    site.facts.later = a_change().uploaded_by(volunteer()).made_private().upload().facts;
    site.facts.later_after = 2; // the configuration, and the decision
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.figures.workloads["refused"] == 1);
}

TEST_CASE("a wrong configuration runs nothing and is told once on the change") {
    Site site;
    site.definitions.files["seakeeper.yaml"] = "triggers:\n  test: {evnts: [patchset-created]}\n";
    const auto scene = a_change().uploaded_by(volunteer()).upload();
    site.happens(scene);
    site.happens(scene);
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(site.reporter.posts.front().votes.empty());
    CHECK(contains(site.reporter.posts.front().message, "seakeeper.yaml:2:"));
    CHECK(contains(site.reporter.posts.front().message, "evnts"));
}

TEST_CASE("a definition that policy refuses runs nothing and says why") {
    Site site;
    site.definitions.files["test.yaml"] = std::string{workflow_yaml} + "      hostNetwork: true\n";
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(contains(site.reporter.posts.front().message, "test.yaml"));
}

TEST_CASE("a shadow decides, and creates and posts nothing") {
    Site site;
    site.options.mode = pipeline::Mode::shadow;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.figures.decisions["untrusted"] == 1);
    CHECK(site.executor.created.empty());
    CHECK(site.reporter.posts.empty());
}

TEST_CASE("a run that nobody has any more ends as an error") {
    Site site;
    site.executor.is_silent = true;
    site.options.check_every = std::chrono::seconds{0};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 1);
    CHECK(site.figures.workloads["error"] == 1);
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(contains(site.reporter.posts.front().message, "disappeared"));
}

TEST_CASE("two runs of one patch set, their ends told again and again, are reported once each") {
    for (int round = 0; round < 10; ++round) {
        Site site;
        site.executor.tellings = 4;
        const auto change = a_change().uploaded_by(volunteer()).wrote(volunteer(), "recheck");
        site.happens(change.upload());
        site.happens(change.comment(volunteer(), "recheck"));
        REQUIRE(site.live(context()));
        CHECK(site.executor.created.size() == 2);
        std::multiset<std::string> told;
        for (const auto& post : site.reporter.posts) {
            told.insert(post.markers.begin(), post.markers.end());
        }
        CHECK_FALSE(told.empty());
        for (const auto& marker : told) {
            CAPTURE(marker);
            CHECK(told.count(marker) == 1);
        }
    }
}

TEST_CASE("a newer patch set cancels the run of the older one, and says so once") {
    Site site;
    site.executor.is_silent = true; // the first one runs until it is cancelled
    const auto first = a_change().uploaded_by(volunteer());
    const auto second = a_change().uploaded_by(volunteer()).uploaded_by(volunteer());
    site.happens(first.upload());
    const auto newer = second.upload();
    site.source.later = {event::serialize(newer.event)};
    site.source.may_go_on = [&] {
        const bool is_running = !site.executor.created.empty();
        site.facts.now = is_running ? newer.facts : site.facts.now;
        return is_running;
    };
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 2);
    CHECK(site.executor.cancelled.size() == 1);
    CHECK(site.figures.workloads["cancelled"] == 1);
    int told = 0;
    for (const auto& post : site.reporter.posts) {
        told += contains(post.message, "Superseded by patch set 2.") ? 1 : 0;
    }
    CHECK(told == 1);
}

TEST_CASE("a run that comes into being after it was superseded is taken back") {
    Site site;
    site.executor.slow_until = 2;
    site.happens(a_change().uploaded_by(volunteer()).upload());
    const auto newer = a_change().uploaded_by(volunteer()).uploaded_by(volunteer()).upload();
    site.source.later = {event::serialize(newer.event)};
    std::string first;
    site.executor.on_start = [&](const pipeline::StartRequest& request) {
        first = first.empty() ? request.workload : first;
        site.facts.now = newer.facts;
    };
    site.source.may_go_on = [&] { return site.executor.starts == 1; };
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.size() == 2);
    CHECK(site.executor.discarded == std::vector{first});
    CHECK(site.figures.workloads["succeeded"] == 1);
    REQUIRE(site.reporter.posts.size() == 2);
    CHECK(contains(site.reporter.posts.front().message, first + " cancelled"));
}

TEST_CASE("a patch set that is outdated when its event is read runs nothing") {
    Site site;
    const auto first = a_change().uploaded_by(volunteer());
    const auto second = a_change().uploaded_by(volunteer()).uploaded_by(volunteer());
    site.happens(first.upload());
    site.facts.now = second.upload().facts;
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.reporter.posts.empty());
}

TEST_CASE("a run that its controller never begins is given up, told, and removed") {
    Site site;
    site.executor.end = pipeline::RunPhase::pending;
    site.options.taken_within = std::chrono::seconds{-1};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.figures.workloads["error"] == 1);
    CHECK(site.executor.discarded.size() == 1);
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(contains(site.reporter.posts.front().message, "did not begin it"));
}

TEST_CASE("a workload that cannot be created within a bound is given up, and told") {
    Site site;
    site.options.start_within = std::chrono::seconds{-1};
    site.executor.start_errors = {Error{Errc::quota_exceeded, "exceeded quota: pods"}};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.figures.workloads["error"] == 1);
    REQUIRE(site.reporter.posts.size() == 1);
    CHECK(contains(site.reporter.posts.front().message, "exceeded quota"));
    CHECK(site.executor.discarded.size() == 1); // nobody knows whether it was created
}

TEST_CASE("what was given up is tried again when told to") {
    Site site;
    site.reporter.errors = {Error{Errc::permission_denied, "not yours"}};
    site.happens(a_change().uploaded_by(volunteer()).upload());
    REQUIRE(site.live(context()));
    CHECK(site.reporter.posts.empty());
    CHECK(site.figures.dead_effects == 1);
    site.is_retrying_dead = true;
    REQUIRE(site.live(context()));
    CHECK(site.reporter.posts.size() == 1);
    CHECK(site.figures.dead_effects == 0);
}

TEST_CASE("our own comments are ignored") {
    Site site;
    auto self = volunteer();
    self.username = "seakeeper";
    site.happens(a_change().uploaded_by(volunteer()).comment(self, "recheck"));
    REQUIRE(site.live(context()));
    CHECK(site.executor.created.empty());
    CHECK(site.figures.events["ignored"] == 1);
}

TEST_SUITE_END();
