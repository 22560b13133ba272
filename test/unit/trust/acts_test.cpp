// SPDX-License-Identifier: Apache-2.0
// What runs, and who may ask for it again; the attack table itself is in test/unit/attacks.
#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

const auto approved = [] { return a_change().uploaded_by(volunteer()).voted(maintainer(), 2); };

bool has_code(const trust::Verdict& verdict, std::string_view id) {
    return std::any_of(
        verdict.conditions.begin(),
        verdict.conditions.end(),
        [&](const trust::ConditionVerdict& condition) {
            return trust::reason(condition.code).id == id;
        }
    );
}

} // namespace

TEST_CASE("a merge commit is what a merged change runs") {
    const auto verdict = classify(approved().merged_by(maintainer()).merge(commit("merge")));
    REQUIRE(verdict.code);
    CHECK(*verdict.code == commit("merge"));
}

TEST_CASE("an annotated tag runs the commit behind it") {
    auto who = maintainer();
    who.may_push_marker = true;
    const auto scene = a_ref("demo/app", "refs/tags/v1").annotated().moved_by(who).scene();
    const auto verdict = classify(scene);
    CHECK(verdict.value == Class::trusted);
    REQUIRE(verdict.code);
    CHECK(*verdict.code == *scene.facts.ref->commit);
}

TEST_CASE("a retry needs an asker who may approve") {
    const auto scene = approved().vote();
    const trust::SiteOptions options;
    auto input = input_of(scene, options);
    const auto by_maintainer =
        approved().voted(other_maintainer(), 1).comment(other_maintainer(), "recheck");
    input.retry.emplace(trust::RetryRequest{by_maintainer.event, by_maintainer.facts});
    CHECK(trust::classify(input).value == Class::trusted);
    const auto by_stranger = approved().comment(stranger(), "recheck");
    input.retry.emplace(trust::RetryRequest{by_stranger.event, by_stranger.facts});
    const auto verdict = trust::classify(input);
    CHECK(verdict.value == Class::untrusted);
    CHECK(has_code(verdict, "retry-by-unprivileged"));
}
