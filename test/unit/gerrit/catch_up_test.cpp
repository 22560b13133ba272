// SPDX-License-Identifier: Apache-2.0
#include "gerrit/catch_up_message.hpp"
#include "gerrit/history_json.hpp"
#include "gerrit/rest_json.hpp"
#include "gerrit/times.hpp"
#include "gerrit_recording.hpp"

#include <seakeeper/event/key.hpp>
#include <seakeeper/event/parse.hpp>
#include <seakeeper/gerrit/catch_up.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::gerrit;

namespace {

constexpr auto dawn = std::int64_t{0};

ChangeReading recorded_change(const std::string& version, const std::string& name) {
    return change_from(test::gerrit_recording(version, name).body).value();
}

std::vector<std::string> told(const std::vector<Recovered>& events) {
    std::vector<std::string> lines;
    for (const auto& each : events) {
        lines.push_back(each.what);
    }
    return lines;
}

MessageFacts message(std::string tag, std::string text) {
    MessageFacts facts;
    facts.id = "m";
    facts.tag = std::move(tag);
    facts.text = std::move(text);
    facts.date = "2026-11-22 14:22:18.000000000";
    facts.patch_set = PatchSetNumber{1};
    return facts;
}

ChangeFacts updated_at(std::string date) {
    ChangeFacts change;
    change.updated = std::move(date);
    return change;
}

RefTip tip(const char* ref, char digit) {
    return {RefName::parse(ref).value(), std::string(40, digit)};
}

} // namespace

TEST_CASE("a recorded change is told as the stream would have told it") {
    for (const std::string version : {"3.10.2", "3.13.5"}) {
        CAPTURE(version);
        const auto reading = recorded_change(version, "change-merged");
        const auto events = events_of(reading.change, reading.accounts, {}, dawn);
        CHECK(
            told(events)
            == std::vector<
                std::
                    string>{"patchset-created", "patchset-created", "comment-added", "comment-added", "patchset-created", "patchset-created", "comment-added", "comment-added", "change-merged"}
        );
        const auto& merged = *events.back().event;
        CHECK(merged.actor->username == "maint");
        CHECK(merged.change->status == event::ChangeStatus::merged);
        CHECK(events.back().key == "merged|demo/app|60|" + reading.change.current_revision.str());
        CHECK(events.front().event->actor->username == "contrib");
        CHECK(events.front().event->change->status == event::ChangeStatus::new_);
        const auto& approved = std::get<event::CommentAdded>(events[6].event->body);
        REQUIRE(approved.approvals);
        CHECK(approved.approvals->front().type == "Code-Review");
        CHECK(approved.approvals->front().value == 2);
        CHECK(approved.approvals->front().old_value == 2); // of the same account, on patch set 2
        CHECK(approved.comment == "Patch Set 4: Code-Review+2");
        for (const auto& each : events) { // the line says which message it is of
            const auto again = event::parse(event::serialize(*each.event));
            REQUIRE_MESSAGE(again, again);
            CHECK(event::semantic_key(*again) == each.key);
        }
    }
}

TEST_CASE("what happened up to the floor is not told") {
    const auto reading = recorded_change("3.10.2", "change-merged");
    const auto merged_at = seconds_of(reading.change.submitted).value();
    CHECK(
        told(events_of(reading.change, reading.accounts, {}, merged_at - 1))
        == std::vector<std::string>{"change-merged"}
    );
    CHECK(events_of(reading.change, reading.accounts, {}, merged_at).empty());
}

TEST_CASE("a patch set that a submission made is told by the merge alone") {
    auto reading = recorded_change("3.10.2", "change-merged");
    auto& change = reading.change;
    auto made = change.revisions.back();
    made.number = PatchSetNumber{5};
    made.commit = CommitId::parse(std::string(40, '5')).value();
    made.created = change.submitted;
    change.current_revision = made.commit;
    change.revisions.push_back(made);
    const auto events =
        events_of(change, reading.accounts, {}, seconds_of(made.created).value() - 1);
    CHECK(told(events) == std::vector<std::string>{"change-merged"});
}

TEST_CASE("a comment on the patch set stands in the event in place of the message's text") {
    auto reading = recorded_change("3.10.2", "change-merged");
    auto& change = reading.change;
    change.messages = {message("", "Patch Set 1: Code-Review+2\n\n(1 comment)")};
    CHECK(needs_comments(change, dawn));
    const std::vector<PatchSetComment> comments{{"m", "looks good\nrecheck"}, {"x", "not it"}};
    const auto floor = seconds_of(change.messages.front().date).value() - 1;
    const auto events = events_of(change, reading.accounts, comments, floor);
    REQUIRE(events.size() == 2);
    const auto& body = std::get<event::CommentAdded>(events[0].event->body);
    CHECK(body.comment == "Patch Set 1:\n\nlooks good\nrecheck");
    CHECK(body.approvals->front().value == 2);
}

TEST_CASE("of two messages in one second the one that announces comments has them") {
    ChangeFacts change;
    change.project = ProjectName::parse("demo/app").value();
    change.number = ChangeNumber{7};
    auto first = message("", "Patch Set 1:\n\nnice work");
    first.id = "first";
    auto second = message("", "Patch Set 1:\n\n(1 comment)");
    second.id = "second";
    change.messages = {first, second};
    const std::vector<PatchSetComment> comments{{.message = "first", .text = "recheck"}};
    std::vector<std::string> texts;
    for (const auto& each : events_of(change, {}, comments, dawn)) {
        const auto& added = std::get<event::CommentAdded>(each.event->body);
        texts.push_back(added.comment.value_or(""));
    }
    CHECK(
        texts == std::vector<std::string>{"Patch Set 1:\n\nnice work", "Patch Set 1:\n\nrecheck"}
    );
}

TEST_CASE("messages mean what Gerrit writes them for") {
    struct Row {
        const char* tag;
        const char* text;
        const char* type;
        bool is_complete;
    };
    for (const Row& row : {
             Row{"", "Patch Set 1:\n\nrecheck", "comment-added", true},
             Row{"autogenerated:ci", "Patch Set 12: Verified-1\n\nx", "comment-added", true},
             Row{"autogenerated:seakeeper~result", "Patch Set 1: Verified+1", "", false},
             Row{"autogenerated:gerrit:newPatchSet", "Uploaded patch set 1.", "", false},
             Row{"autogenerated:gerrit:newPatchSet",
                 "Uploaded patch set 1: Code-Review+1.",
                 "comment-added",
                 true},
             Row{"autogenerated:gerrit:newPatchSet",
                 "Uploaded patch set 2: Commit message was updated.",
                 "",
                 false},
             Row{"autogenerated:gerrit:newPatchSet",
                 "Patch Set 3: Patch Set 2 was rebased",
                 "",
                 false},
             Row{"autogenerated:gerrit:merged", "Change has been successfully merged", "", false},
             Row{"autogenerated:gerrit:abandon", "Abandoned\n\nnot now", "change-abandoned", true},
             Row{"autogenerated:gerrit:restore", "Restored", "change-restored", true},
             Row{"autogenerated:gerrit:setReadyForReview",
                 "Set Ready For Review",
                 "wip-state-changed",
                 true},
             Row{"autogenerated:gerrit:setTopic", "Topic set to a", "topic-changed", true},
             Row{"autogenerated:gerrit:setTopic",
                 "Topic changed from a to b to c",
                 "topic-changed",
                 false},
             Row{"autogenerated:gerrit:deleteVote",
                 "Removed Code-Review+2 by <GERRIT_ACCOUNT_1>",
                 "vote-deleted",
                 false},
             Row{"autogenerated:gerrit:setHashtag", "Hashtag added: a", "hashtags-changed", false},
             Row{"", "Change has been successfully merged", "", false},
         }) {
        CAPTURE(row.text);
        const auto meaning = meaning_of(message(row.tag, row.text));
        CHECK(meaning.is_event == (row.type[0] != '\0'));
        CHECK(meaning.is_complete == row.is_complete);
        if (meaning.is_event) {
            CHECK(event::to_string(meaning.kind) == row.type);
        }
    }
}

TEST_CASE("votes are read from Gerrit's own line, never from people's") {
    const auto votes = [](std::string text) {
        auto meaning = meaning_of(message("", std::move(text)));
        const auto& body = std::get<event::CommentAdded>(meaning.body);
        std::string all;
        for (const auto& vote : body.approvals.value_or(std::vector<event::Approval>{})) {
            all += vote.type + "=" + std::to_string(vote.value) + " ";
        }
        return all;
    };
    CHECK(votes("Patch Set 1: Code-Review+2 Verified-1") == "Code-Review=2 Verified=-1 ");
    CHECK(votes("Patch Set 1: -Code-Review") == "Code-Review=0 ");
    CHECK(votes("Patch Set 1:\n\nPatch Set 1: Code-Review+2").empty());
    CHECK(votes("Patch Set 1: Code-Review+2 and more").empty());
    CHECK(votes("Patch Set 1: - + -1 +1").empty());
}

TEST_CASE("a trace accounts for the nearest message, and for one only") {
    const auto recovered = [](std::int64_t at, std::string key) {
        Recovered each;
        each.key = std::move(key);
        each.trace = Trace{"p", 1, "d", at};
        return each;
    };
    const std::vector<Recovered> twice{recovered(100, "a"), recovered(120, "b")};
    const auto left = [&](std::vector<std::string> known, std::vector<Trace> traces) {
        std::string keys;
        for (const auto& each : account_for(twice, known, traces)) {
            keys += each.key;
        }
        return keys;
    };
    CHECK(left({}, {}) == "ab");
    CHECK(left({"a"}, {}) == "b");
    CHECK(left({}, {{"p", 1, "d", 121}}) == "a"); // not the first that it might be of
    CHECK(left({}, {{"p", 1, "d", 101}, {"p", 1, "d", 121}}).empty());
    CHECK(left({}, {{"p", 1, "d", 97}}) == "ab");
    CHECK(left({}, {{"p", 1, "x", 100}, {"p", 2, "d", 100}, {"q", 1, "d", 100}}) == "ab");
}

TEST_CASE("a stream's line leaves a trace that its message accounts for") {
    const auto reading = recorded_change("3.10.2", "change-merged");
    const auto events = events_of(reading.change, reading.accounts, {}, dawn);
    const auto& comment = events[2];
    auto line = *comment.event;
    line.extra.clear();                     // as the stream tells it
    line.created_on = *line.created_on + 1; // a little later
    const auto imprint = imprint_of(line);
    CHECK_FALSE(imprint.key);
    REQUIRE(imprint.trace);
    const std::vector traces{*imprint.trace};
    CHECK(account_for({comment}, {}, traces).empty());
}

TEST_CASE("refs of changes leave nothing, branches leave where they went") {
    const auto of = [](const std::string& ref, const std::string& to) {
        return imprint_of(event::parse(
                              R"({"refUpdate":{"oldRev":")" + std::string(40, '0')
                              + R"(","newRev":")" + to + R"(","refName":")" + ref
                              + R"(","project":"p"},"type":"ref-updated"})"
        )
                              .value());
    };
    CHECK(of("refs/changes/01/1/meta", std::string(40, 'a')) == Imprint{});
    CHECK(of("refs/heads/x", std::string(40, 'a')).move->tip == std::string(40, 'a'));
    CHECK(of("refs/heads/x", std::string(40, 'a')).key);
    CHECK(of("refs/tags/v1", std::string(40, '0')).move->tip.empty());
    CHECK(of("refs/meta/config", std::string(40, 'a')).move);
}

TEST_CASE("refs that moved are told from where they were known to be") {
    const auto project = ProjectName::parse("demo/app").value();
    const std::map<std::string, std::string> known{
        {"refs/heads/same", std::string(40, '1')},
        {"refs/heads/moved", std::string(40, '1')},
        {"refs/heads/gone", std::string(40, '1')}};
    const std::vector listed{
        tip("refs/heads/same", '1'), tip("refs/heads/moved", '2'), tip("refs/tags/new", '3')};
    const auto changes = ref_changes(project, known, listed);
    REQUIRE(changes.events.size() == 2);
    CHECK(changes.gone == 1);
    CHECK(
        event::semantic_key(changes.events[0])
        == "ref|demo/app|refs/heads/moved|" + std::string(40, '1') + "|" + std::string(40, '2')
    );
    CHECK(
        event::semantic_key(changes.events[1])
        == "ref|demo/app|refs/tags/new|" + std::string(40, '0') + "|" + std::string(40, '3')
    );
    CHECK_FALSE(changes.events[0].actor);
}

TEST_CASE("windows lead to every older update, also where a second has more than a page") {
    UpdateWindow window;
    window.before = WallTime{std::chrono::hours{24 * 365 * 100}};
    ChangePage page;
    CHECK_FALSE(next_window(window, page));
    page.changes = {
        updated_at("2026-11-22 14:22:18.000000000"), updated_at("2026-11-22 14:22:17.000000000")};
    CHECK_FALSE(next_window(window, page));
    page.has_more = true;
    auto next = next_window(window, page);
    REQUIRE(next);
    CHECK(to_rfc3339(next->before) == "2026-11-22T14:22:17.000Z");
    CHECK(next->start == 0);
    page.changes = {
        updated_at("2026-11-22 14:22:17.000000000"), updated_at("2026-11-22 14:22:17.000000000")};
    next = next_window(*next, page);
    REQUIRE(next);
    CHECK(to_rfc3339(next->before) == "2026-11-22T14:22:17.000Z");
    CHECK(next->start == 2);
    CHECK(newest_update(page) == seconds_of("2026-11-22 14:22:17.000000000"));
}

TEST_CASE("recorded lists of projects, branches and tags are read") {
    for (const std::string version : {"3.10.2", "3.13.5"}) {
        CAPTURE(version);
        const auto projects =
            project_page_from(test::gerrit_recording(version, "projects-b-config-with-read").body);
        REQUIRE_MESSAGE(projects, projects);
        CHECK(projects->projects.size() >= 5);
        CHECK(projects->projects.front().config);
        const auto hidden =
            project_page_from(test::gerrit_recording(version, "projects-b-config-without-read").body
            );
        REQUIRE_MESSAGE(hidden, hidden);
        const auto branches =
            ref_tips_from(test::gerrit_recording(version, "project-branches").body);
        REQUIRE_MESSAGE(branches, branches);
        CHECK(branches->front().ref.str() == "refs/meta/config"); // HEAD is left out
        const auto tags = ref_tips_from(test::gerrit_recording(version, "project-tags").body);
        REQUIRE_MESSAGE(tags, tags);
        const auto comments = patch_set_comments_from(
            test::gerrit_recording(version, "comments-after-review-input").body
        );
        REQUIRE_MESSAGE(comments, comments);
        CHECK(comments->empty()); // inline ones
    }
}
