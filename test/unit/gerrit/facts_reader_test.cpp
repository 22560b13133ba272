// SPDX-License-Identifier: Apache-2.0
#include "fake_transport.hpp"
#include "gerrit/actor.hpp"
#include "gerrit/rest_path.hpp"
#include "gerrit_recording.hpp"
#include "run.hpp"

#include <seakeeper/gerrit/facts_reader.hpp>

#include <doctest/doctest.h>

using namespace seakeeper;
using namespace seakeeper::gerrit;
using namespace seakeeper::test;
using namespace std::chrono_literals;

namespace {

const auto app = ProjectName::parse("demo/app").value();
const std::string maint_query = rest_path::account_by_username("maint");

class StandingClock : public Clock {
public:
    WallTime wall() const override { return WallTime{1000s}; }
    SteadyTime steady() const override { return now; }
    SteadyTime now{};
};

RestOptions options() {
    RestOptions made;
    made.retry.first = 0ms;
    return made;
}

struct Bench {
    boost::asio::io_context context;
    std::shared_ptr<FakeTransport> server = std::make_shared<FakeTransport>();
    StandingClock clock;
    RestClient client{server, options()};
    RestFactsSource source{client, FactsOptions{}, clock};

    Result<Facts> read(const event::Event& event, const FactsRequest& request) {
        return run(context, source.read(event, request, Deadline::in(20s)));
    }
    void serve(const std::string& path, const std::string& version, const std::string& name) {
        server->serve("GET " + path, gerrit_recording(version, name).response());
    }
    void serve_json(const std::string& path, const std::string& json) {
        server->serve_json("GET " + path, json);
    }
    /// The approved change 60 and maint's account.
    explicit Bench(const std::string& version = "3.10.2") {
        serve(rest_path::change_detail(app, ChangeNumber{60}), version, "change-approved");
        serve(maint_query, version, "accounts-query-username_maint");
        sha = gerrit_recording(version, "change-approved")
                  .body.as_object()
                  .at("current_revision")
                  .as_string()
                  .c_str();
    }
    event::Event vote() const {
        event::Event event;
        event.type = "comment-added";
        event.project = "demo/app";
        event.ref_name = "refs/heads/master";
        event.created_on.reset();
        event.actor.emplace();
        event.actor->username = "maint";
        event.change.emplace();
        event.change->number = ChangeNumber{60};
        event.patch_set.emplace();
        event.patch_set->number = PatchSetNumber{2};
        event.patch_set->revision = sha;
        event.body = event::CommentAdded{};
        return event;
    }
    std::string sha;
};

CommitId commit(char digit) {
    return CommitId::parse(std::string(40, digit)).value();
}

/// With this commit message in place of "m".
std::string with_message(std::string change, const std::string& message) {
    return change.replace(change.find("\"m\""), 3, '"' + message + '"');
}

std::string change_json(int number, char current, char parent, const char* destination) {
    const std::string sha(40, current);
    return R"({"_number":)" + std::to_string(number)
           + R"(,"project":"demo/app","branch":"master","status":"NEW","owner":{"_account_id":9},"current_revision":")"
           + sha + R"(","revisions":{")" + sha
           + R"(":{"_number":1,"uploader":{"_account_id":9},"ref":"refs/changes/01/1/1","branch":")"
           + destination + R"(","commit":{"message":"m","parents":[{"commit":")"
           + std::string(40, parent) + R"("}]}}}})";
}

} // namespace

TEST_CASE("a vote's change, actor and the people around, each with source and time") {
    for (const auto& version : gerrit_versions) {
        Bench bench{version};
        const auto facts = bench.read(bench.vote(), {});
        REQUIRE(facts);
        REQUIRE(facts->change);
        CHECK(facts->change->number == ChangeNumber{60});
        CHECK(facts->change.source.find("GET /changes/demo%2Fapp~60?o=") == 0);
        CHECK(facts->change.read_at == WallTime{1000s});
        REQUIRE(facts->actor);
        CHECK(facts->actor->id == AccountId{1000002});
        REQUIRE(facts->real_actor);
        CHECK(facts->real_actor->id == AccountId{1000002});
        CHECK(facts->account(AccountId{1000006}) != nullptr);
        CHECK_FALSE(facts->files);
        CHECK(facts->files.failure.empty()); // nobody asked
        CHECK(facts_from_json(to_json(*facts)).value() == *facts);
    }
}

TEST_CASE("what cannot be read is one fact's failure, not an error") {
    Bench bench;
    auto event = bench.vote();
    event.change->number = ChangeNumber{61};
    event.actor->username = "stranger";
    FactsRequest request;
    request.files = true;
    request.merged_into = true;
    const auto facts = bench.read(event, request);
    REQUIRE(facts);
    CHECK_FALSE(facts->change);
    CHECK(facts->change.failure.find("answered 404") != std::string::npos);
    CHECK_FALSE(facts->actor);
    CHECK_FALSE(facts->files);
    CHECK_FALSE(facts->merged_into);
    CHECK_FALSE(facts->merged_into.failure.empty());

    event.actor.reset();
    const auto system = bench.read(event, {});
    REQUIRE(system);
    CHECK(system->actor.failure == "the event names no acting user");
    event.project = "../x";
    CHECK_FALSE(bench.read(event, {}).value().change.failure.empty());
}

TEST_CASE("a Gerrit that is down postpones everything") {
    struct Row {
        FakeTransport::Answer answer;
        Errc errc;
    };
    for (const auto& row : {
             Row{FakeTransport::response(503, "text/plain", "x"), Errc::unavailable},
             Row{FakeTransport::response(429, "text/plain", "x"), Errc::unavailable},
             Row{FakeTransport::response(200, "text/html", "<html>login"), Errc::unavailable},
             Row{FakeTransport::response(401, "text/plain", "Unauthorized"), Errc::unauthenticated},
             Row{Error{Errc::timed_out, "slow"}, Errc::unavailable},
             Row{Error{Errc::untrusted_peer, "certificate"}, Errc::untrusted_peer},
         }) {
        Bench bench;
        auto event = bench.vote();
        event.actor->username = "other";
        bench.server->serve("GET " + rest_path::account_by_username("other"), row.answer);
        const auto facts = bench.read(event, {});
        REQUIRE_FALSE(facts);
        CHECK(facts.error().is(row.errc));
        CHECK(facts.error().message.find("reading facts of comment-added event") == 0);
    }
}

TEST_CASE("accounts are remembered, changes never; events and time make it forget") {
    Bench bench;
    const auto asked = [&] { return bench.server->count("GET " + maint_query); };
    const auto changes = [&] {
        return bench.server->count("GET " + rest_path::change_detail(app, ChangeNumber{60}));
    };
    for (int i = 0; i < 3; ++i) {
        REQUIRE(bench.read(bench.vote(), {}));
    }
    CHECK(asked() == 1);
    CHECK(changes() == 3);

    event::Event moved;
    moved.body = event::RefUpdated{{"All-Users", "refs/users/02/1000002", "", "", {}}};
    bench.source.observe(moved);
    REQUIRE(bench.read(bench.vote(), {}));
    CHECK(asked() == 2);

    bench.clock.now += 44s;
    REQUIRE(bench.read(bench.vote(), {}));
    CHECK(asked() == 2);
    bench.clock.now += 2s;
    REQUIRE(bench.read(bench.vote(), {}));
    CHECK(asked() == 3);

    event::Event dropped;
    dropped.body = event::DroppedOutput{};
    bench.source.observe(dropped);
    REQUIRE(bench.read(bench.vote(), {}));
    CHECK(asked() == 4);
}

TEST_CASE("access is asked for actor and voters, once each, and forgotten with the configuration") {
    Bench bench;
    const auto marker = RefName::parse("refs/seakeeper/trusted/heads/master").value();
    const auto path = rest_path::check_access(app, {AccountId{1000002}, marker, "push", false});
    bench.serve(path, "3.10.2", "check_access-push-maint");
    FactsRequest request;
    request.voted_labels = {"Code-Review"};
    request.access = {{Whose::actor, "push", marker}, {Whose::voters, "push", marker}};
    const auto facts = bench.read(bench.vote(), request);
    REQUIRE(facts);
    CHECK(facts->access.size() == 1);
    REQUIRE(facts->access[0]);
    CHECK(*facts->access[0] == AccessFacts{AccountId{1000002}, marker, "push", true, app});
    REQUIRE(bench.read(bench.vote(), request));
    CHECK(bench.server->count("GET " + path) == 1);

    event::Event moved;
    moved.body = event::BatchRefUpdated{{{"demo/parent", "refs/meta/config", "", "", {}}}};
    bench.source.observe(moved);
    REQUIRE(bench.read(bench.vote(), request));
    CHECK(bench.server->count("GET " + path) == 2);
}

TEST_CASE("groups of actor, owner and voters") {
    Bench bench;
    bench.serve(rest_path::account_groups(AccountId{1000002}), "3.10.2", "accounts-groups-maint");
    bench.serve_json(rest_path::account_groups(AccountId{1000005}), R"([{"id":"u1"}])");
    FactsRequest request;
    request.actor_groups = true;
    request.owner_groups = true;
    request.voter_groups = true;
    request.voted_labels = {"Code-Review"};
    const auto facts = bench.read(bench.vote(), request);
    REQUIRE(facts);
    REQUIRE(facts->actor_groups);
    CHECK(facts->actor_groups->size() == 1);
    CHECK(*facts->owner_groups == std::vector<std::string>{"u1"});
    CHECK(facts->groups_of(AccountId{1000002}) != nullptr);
}

TEST_CASE("the walk goes through open changes down to what is merged") {
    Bench bench;
    bench.serve_json(
        rest_path::change_detail(app, ChangeNumber{60}),
        change_json(60, 'a', 'b', "refs/heads/master")
    );
    bench.server->requests.clear();
    auto event = bench.vote();
    event.change->number = ChangeNumber{62};
    event.patch_set->revision = std::string(40, 'a');
    bench.serve_json(
        rest_path::change_detail(app, ChangeNumber{62}),
        change_json(62, 'a', 'b', "refs/heads/master")
    );
    bench.serve_json(rest_path::commit_in(app, commit('b')), R"({"branches":[],"tags":[]})");
    bench.serve_json(
        rest_path::changes_with(commit('b')),
        "[" + change_json(61, 'b', 'c', "refs/heads/master") + "]"
    );
    bench.serve_json(
        rest_path::change_detail(app, ChangeNumber{61}),
        change_json(61, 'b', 'c', "refs/heads/master")
    );
    bench.serve_json(
        rest_path::commit_in(app, commit('c')), R"({"branches":["sandbox/x"],"tags":[]})"
    );
    bench.serve_json(rest_path::changes_with(commit('c')), "[]");
    bench.serve_json(
        rest_path::commit(app, commit('c')),
        R"({"parents":[{"commit":"dddddddddddddddddddddddddddddddddddddddd"}]})"
    );
    bench.serve_json(
        rest_path::commit_in(app, commit('d')), R"({"branches":["master"],"tags":["v1"]})"
    );
    FactsRequest request;
    request.ancestry = true;
    request.is_protected = [](const RefName& ref) { return ref.str() == "refs/heads/master"; };
    const auto facts = bench.read(event, request);
    REQUIRE(facts);
    REQUIRE(facts->ancestry);
    const auto& commits = facts->ancestry->commits;
    REQUIRE(commits.size() == 3);
    CHECK(facts->ancestry->is_complete);
    REQUIRE(commits[0].change);
    CHECK(commits[0].change->number == ChangeNumber{61});
    CHECK(commits[0].branches.empty());
    CHECK_FALSE(commits[1].change); // in a sandbox branch, and no change of its own
    CHECK(commits[1].branches.size() == 1);
    CHECK(commits[2].branches[0].str() == "refs/heads/master");
}

TEST_CASE("a parent that is hidden from us, and too many of them, leave the walk incomplete") {
    Bench bench;
    FactsRequest request;
    request.ancestry = true;
    const auto hidden = bench.read(bench.vote(), request); // every commit is 404
    REQUIRE(hidden);
    REQUIRE(hidden->ancestry);
    CHECK_FALSE(hidden->ancestry->is_complete);
    REQUIRE(hidden->ancestry->commits.size() == 1);
    CHECK_FALSE(hidden->ancestry->commits[0].is_visible);

    FactsOptions small;
    small.ancestors = 2;
    RestFactsSource source{bench.client, small, bench.clock};
    const auto change = hidden->change->current()->parents.at(0);
    bench.serve_json(rest_path::commit_in(app, change), R"({"branches":[],"tags":[]})");
    bench.serve_json(rest_path::changes_with(change), "[]");
    bench.serve_json(
        rest_path::commit(app, change),
        R"({"parents":[{"commit":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"},{"commit":"cccccccccccccccccccccccccccccccccccccccc"}]})"
    );
    for (const char digit : {'b', 'c'}) {
        bench.serve_json(
            rest_path::commit_in(app, commit(digit)), R"({"branches":["master"],"tags":[]})"
        );
    }
    const auto cut = run(bench.context, source.read(bench.vote(), request, Deadline::in(20s)));
    REQUIRE(cut);
    REQUIRE(cut->ancestry);
    CHECK_FALSE(cut->ancestry->is_complete);
    CHECK(cut->ancestry->commits.size() == 2);
}

TEST_CASE("merged means: in a branch that holds the patch set and the new tip") {
    Bench bench;
    auto event = bench.vote();
    event.body = event::ChangeMerged{std::string(40, 'b')};
    const auto patch_set = CommitId::parse(bench.sha).value();
    bench.serve_json(rest_path::commit_in(app, patch_set), R"({"branches":["master","stable"]})");
    bench.serve_json(rest_path::commit_in(app, commit('b')), R"({"branches":["master","other"]})");
    FactsRequest request;
    request.merged_into = true;
    const auto facts = bench.read(event, request);
    REQUIRE(facts);
    REQUIRE(facts->merged_into);
    REQUIRE(facts->merged_into->size() == 1);
    CHECK(facts->merged_into->at(0).str() == "refs/heads/master");
}

TEST_CASE("a tag update: the ref as it is and the branches behind an annotated tag") {
    Bench bench;
    event::Event event;
    event.type = "ref-updated";
    event.project = "demo/app";
    event.ref_name = "refs/tags/v1";
    event.actor.emplace();
    event.actor->username = "maint";
    event.body = event::RefUpdated{
        {"demo/app", "refs/tags/v1", std::string{zero_commit}, std::string(40, '1'), {}}};
    bench.serve_json(
        "/projects/demo%2Fapp/tags/v1",
        R"({"ref":"refs/tags/v1","revision":")" + std::string(40, '1') + R"(","object":")"
            + std::string(40, '2') + "\"}"
    );
    bench.serve_json(rest_path::commit_in(app, commit('2')), R"({"branches":["master"]})");
    FactsRequest request;
    request.ref = true;
    request.merged_into = true;
    const auto facts = bench.read(event, request);
    REQUIRE(facts);
    CHECK(facts->ref->tip->str() == std::string(40, '1'));
    REQUIRE(facts->merged_into);
    CHECK(facts->merged_into->size() == 1);
    CHECK(facts->real_actor->id == AccountId{1000002});
    CHECK_FALSE(facts->change);
    CHECK(facts->change.failure.empty());
}

TEST_CASE("a branch update leads to the merged change that made it, and to what was before") {
    Bench bench;
    const auto recording = gerrit_recording("3.10.2", "change-merged");
    const std::string tip = recording.body.as_object().at("current_revision").as_string().c_str();
    const auto tip_id = CommitId::parse(tip).value();
    event::Event event;
    event.type = "ref-updated";
    event.project = "demo/app";
    event.ref_name = "refs/heads/master";
    event.actor.emplace();
    event.actor->username = "maint";
    event.body =
        event::RefUpdated{{"demo/app", "refs/heads/master", std::string(40, 'b'), tip, {}}};
    bench.serve_json(
        rest_path::changes_with(tip_id), "[" + change_json(70, 'a', 'b', "refs/heads/master") + "]"
    );
    bench.serve_json(rest_path::commit_in(app, commit('b')), R"({"branches":["master"]})");
    FactsRequest request;
    request.previous_merged_into = true;
    bench.serve_json(
        rest_path::change_detail(app, ChangeNumber{70}),
        change_json(70, 'a', 'b', "refs/heads/master")
    );
    const auto other = bench.read(event, request);
    REQUIRE(other);
    CHECK_FALSE(other->change);
    CHECK(other->change.failure.empty()); // an answer: there is none
    REQUIRE(other->previous_merged_into);
    CHECK(other->previous_merged_into->size() == 1);

    Bench merged;
    const auto number = recording.body.as_object().at("_number").as_int64();
    const ChangeNumber change{static_cast<std::uint32_t>(number)};
    merged.serve_json(
        rest_path::changes_with(tip_id),
        "[" + change_json(static_cast<int>(number), 'a', 'b', "refs/heads/master") + "]"
    );
    FakeTransport& server = *merged.server;
    event.project = "demo/app";
    // The bench's answer for change 60 is the open one; the merged one follows it.
    server.serve("GET " + rest_path::change_detail(app, change), recording.response());
    if (number == 60) {
        REQUIRE(merged.read(merged.vote(), {}));
    }
    const auto facts = merged.read(event, {});
    REQUIRE(facts);
    REQUIRE(facts->change);
    CHECK(facts->change->status == "MERGED");
    CHECK(facts->real_actor->id == AccountId{1000002});
}

TEST_CASE("dependencies: footers that resolve, footers that do not, submodules") {
    Bench bench;
    auto event = bench.vote();
    event.change->number = ChangeNumber{62};
    event.patch_set->revision = std::string(40, 'a');
    auto body = change_json(62, 'a', 'b', "refs/heads/master");
    body.replace(
        body.find("\"m\""), 3, R"("Subject\n\nDepends-On: 61\nDepends-On: https://elsewhere/9\n")"
    );
    bench.serve_json(rest_path::change_detail(app, ChangeNumber{62}), body);
    bench.serve_json(
        rest_path::find_changes("change:61"),
        "[" + change_json(61, 'b', 'c', "refs/heads/master") + "]"
    );
    bench.serve_json(
        rest_path::change_detail(app, ChangeNumber{61}),
        change_json(61, 'b', 'c', "refs/heads/master")
    );
    bench.serve_json(
        rest_path::files(app, ChangeNumber{62}, commit('a')) + "?parent=1",
        R"({"lib":{"new_mode":57344}})"
    );
    FactsRequest request;
    request.dependencies = true;
    const auto facts = bench.read(event, request);
    REQUIRE(facts);
    REQUIRE(facts->dependencies);
    const auto& rows = *facts->dependencies;
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].change->number == ChangeNumber{61});
    CHECK_FALSE(rows[1].change);
    CHECK(rows[1].name == "https://elsewhere/9");
    CHECK(rows[2].relation == "submodule");
}

TEST_CASE(
    "dependencies are followed through open changes, with what lies below and whose label it is"
) {
    Bench bench;
    const auto lib = ProjectName::parse("demo/lib").value();
    const auto put = [&](const ProjectName& project, int number, const std::string& body) {
        const ChangeNumber id{static_cast<std::uint32_t>(number)};
        bench.serve_json(rest_path::change_detail(project, id), body);
        bench.serve_json(
            rest_path::find_changes("change:" + std::to_string(number)), "[" + body + "]"
        );
    };
    auto third = change_json(63, 'd', 'e', "refs/heads/master");
    third.replace(third.find("demo/app"), 8, "demo/lib");
    put(app, 62, with_message(change_json(62, 'a', 'b', "refs/heads/master"), "Depends-On: 61"));
    put(app, 61, with_message(change_json(61, 'b', 'c', "refs/heads/master"), "Depends-On: 63"));
    put(lib, 63, with_message(third, "Depends-On: 62\\nDepends-On: 61"));
    bench.serve_json(
        rest_path::commit_in(app, commit('c')), R"({"branches":["refs/heads/master"],"tags":[]})"
    );
    bench.serve_json(rest_path::files(app, ChangeNumber{62}, commit('a')) + "?parent=1", "{}");
    bench.serve_json("/projects/demo%2Fapp", R"({"parent":"All-Projects"})");
    bench.serve_json("/projects/demo%2Flib", R"({"parent":"All-Projects"})");
    bench.serve_json("/projects/All-Projects", R"({})");
    auto event = bench.vote();
    event.change->number = ChangeNumber{62};
    event.patch_set->revision = std::string(40, 'a');
    FactsRequest request;
    request.dependencies = true;
    request.label_origins = true;
    request.voted_labels = {"Code-Review"};
    const auto facts = bench.read(event, request);
    REQUIRE_MESSAGE(facts, facts.error().message);
    REQUIRE(facts->dependencies);
    const auto& rows = *facts->dependencies;
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].change->number == ChangeNumber{61});
    REQUIRE(rows[0].ancestry);
    CHECK(rows[0].ancestry->is_complete);
    CHECK(rows[0].ancestry->commits.size() == 1);
    CHECK(rows[1].change->project == lib);
    REQUIRE(rows[1].ancestry);
    CHECK_FALSE(rows[1].ancestry->is_complete); // nobody knows commit e
    CHECK(rows[2].relation == "circle");
    CHECK(rows[2].change->number == ChangeNumber{62});
    REQUIRE(facts->label_origins.size() == 2); // nobody serves them: failures, one for each project
    CHECK(facts->label_origins[1].source.find("demo%2Flib") != std::string::npos);
}

TEST_CASE("configuration: the parents and every tip of refs/meta/config") {
    Bench bench;
    bench.serve_json("/projects/demo%2Fapp", R"({"parent":"All-Projects"})");
    bench.serve_json("/projects/All-Projects", R"({})");
    bench.serve(
        "/projects/demo%2Fapp/branches/refs%2Fmeta%2Fconfig", "3.10.2", "config-branch-with-read"
    );
    FactsRequest request;
    request.configs = true;
    const auto facts = bench.read(bench.vote(), request);
    REQUIRE(facts);
    REQUIRE(facts->configs.size() == 2);
    CHECK(facts->configs[0]->tip.has_value());
    CHECK_FALSE(facts->configs[1]->tip); // not visible to us
    CHECK(facts->configs[1]->project.str() == "All-Projects");
}

TEST_CASE("requests merge") {
    FactsRequest one;
    one.files = true;
    one.voted_labels = {"A"};
    FactsRequest two;
    two.ancestry = true;
    two.voted_labels = {"A", "B"};
    one |= two;
    CHECK(one.files);
    CHECK(one.ancestry);
    CHECK(one.voted_labels.size() == 2);
}
