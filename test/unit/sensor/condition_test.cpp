// SPDX-License-Identifier: Apache-2.0
#include "support.hpp"

using namespace seakeeper;
using namespace seakeeper::sensor;
using namespace seakeeper::sensor::test;

namespace {

using Edit = void (*)(event::Event&);

struct Row {
    const char* name;
    const char* condition;
    Edit edit;
    Outcome outcome;
    std::string_view reason;
};

void nothing(event::Event&) {
}

void check(const Row& row, const gerrit::Facts* facts = nullptr) {
    CAPTURE(row.name);
    CAPTURE(row.condition);
    event::Event event = patchset_created();
    row.edit(event);
    const Trigger made = trigger(row.condition);
    const Match match = evaluate(made, event, facts);
    CHECK(match.outcome == row.outcome);
    CHECK(explain(match, event, facts) == row.reason);
}

constexpr auto yes = Outcome::matched;
constexpr auto no = Outcome::not_matched;
constexpr auto waits = Outcome::needs_facts;

gerrit::Facts facts_of_change() {
    gerrit::ChangeFacts change;
    gerrit::RevisionFacts revision;
    revision.commit = *CommitId::parse(commit_b);
    revision.number = PatchSetNumber{2};
    revision.uploader = AccountId{11};
    change.current_revision = revision.commit;
    change.revisions.push_back(revision);
    change.labels["Code-Review"].votes = {
        {AccountId{11}, 2, {}, true}, {AccountId{12}, -1, {}, true}};
    change.labels["Verified"].votes = {{AccountId{12}, 0, {}, true}};
    gerrit::Facts facts;
    facts.change.value = std::move(change);
    return facts;
}

} // namespace

TEST_SUITE("condition") {

    TEST_CASE("each condition of the event alone says why it does not hold") {
        const Row rows[] = {
            {"project", "project: demo/*", nothing, yes, "matched"},
            {"other project",
             "project: [other/*, x]",
             nothing,
             no,
             "project: \"demo/app\" is none of other/*, x"},
            {"branch", "branch: [master, 'REL*']", nothing, yes, "matched"},
            {"other branch",
             "branch: [master, 'REL*']",
             [](event::Event& e) { e.change->branch = "REX1"; },
             no,
             "branch: \"REX1\" is none of master, REL*"},
            {"long list",
             "branch: [a, b, c, d, e, f, g]",
             nothing,
             no,
             "branch: \"master\" is none of a, b, c, d, e, ... (7 in all)"},
            {"ref", "ref: refs/heads/*", nothing, yes, "matched"},
            {"other ref",
             "ref: ^refs/tags/v[0-9.]+$",
             nothing,
             no,
             "ref: \"refs/heads/master\" is none of ^refs/tags/v[0-9.]+$"},
            {"topic",
             "topic: bump*",
             [](event::Event& e) { e.change->topic = "bump-7"; },
             yes,
             "matched"},
            {"other topic",
             "topic: bump*",
             [](event::Event& e) { e.change->topic = "x"; },
             no,
             "topic: \"x\" is none of bump*"},
            {"no topic", "topic: '*'", nothing, no, "topic: the event has no topic"},
            {"empty topic",
             "topic: '*'",
             [](event::Event& e) { e.change->topic = ""; },
             no,
             "topic: the event has no topic"},
            {"hashtag",
             "hashtags: [a, b]",
             [](event::Event& e) {
                 e.change->hashtags = {"x", "b"};
             },
             yes,
             "matched"},
            {"no hashtag",
             "hashtags: [a, b]",
             nothing,
             no,
             "hashtags: none of 0 hashtags is any of a, b"},
            {"all hashtags",
             "hashtags: {all: 'a*'}",
             [](event::Event& e) {
                 e.change->hashtags = {"a1", "b"};
             },
             no,
             "hashtags: \"b\" is none of a*"},
            {"all of no hashtags",
             "hashtags: {all: 'a*'}",
             nothing,
             no,
             "hashtags: there are none"},
            {"forbidden hashtag",
             "hashtags: {none: b}",
             [](event::Event& e) { e.change->hashtags = {"b"}; },
             no,
             "hashtags: \"b\" is one of b"},
            {"forbidden hashtag absent", "hashtags: {none: b}", nothing, yes, "matched"},
            {"wip",
             "wip: false",
             [](event::Event& e) { e.change->wip = true; },
             no,
             "wip: the change is wip, asked is false"},
            {"not wip", "wip: true", nothing, no, "wip: the change is not wip, asked is true"},
            {"is wip", "wip: true", [](event::Event& e) { e.change->wip = true; }, yes, "matched"},
            {"private",
             "private: false",
             [](event::Event& e) { e.change->is_private = true; },
             no,
             "private: the change is private, asked is false"},
            {"not private", "private: false", nothing, yes, "matched"},
            {"author e-mail", "author: {email: '*@volunteer.example'}", nothing, yes, "matched"},
            {"author of another domain",
             "author: {email: '*@staff.example'}",
             nothing,
             no,
             "author: e-mail \"vera@volunteer.example\" is none of *@staff.example"},
            {"author without e-mail",
             "author: {email: '*'}",
             [](event::Event& e) { e.actor->email.reset(); },
             no,
             "author: e-mail (absent) is none of *"},
            {"author user name", "author: {username: [bot, vera]}", nothing, yes, "matched"},
            {"other user name",
             "author: {email: '*', username: bot}",
             nothing,
             no,
             "author: user name \"vera\" is none of bot"},
            {"no author",
             "author: {username: '*'}",
             [](event::Event& e) { e.actor.reset(); },
             no,
             "author: the event names no such account"},
            {"uploader",
             "uploader: {username: vera}",
             [](event::Event& e) { e.actor->username = "other"; },
             yes,
             "matched"},
            {"other uploader",
             "uploader: {username: other}",
             nothing,
             no,
             "uploader: user name \"vera\" is none of other"},
            {"no patch set",
             "uploader: {username: vera}",
             [](event::Event& e) { e.patch_set.reset(); },
             no,
             "uploader: the event names no such account"},
            {"owner", "owner: {email: '*@owner.example'}", nothing, yes, "matched"},
            {"other owner",
             "owner: {username: vera}",
             nothing,
             no,
             "owner: user name \"oscar\" is none of vera"},
        };
        for (const Row& row : rows) {
            check(row);
        }
    }

    TEST_CASE("all, any and not nest, and name what decided") {
        const Row rows[] = {
            {"not", "not: {branch: 'REL*'}", nothing, yes, "matched"},
            {"not, with two keys: both must hold",
             "not: {branch: master, topic: x}",
             nothing,
             yes,
             "matched"},
            {"not that holds",
             "not: {branch: master}",
             nothing,
             no,
             "not: branch: \"master\" is one of master"},
            {"not of several: none may hold",
             "not: [{topic: x}, {branch: master}]",
             nothing,
             no,
             "not: branch: \"master\" is one of master"},
            {"any", "any: [{topic: x}, {branch: master}]", nothing, yes, "matched"},
            {"any, none",
             "any: [{topic: x}, {branch: dev}]",
             nothing,
             no,
             "any: none holds (topic: the event has no topic; branch: \"master\" is none of dev)"},
            {"all",
             "all: [{branch: master}, {not: {branch: mas*}}]",
             nothing,
             no,
             "not: branch: \"master\" is one of mas*"},
            {"all of them", "all: [{branch: master}, {project: demo/*}]", nothing, yes, "matched"},
            {"not not", "not: {not: {branch: master}}", nothing, yes, "matched"},
            {"any within not",
             "not: {any: [{branch: dev}, {wip: false}]}",
             nothing,
             no,
             "not: wip: the change is not wip, asked is false"},
        };
        for (const Row& row : rows) {
            check(row);
        }
    }

    TEST_CASE("the first condition that failed is the author's first, facts at hand or not") {
        const Trigger made = trigger("paths: '**/*.php'\nwip: false\nbranch: dev\ntopic: x");
        const event::Event event = patchset_created();
        gerrit::Facts facts;
        facts.files.value = {"a.txt"};
        CHECK(explain(evaluate(made, event), event) == "branch: \"master\" is none of dev");
        CHECK(
            explain(evaluate(made, event, &facts), event, &facts)
            == "branch: \"master\" is none of dev"
        );
    }

    TEST_CASE("paths look at all files the patch set touches") {
        gerrit::Facts facts;
        facts.files.value = {"/COMMIT_MSG", "src/a.php", "docs/x.md"};
        const Row rows[] = {
            {"any", "paths: '**/*.php'", nothing, yes, "matched"},
            {"none of them",
             "paths: ['**/*.py', composer.json]",
             nothing,
             no,
             "paths: none of 2 files is any of **/*.py, composer.json"},
            {"all", "paths: {all: ['src/**', 'docs/**']}", nothing, yes, "matched"},
            {"one is odd",
             "paths: {all: 'src/**'}",
             nothing,
             no,
             "paths: \"docs/x.md\" is none of src/**"},
            {"none",
             "paths: {none: 'docs/**'}",
             nothing,
             no,
             "paths: \"docs/x.md\" is one of docs/**"},
            {"any and none", "paths: {any: 'src/**', none: '*.lock'}", nothing, yes, "matched"},
            {"the commit message is no file",
             "paths: '/COMMIT_MSG'",
             nothing,
             no,
             "paths: none of 2 files is any of /COMMIT_MSG"},
            {"docs only, negated", "not: {paths: {all: '**/*.md'}}", nothing, yes, "matched"},
            {"no patch set",
             "paths: '**'",
             [](event::Event& e) { e.patch_set.reset(); },
             no,
             "paths: patchset-created has no patch set, hence no files"},
        };
        for (const Row& row : rows) {
            check(row, &facts);
        }
        facts.files.value = {"/COMMIT_MSG"};
        check(
            {"nothing but the message", "paths: {all: '**'}", nothing, no, "paths: there are none"},
            &facts
        );
    }

    TEST_CASE("what only Gerrit tells is asked for once, and only where the event leaves it open") {
        const Trigger made =
            trigger("branch: master\npaths: '**/*.php'\nvotes: {label: Code-Review, value: 2}\n"
                    "author: {group: 'ldap:staff'}");
        event::Event event = patchset_created();
        const Match match = evaluate(made, event);
        CHECK(match.outcome == waits);
        CHECK(match.needs == (Needs::files | Needs::change | Needs::actor_groups));
        CHECK(
            explain(match, event)
            == "not decided until Gerrit tells the change's labels and messages, the files of the "
               "patch "
               "set, the groups of who acted"
        );
        const gerrit::FactsRequest request = request_for(match.needs);
        CHECK(request.files);
        CHECK(request.change);
        CHECK(request.actor_groups);
        CHECK_FALSE(request.owner_groups);
        CHECK_FALSE(request.ancestry);

        gerrit::Facts failed;
        failed.files.failure = "GET /files: 500";
        const Match still = evaluate(made, event, &failed);
        CHECK(still.outcome == waits);
        CHECK(
            explain(still, event, &failed).find("(not read: GET /files: 500)") != std::string::npos
        );

        event.change->branch = "dev";
        CHECK(evaluate(made, event).outcome == no);
    }

    TEST_CASE("groups are compared by UUID, of the role that is asked for") {
        const std::string uuid(40, 'd');
        const auto condition = [&](const char* role) {
            return fmt::format("{}: {{group: [ldap:staff, {}]}}", role, uuid);
        };
        const event::Event event = patchset_created();
        gerrit::Facts facts = facts_of_change();
        facts.actor_groups.value = std::vector<std::string>{"x", uuid};
        facts.owner_groups.value = std::vector<std::string>{"x"};
        CHECK(evaluate(trigger(condition("author")), event, &facts).outcome == yes);
        const Match owner = evaluate(trigger(condition("owner")), event, &facts);
        CHECK(owner.outcome == no);
        const Trigger of_uploader = trigger(condition("uploader"));
        CHECK(evaluate(of_uploader, event, &facts).needs == Needs::uploader_groups);
        CHECK(request_for(Needs::uploader_groups).uploader_groups);
        gerrit::Fact<gerrit::GroupFacts> groups;
        groups.value = gerrit::GroupFacts{AccountId{11}, {"ldap:staff"}};
        facts.groups.push_back(groups);
        CHECK(evaluate(of_uploader, event, &facts).outcome == yes);
        facts.groups.front().value->groups = {"ldap:other"};
        const Match other = evaluate(of_uploader, event, &facts);
        CHECK(
            explain(other, event, &facts) == "uploader: in none of the groups ldap:staff, " + uuid
        );
    }

    TEST_CASE("votes are those that stand on the change now") {
        const gerrit::Facts facts = facts_of_change();
        const Row rows[] = {
            {"value", "votes: {label: Code-Review, value: +2}", nothing, yes, "matched"},
            {"any value", "votes: {label: Code-Review}", nothing, yes, "matched"},
            {"zero is no vote",
             "votes: {label: Verified}",
             nothing,
             no,
             "votes: Verified does not stand on the change now"},
            {"other value",
             "votes: {label: Code-Review, value: [1, -2]}",
             nothing,
             no,
             "votes: Code-Review+1 or -2 does not stand on the change now"},
            {"from the uploader",
             "votes: {label: Code-Review, value: 2, from: uploader}",
             nothing,
             yes,
             "matched"},
            {"not from the uploader",
             "votes: {label: Code-Review, value: 2, from: not-uploader}",
             nothing,
             no,
             "votes: Code-Review+2 from another than its uploader does not stand on the change "
             "now"},
            {"all entries",
             "votes: [{label: Code-Review, value: 2}, {label: Verified, value: 1}]",
             nothing,
             no,
             "votes: Verified+1 does not stand on the change now"},
            {"rejected",
             "not: {votes: {label: Code-Review, value: -1}}",
             nothing,
             no,
             "not: votes: Code-Review-1 stands on the change now"},
            {"no change",
             "votes: {label: X}",
             [](event::Event& e) { e.change.reset(); },
             no,
             "votes: the event has no change"},
        };
        for (const Row& row : rows) {
            check(row, &facts);
        }
    }
}
