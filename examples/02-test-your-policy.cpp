// SPDX-License-Identifier: Apache-2.0
// A site's trust policy as a unit test: no Gerrit, no network, no daemon. Change `our_site` to what
// your operator's file says under `trust:`, and write down what must never happen.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::testing;
using trust::Class;

namespace {

trust::SiteOptions our_site() {
    trust::SiteOptions site;
    site.label = "Code-Review";
    site.protected_refs = {"refs/heads/master", "refs/heads/REL*"};
    return site;
}

Class class_of(const Scene& scene) {
    const auto verdict = classify(scene, our_site());
    INFO(trust::to_string(verdict));
    CHECK((verdict.value == Class::trusted) == trust::limiting(verdict).empty());
    return verdict.value;
}

} // namespace

TEST_CASE("a maintainer's +2 on a volunteer's change is trusted") {
    CHECK(
        class_of(a_change().uploaded_by(volunteer()).voted(maintainer(), 2).vote())
        == Class::trusted
    );
}

TEST_CASE("a push is not trusted, whoever pushes") {
    for (const auto& person : {volunteer(), stranger(), maintainer()}) {
        CHECK(class_of(a_change().uploaded_by(person).upload()) < Class::trusted);
    }
}

TEST_CASE("nobody approves what they uploaded") {
    const auto scene = a_change().uploaded_by(maintainer()).voted(maintainer(), 2).vote();
    CHECK(class_of(scene) < Class::trusted);
}

TEST_CASE("an approval does not live on in the next patch set") {
    const auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
    CHECK(class_of(ChangeBuilder{change}.rebased_by(volunteer()).vote()) < Class::trusted);
}

TEST_CASE("an approved change on top of an unreviewed one is not trusted") {
    const auto below = a_change().numbered(16).uploaded_by(stranger());
    const auto above =
        a_change().numbered(17).uploaded_by(volunteer()).on_top_of(below).voted(maintainer(), 2);
    const auto verdict = classify(above.vote(), our_site());
    CHECK(verdict.value < Class::trusted);
    REQUIRE_FALSE(trust::limiting(verdict).empty());
    CHECK(trust::limiting(verdict).front()->condition == trust::Condition::ancestry);
}

TEST_CASE("merges are trusted on protected branches only") {
    auto change = a_change().uploaded_by(volunteer()).voted(maintainer(), 2);
    CHECK(class_of(change.merged_by(maintainer()).merge()) == Class::trusted);

    auto elsewhere = a_change().to_branch("sandbox").uploaded_by(volunteer());
    CHECK(
        class_of(elsewhere.voted(maintainer(), 2).merged_by(maintainer()).merge()) < Class::trusted
    );
}
