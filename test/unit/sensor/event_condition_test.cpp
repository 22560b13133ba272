// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace seakeeper;
using namespace seakeeper::sensor;
using namespace seakeeper::sensor::test;

namespace {

constexpr auto yes = Outcome::matched;
constexpr auto no = Outcome::not_matched;

struct Row {
    const char* name;
    const char* events;
    event::Event event;
    Outcome outcome;
    std::string_view reason;
};

gerrit::Facts message_facts(std::string tag, std::string text, AccountId author = AccountId{11}) {
    gerrit::MessageFacts message;
    message.author = author;
    message.tag = std::move(tag);
    message.date = "2023-11-14 22:13:20.000000000"; // 1,700,000,000
    message.patch_set = PatchSetNumber{2};
    message.text = std::move(text);
    gerrit::Facts facts;
    facts.change.value = gerrit::ChangeFacts{};
    facts.change.value->messages.push_back(std::move(message));
    facts.actor.value = gerrit::AccountFacts{AccountId{11}, "vera", "Vera", "", true, false};
    return facts;
}

void check(const Row& row, const gerrit::Facts* facts) {
    CAPTURE(row.name);
    CAPTURE(row.events);
    const Trigger made = trigger("", row.events);
    const Match match = evaluate(made, row.event, facts, Self{"seakeeper"});
    CHECK(match.outcome == row.outcome);
    CHECK(explain(match, row.event, facts) == row.reason);
}

event::Event by(std::string username, event::Event event) {
    event.actor->username = std::move(username);
    return event;
}

event::Event without_account(event::Event event) {
    event.actor.reset();
    return event;
}

event::Event reviewer_added(const char* username) {
    event::ReviewerAdded body;
    body.reviewer = account(username, "r@example.org");
    return change_event("reviewer-added", body);
}

const std::string vote_words = "Patch Set 2: Code-Review+2";

} // namespace

TEST_SUITE("events") {

    TEST_CASE("votes count when this event casts them, never as words") {
        constexpr auto plus_two = "{vote: {label: Code-Review, value: +2}}";
        const auto vote = [](const char* label, int value, std::optional<int> old) {
            return comment_added(
                "Patch Set 2:", {approval("Other", 0), approval(label, value, old)}
            );
        };
        const Row rows[] = {
            {"transition", plus_two, vote("Code-Review", 2, 0), yes, "matched"},
            {"from another value", plus_two, vote("Code-Review", 2, 1), yes, "matched"},
            {"a copied vote given again", plus_two, vote("Code-Review", 2, 2), yes, "matched"},
            {"a vote that only stands",
             plus_two,
             vote("Code-Review", 2, {}),
             no,
             "events: comment-added that casts no vote is none of vote Code-Review+2"},
            {"another value",
             plus_two,
             vote("Code-Review", 1, 0),
             no,
             "events: comment-added that casts \"Code-Review\" +1 (was +0) is none of vote "
             "Code-Review+2"},
            {"another label",
             plus_two,
             vote("Verified", 2, 0),
             no,
             "events: comment-added that casts \"Verified\" +2 (was +0) is none of vote "
             "Code-Review+2"},
            {"the header as a comment's text",
             plus_two,
             comment_added("Patch Set 2:\n\n" + vote_words),
             no,
             "events: comment-added that casts no vote is none of vote Code-Review+2"},
            {"the header alone",
             plus_two,
             comment_added(vote_words),
             no,
             "events: comment-added that casts no vote is none of vote Code-Review+2"},
            {"any value", "{vote: {label: Verified}}", vote("Verified", -1, 0), yes, "matched"},
            {"a vote taken away is no value",
             "{vote: {label: Verified}}",
             vote("Verified", 0, 1),
             no,
             "events: comment-added that casts \"Verified\" +0 (was +1) is none of vote Verified"},
            {"unless asked for",
             "{vote: {label: Verified, value: 0}}",
             vote("Verified", 0, 1),
             yes,
             "matched"},
            {"one of values",
             "{vote: {label: Verified, value: [1, 2]}}",
             vote("Verified", 2, 0),
             yes,
             "matched"},
            {"from the uploader",
             "{vote: {label: V, from: uploader}}",
             vote("V", 1, 0),
             yes,
             "matched"},
            {"not from the uploader",
             "{vote: {label: V, from: not-uploader}}",
             vote("V", 1, 0),
             no,
             "events: comment-added that casts \"V\" +1 (was +0) is none of vote V from "
             "not-uploader"},
            {"from another",
             "{vote: {label: V, from: not-uploader}}",
             by("mia", vote("V", 1, 0)),
             yes,
             "matched"},
            {"from nobody",
             "{vote: {label: V, from: not-uploader}}",
             without_account(vote("V", 1, 0)),
             no,
             "events: comment-added that casts \"V\" +1 (was +0) is none of vote V from "
             "not-uploader"},
        };
        for (const Row& row : rows) {
            check(row, nullptr);
        }
    }

    TEST_CASE("a command is a whole first line of a person") {
        const std::string text = "Patch Set 2:\n\nrecheck";
        const gerrit::Facts facts = message_facts("", text);
        constexpr auto recheck = "patchset-created, {comment: [recheck, check php]}";
        const Row rows[] = {
            {"said", recheck, comment_added(text), yes, "matched"},
            {"another kind of the list", recheck, patchset_created(), yes, "matched"},
            {"quoted",
             recheck,
             comment_added("Patch Set 2:\n\n> recheck"),
             no,
             "events: comment-added without a command line is none of patchset-created, "
             "comment recheck or check php"},
            {"something else",
             recheck,
             comment_added("Patch Set 2:\n\nnice\u0007"),
             no,
             "events: comment-added whose first line is \"nice\\u0007\" is none of "
             "patchset-created, "
             "comment recheck or check php"},
            {"our own comment",
             recheck,
             by("seakeeper", comment_added(text)),
             no,
             "events: the comment is our own"},
            {"our own comment, any comment wanted",
             "comment-added",
             by("seakeeper", comment_added(text)),
             no,
             "events: the comment is our own"},
            {"another's comment, any comment wanted",
             "comment-added",
             comment_added(text),
             yes,
             "matched"},
            {"another kind",
             "change-merged",
             comment_added(text),
             no,
             "events: comment-added is none of change-merged"},
        };
        for (const Row& row : rows) {
            check(row, &facts);
        }
    }

    TEST_CASE("a program's message is no command, and that only Gerrit tells") {
        const std::string text = "Patch Set 2:\n\nrecheck";
        const event::Event event = comment_added(text);
        const Trigger made = trigger("", "{comment: recheck}, {vote: {label: Verified}}");
        CHECK(evaluate(made, event).outcome == Outcome::needs_facts);
        CHECK(evaluate(made, event).needs == Needs::change);

        gerrit::Facts facts = message_facts("autogenerated:ci-test", text);
        const Match tagged = evaluate(made, event, &facts);
        CHECK(tagged.outcome == no);
        CHECK(
            explain(tagged, event, &facts)
            == "events: the message carries the tag \"autogenerated:ci-test\": what programs write "
               "is no "
               "command"
        );
        // The web UI's text is only in the event: the account's last message up to then is the one.
        facts.change.value->messages.front().text = "Patch Set 2:\n\n(1 comment)";
        CHECK(evaluate(made, event, &facts).outcome == no);
        facts.change.value->messages.front().author = AccountId{12};
        CHECK(evaluate(made, event, &facts).outcome == yes);
        facts.change.value->messages.front().author = AccountId{11};
        facts.change.value->messages.front().date = "2023-11-14 22:14:20.000000000";
        CHECK(evaluate(made, event, &facts).outcome == yes);
        facts.change.value->messages.front().date = "";
        facts.change.value->messages.front().patch_set = PatchSetNumber{1};
        CHECK(evaluate(made, event, &facts).outcome == yes);

        SUBCASE("a vote of a program is a vote") {
            const event::Event vote = comment_added("Patch Set 2:", {approval("Verified", 1, 0)});
            CHECK(evaluate(made, vote).outcome == yes);
        }
        SUBCASE("an author's comment condition is guarded likewise") {
            const Trigger reads = trigger("comment: 're.?check'", "comment-added");
            CHECK(evaluate(reads, event).needs == Needs::change);
            const event::Event other = comment_added("Patch Set 2:\n\nfine");
            CHECK(
                explain(evaluate(reads, other), other)
                == "comment: \"\\nfine\" contains none of re.?check"
            );
        }
    }

    TEST_CASE("a text condition on comments reads only what the person wrote") {
        const Trigger made = trigger("comment: Code-Review", "comment-added");
        CHECK(evaluate(made, comment_added("Patch Set 2: Code-Review+2\n\nfine")).outcome == no);
        CHECK(
            evaluate(made, comment_added("Patch Set 2:\n\nCode-Review?")).outcome
            == Outcome::needs_facts
        );
    }

    TEST_CASE("updates of refs are told apart, and deletions asked for by name") {
        const std::string zero{zero_commit};
        const event::Event created = ref_updated("refs/tags/v1", zero, commit_a);
        const event::Event updated = ref_updated("refs/heads/master");
        const event::Event deleted = ref_updated("refs/heads/old", commit_a, zero);
        const Row rows[] = {
            {"created", "ref-updated", created, yes, "matched"},
            {"updated", "ref-updated", updated, yes, "matched"},
            {"deleted",
             "ref-updated",
             deleted,
             no,
             "events: ref-updated (deleted) is none of ref-updated"},
            {"deleted, asked for", "{ref-updated: deleted}", deleted, yes, "matched"},
            {"only created",
             "{ref-updated: created}",
             updated,
             no,
             "events: ref-updated (updated) is none of ref-updated created"},
            {"either", "{ref-updated: [created, deleted]}", created, yes, "matched"},
        };
        for (const Row& row : rows) {
            check(row, nullptr);
        }
        CHECK(evaluate(trigger("branch: master", "ref-updated"), updated).outcome == yes);
        const auto any_branch = trigger("branch: '*'", "ref-updated");
        const Match tag = evaluate(any_branch, created);
        CHECK(explain(tag, created) == "branch: the event has no branch");
    }

    TEST_CASE("a reviewer is an account of the event") {
        constexpr auto bot = "{reviewer-added: {username: seakeeper-bot}}";
        const Row rows[] = {
            {"that one", bot, reviewer_added("seakeeper-bot"), yes, "matched"},
            {"another",
             bot,
             reviewer_added("vera"),
             no,
             "events: reviewer-added is none of reviewer-added of that account"},
            {"anybody", "reviewer-added", reviewer_added("vera"), yes, "matched"},
        };
        for (const Row& row : rows) {
            check(row, nullptr);
        }
    }
}
