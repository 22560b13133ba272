// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/report/votes.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

using namespace seakeeper::report;

namespace {

LabelRun run(std::string trigger, std::int64_t order, Standing standing = Standing::open) {
    return {
        "sk-" + trigger + std::to_string(order), std::move(trigger), order, standing, false, 1, -1};
}

/// Posts what is due, as the pipeline would: what was told or dropped counts as told.
LabelPlan post(std::vector<LabelRun>& runs) {
    auto plan = plan_label(runs);
    for (auto& each : runs) {
        const auto in = [&](const std::vector<std::string>& list) {
            return std::find(list.begin(), list.end(), each.workload) != list.end();
        };
        each.is_told = each.is_told || in(plan.tell) || in(plan.drop);
    }
    return plan;
}

using Names = std::vector<std::string>;

} // namespace

TEST_SUITE_BEGIN("report");

TEST_CASE("one trigger votes when it has ended") {
    std::vector<LabelRun> runs{run("a", 1)};
    CHECK_FALSE(post(runs).is_due);
    runs[0].standing = Standing::succeeded;
    const auto plan = post(runs);
    CHECK(plan.is_due);
    CHECK(plan.vote == 1);
    CHECK(plan.tell == Names{"sk-a1"});
    CHECK_FALSE(post(runs).is_due);
}

TEST_CASE("two triggers on one label, the good one first: one post, when both have ended") {
    for (const auto second : {Standing::succeeded, Standing::failed}) {
        std::vector<LabelRun> runs{run("a", 1), run("b", 2)};
        runs[0].standing = Standing::succeeded;
        CHECK_FALSE(post(runs).is_due);
        runs[1].standing = second;
        const auto plan = post(runs);
        CHECK(plan.is_due);
        CHECK(plan.vote == (second == Standing::succeeded ? 1 : -1));
        CHECK(plan.tell == Names{"sk-a1", "sk-b2"});
    }
}

TEST_CASE("two triggers on one label, the bad one first: failure at once, and it stays") {
    std::vector<LabelRun> runs{run("a", 1), run("b", 2)};
    runs[1].standing = Standing::failed;
    auto plan = post(runs);
    CHECK(plan.is_due);
    CHECK(plan.vote == -1);
    CHECK(plan.tell == Names{"sk-b2"});
    CHECK(plan.wait == Names{"a"});

    runs[0].standing = Standing::succeeded;
    plan = post(runs);
    CHECK(plan.is_due);
    CHECK(plan.vote == -1);
    CHECK(plan.tell == Names{"sk-a1"});
    CHECK(plan.wait.empty());
}

TEST_CASE("a retry takes its predecessor's place") {
    std::vector<LabelRun> runs{run("a", 1, Standing::succeeded), run("b", 2, Standing::failed)};
    CHECK(post(runs).vote == -1);
    runs.push_back(run("b", 3));
    CHECK_FALSE(post(runs).is_due);
    runs[2].standing = Standing::succeeded;
    const auto plan = post(runs);
    CHECK(plan.is_due);
    CHECK(plan.vote == 1);
    CHECK(plan.tell == Names{"sk-b3"});
}

TEST_CASE("a predecessor that ends after it was replaced is not spoken of") {
    std::vector<LabelRun> runs{run("a", 1), run("a", 2)};
    runs[0].standing = Standing::failed;
    auto plan = post(runs);
    CHECK_FALSE(plan.is_due);
    CHECK(plan.drop == Names{"sk-a1"});
    CHECK(plan_label(runs).drop.empty());
    runs[1].standing = Standing::succeeded;
    plan = post(runs);
    CHECK(plan.vote == 1);
    CHECK(plan.tell == Names{"sk-a2"});
}

TEST_CASE("what ended without an answer is told and gives no vote") {
    std::vector<LabelRun> runs{run("a", 1, Standing::succeeded), run("b", 2, Standing::void_)};
    const auto plan = post(runs);
    CHECK(plan.is_due);
    CHECK_FALSE(plan.vote);
    CHECK(plan.tell.size() == 2);
}

TEST_CASE("the lowest of several votes counts") {
    std::vector<LabelRun> runs{run("a", 1, Standing::succeeded), run("b", 2, Standing::succeeded)};
    runs[1].success_vote = 2;
    CHECK(plan_label(runs).vote == 1);
    runs[0].standing = Standing::failed;
    runs[1].standing = Standing::failed;
    runs[1].failure_vote = -2;
    CHECK(plan_label(runs).vote == -2);
}

TEST_CASE("in any order of ends there are at most two posts, and the last has the right vote") {
    std::mt19937 random{20261122};
    for (int round = 0; round < 2000; ++round) {
        CAPTURE(round);
        std::vector<LabelRun> runs;
        const auto count = 1 + random() % 5;
        for (std::size_t i = 0; i < count; ++i) {
            runs.push_back(run(std::string(1, static_cast<char>('a' + i)), static_cast<int>(i)));
        }
        std::vector<std::size_t> order(count);
        for (std::size_t i = 0; i < count; ++i) {
            order[i] = i;
        }
        std::shuffle(order.begin(), order.end(), random);
        int posts = 0;
        bool has_failed = false;
        std::optional<int> vote;
        for (const auto i : order) {
            runs[i].standing = random() % 3 == 0 ? Standing::failed : Standing::succeeded;
            has_failed = has_failed || runs[i].standing == Standing::failed;
            const auto plan = post(runs);
            CHECK(plan_label(runs).is_due == false);
            if (plan.is_due) {
                ++posts;
                vote = plan.vote;
                CHECK((!has_failed || vote == -1));
            }
        }
        CHECK(posts >= 1);
        CHECK(posts <= 2);
        CHECK(vote == (has_failed ? -1 : 1));
        CHECK(std::all_of(runs.begin(), runs.end(), [](const auto& each) { return each.is_told; }));
    }
}

TEST_CASE("without a label every end is told by itself") {
    std::vector<LabelRun> runs{run("a", 1, Standing::succeeded), run("b", 2)};
    const auto plan = plan_without_label(runs);
    CHECK(plan.is_due);
    CHECK_FALSE(plan.vote);
    CHECK(plan.tell == Names{"sk-a1"});
}

TEST_SUITE_END();
