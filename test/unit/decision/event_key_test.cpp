// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/decision/event_key.hpp>
#include <seakeeper/testing/builders.hpp>

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

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

namespace {

/// The comment "recheck", told at `created_on`, with messages of these texts and dates.
struct Told {
    const char* text;
    const char* date;
    const char* tag = "";
};

std::vector<std::string> keys_of(
    std::string comment, std::optional<std::int64_t> created_on, const std::vector<Told>& messages
) {
    auto scene = testing::a_change()
                     .uploaded_by(testing::volunteer())
                     .comment(testing::volunteer(), std::move(comment));
    scene.event.created_on = created_on;
    auto& written = scene.facts.change.value->messages;
    written.clear();
    for (const auto& message : messages) {
        gerrit::MessageFacts facts;
        facts.id = std::to_string(written.size() + 1);
        facts.text = message.text;
        facts.date = message.date;
        facts.tag = message.tag;
        written.push_back(std::move(facts));
    }
    auto keys = event_keys(scene.event, scene.facts, "bytes");
    for (auto& key : keys) {
        key = key.starts_with("line|") ? "line" : key.substr(key.rfind('|') + 1);
    }
    return keys;
}

using Keys = std::vector<std::string>;
constexpr const char* recheck = "Patch Set 1:\n\nrecheck";
constexpr const char* noon = "2026-11-24 12:00:00.000000000";
constexpr std::int64_t at_noon = 1795521600;

} // namespace

TEST_CASE("the message of a comment is the one that fits best in time and words") {
    // nearest first; what is as near keeps its order
    CHECK(
        keys_of("recheck", at_noon + 4, {{recheck, "2026-11-24 11:59:50.0"}, {recheck, noon}})
        == Keys{"2", "1"}
    );
    CHECK(keys_of("recheck", at_noon, {{recheck, noon}, {recheck, noon}}) == Keys{"1", "2"});
    // an event may be told a little before its message's time, and half a minute after it
    CHECK(keys_of("recheck", at_noon - 2, {{recheck, noon}}) == Keys{"1"});
    CHECK(keys_of("recheck", at_noon - 3, {{recheck, noon}}) == Keys{"line"});
    CHECK(keys_of("recheck", at_noon + 30, {{recheck, noon}}) == Keys{"1"});
    CHECK(keys_of("recheck", at_noon + 31, {{recheck, noon}}) == Keys{"line"});
    // without a time on either side the words decide
    CHECK(keys_of("recheck", std::nullopt, {{recheck, noon}}) == Keys{"1"});
    CHECK(keys_of("recheck", at_noon, {{recheck, "yesterday"}}) == Keys{"1"});
    CHECK(keys_of("recheck", at_noon, {{"Patch Set 1:\n\nthanks", noon}}) == Keys{"line"});
}

TEST_CASE("a comment on a line stands in the event, and its message says only how many") {
    constexpr const char* counted = "Patch Set 1:\n\n(1 comment)";
    CHECK(keys_of("recheck", at_noon, {{counted, noon}}) == Keys{"1"});
    // a message with the very words is better, however far in time, and then the only one
    CHECK(
        keys_of("recheck", at_noon, {{counted, noon}, {recheck, "2026-11-24 11:59:40.0"}})
        == Keys{"2"}
    );
}

TEST_CASE("messages of Gerrit and of us are of other events than a comment") {
    CHECK(
        keys_of("recheck", at_noon, {{recheck, noon, "autogenerated:gerrit:abandon"}})
        == Keys{"line"}
    );
    CHECK(
        keys_of("recheck", at_noon, {{recheck, noon, "autogenerated:seakeeper"}}) == Keys{"line"}
    );
    CHECK(
        keys_of(
            "recheck", at_noon, {{recheck, noon, "autogenerated:other-ci"}, {"Abandoned", noon}}
        )
        == Keys{"1"}
    );
}

TEST_CASE("an abandoned change is named by Gerrit's message about it") {
    auto scene = testing::a_change()
                     .uploaded_by(testing::volunteer())
                     .happening("change-abandoned", event::ChangeAbandoned{});
    scene.event.created_on = at_noon;
    gerrit::MessageFacts message;
    message.id = "abc";
    message.date = noon;
    message.text = "Abandoned";
    message.tag = "autogenerated:gerrit:abandon";
    scene.facts.change.value->messages = {message};
    CHECK(event_keys(scene.event, scene.facts, "bytes") == Keys{"msg|demo/app|7|abc"});
    // nobody could read the change: its bytes are all there is
    scene.facts.change.value.reset();
    const auto alone = event_keys(scene.event, scene.facts, "bytes");
    REQUIRE(alone.size() == 1);
    CHECK(alone.front().starts_with("line|"));
    CHECK(alone != event_keys(scene.event, scene.facts, "other bytes"));
}

TEST_CASE("what happens to branches, projects and changes by us may be a reason to do more") {
    const sensor::Self self{testing::bot().username};
    auto change = testing::a_change().uploaded_by(testing::bot());
    CHECK_FALSE(decision::is_own_doing(change.merged_by(testing::bot()).merge().event, self));
    auto ref = testing::a_ref("demo/app", "refs/heads/master").moved_by(testing::bot()).scene();
    CHECK_FALSE(decision::is_own_doing(ref.event, self));
    ref.event.body = event::BatchRefUpdated{};
    CHECK_FALSE(decision::is_own_doing(ref.event, self));
    ref.event.body = event::ProjectCreated{};
    CHECK_FALSE(decision::is_own_doing(ref.event, self));
    ref.event.body = event::ChangeAbandoned{};
    CHECK(decision::is_own_doing(ref.event, self));
    CHECK_FALSE(decision::is_own_doing(ref.event, sensor::Self{})); // we have no name: a recording
    ref.event.actor.reset();
    CHECK_FALSE(decision::is_own_doing(ref.event, self));
}
