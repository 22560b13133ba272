// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using decision::event_keys;

TEST_CASE("a comment is named by the message it left, and by its bytes where none is found") {
    const auto person = testing::volunteer();
    const auto change = testing::a_change().uploaded_by(person).wrote(person, "recheck");
    auto scene = change.comment(person, "recheck");
    const auto keys = event_keys(scene.event, scene.facts, "bytes");
    REQUIRE(!keys.empty());
    for (const auto& key : keys) {
        CHECK(key.starts_with("msg|")); // a second line of the same comment has no key of its own
    }
    scene.facts.change.value->messages.clear();
    const auto alone = event_keys(scene.event, scene.facts, "bytes");
    REQUIRE(alone.size() == 1);
    CHECK(alone.front().starts_with("line|"));
}

TEST_CASE("an upload has one key, whoever tells of it") {
    const auto scene = testing::a_change().uploaded_by(testing::volunteer()).upload();
    const auto keys = event_keys(scene.event, scene.facts, "bytes");
    REQUIRE(keys.size() == 1);
    CHECK(keys.front().starts_with("ps|"));
}

TEST_CASE("events of one change are one subject, those of a ref another") {
    const auto change = testing::a_change().uploaded_by(testing::volunteer());
    CHECK(decision::subject_key(change.upload().event) == "demo/app~7");
    const auto ref = testing::a_ref("demo/app", "refs/heads/master").scene();
    CHECK(decision::subject_key(ref.event) == "demo/app~refs/heads/master");
}

TEST_CASE("our own comment is no reason to do more, our own merge may be") {
    const auto change = testing::a_change().uploaded_by(testing::bot());
    const sensor::Self self{testing::bot().username};
    CHECK(decision::is_own_doing(change.comment(testing::bot(), "done").event, self));
    CHECK_FALSE(decision::is_own_doing(change.upload().event, self));
    CHECK_FALSE(decision::is_own_doing(change.comment(testing::volunteer(), "x").event, self));
}
