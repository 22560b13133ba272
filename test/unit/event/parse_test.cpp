// SPDX-License-Identifier: Apache-2.0
#include <seakeeper/event/parse.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::event;

TEST_SUITE("event") {
    TEST_CASE("what a maintainer's vote says is read") {
        const auto event = parse(
            R"({"author":{"name":"Mira","email":"mira@example.com","username":"maint"},)"
            R"("approvals":[{"type":"Code-Review","description":"Code-Review","value":"2","oldValue":"0"},)"
            R"({"type":"Verified","value":"-1"}],"comment":"Patch Set 1: Code-Review+2",)"
            R"("patchSet":{"number":1,"revision":"cb74874cef0ad856afe41faf01ef0b2e9477aa73",)"
            R"("ref":"refs/changes/21/21/1"},"change":{"project":"demo/app","branch":"master",)"
            R"("id":"I1","number":21,"subject":"Add \u0027a\u0027 file","status":"NEW","wip":true},)"
            R"("project":"demo/app","refName":"refs/heads/master","type":"comment-added",)"
            R"("eventCreatedOn":1795357260,"instanceId":"node-1"})"
        );
        REQUIRE_MESSAGE(event, event);
        CHECK(event->kind() == Kind::comment_added);
        CHECK(event->actor->username == "maint");
        const auto& approvals = *std::get<CommentAdded>(event->body).approvals;
        REQUIRE(approvals.size() == 2);
        CHECK(approvals[0].value == 2);
        CHECK(approvals[0].old_value == 0);
        CHECK(approvals[1].value == -1);
        CHECK_FALSE(approvals[1].old_value);
        CHECK(event->change->number == ChangeNumber{21});
        CHECK(event->change->subject == "Add 'a' file");
        CHECK(event->change->wip == true);
        CHECK(event->patch_set->number == PatchSetNumber{1});
        CHECK(event->created_on == 1795357260);
        CHECK(event->instance_id == "node-1");
        CHECK(event->extra.empty());
    }

    TEST_CASE("an unknown kind is kept whole") {
        const std::string line = R"({"type":"ref-replicated","project":{"a":1},"change":7,)"
                                 R"("eventCreatedOn":5,"x":null})";
        const auto event = parse(line);
        REQUIRE_MESSAGE(event, event);
        CHECK(event->kind() == Kind::unknown);
        CHECK(event->type == "ref-replicated");
        CHECK(event->created_on == 5);
        CHECK(event->extra.size() == 3);
        CHECK(*parse(serialize(*event)) == *event);
    }

    TEST_CASE("what servers of several ages write differently is one value") {
        struct Row {
            const char* name;
            const char* one;
            const char* other;
        };
        const Row rows[] = {
            {"number as text",
             R"({"type":"patchset-created","change":{"number":"21"},"patchSet":{"number":"3","createdOn":"9"},"eventCreatedOn":"12"})",
             R"({"type":"patchset-created","change":{"number":21},"patchSet":{"number":3,"createdOn":9},"eventCreatedOn":12})"},
            {"vote as number",
             R"({"type":"comment-added","approvals":[{"type":"V","value":"+2","oldValue":"-1"}]})",
             R"({"type":"comment-added","approvals":[{"type":"V","value":2,"oldValue":-1}]})"},
            {"project as object",
             R"({"type":"change-merged","project":{"name":"a/b"}})",
             R"({"type":"change-merged","project":"a/b"})"},
            {"project said once",
             R"({"type":"topic-changed","change":{"project":"a"}})",
             R"({"type":"topic-changed","project":"a","change":{"project":"a"}})"},
            {"destination said once",
             R"({"type":"topic-changed","change":{"branch":"m/x"}})",
             R"({"type":"topic-changed","refName":"refs/heads/m/x","change":{"branch":"m/x"}})"},
            {"configuration branch",
             R"({"type":"topic-changed","change":{"branch":"refs/meta/config"}})",
             R"({"type":"topic-changed","refName":"refs/meta/config","change":{"branch":"refs/meta/config"}})"},
            {"head by the documentation",
             R"({"type":"project-created","projectHead":"refs/heads/m"})",
             R"({"type":"project-created","headName":"refs/heads/m"})"},
            {"null is absent",
             R"({"type":"change-merged","change":null,"patchSet":null,"submitter":null,"newRev":null,"project":null,"eventCreatedOn":null})",
             R"({"type":"change-merged"})"},
            {"null deep inside is absent",
             R"({"type":"topic-changed","change":{"number":null,"owner":{"name":null},"topic":null,"status":null,"hashtags":null}})",
             R"({"type":"topic-changed","change":{"owner":{}}})"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.name);
            const auto one = parse(row.one);
            const auto other = parse(row.other);
            REQUIRE_MESSAGE(one, one);
            REQUIRE_MESSAGE(other, other);
            CHECK(*one == *other);
            CHECK(*parse(serialize(*one)) == *one);
        }
    }

    TEST_CASE("both names of a new project's head are kept when both are there") {
        const auto event = parse(
            R"({"type":"project-created","projectHead":"refs/heads/x","headName":"refs/heads/y"})"
        );
        REQUIRE(event);
        CHECK(std::get<ProjectCreated>(event->body).head_name == "refs/heads/y");
        CHECK(event->extra.contains("projectHead"));
        CHECK(*parse(serialize(*event)) == *event);
    }

    TEST_CASE("a status of another age stays readable") {
        const auto event = parse(R"({"type":"topic-changed","change":{"status":"DRAFT"}})");
        REQUIRE(event);
        CHECK(event->change->status == ChangeStatus::other);
        CHECK(event->change->status_text == "DRAFT");
        CHECK(*parse(serialize(*event)) == *event);
    }

    TEST_CASE("a member of another type rejects the line and is named") {
        struct Row {
            const char* line;
            const char* message;
        };
        const Row rows[] = {
            {R"({"type":"comment-added","author":"x"})", "author: expected an object"},
            {R"({"type":"comment-added","author":[]})", "author: expected an object"},
            {R"({"type":"comment-added","author":{"email":{}}})", "author.email: expected a text"},
            {R"({"type":"comment-added","approvals":{}})", "approvals: expected an array"},
            {R"({"type":"comment-added","approvals":[{},{"value":"two"}]})",
             "approvals[1].value: expected a whole number of 32 bits"},
            {R"({"type":"comment-added","approvals":[null]})", "approvals[0]: expected an object"},
            {R"({"type":"comment-added","change":{"number":-1}})",
             "change.number: expected a positive whole number of 32 bits"},
            {R"({"type":"comment-added","change":{"number":0}})",
             "change.number: expected a positive whole number of 32 bits"},
            {R"({"type":"comment-added","change":{"number":4294967296}})",
             "change.number: expected a positive whole number of 32 bits"},
            {R"({"type":"comment-added","change":{"number":1.5}})",
             "change.number: expected a positive whole number of 32 bits"},
            {R"({"type":"comment-added","change":{"number":"21x"}})",
             "change.number: expected a positive whole number of 32 bits"},
            {R"({"type":"comment-added","patchSet":{"parents":["a",2]}})",
             "patchSet.parents[1]: expected a text"},
            {R"({"type":"comment-added","change":{"wip":"yes"}})",
             "change.wip: expected true or false"},
            {R"({"type":"comment-added","change":7})", "change: expected an object"},
            {R"({"type":"comment-added","project":{"name":"x","y":1}})",
             "project: expected a text"},
            {R"({"type":"comment-added","project":"a","change":{"project":"b"}})",
             "project: expected the same project as change.project"},
            {R"({"type":"ref-updated","refUpdate":[1]})", "refUpdate: expected an object"},
            {R"({"type":"batch-ref-updated","refUpdates":[{"refName":[]}]})",
             "refUpdates[0].refName: expected a text"},
            {R"({"type":"x","eventCreatedOn":true})", "eventCreatedOn: expected a whole number"},
            {R"({"type":7})", "type: expected a text"},
            {R"({"type":""})", "type: expected a text"},
            {R"({"type":null})", "type: expected a text"},
            {R"({})", "type: expected a text"},
            {R"([])", "expected an object"},
            {R"("type")", "expected an object"},
        };
        for (const auto& row : rows) {
            CAPTURE(row.line);
            const auto event = parse(row.line);
            REQUIRE_FALSE(event);
            CHECK(event.error().is(Errc::malformed));
            CHECK(event.error().message == std::string{"reading an event: "} + row.message);
        }
    }

    TEST_CASE("every kind has a word and is found by it") {
        for (int i = 0; i < static_cast<int>(Kind::unknown); ++i) {
            const auto kind = static_cast<Kind>(i);
            CHECK(kind_of(to_string(kind)) == kind);
            const auto event = parse("{\"type\":\"" + std::string{to_string(kind)} + "\"}");
            REQUIRE_MESSAGE(event, event);
            CHECK(event->kind() == kind);
        }
        CHECK(kind_of("") == Kind::unknown);
        CHECK(kind_of("unknown") == Kind::unknown);
    }
}
