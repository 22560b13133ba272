// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::event;

TEST_SUITE("event") {
    TEST_CASE("an event is named by the fact it tells") {
        struct Row {
            const char* line;
            const char* key; ///< null: the event alone cannot name it
        };
        const Row rows[] = {
            {R"({"type":"patchset-created","project":"a/b","change":{"number":7},"patchSet":{"number":2,"revision":"cafe"}})",
             "ps|a/b|7|2|cafe"},
            {R"({"type":"patchset-created","project":"a/b","change":{"number":7},"patchSet":{"number":2,"revision":"cafe"},"eventCreatedOn":9,"uploader":{}})",
             "ps|a/b|7|2|cafe"},
            {R"({"type":"change-merged","project":"a/b","change":{"number":7},"patchSet":{"number":2,"revision":"cafe"},"newRev":"beef"})",
             "merged|a/b|7|cafe"},
            {R"({"type":"change-deleted","project":"a/b","change":{"number":7}})", "deleted|a/b|7"},
            {R"({"type":"ref-updated","refUpdate":{"project":"a","refName":"refs/heads/m","oldRev":"1","newRev":"2"}})",
             "ref|a|refs/heads/m|1|2"},
            {R"({"type":"project-created","projectName":"a"})", "project|a"},
            {R"({"type":"project-head-updated","projectName":"a","oldHead":"x","newHead":"y","eventCreatedOn":3})",
             "head|a|x|y|3"},
            {R"({"type":"patchset-created","project":"a/b","change":{"number":7}})", nullptr},
            {R"({"type":"patchset-created","project":"a/b","change":{},"patchSet":{"number":2,"revision":"cafe"}})",
             nullptr},
            {R"({"type":"patchset-created","project":"a|b","change":{"number":7},"patchSet":{"number":2,"revision":"cafe"}})",
             nullptr},
            {R"({"type":"comment-added","project":"a/b","change":{"number":7},"patchSet":{"number":2,"revision":"cafe"}})",
             nullptr},
            {R"({"type":"dropped-output","eventCreatedOn":3})", nullptr},
            {R"({"type":"whatever"})", nullptr},
        };
        for (const auto& row : rows) {
            CAPTURE(row.line);
            const auto event = parse(row.line);
            REQUIRE_MESSAGE(event, event);
            const auto key = semantic_key(*event);
            CHECK(key.has_value() == (row.key != nullptr));
            CHECK(key.value_or("") == (row.key == nullptr ? "" : row.key));
        }
    }

    TEST_CASE("kinds that leave a change message are named by it") {
        CHECK(needs_message_id(Kind::comment_added));
        CHECK(needs_message_id(Kind::private_state_changed));
        CHECK_FALSE(needs_message_id(Kind::patchset_created));
        CHECK_FALSE(needs_message_id(Kind::ref_updated));
        CHECK_FALSE(needs_message_id(Kind::dropped_output));
        CHECK(message_key("a/b", ChangeNumber{7}, "cafe") == "msg|a/b|7|cafe");
    }

    TEST_CASE("a batch is split into single updates, anything else is left alone") {
        const auto batch = parse(
            R"({"type":"batch-ref-updated","projectName":"a","submitter":{"name":"N"},"eventCreatedOn":3,)"
            R"("refUpdates":[{"project":"a","refName":"refs/heads/x","oldRev":"1","newRev":"2"},)"
            R"({"project":"a","refName":"refs/heads/y","oldRev":"3","newRev":"4"}]})"
        );
        REQUIRE_MESSAGE(batch, batch);
        CHECK(batch->project == "a");
        const auto single = split_batch(*batch);
        REQUIRE(single.size() == 2);
        CHECK(single[1].kind() == Kind::ref_updated);
        CHECK(single[1].type == "ref-updated");
        CHECK(single[1].ref_name == "refs/heads/y");
        CHECK(single[1].project == "a");
        CHECK(single[1].actor->name == "N");
        CHECK(semantic_key(single[1]) == "ref|a|refs/heads/y|3|4");
        const auto other = parse(R"({"type":"project-created","projectName":"a"})");
        CHECK(split_batch(*other) == std::vector<Event>{*other});
    }
}
